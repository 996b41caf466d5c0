//! Notes to write: an order to ours, the same words to M.

use std::cell::Cell;

use domain::conversation::Scene;
use serde_json::json;

use super::list;
use super::program::Program;
use super::staff::Session;

/// What an agent writes.
const TEXT: &str = "The courier comes between nine and ten tomorrow.";

/// Whoever sees everything writes, into the 50 newest conversations in turns.
pub struct Notes {
    pub writer: Session,
    pub scenes: Vec<Scene>,
    /// How many were made. Each has ids of its own.
    n: Cell<u64>,
}

/// One of them.
struct Note {
    conversation: String,
    id: String,
    order: String,
}

impl Notes {
    pub async fn of(ours: &Program) -> Self {
        let writer = Session::open(ours, "yuki").await;
        let page = list::newest(ours, &writer.cookie).await;
        let scenes = page.rows.into_iter().map(|row| row.scene).collect();
        // Two runs on one house must not write the same.
        Self { writer, scenes, n: Cell::new(page.seq as u64 * 1_000_000) }
    }

    /// The next one, to ours.
    pub fn to_ours(&self, ours: &Program) -> String {
        let note = self.next(None, TEXT);
        self.request(ours, &note.order)
    }

    /// The next one, to ours, about that and with those words.
    pub fn about(&self, ours: &Program, scene: &Scene, text: &str) -> String {
        let note = self.next(Some(scene), text);
        self.request(ours, &note.order)
    }

    /// The next one, to M.
    pub fn to_minimal(&self, m: &Program) -> String {
        let Note { conversation, id, order } = self.next(None, TEXT);
        m.request("POST /send", &[("x-conversation", &*conversation), ("x-id", &*id)], &order)
    }

    fn request(&self, ours: &Program, order: &str) -> String {
        let headers = [("content-type", "application/json"), ("cookie", &*self.writer.cookie)];
        ours.request("POST /api/run", &headers, order)
    }

    fn next(&self, scene: Option<&Scene>, text: &str) -> Note {
        let n = self.n.get() + 1;
        self.n.set(n);
        let id = |kind: u128| uuid::Uuid::from_u128(u128::from(n) << 32 | kind | 0xb00 << 96).to_string();
        let scene = scene.unwrap_or(&self.scenes[n as usize % self.scenes.len()]);
        let conversation = scene.conversation.id.to_string();
        let command = json!({ "note": { "words": { "id": id(1), "text": text }, "mentions": [] } });
        let order = json!({
            "request": { "id": id(2), "by": self.writer.desk.viewer.agent, "conversation": conversation, "command": command }
        });
        Note { conversation, id: id(1), order: order.to_string() }
    }
}
