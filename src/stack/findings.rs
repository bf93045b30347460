//! The section `findings`: how much the findings of a preview weigh here, and which are accepted with what reason.
//!
//! An exception without a reason is refused: whoever reads a preview next year has to be able to judge it again.

use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::rules;
use super::text::{AddressPattern, FindingId, Text};
use crate::model::lint::{Exception, Settings, Severity};
use crate::model::select::Pattern;

/// How much findings weigh, and what is accepted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Findings {
    /// How much a finding weighs in this stack, by its id.
    pub severity: Weights,
    /// What is accepted although it is found. It stays in every preview, with its reason.
    #[schemars(length(max = 200))]
    pub accept: Vec<Accept>,
}

/// Weights by the id of a finding, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weights(pub IndexMap<FindingId, Weight>);

impl JsonSchema for Weights {
    fn schema_name() -> Cow<'static, str> {
        "Weights".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": { "type": "string", "format": FindingId::FORMAT },
            "additionalProperties": generator.subschema_for::<Weight>(),
        })
    }
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// It is not looked for.
    None,
    /// Worth knowing.
    Note,
    /// Worth a second look.
    Warning,
    /// Not to be applied without a reason.
    Error,
}

impl Weight {
    /// The severity; none if it is not looked for.
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::None => None,
            Self::Note => Some(Severity::Note),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// One exception. All of it has to be given; what a file gives wrongly is taken out before this is read.
///
/// Each key may be absent when it is read, so `required` has to be said here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["id", "address", "reason"]))]
pub struct Accept {
    /// The id of the finding; docs/findings.md lists them.
    #[schemars(required)]
    #[serde(default)]
    pub id: Option<FindingId>,
    /// The resource that it is accepted for, or the beginning of several addresses, such as `files`.
    #[schemars(required)]
    #[serde(default)]
    pub address: Option<AddressPattern>,
    /// Why it is accepted; every preview shows it.
    #[schemars(required, length(min = 3, max = 500))]
    #[serde(default)]
    pub reason: Option<String>,
}

impl Findings {
    pub(super) fn examine(&self, findings: &mut rules::Findings<'_>) {
        for (index, one) in self.accept.iter().enumerate() {
            let same = |other: &Accept| (&other.id, &other.address) == (&one.id, &one.address);
            if let (Some(id), Some(address)) = (&one.id, &one.address)
                && self.accept[..index].iter().any(same)
            {
                findings.error(
                    &[&format!("findings.accept[{index}].id")],
                    format!("`findings.accept`: `{id}` is accepted twice for `{address}`"),
                    "keep one of them",
                );
            }
            if one.reason.as_ref().is_some_and(|reason| reason.trim().is_empty()) {
                findings.error(
                    &[&format!("findings.accept[{index}].reason")],
                    "`findings.accept`: the reason is blank",
                    "say why it is accepted, for whoever reads a preview next year",
                );
            }
        }
    }
}

impl Environment {
    /// What the user says about findings, for [`crate::model::lint::lint`].
    pub fn finding_settings(&self) -> Settings {
        let Findings { severity, accept } = &self.remarks;
        let severity = severity.0.iter().map(|(id, weight)| (id.to_string(), weight.severity())).collect();
        let exception = |(index, one): (usize, &Accept)| {
            Some(Exception {
                id: one.id.as_ref()?.to_string(),
                pattern: Pattern::new(one.address.as_ref()?.as_str()),
                reason: one.reason.clone()?,
                place: Some(self.place(&format!("findings.accept[{index}].id"))),
            })
        };
        Settings { severity, accepted: accept.iter().enumerate().filter_map(exception).collect() }
    }
}
