//! What letters are compared as: in lower case, without what stands above and below them. The tables hold the scripts in
//! which people leave accents out when they type; all others are compared as they are written.

/// Letters that are compared as others, in lower case, a table for each script.
const LATIN: &[(&str, &str)] = &[
    ("a", "àáâãäåāăąǎạảấầẩẫậắằẳẵặ"),
    ("ae", "æ"),
    ("c", "çćĉċč"),
    ("d", "ďđð"),
    ("e", "èéêëēĕėęěẹẻẽếềểễệ"),
    ("g", "ĝğġģ"),
    ("h", "ĥħ"),
    ("i", "ìíîïĩīĭįıǐỉị"),
    ("j", "ĵ"),
    ("k", "ķ"),
    ("l", "ĺļľŀł"),
    ("n", "ñńņňŉ"),
    ("o", "òóôõöøōŏőơǒọỏốồổỗộớờởỡợ"),
    ("oe", "œ"),
    ("r", "ŕŗř"),
    ("s", "śŝşšș"),
    ("ss", "ß"),
    ("t", "ţťŧț"),
    ("th", "þ"),
    ("u", "ùúûüũūŭůűųưǔụủứừửữự"),
    ("w", "ŵẁẃẅ"),
    ("y", "ýÿŷỳỵỷỹ"),
    ("z", "źżž"),
];

const GREEK: &[(&str, &str)] =
    &[("α", "ά"), ("ε", "έ"), ("η", "ή"), ("ι", "ίϊΐ"), ("ο", "ό"), ("σ", "ς"), ("υ", "ύϋΰ"), ("ω", "ώ")];

const CYRILLIC: &[(&str, &str)] = &[("е", "ё"), ("и", "й"), ("і", "ї"), ("г", "ґ")];

/// Writes a letter or a digit as it is compared.
pub fn push(word: &mut String, c: char) {
    for c in c.to_lowercase().filter(|c| !is_silent(*c)) {
        match base(c) {
            Some(base) => word.push_str(base),
            None => word.push(c),
        }
    }
}

fn base(c: char) -> Option<&'static str> {
    let table = match c {
        '\u{df}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => LATIN,
        '\u{370}'..='\u{3ff}' => GREEK,
        '\u{400}'..='\u{4ff}' => CYRILLIC,
        _ => return None,
    };
    table.iter().find(|(_, accented)| accented.contains(c)).map(|(base, _)| *base)
}

/// How many bytes it is compared as.
pub fn length(c: char) -> usize {
    let mut word = String::new();
    if c.is_alphanumeric() {
        push(&mut word, c);
    }
    word.len()
}

/// Marks above and below letters: they neither part a word nor belong to it.
pub fn is_silent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{ad}' | '\u{200c}' | '\u{200d}' | '\u{64b}'..='\u{652}')
}

/// Signs of scripts that put no spaces between words: Chinese and Japanese.
pub fn stands_alone(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_hold_lower_case_letters_that_stand_once() {
        let all = [LATIN, GREEK, CYRILLIC];
        let letters = || all.into_iter().flatten().flat_map(|(_, accented)| accented.chars());
        for c in letters() {
            assert_eq!(c.to_lowercase().collect::<String>(), c.to_string());
            assert_eq!(letters().filter(|other| *other == c).count(), 1, "{c}");
            assert!(base(c).is_some(), "{c}");
        }
    }
}
