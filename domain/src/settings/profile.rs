//! How an agent stands before customers and colleagues.

use serde::{Deserialize, Serialize};

use crate::audit::{Act, Deed, Subject};
use crate::contact::clean_name;
use crate::id::AgentId;
use crate::office::Office;
use crate::refusal::Refusal;

/// Largest photo that is kept, in bytes. Browsers send a square of 256 pixels, which is about 20 KB.
pub const PHOTO_MAX_BYTES: usize = 128 * 1024;

/// The page **Profile**.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The name that customers and colleagues read.
    pub display_name: String,
}

impl Profile {
    /// What the audit log keeps where that of somebody became this.
    pub fn deed(&self, office: &Office, agent: AgentId) -> Deed {
        let was = office.name_of(agent);
        Deed::new(Act::Changed, Subject::Profile, agent, was).value("Display name", was, &self.display_name)
    }

    /// As it is stored.
    ///
    /// Errors: [`Refusal::NoName`].
    pub fn checked(&self) -> Result<Self, Refusal> {
        let display_name = clean_name(&self.display_name);
        if display_name.is_empty() { Err(Refusal::NoName) } else { Ok(Self { display_name }) }
    }
}

impl Office {
    /// Refuses where that agent lacks the name or the photo that customers see beside what is written to them.
    pub fn must_show_profile(&self, agent: AgentId) -> Result<(), Refusal> {
        let Some(agent) = self.agents.get(&agent) else { return Err(Refusal::Missing) };
        let (name, photo) = (!agent.display_name.trim().is_empty(), agent.photo.is_some());
        if name && photo { Ok(()) } else { Err(Refusal::IncompleteProfile { name, photo }) }
    }
}

/// The kinds of photos that every browser shows and none runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhotoKind {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    Webp,
}

impl PhotoKind {
    /// The kind of those bytes by what they begin with, whatever they are called.
    ///
    /// Errors: [`Refusal::NotAPhoto`], also where they are more than [`PHOTO_MAX_BYTES`].
    pub fn of(bytes: &[u8]) -> Result<Self, Refusal> {
        let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
        match bytes {
            _ if bytes.len() > PHOTO_MAX_BYTES => Err(Refusal::NotAPhoto),
            _ if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => Ok(PhotoKind::Png),
            _ if bytes.starts_with(b"\xff\xd8\xff") => Ok(PhotoKind::Jpeg),
            _ if is_webp => Ok(PhotoKind::Webp),
            _ => Err(Refusal::NotAPhoto),
        }
    }

    /// As HTTP names it.
    pub const fn media_type(self) -> &'static str {
        match self {
            PhotoKind::Png => "image/png",
            PhotoKind::Jpeg => "image/jpeg",
            PhotoKind::Webp => "image/webp",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_asked_for_and_cleaned() {
        let named = |name: &str| Profile { display_name: name.into() }.checked();
        assert_eq!(named(" Maya\u{202e}  Brandt ").unwrap().display_name, "Maya Brandt");
        assert_eq!(named(" \u{200b} "), Err(Refusal::NoName));
    }

    #[test]
    fn a_photo_is_what_its_bytes_say() {
        assert_eq!(PhotoKind::of(b"\x89PNG\r\n\x1a\nrest"), Ok(PhotoKind::Png));
        assert_eq!(PhotoKind::of(b"\xff\xd8\xff\xe0rest"), Ok(PhotoKind::Jpeg));
        assert_eq!(PhotoKind::of(b"RIFF\0\0\0\0WEBPrest"), Ok(PhotoKind::Webp));
        for bad in [&b""[..], b"<svg onload=alert(1)>", b"GIF89a", b"RIFF\0\0\0\0WAVE", b"%PDF-1.7"] {
            assert_eq!(PhotoKind::of(bad), Err(Refusal::NotAPhoto));
        }
        let mut large = b"\x89PNG\r\n\x1a\n".to_vec();
        large.resize(PHOTO_MAX_BYTES + 1, 0);
        assert_eq!(PhotoKind::of(&large), Err(Refusal::NotAPhoto));
    }
}
