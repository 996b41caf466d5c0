//! What somebody ordered and what came of it, kept on disk before it is sent: who is asked afterwards knows only that.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use domain::conversation::Command;
use domain::live::Request;
use domain::message::Words;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use server::server::now;

pub struct Journal {
    pub path: PathBuf,
    file: File,
    pub sent: Vec<Sent>,
}

/// An order in the journal.
pub struct Sent {
    pub request: Request,
    /// When it was sent again because nobody had answered.
    pub again_at: Option<Timestamp>,
    /// What was acknowledged, and when.
    pub seq: Option<i64>,
    pub acknowledged_at: Option<Timestamp>,
}

/// A line of the file. What it says is of the newest order.
#[derive(Serialize, Deserialize)]
enum Line {
    Sends(Box<Request>),
    Acknowledged { again_at: Option<Timestamp>, seq: i64, at: Timestamp },
}

impl Journal {
    pub fn begin(folder: &Path, name: &str) -> Self {
        let path = folder.join(name);
        let file = File::create_new(&path).unwrap();
        Self { path, file, sent: vec![] }
    }

    /// That is sent next.
    pub fn sends(&mut self, request: &Request) {
        self.put(&Line::Sends(Box::new(request.clone())));
        self.file.sync_data().unwrap();
    }

    /// The newest was acknowledged, with that place in the log.
    pub fn is_acknowledged(&mut self, again_at: Option<Timestamp>, seq: i64) {
        self.put(&Line::Acknowledged { again_at, seq, at: now() });
    }

    fn put(&mut self, line: &Line) {
        let text = serde_json::to_string(line).unwrap();
        writeln!(self.file, "{text}").unwrap();
        Sent::take(&mut self.sent, serde_json::from_str(&text).unwrap());
    }

    pub fn read(path: &Path) -> Vec<Sent> {
        let text = std::fs::read_to_string(path).unwrap();
        let mut sent = vec![];
        text.lines().for_each(|line| Sent::take(&mut sent, serde_json::from_str(line).unwrap()));
        sent
    }
}

impl Sent {
    fn take(all: &mut Vec<Self>, line: Line) {
        match line {
            Line::Sends(request) => {
                all.push(Self { request: *request, again_at: None, seq: None, acknowledged_at: None });
            }
            Line::Acknowledged { again_at, seq, at } => {
                let newest = all.last_mut().expect("something was sent");
                (newest.again_at, newest.seq, newest.acknowledged_at) = (again_at, Some(seq), Some(at));
            }
        }
    }

    pub fn words(&self) -> &Words {
        match &self.request.command {
            Command::Reply { words, .. } | Command::Whisper { words, .. } | Command::Note { words, .. } => {
                words
            }
            other => panic!("nobody orders {other:?} here"),
        }
    }

    pub fn is_reply(&self) -> bool {
        matches!(self.request.command, Command::Reply { .. })
    }
}
