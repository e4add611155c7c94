//! Sentences with blanks, as they stand in message files.

/// Fills `{blank}`s in one walk: what a value contains is never taken for a blank.
pub fn fill(template: &str, blanks: &[(&str, &str)]) -> String {
    let (mut filled, mut rest) = (String::with_capacity(template.len()), template);
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        rest = &rest[open..];
        let value = rest.find('}').and_then(|close| {
            let (_, value) = blanks.iter().find(|(blank, _)| *blank == &rest[1..close])?;
            Some((*value, close))
        });
        if let Some((value, close)) = value {
            filled.push_str(value);
            rest = &rest[close + 1..];
        } else {
            filled.push('{');
            rest = &rest[1..];
        }
    }
    filled.push_str(rest);
    filled
}

/// The blanks of a sentence, sorted.
pub fn blanks(template: &str) -> Vec<&str> {
    let parts = template.split('{').skip(1);
    let mut found: Vec<_> = parts.filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_taken_for_a_blank_and_json_braces_stay() {
        assert_eq!(fill(r#"{"to": "{a}", "x": {b}}"#, &[("a", "{b}"), ("b", "7")]), r#"{"to": "{b}", "x": 7}"#);
        assert_eq!(fill("{unknown} {", &[]), "{unknown} {");
    }

    #[test]
    fn blanks_are_found_in_order() {
        assert_eq!(blanks("{office} nhận {code}, {code}"), ["code", "code", "office"]);
    }
}
