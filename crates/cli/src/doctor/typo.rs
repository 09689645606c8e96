//! Where a mistyped pairing code may be wrong. Its one check symbol tells that something is, and for each place which symbol would
//! mend it; the places where that symbol looks or sounds like the typed one, or where two neighbours have changed places, are the
//! likely ones.

use clawpair_core::code::PairingCode;

/// Symbols that are taken for each other when they are read, heard or typed. I, L and O are no symbols: they are read as 1 and 0.
const ALIKE: [&str; 9] = ["0DQ", "1T7", "2Z", "5S", "6G", "8B3", "VWY", "MN", "CGE"];
const SYMBOLS: usize = 12;

/// The likely places, counted after `OCL-` from 1, in order. Says nothing of what stands there or should.
pub(super) fn suspects(typed: &str) -> Vec<String> {
    let mut symbols: Vec<char> = typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    if symbols.len() == SYMBOLS + 3 {
        symbols.drain(..3);
    }
    if symbols.len() != SYMBOLS {
        return Vec::new();
    }
    let fits = |symbols: &[char]| symbols.iter().collect::<String>().parse::<PairingCode>().is_ok();
    let mut places = Vec::new();
    for place in 0..SYMBOLS {
        let alike = ALIKE.iter().filter(|group| group.contains(symbols[place])).flat_map(|group| group.chars());
        let mends = |other: char| {
            let mut mended = symbols.clone();
            mended[place] = other;
            fits(&mended)
        };
        if alike.filter(|&other| other != symbols[place]).any(mends) {
            places.push(format!("symbol {}", place + 1));
        }
        if place + 1 < SYMBOLS {
            let mut swapped = symbols.clone();
            swapped.swap(place, place + 1);
            if swapped != symbols && fits(&swapped) {
                places.push(format!("symbols {} and {}, which may have changed places", place + 1, place + 2));
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_look_alike_and_a_swap() {
        assert!(suspects("OCL-J4K2T8P7N1RG").is_empty(), "a right code has no suspects");
        assert!(suspects("OCL-J4K2T8P7N1R6").contains(&"symbol 12".to_owned()));
        assert!(suspects("ocl j4kz t8p7 n1rg").contains(&"symbol 4".to_owned()));
        assert!(suspects("J4K2T8P7N1GR").contains(&"symbols 11 and 12, which may have changed places".to_owned()));
        assert!(suspects("OCL-J4K2").is_empty());
    }
}
