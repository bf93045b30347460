//! A place in the stack file, for what is said about a line of it.

use serde::Serialize;

/// A place in a file, counted from one, as editors and SARIF count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The file, as the user named it.
    pub file: String,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}
