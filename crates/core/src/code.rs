//! The pairing code: what a person reads and types.
//!
//! `OCL-` and twelve symbols of Crockford's base32: three of *locator* (public: wrong guesses are charged to it), eight
//! of *secret* (40 bits), one *check* symbol. The weighted sum Σ xⁱ·sᵢ over GF(32) is zero; because the twelve weights
//! are non-zero and distinct, every single substitution and every swap of two symbols, adjacent or not, is noticed.

use std::fmt;
use std::str::FromStr;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::base32::{gf_mul, gf_pow, symbol, value};
use crate::clock::Timestamp;
use crate::rng::{self, Rng};
use crate::secret::Secret;

const PREFIX: &str = "OCL";
const SYMBOLS: usize = 12;
const LOCATOR: usize = 3;
const CHECK: usize = SYMBOLS - 1;
/// Longest text that is looked at; generous for spaces and dashes between symbols.
const MAX_INPUT: usize = 64;

const WEIGHTS: [u8; SYMBOLS] = {
    let mut weights = [0; SYMBOLS];
    let mut i = 0;
    while i < SYMBOLS {
        weights[i] = gf_pow(i);
        i += 1;
    }
    weights
};

/// A well-formed pairing code. Whether any platform knows it is another question.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct PairingCode([u8; SYMBOLS]);

/// The first three symbols of a code, which are no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Locator([u8; LOCATOR]);

/// A number below 32³ that codes and links made at the same time share. It is no secret. Looked up by it first, what is
/// made together lies together in the database, so that a commit of many codes touches few of its pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(u16);

impl Place {
    /// How many bits it has.
    pub const BITS: u32 = 15;

    /// The place of what was made at a moment: its milliseconds, which come around every 33 seconds.
    #[expect(clippy::cast_sign_loss, reason = "the mask leaves fifteen bits and no sign")]
    pub const fn of(at: Timestamp) -> Self {
        Self((at.as_millis() & 0x7fff) as u16)
    }

    /// As a number.
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl Locator {
    /// The three symbols.
    pub fn symbols(self) -> String {
        self.0.iter().map(|&value| symbol(value)).collect()
    }

    /// As a number below 32³, for storing.
    pub fn number(self) -> u16 {
        self.0.iter().fold(0, |number, &value| number << 5 | u16::from(value))
    }
}

impl PairingCode {
    /// A new code with 55 random bits.
    pub fn generate(rng: &dyn Rng) -> Self {
        let mut symbols: [u8; SYMBOLS] = rng::bytes(rng);
        for value in &mut symbols {
            *value &= 31;
        }
        Self::with_check(symbols)
    }

    /// The same code with another locator; the secret symbols stay.
    #[must_use]
    pub fn at(&self, place: Place) -> Self {
        let mut symbols = self.0;
        symbols[..LOCATOR].copy_from_slice(&[10, 5, 0].map(|shift| (place.number() >> shift & 31) as u8));
        Self::with_check(symbols)
    }

    fn with_check(mut symbols: [u8; SYMBOLS]) -> Self {
        symbols[CHECK] = 0;
        // syndrome + weight·check = 0, and minus is plus in characteristic two: divide by multiplying with x^(31-i).
        symbols[CHECK] = gf_mul(syndrome(&symbols), gf_pow(31 - CHECK));
        Self(symbols)
    }

    /// The public part.
    pub fn locator(&self) -> Locator {
        Locator([self.0[0], self.0[1], self.0[2]])
    }

    /// The eight secret symbols, which OPAQUE takes as the password.
    pub fn password(&self) -> Secret {
        Secret::new(self.0[LOCATOR..CHECK].iter().map(|&v| symbol(v)).collect())
    }

    /// The code as it is shown: `OCL-J4K2T8P7N1RG`. Treat the result like a password.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}-{}", self.symbols())
    }

    /// The twelve symbols, which is what is hashed and signed.
    pub fn symbols(&self) -> String {
        self.0.iter().map(|&v| symbol(v)).collect()
    }
}

fn syndrome(symbols: &[u8; SYMBOLS]) -> u8 {
    symbols.iter().zip(WEIGHTS).fold(0, |sum, (&s, w)| sum ^ gf_mul(s, w))
}

impl fmt::Debug for PairingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PairingCode(***)")
    }
}

/// A text is no locator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A locator is the first three symbols of a pairing code after OCL-.")]
pub struct LocatorError;

impl FromStr for Locator {
    type Err = LocatorError;

    fn from_str(text: &str) -> Result<Self, LocatorError> {
        let mut symbols = text.chars().map(value);
        let locator = [(); LOCATOR].map(|()| symbols.next().flatten());
        match (locator, symbols.next()) {
            ([Some(first), Some(second), Some(third)], None) => Ok(Self([first, second, third])),
            _ => Err(LocatorError),
        }
    }
}

/// Why a text is no pairing code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// A character that no code has; `position` counts the characters of the input from 1.
    #[error(
        "“{symbol}” at position {position} is never part of a pairing code; codes have digits and the letters A–Z without I, L, O and U."
    )]
    ForeignSymbol {
        /// The character, made harmless for showing.
        symbol: char,
        /// Where it stands, from 1.
        position: usize,
    },
    /// More or fewer symbols than twelve.
    #[error("A pairing code has 12 symbols after OCL-, and this has {found}; compare it with the screen that shows the code.")]
    WrongLength {
        /// How many there are.
        found: usize,
    },
    /// The check symbol does not fit: a mistyped symbol, or two that changed places.
    #[error(
        "One symbol is mistyped or two have changed places; compare the code with the screen that shows it. This cost no attempt."
    )]
    Mistyped,
}

impl FromStr for PairingCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let mut values = Vec::with_capacity(SYMBOLS + PREFIX.len());
        for (index, character) in text.chars().enumerate() {
            if index >= MAX_INPUT {
                return Err(CodeError::WrongLength { found: values.len() });
            }
            if character.is_whitespace() || matches!(character, '-' | '‐' | '‑' | '–' | '—') {
                continue;
            }
            let foreign = || CodeError::ForeignSymbol { symbol: crate::text::harmless(character), position: index + 1 };
            values.push(value(character).ok_or_else(foreign)?);
        }
        if values.len() == SYMBOLS + PREFIX.len() && PREFIX.chars().zip(&values).all(|(p, &v)| value(p) == Some(v)) {
            values.drain(..PREFIX.len());
        }
        let symbols: [u8; SYMBOLS] = values.as_slice().try_into().map_err(|_| CodeError::WrongLength { found: values.len() })?;
        values.zeroize();
        if syndrome(&symbols) == 0 { Ok(Self(symbols)) } else { Err(CodeError::Mistyped) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(symbols: [u8; SYMBOLS]) -> PairingCode {
        PairingCode::with_check(symbols.map(|v| v & 31))
    }

    /// The check is linear, so an error is noticed in every code exactly if its own syndrome is not zero. These two
    /// tests run through every error pattern there is.
    #[test]
    fn every_single_substitution_is_noticed() {
        for position in 0..SYMBOLS {
            for difference in 1..32 {
                let mut error = [0; SYMBOLS];
                error[position] = difference;
                assert_ne!(syndrome(&error), 0, "position {position}, difference {difference}");
            }
        }
    }

    #[test]
    fn every_swap_of_two_different_symbols_is_noticed() {
        for first in 0..SYMBOLS {
            for second in first + 1..SYMBOLS {
                for difference in 1..32 {
                    let mut error = [0; SYMBOLS];
                    error[first] = difference;
                    error[second] = difference;
                    assert_ne!(syndrome(&error), 0, "swap of {first} and {second}, difference {difference}");
                }
            }
        }
    }

    /// The same, without relying on linearity, through the parser a person's typing goes through.
    #[test]
    fn the_parser_refuses_every_typo_of_a_code() {
        let good = "OCL-J4K2T8P7N1R";
        let check = (0..32).map(symbol).find(|c| format!("{good}{c}").parse::<PairingCode>().is_ok()).unwrap();
        let good: Vec<char> = format!("J4K2T8P7N1R{check}").chars().collect();
        for position in 0..SYMBOLS {
            for replacement in (0..32).map(symbol).filter(|&c| c != good[position]) {
                let mut bad = good.clone();
                bad[position] = replacement;
                let bad: String = bad.into_iter().collect();
                assert_eq!(bad.parse::<PairingCode>(), Err(CodeError::Mistyped), "{bad}");
            }
            for other in position + 1..(position + 3).min(SYMBOLS) {
                let mut bad = good.clone();
                bad.swap(position, other);
                if bad != good {
                    let bad: String = bad.into_iter().collect();
                    assert_eq!(bad.parse::<PairingCode>(), Err(CodeError::Mistyped), "{bad}");
                }
            }
        }
    }

    #[test]
    fn a_code_moved_to_a_place_keeps_its_secret_and_is_well_formed() {
        let (drawn, place) = (code([18, 4, 19, 2, 26, 8, 22, 7, 21, 1, 24, 0]), Place::of(Timestamp::from_millis(0x1_7abc)));
        let moved = drawn.at(place);
        assert_eq!((moved.locator().number(), place.number()), (0x7abc, 0x7abc));
        assert_eq!(moved.symbols()[3..11], drawn.symbols()[3..11]);
        assert_eq!(moved.reveal().parse(), Ok(moved));
    }

    #[test]
    fn golden_codes() {
        assert_eq!(code([0; 12]).reveal(), "OCL-000000000000");
        assert_eq!(code([18, 4, 19, 2, 26, 8, 22, 7, 21, 1, 24, 0]).reveal(), "OCL-J4K2T8P7N1RG");
        assert_eq!("OCL-J4K2T8P7N1RG".parse::<PairingCode>().unwrap().locator().number(), 0b10010_00100_10011);
    }

    #[test]
    fn a_code_falls_into_locator_password_and_check() {
        let code = code([18, 4, 19, 2, 26, 8, 22, 7, 21, 1, 24, 0]);
        assert_eq!((code.locator().symbols().as_str(), code.password().reveal()), ("J4K", "2T8P7N1R"));
        assert_eq!("j4k".parse(), Ok(code.locator()));
        for text in ["", "J4", "J4K2", "J4U", "J 4"] {
            assert_eq!(text.parse::<Locator>(), Err(LocatorError), "{text}");
        }
    }

    #[test]
    fn names_the_fault_and_where_it_is() {
        let refused = |text: &str| text.parse::<PairingCode>().unwrap_err();
        assert_eq!(refused("OCL-J4K2U8P7N1RD"), CodeError::ForeignSymbol { symbol: 'U', position: 9 });
        assert_eq!(refused("OCL-J4K2"), CodeError::WrongLength { found: 7 });
        assert_eq!(refused(""), CodeError::WrongLength { found: 0 });
        assert_eq!(refused("J4K2T8P7N1R\u{202e}"), CodeError::ForeignSymbol { symbol: '\u{fffd}', position: 12 });
        assert!(matches!(refused(&"0".repeat(1_000_000)), CodeError::WrongLength { .. }));
    }

    #[test]
    fn never_prints_itself() {
        assert_eq!(format!("{:?}", code([7; 12])), "PairingCode(***)");
    }

    proptest! {
        #[test]
        fn round_trips_however_it_is_written(symbols: [u8; SYMBOLS], lower: bool, spaced: bool, confused: bool, prefixed: bool) {
            let code = code(symbols);
            let mut text = if prefixed { code.reveal() } else { code.symbols() };
            if confused { text = text.replace('0', "O").replacen('1', "I", 1).replace('1', "l"); }
            if lower { text = text.to_lowercase(); }
            if spaced { text = text.chars().flat_map(|c| [c, ' ', '-']).collect(); }
            prop_assert_eq!(text.parse::<PairingCode>(), Ok(code));
        }

        #[test]
        fn parsing_anything_never_panics(text in ".{0,80}") {
            let _ = text.parse::<PairingCode>();
        }
    }
}
