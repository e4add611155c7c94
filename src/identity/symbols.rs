//! Bytes as text that survives a telephone: Crockford's base 32, five bits a symbol, most significant first.

/// No I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The first `count` symbols of `bytes`; bits beyond the last byte are zero.
pub(super) fn encode(bytes: &[u8], count: usize) -> String {
    let bit = |place: usize| bytes.get(place / 8).is_some_and(|byte| byte >> (7 - place % 8) & 1 == 1);
    (0..count)
        .map(|symbol| (0..5).fold(0, |value, offset| value << 1 | usize::from(bit(symbol * 5 + offset))))
        .map(|value| char::from(ALPHABET[value]))
        .collect()
}

/// Exactly `N` symbols as values below 32. Case, spaces and dashes do not matter, O reads as 0, I and L as 1.
pub(super) fn values<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut values = [0; N];
    let mut places = values.iter_mut();
    for letter in text.chars().filter(|letter| !matches!(letter, '-' | ' ' | '\u{2010}'..='\u{2014}')) {
        let plain = match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let value = ALPHABET.iter().position(|symbol| char::from(*symbol) == plain)?;
        *places.next()? = u8::try_from(value).ok()?;
    }
    places.next().is_none().then_some(values)
}

/// The whole bytes that `values` hold; None where the bits left over are not zero.
pub(super) fn bytes<const B: usize>(values: &[u8]) -> Option<[u8; B]> {
    let bit = |place: usize| values.get(place / 5).is_some_and(|value| value >> (4 - place % 5) & 1 == 1);
    let mut bytes = [0; B];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = (0..8).fold(0, |value, offset| value << 1 | u8::from(bit(place * 8 + offset)));
    }
    (B * 8..values.len() * 5).all(|place| !bit(place)).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_read_back_from_their_symbols(original: [u8; 32]) {
            let text = encode(&original, 52);
            let typed = text.to_lowercase().replace('0', "o").replace('1', "l");
            let read: Option<[u8; 52]> = values(&typed);
            prop_assert_eq!(read.and_then(|values| bytes::<32>(&values)), Some(original));
        }
    }

    #[test]
    fn the_wrong_number_of_symbols_is_none() {
        assert_eq!(values::<4>("ABC"), None);
        assert_eq!(values::<4>("ABCDE"), None);
        assert_eq!(values::<4>("ABCU"), None);
        assert_eq!(values::<4>("ab-cd"), Some([10, 11, 12, 13]));
    }
}
