//! Crockford's base32 and arithmetic over GF(32), whose elements are the symbols' values.

/// The symbols in order of their values. I, L, O and U are not among them.
pub(crate) const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The value of a symbol as a person may write it: any case, O for 0, I and L for 1.
pub(crate) fn value(symbol: char) -> Option<u8> {
    let symbol = match symbol.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET.iter().position(|&s| char::from(s) == symbol).and_then(|v| u8::try_from(v).ok())
}

/// The symbol of a value below 32.
pub(crate) fn symbol(value: u8) -> char {
    char::from(ALPHABET[usize::from(value & 31)])
}

/// Symbols that hold 128 bits: the first carries three bits, the others five.
pub(crate) const SYMBOLS_128: usize = 26;

/// 16 bytes as 26 symbols, most significant first.
pub(crate) fn encode_128(bytes: &[u8; 16]) -> String {
    let number = u128::from_be_bytes(*bytes);
    (0..SYMBOLS_128).rev().map(|i| symbol(((number >> (5 * i)) & 31) as u8)).collect()
}

/// The 16 bytes of 26 symbols; `None` for another length, a foreign symbol or a number over 128 bits.
pub(crate) fn decode_128(text: &str) -> Option<[u8; 16]> {
    if text.len() != SYMBOLS_128 {
        return None;
    }
    let mut number: u128 = 0;
    for symbol in text.chars() {
        if number >> 123 != 0 {
            return None;
        }
        number = (number << 5) | u128::from(value(symbol)?);
    }
    Some(number.to_be_bytes())
}

/// Product in GF(2⁵) modulo x⁵ + x² + 1, under which x generates all 31 non-zero elements.
pub(crate) const fn gf_mul(a: u8, b: u8) -> u8 {
    let (mut a, mut b, mut product) = (a, b, 0);
    while b != 0 {
        if b & 1 != 0 {
            product ^= a;
        }
        b >>= 1;
        a <<= 1;
        if a & 0b10_0000 != 0 {
            a ^= 0b10_0101;
        }
    }
    product
}

/// x to the power `exponent`.
pub(crate) const fn gf_pow(exponent: usize) -> u8 {
    let mut power = 1;
    let mut i = 0;
    while i < exponent {
        power = gf_mul(power, 2);
        i += 1;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn x_generates_every_non_zero_element() {
        let mut powers: Vec<u8> = (0..31).map(gf_pow).collect();
        powers.sort_unstable();
        assert_eq!(powers, (1..32).collect::<Vec<u8>>());
        assert_eq!(gf_pow(31), 1);
    }

    #[test]
    fn refuses_more_than_128_bits() {
        assert_eq!(decode_128("8ZZZZZZZZZZZZZZZZZZZZZZZZZ"), None);
        assert_eq!(decode_128("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"), Some([0xff; 16]));
    }

    proptest! {
        #[test]
        fn round_trips_128_bits(bytes: [u8; 16]) {
            prop_assert_eq!(decode_128(&encode_128(&bytes)), Some(bytes));
        }
    }
}
