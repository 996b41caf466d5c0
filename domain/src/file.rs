//! Files that customers and the team send each other: what is known of one, and what each channel takes.

use serde::{Deserialize, Serialize};

use crate::channel::ChannelKind;
use crate::contact::clean_line;
use crate::id::FileId;
use crate::refusal::Refusal;

/// Largest file that the house takes at all, in bytes. Our own choice: a minute of a phone's video.
pub const FILE_MAX_BYTES: i64 = 50 * MB;

/// Largest file that a visitor of a website sends, in bytes. Anybody may, so it is less.
pub const VISITOR_FILE_MAX_BYTES: i64 = 10 * MB;

/// Bytes at the beginning of a file that say what it is.
pub const HEAD_BYTES: usize = 16;

/// Longest name that is kept, in characters. Its end stays: that says what the file is.
const NAME_MAX_CHARS: usize = 120;

const MB: i64 = 1_000_000;

/// What a browser may show of a file, by what its bytes say, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the formats' own names
pub enum Media {
    Png,
    Jpeg,
    Gif,
    Webp,
    Mp4,
    Webm,
    Mp3,
    Ogg,
    Wav,
    Pdf,
    /// Anything else: it is downloaded and never shown.
    Other,
}

/// How it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Shown {
    Picture,
    Video,
    Sound,
    Document,
}

impl Media {
    /// What those first [`HEAD_BYTES`] say.
    pub fn of(head: &[u8]) -> Self {
        let at = |from: usize, bytes: &[u8]| head.get(from..from + bytes.len()) == Some(bytes);
        match head {
            _ if at(0, b"\x89PNG\r\n\x1a\n") => Media::Png,
            _ if at(0, b"\xff\xd8\xff") => Media::Jpeg,
            _ if at(0, b"GIF87a") || at(0, b"GIF89a") => Media::Gif,
            _ if at(0, b"RIFF") && at(8, b"WEBP") => Media::Webp,
            _ if at(0, b"RIFF") && at(8, b"WAVE") => Media::Wav,
            _ if at(4, b"ftyp") => Media::Mp4,
            _ if at(0, b"\x1a\x45\xdf\xa3") => Media::Webm,
            _ if at(0, b"ID3") || at(0, b"\xff\xfb") || at(0, b"\xff\xf3") => Media::Mp3,
            _ if at(0, b"OggS") => Media::Ogg,
            _ if at(0, b"%PDF-") => Media::Pdf,
            _ => Media::Other,
        }
    }

    /// As HTTP names it.
    pub const fn media_type(self) -> &'static str {
        match self {
            Media::Png => "image/png",
            Media::Jpeg => "image/jpeg",
            Media::Gif => "image/gif",
            Media::Webp => "image/webp",
            Media::Mp4 => "video/mp4",
            Media::Webm => "video/webm",
            Media::Mp3 => "audio/mpeg",
            Media::Ogg => "audio/ogg",
            Media::Wav => "audio/wav",
            Media::Pdf => "application/pdf",
            Media::Other => "application/octet-stream",
        }
    }

    /// How it is shown.
    pub const fn shown(self) -> Shown {
        match self {
            Media::Png | Media::Jpeg | Media::Gif | Media::Webp => Shown::Picture,
            Media::Mp4 | Media::Webm => Shown::Video,
            Media::Mp3 | Media::Ogg | Media::Wav => Shown::Sound,
            Media::Pdf | Media::Other => Shown::Document,
        }
    }
}

/// A file, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its id, made where it was chosen.
    pub id: FileId,
    /// What it is called, by [`clean_file_name`].
    pub name: String,
    /// What it is.
    pub media: Media,
    /// How large it is, in bytes.
    pub size_bytes: i64,
    /// Width and height of a picture in pixels, where they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixels: Option<(u32, u32)>,
}

impl File {
    /// How large it is, in words.
    pub fn size(&self) -> String {
        size(self.size_bytes)
    }
}

/// So many bytes, in words: "2.4 MB".
pub fn size(bytes: i64) -> String {
    let tenths = |unit: i64| (bytes * 10 + unit / 2) / unit;
    let in_tenths = |tenths: i64, unit: &str| match tenths % 10 {
        0 => format!("{} {unit}", tenths / 10),
        rest => format!("{}.{rest} {unit}", tenths / 10),
    };
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..MB => format!("{} KB", (bytes + 500) / 1_000),
        _ if bytes < 1_000 * MB => in_tenths(tenths(MB), "MB"),
        _ => in_tenths(bytes / (100 * MB), "GB"),
    }
}

/// The name of a file as it is kept: without folders, without what cannot be seen or turns the direction of writing, and
/// never so long that its end is cut off. "file" where nothing is left.
pub fn clean_file_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = clean_line(name);
    let n_chars = name.chars().count();
    let kept: String = match n_chars > NAME_MAX_CHARS {
        true => {
            let half = NAME_MAX_CHARS / 2;
            let begin = name.chars().take(half - 1);
            begin.chain(['…']).chain(name.chars().skip(n_chars - half)).collect()
        }
        false => name,
    };
    match kept.trim_matches(['.', ' ']).is_empty() {
        true => "file".into(),
        false => kept,
    }
}

/// The end of a name, which says what the sender takes it for.
fn extension(name: &str) -> String {
    name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default()
}

/// Programs. Mail servers throw letters away that carry one.
/// Source: Gmail, "File types blocked in Gmail"; read 2026-11.
const PROGRAMS: &[&str] = &[
    "ade", "adp", "apk", "appx", "bat", "cab", "chm", "cmd", "com", "cpl", "diagcab", "dll", "dmg", "exe",
    "hta", "img", "ins", "iso", "isp", "jar", "jnlp", "js", "jse", "lib", "lnk", "mde", "msc", "msi", "msix",
    "msp", "mst", "nsh", "pif", "ps1", "scr", "sct", "shb", "sys", "vb", "vbe", "vbs", "vhd", "vxd", "wsc",
    "wsf", "wsh", "xll",
];

/// What WhatsApp takes, each with the largest size in bytes.
/// Source: WhatsApp Business Platform, "Supported media types".
const WHATSAPP: &[(&[&str], i64)] = &[
    (&["jpg", "jpeg", "png"], 5 * MB),
    (&["webp"], 500_000),
    (&["mp4", "3gp"], 16 * MB),
    (&["aac", "amr", "mp3", "m4a", "ogg"], 16 * MB),
    (&["txt", "xls", "xlsx", "doc", "docx", "ppt", "pptx", "pdf"], FILE_MAX_BYTES),
];

impl ChannelKind {
    /// Whether a customer on that channel can be sent a file of that name and size.
    ///
    /// Errors: [`Refusal::EmptyFile`], [`Refusal::FileTooLarge`], [`Refusal::FileNotTaken`].
    pub fn takes(self, name: &str, size_bytes: i64) -> Result<(), Refusal> {
        let end = extension(name);
        let takes_it = match self {
            ChannelKind::Chat | ChannelKind::Telegram | ChannelKind::Api => Some(FILE_MAX_BYTES),
            // What is encoded for the way grows by a third; most servers stop at 25 MB.
            ChannelKind::Email if PROGRAMS.contains(&end.as_str()) => None,
            ChannelKind::Email => Some(18 * MB),
            ChannelKind::Whatsapp => {
                let of_kind = WHATSAPP.iter().find(|(ends, _)| ends.contains(&end.as_str()));
                of_kind.map(|(_, most)| *most)
            }
        };
        let max_bytes = takes_it.ok_or(Refusal::FileNotTaken { channel: self, end })?;
        check_size(size_bytes, max_bytes)
    }
}

/// Refuses what is empty, and what is larger than that.
pub fn check_size(size_bytes: i64, max_bytes: i64) -> Result<(), Refusal> {
    match size_bytes {
        ..=0 => Err(Refusal::EmptyFile),
        _ if size_bytes > max_bytes => Err(Refusal::FileTooLarge { size_bytes, max_bytes }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // rule 003-22
    #[test]
    fn which_files_may_be_sent_depends_on_the_channel() {
        let refused = |channel: ChannelKind, name: &str, bytes: i64| {
            channel.takes(name, bytes).err().map(|refusal| refusal.code())
        };
        for (channel, name, bytes, expected) in [
            (ChannelKind::Chat, "setup.exe", 10, None),
            (ChannelKind::Email, "Setup.EXE", 10, Some("file_not_taken")),
            (ChannelKind::Email, "report.pdf", 18 * MB, None),
            (ChannelKind::Email, "report.pdf", 18 * MB + 1, Some("file_too_large")),
            (ChannelKind::Whatsapp, "photo.JPG", 5 * MB, None),
            (ChannelKind::Whatsapp, "photo.jpg", 5 * MB + 1, Some("file_too_large")),
            (ChannelKind::Whatsapp, "drawing.svg", 10, Some("file_not_taken")),
            (ChannelKind::Whatsapp, "noextension", 10, Some("file_not_taken")),
            (ChannelKind::Telegram, "drawing.svg", 10, None),
            (ChannelKind::Api, "film.mov", FILE_MAX_BYTES + 1, Some("file_too_large")),
            (ChannelKind::Chat, "nothing.txt", 0, Some("empty_file")),
        ] {
            assert_eq!(refused(channel, name, bytes), expected, "{channel:?} {name} {bytes}");
        }
    }

    #[test]
    fn a_file_is_what_its_bytes_say() {
        for (head, media) in [
            (&b"\x89PNG\r\n\x1a\n"[..], Media::Png),
            (b"\xff\xd8\xff\xe0", Media::Jpeg),
            (b"GIF89a=1/*", Media::Gif),
            (b"RIFF\0\0\0\0WEBP", Media::Webp),
            (b"RIFF\0\0\0\0WAVE", Media::Wav),
            (b"\0\0\0\x20ftypisom", Media::Mp4),
            (b"\x1a\x45\xdf\xa3", Media::Webm),
            (b"ID3\x04", Media::Mp3),
            (b"OggS", Media::Ogg),
            (b"%PDF-1.7", Media::Pdf),
            (b"<svg onload=alert(1)>", Media::Other),
            (b"<!doctype html>", Media::Other),
            (b"", Media::Other),
        ] {
            assert_eq!(Media::of(head), media, "{}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn a_name_shows_what_a_file_is() {
        for (given, kept) in [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ada\\cv.docx", "cv.docx"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\u{200b}b\0c\r\n.txt", "abc .txt"),
            ("", "file"),
            (" .. ", "file"),
        ] {
            assert_eq!(clean_file_name(given), kept);
        }
        let long = clean_file_name(&format!("{}.exe", "a".repeat(5_000)));
        assert!(long.chars().count() <= NAME_MAX_CHARS && long.ends_with(".exe"), "{long}");
    }

    #[test]
    fn sizes_are_told_in_words() {
        let told: Vec<String> =
            [1, 999, 1_000, 23_499, 999_499, MB, 2_440_000, 50 * MB, 270_553_200_000].map(size).into();
        assert_eq!(
            told,
            ["1 bytes", "999 bytes", "1 KB", "23 KB", "999 KB", "1 MB", "2.4 MB", "50 MB", "270.5 GB"]
        );
    }
}
