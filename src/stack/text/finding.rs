//! What the section `findings` names: rules by their ids, and resources by their addresses.

use std::fmt;
use std::str::FromStr;

use super::labels::checked_strings;
use super::{Text, Wrong};
use crate::model::lint::RULES;
use crate::stack::{node::excerpt, suggest};

checked_strings! {
    /// The id of a rule that finds something about a plan.
    FindingId, "finding-id", "the id of a finding", ["single-zone", "no-backups"], finding_id;
    /// The address of a resource, or the beginning of several.
    AddressPattern, "address-pattern", "an address", ["database.instance", "files"], address_pattern;
}

fn finding_id(text: &str) -> Result<(), Wrong> {
    let known = || RULES.iter().map(|rule| rule.id);
    if known().any(|id| id == text) {
        return Ok(());
    }
    let guess = suggest::nearest(text, known());
    let did_you_mean = guess.map(|guess| format!("; did you mean `{guess}`?")).unwrap_or_default();
    let help = guess.map_or_else(
        || format!("the ids are {}; docs/findings.md says what each means", suggest::all_of(known())),
        |guess| format!("write `{guess}`; docs/findings.md lists the ids"),
    );
    Err(Wrong::new(format!("there is no finding `{}`{did_you_mean}", excerpt(text)), help))
}

fn address_pattern(text: &str) -> Result<(), Wrong> {
    let bare = text.strip_suffix(".*").unwrap_or(text);
    // A section alone is the beginning of an address, so one part more makes it a whole one.
    match format!("{bare}.x").parse::<crate::model::address::Address>() {
        Ok(_) => Ok(()),
        Err(_) => Err(Wrong::not::<AddressPattern>(text)),
    }
}
