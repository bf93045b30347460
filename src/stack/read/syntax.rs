//! YAML's syntax errors in plain words.
//!
//! The parser says what it expected; a user wants to know what to change.

use serde_yaml::granit_parser::{ErrorKind, ScanError};

use crate::stack::report::Problem;
use crate::stack::source::Span;

/// The problem that a syntax error is, at its place.
pub fn problem(error: &ScanError, text: &str) -> Problem {
    let at = error.marker().byte_offset().unwrap_or(text.len());
    let width = text.get(at..).and_then(|rest| rest.chars().next()).filter(|c| *c != '\n' && *c != '\r');
    let span = Span::new(at, at + width.map_or(0, char::len_utf8));
    let (what, help) = explain(error.kind());
    let what = what.map_or_else(|| error.info(), str::to_owned);
    Problem::error(format!("not valid YAML: {what}"), span, "here").help(help)
}

/// The common mistakes in plain words; the parser's words for the others.
fn explain(kind: &ErrorKind) -> (Option<&'static str>, &'static str) {
    use ErrorKind as E;
    match kind {
        E::TabNotAllowed | E::TabInBlockIndentation | E::TabInIndentation | E::TabInPlainScalar => {
            (Some("a tab where YAML wants spaces"), "indent with spaces, two for each level")
        }
        E::MappingValueNotAllowed => (
            Some("a second `: ` in one line, or a key that is indented too far"),
            "put each `key: value` on a line of its own, and quote a value that holds `: `",
        ),
        E::InvalidIndentation | E::ExpectedBlockMappingKey | E::ExpectedBlockSequenceEntry => (
            Some("a line is indented like none of the lines that it could belong to"),
            "keys of one section start in the same column",
        ),
        E::SimpleKeyExpected | E::InvalidSimpleKey => {
            (Some("a key without its colon"), "write `key: value`, with a space after the colon")
        }
        E::UnclosedQuotedScalar | E::InvalidQuotedScalarIndent => {
            (Some("a quote that is never closed"), "close the quote, or double it inside single quotes")
        }
        E::UnclosedFlowCollection { .. }
        | E::UnexpectedEofFlowMapping
        | E::UnexpectedEofFlowSequence
        | E::UnexpectedEofImplicitFlowMapping => {
            (Some("a bracket or brace that is never closed"), "close it with `]` or `}`")
        }
        E::ExpectedFlowMappingSeparator | E::ExpectedFlowSequenceSeparator => {
            (Some("a comma or a closing bracket is missing"), "separate what is in brackets with commas")
        }
        E::UnknownAnchor => {
            (Some("an alias (`*name`) without its anchor (`&name`)"), "define the anchor above it")
        }
        E::RecursionLimitExceeded => (
            Some("lists and mappings are nested too deep"),
            "a stack file needs six levels; quote a text that is full of brackets",
        ),
        E::DirectiveDisallowed => (Some("a YAML directive (`%...`)"), "leave the line out"),
        E::BomInsideDocument | E::UnexpectedCharacter { .. } => {
            (None, "remove the character, or quote the text that it belongs to")
        }
        _ => (None, "see the line above as well: YAML notices some mistakes late"),
    }
}
