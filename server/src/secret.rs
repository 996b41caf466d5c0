//! Randomness and what is derived from it: tokens, ids, password hashes.

use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::{Context, anyhow};
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::id::AgentId;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

/// Random bytes of the operating system. Without them nothing here is safe, so the process stops.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// 128 random bits, for an id.
pub fn random_id() -> u128 {
    u128::from_be_bytes(random())
}

/// 32 random bytes in hex: a session token.
pub fn token() -> String {
    hex(&random::<32>())
}

/// SHA-256 in hex: how tokens are stored and orders are compared.
pub fn digest(text: &str) -> String {
    digest_of(text.as_bytes())
}

/// The same of any bytes.
pub fn digest_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// A code that only who knows `key` can make for `text`: HMAC-SHA-256 in hex.
pub fn mac(key: &str, text: &str) -> String {
    hex(&keyed(key, text).finalize().into_bytes())
}

/// Whether that is the code of `text` under `key`; takes as long whatever is wrong.
pub fn is_mac(key: &str, text: &str, code: &str) -> bool {
    // An empty key would make every code one that anybody can make.
    unhex(code).is_some_and(|code| !key.is_empty() && keyed(key, text).verify_slice(&code).is_ok())
}

fn keyed(key: &str, text: &str) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key.as_bytes())
        .expect("HMAC takes keys of every length")
        .chain_update(text)
}

/// The bytes of what [`hex`] writes; nothing else, so that there is one way to write each.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

/// Bytes as lower-case digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Passwords, hashed and checked off the async threads, one at a time for each two cores: each takes
/// 19 MiB and about 50 ms, and sign-ins must not starve the inbox.
pub struct Passwords {
    turns: Semaphore,
    /// Checked in place of an unknown person's, so that both take as long.
    nobodys: String,
    /// How often somebody who is signed in may say their own password.
    tries: DefaultKeyedRateLimiter<AgentId>,
}

/// Tries of one's own password: at once, and then one each six seconds.
const OWN_TRIES: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");

/// How long a sign-in waits for its turn; past this it is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);

impl Passwords {
    /// Ready to check.
    pub fn new() -> anyhow::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let tries = RateLimiter::keyed(Quota::per_minute(OWN_TRIES));
        Ok(Self { turns: Semaphore::new((cores / 2).max(1)), nobodys: hash(&token())?, tries })
    }

    /// Counts a try of somebody's own password; false when it is one too many.
    pub fn may_try(&self, agent: AgentId) -> bool {
        self.tries.check_key(&agent).is_ok()
    }

    /// Whether that is the password of that hash; never for nobody's, after the same work.
    ///
    /// Errors: when too many wait already.
    pub async fn check(&self, password: String, stored: Option<String>) -> anyhow::Result<bool> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.acquire());
        let _turn = turn.await.context("too many sign-ins are waiting")??;
        let is_somebody = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobodys.clone());
        let matches = tokio::task::spawn_blocking(move || matches(&password, &stored)).await??;
        Ok(matches && is_somebody)
    }
}

/// A password as it is stored: Argon2id, 19 MiB, two passes.
pub fn hash(password: &str) -> anyhow::Result<String> {
    let salt = SaltString::encode_b64(&random::<16>()).map_err(|error| anyhow!("{error}"))?;
    let hash = argon2()?.hash_password(password.as_bytes(), &salt).map_err(|error| anyhow!("{error}"))?;
    Ok(hash.to_string())
}

fn matches(password: &str, stored: &str) -> anyhow::Result<bool> {
    let stored = PasswordHash::new(stored).map_err(|error| anyhow!("a stored password hash: {error}"))?;
    Ok(argon2()?.verify_password(password.as_bytes(), &stored).is_ok())
}

fn argon2() -> anyhow::Result<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|error| anyhow!("{error}"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_hash_and_nobody_has_one() {
        let passwords = Passwords::new().unwrap();
        let stored = hash("correct horse").unwrap();
        assert!(passwords.check("correct horse".into(), Some(stored.clone())).await.unwrap());
        assert!(!passwords.check("correct hors".into(), Some(stored)).await.unwrap());
        assert!(!passwords.check("correct horse".into(), None).await.unwrap());
    }

    #[test]
    fn a_code_is_good_for_its_key_and_text_only() {
        let code = mac("key", "text");
        assert!(is_mac("key", "text", &code));
        let upper = code.to_uppercase();
        for bad in ["", "00", "zz", &code[1..], &format!("{code}00"), upper.as_str()] {
            assert!(!is_mac("key", "text", bad), "{bad}");
        }
        assert!(!is_mac("other", "text", &code) && !is_mac("key", "other", &code));
        assert!(!is_mac("", "text", &mac("", "text")), "without a key everybody could make it");
    }

    #[test]
    fn tokens_are_long_and_differ() {
        assert_eq!(token().len(), 64);
        assert_ne!(token(), token());
    }
}
