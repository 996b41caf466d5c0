//! Departments.

use serde::{Deserialize, Serialize};

use crate::id::GroupId;

/// A department: its people see its conversations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name on the screen.
    pub name: String,
    /// Whether it was deleted: what was its own stays so, and nothing new becomes it.
    #[serde(default)]
    pub retired: bool,
}
