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
}
