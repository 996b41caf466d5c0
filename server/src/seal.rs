//! Seals: a hash over what is kept and over the seal before it, so that nothing of a chain can be changed, taken away or
//! moved without writing all that follows anew. Who has the database and every checkpoint outside it can do that, too.

use sha2::{Digest, Sha256};

use crate::secret;

/// The seal of what consists of those parts, after that one: SHA-256 in hex.
pub fn over<'p>(before: &str, parts: impl IntoIterator<Item = Option<&'p str>>) -> String {
    let mut hash = Sha256::new();
    put(&mut hash, Some(before));
    parts.into_iter().for_each(|part| put(&mut hash, part));
    secret::hex(&hash.finalize())
}

/// With its length before it, so that no two lists of parts read the same.
fn put(hash: &mut Sha256, part: Option<&str>) {
    match part {
        None => hash.update([0]),
        Some(part) => {
            hash.update([1]);
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
}

/// What stands in a seal for a text that may have to be erased.
pub fn salted(salt: &str, text: &str) -> String {
    over(salt, [Some(text)])
}

/// Random, for one text.
pub fn salt() -> String {
    secret::hex(&secret::random::<16>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_lists_of_parts_have_the_same_seal() {
        let seals = [
            over("", [Some("ab"), Some("c")]),
            over("", [Some("a"), Some("bc")]),
            over("", [Some("abc"), None]),
            over("", [Some("abc")]),
            over("", [Some("abc"), Some("")]),
            over("a", [Some("bc")]),
        ];
        let different: std::collections::BTreeSet<_> = seals.iter().collect();
        assert_eq!(different.len(), seals.len());
    }
}
