//! The sections of a stack as one type, for an environment whose overlay is merged.
//!
//! The JSON Schema of the file, its checker and the reference docs derive from it.

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use super::budget::Budget;
use super::cache::Cache;
use super::control::Control;
use super::database::Database;
use super::files::Files;
use super::findings::Findings;
use super::load_balancer::LoadBalancer;
use super::mail::Mail;
use super::media::Media;
use super::monitoring::Monitoring;
use super::network::Network;
use super::resources::Resources;
use super::search::Search;
use super::site::Site;
use super::text::{Region, TagKey, TagValue, Text};
use super::web::Web;

/// All that an environment consists of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sections {
    /// The AWS region. Without it, `--region`, `AWS_REGION` and the profile decide, as with every AWS tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Tags for every resource, beside those that drucloud finds its resources by.
    pub tags: Tags,
    /// What the platform serves.
    pub site: Site,
    /// The network that all else lives in.
    pub network: Network,
    /// The load balancer in front of the web nodes; `none` together with `web: none`.
    pub load_balancer: Switch<LoadBalancer>,
    /// The web nodes; `none` together with `load_balancer: none`.
    pub web: Switch<Web>,
    /// The database; `none` if it is elsewhere.
    pub database: Switch<Database>,
    /// The cache that the web nodes share; there is none without this section.
    pub cache: Switch<Cache>,
    /// The bucket of the site's files, and the CDN; there is neither without this section.
    pub media: Switch<Media>,
    /// The search server; there is none without this section.
    pub search: Switch<Search>,
    /// What keeps the files that the web nodes share; there is nothing without this section.
    pub files: Switch<Files>,
    /// The control server, which cron runs on; there is none without this section.
    pub control: Switch<Control>,
    /// The mail that the site sends; it sends none without this section.
    pub mail: Switch<Mail>,
    /// Alarms, logs and a dashboard; there are none without this section.
    pub monitoring: Switch<Monitoring>,
    /// What a month may cost.
    pub budget: Budget,
    /// How much the findings of a preview weigh here, and which are accepted.
    pub findings: Findings,
    /// Programs that look at every plan and may refuse it, relative to the stack's folder; the plan is given to
    /// them as JSON. docs/findings.md says how they answer.
    #[schemars(length(max = 20), inner(length(min = 1, max = 1000)))]
    pub policies: Vec<String>,
    /// Resources of any kind, for what the sections do not cover.
    pub resources: Resources,
}

impl Default for Sections {
    fn default() -> Self {
        Self {
            region: None,
            tags: Tags::default(),
            site: Site::default(),
            network: Network::default(),
            load_balancer: Switch::default(),
            web: Switch::default(),
            database: Switch::default(),
            cache: Switch::Off,
            media: Switch::Off,
            search: Switch::Off,
            files: Switch::Off,
            control: Switch::Off,
            mail: Switch::Off,
            monitoring: Switch::Off,
            budget: Budget::default(),
            findings: Findings::default(),
            policies: Vec::new(),
            resources: Resources::default(),
        }
    }
}

/// A section that can be switched off with `none`.
#[derive(Clone, Debug, PartialEq)]
pub enum Switch<T> {
    /// `none`
    Off,
    /// Its settings.
    On(T),
}

impl<T> Switch<T> {
    /// The section, if it is on.
    pub fn into_on(self) -> Option<T> {
        match self {
            Self::Off => None,
            Self::On(section) => Some(section),
        }
    }
}

impl<T: Default> Default for Switch<T> {
    fn default() -> Self {
        Self::On(T::default())
    }
}

impl<T: Serialize> Serialize for Switch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Off => serializer.serialize_str("none"),
            Self::On(section) => section.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Switch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SwitchVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for SwitchVisitor<T> {
            type Value = Switch<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping or `none`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Switch<T>, E> {
                match text {
                    "none" => Ok(Switch::Off),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_unit<E: de::Error>(self) -> Result<Switch<T>, E> {
                Ok(Switch::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Switch<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Switch::On)
            }
        }

        deserializer.deserialize_any(SwitchVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Switch<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}OrNone", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let section = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [section, { "type": "string", "enum": ["none"] }] })
    }
}

/// Tags, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(pub IndexMap<TagKey, TagValue>);

/// How many tags a user may give: AWS takes 50, the rest is drucloud's own.
pub const MAX_TAGS: usize = 40;

impl JsonSchema for Tags {
    fn schema_name() -> Cow<'static, str> {
        "Tags".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": { "type": "string", "format": TagKey::FORMAT },
            "additionalProperties": {
                "type": ["string", "integer", "number", "boolean"],
                "format": TagValue::FORMAT,
            },
            "maxProperties": MAX_TAGS,
        })
    }
}
