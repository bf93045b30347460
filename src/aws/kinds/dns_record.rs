//! DNS record, in the stack's private zone or in a public zone of the account.
//!
//! Records have no tags. Beside each one stands a TXT record, its companion, that holds them; both are written
//! in one change batch, which is atomic, and both are read by the one list of the zone's records. Zones that
//! are not the stack's own are read when its private zone's comment names them (`hosted_zone.public_zones`).

use std::collections::BTreeSet;

use aws_sdk_route53::operation::change_resource_record_sets::builders::ChangeResourceRecordSetsFluentBuilder;
use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType,
};
use futures::future::try_join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::aws::{Aws, error};
use crate::model::schema::{Expected, IN_PLACE, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec, Text};
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault};

use super::companion::{self, Companion};
use super::hosted_zone::HostedZone;
use super::route53;

const CHANGE: &str = "route53:ChangeResourceRecordSets";

/// A name and what it stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsRecord {
    /// The zone.
    pub zone: Id<HostedZone>,
    /// The whole name, such as `db.drucloud-prod.internal`.
    pub name: Text,
    /// The type, such as `A` or `CNAME`.
    pub r#type: String,
    /// What is answered.
    pub answer: Answer,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Answer {
    /// Values.
    Values {
        /// Seconds for which they may be remembered.
        ttl: u32,
        /// The values; texts of a TXT record as they are, without quotes.
        values: BTreeSet<Text>,
    },
    /// What another name of AWS stands for.
    Alias {
        /// That name.
        alias: Alias,
    },
}

/// Another name of AWS, such as a load balancer's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alias {
    /// The name.
    pub target: Text,
    /// The id of the zone that it is in.
    pub zone: Text,
    /// Whether nothing is answered while it is not healthy.
    pub evaluate_health: bool,
}

impl Kinded for DnsRecord {
    const KIND: &'static str = "dns_record";
}

impl Resource for DnsRecord {
    const SCHEMA: &'static Schema = &Schema {
        kind: "dns_record",
        title: "DNS record",
        rules: &[("zone", REPLACES), ("name", REPLACES), ("type", REPLACES), ("answer", IN_PLACE)],
        outputs: &["name"],
        changing_outputs: &[],
        data: None,
        // A CNAME suffers no record of another type beside it.
        order: ReplaceOrder::OldFirst,
        // Not an upsert: a record that somebody else made is not overwritten.
        idempotency: Idempotency::UniqueInParent,
        // The private zone's comment is how records in public zones are found.
        after: &["hosted_zone"],
        expected: Expected { create: 3, update: 3, delete: 3 },
        canonical,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let zones = route53::zones(glance).await?;
        let own = zones.0.iter().map(|zone| &zone.id);
        let all: BTreeSet<&String> = own.chain(zones.0.iter().flat_map(|zone| &zone.public_zones)).collect();
        let found = try_join_all(all.into_iter().map(|zone| ours(glance.aws, zone))).await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let want = wish.want.clone().normal();
        let zone = want.zone.as_str();
        let companion = Companion::of(aws, known(&want.name)?, &want.r#type);
        let noted = change(ChangeAction::Upsert, companion.write(&wish.order.tags)?)?;
        let made = change(ChangeAction::Create, write(&want)?)?;
        match send(aws, zone, vec![made, noted.clone()]).await {
            Err(fault) if fault.class == Class::Exists => {
                // Two environments may need the very same record (the proof that a domain is ours).
                let there = route53::records(aws, zone).await?;
                let same = there.iter().any(|set| is(set, &want) && read(set) == want.answer);
                if same { send(aws, zone, vec![noted]).await } else { Err(fault) }
            }
            answer => answer,
        }
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if changed.has("answer") {
            let set = write(&wish.want.clone().normal())?;
            send(aws, live.properties.zone.as_str(), vec![change(ChangeAction::Upsert, set)?]).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let zone = live.properties.zone.as_str();
        let companion = Companion::of(aws, known(&live.properties.name)?, &live.properties.r#type);
        let there = route53::records(aws, zone).await?;
        let shared = companion::all(&there).any(|other| companion.is_for_the_same(&other));
        // A deletion has to name exactly what is there.
        let going = there.iter().filter(|set| companion.is(set) || !shared && is(set, &live.properties));
        let changes: Vec<Change> =
            going.map(|set| change(ChangeAction::Delete, set.clone())).collect::<Result<_, _>>()?;
        if changes.is_empty() {
            return Err(Fault::fatal(CHANGE, format!("{} is not there", live.id)).as_class(Class::Gone));
        }
        request(aws, zone, changes)?.send().await.map_err(error::delete(CHANGE))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        let companion = Companion::of(aws, known(&live.properties.name)?, &live.properties.r#type);
        let mut all = live.tags.clone();
        all.extend(tags.clone());
        let set = companion.write(&all)?;
        send(aws, live.properties.zone.as_str(), vec![change(ChangeAction::Upsert, set)?]).await
    }
}

impl DnsRecord {
    /// The same as Route 53 answers it: no last dots, names in small letters.
    fn normal(self) -> Self {
        let name = |text: Text| match text {
            Text::Known(name) => Text::Known(route53::plain_name(&name)),
            other => other,
        };
        let r#type = self.r#type.to_ascii_uppercase();
        let value = |text: Text| match text {
            Text::Known(value) if r#type != "TXT" => Text::Known(value.trim_end_matches('.').to_owned()),
            other => other,
        };
        let answer = match self.answer {
            Answer::Values { ttl, values } => {
                Answer::Values { ttl, values: values.into_iter().map(value).collect() }
            }
            Answer::Alias { alias } => Answer::Alias { alias: Alias { target: name(alias.target), ..alias } },
        };
        Self { name: name(self.name), answer, zone: self.zone, r#type }
    }
}

fn canonical(spec: &Spec) -> Spec {
    let typed = spec.typed::<DnsRecord>();
    typed.and_then(|typed| Spec::of(&typed.normal())).unwrap_or_else(|_| spec.clone())
}

/// The records of this environment in a zone: those whose companion says so. A companion whose record is gone
/// shows as a record without values, so that it is mended or deleted like any other.
pub async fn ours(aws: &Aws, zone: &str) -> Result<Vec<Found<DnsRecord>>, Fault> {
    let there = route53::records(aws, zone).await?;
    let found = companion::all(&there).filter_map(|companion| {
        let nothing = || Answer::Values { ttl: 0, values: BTreeSet::new() };
        let mut properties = DnsRecord {
            zone: Id::known(zone),
            name: companion.name.as_str().into(),
            r#type: companion.r#type.clone(),
            answer: nothing(),
        };
        if let Some(set) = there.iter().find(|set| is(set, &properties)) {
            properties.answer = read(set);
        }
        let id = format!("{zone}/{}/{}", companion.name, companion.r#type);
        let found = Found::ours(aws, id, companion.tags, properties)?;
        Some(found.output("name", Some(companion.name)))
    });
    Ok(found.collect())
}

/// The name of a record.
pub fn name_of(set: &ResourceRecordSet) -> String {
    route53::plain_name(set.name())
}

/// The type of a record.
pub fn type_of(set: &ResourceRecordSet) -> &str {
    set.r#type().as_str()
}

/// Whether that is the record; those with a `SetIdentifier` (weighted, by region) are somebody else's.
fn is(set: &ResourceRecordSet, record: &DnsRecord) -> bool {
    set.set_identifier().is_none()
        && type_of(set) == record.r#type
        && record.name.known().is_some_and(|name| name_of(set) == name)
}

fn read(set: &ResourceRecordSet) -> Answer {
    if let Some(alias) = set.alias_target() {
        let alias = Alias {
            target: route53::plain_name(alias.dns_name()).into(),
            zone: alias.hosted_zone_id().into(),
            evaluate_health: alias.evaluate_target_health(),
        };
        return Answer::Alias { alias };
    }
    let value = |record: &ResourceRecord| match set.r#type() {
        RrType::Txt => Text::from(route53::unquote(record.value()).concat()),
        _ => Text::from(record.value().trim_end_matches('.')),
    };
    let ttl = set.ttl().and_then(|ttl| u32::try_from(ttl).ok()).unwrap_or(0);
    Answer::Values { ttl, values: set.resource_records().iter().map(value).collect() }
}

fn write(record: &DnsRecord) -> Result<ResourceRecordSet, Fault> {
    let r#type = RrType::from(record.r#type.as_str());
    let set = ResourceRecordSet::builder().name(known(&record.name)?).r#type(r#type.clone());
    let set = match &record.answer {
        Answer::Values { ttl, values } => {
            let value = |text: &Text| {
                let text = known(text)?;
                let value = if r#type == RrType::Txt { route53::quote(text) } else { text.to_owned() };
                ResourceRecord::builder().value(value).build().map_err(error::incomplete(CHANGE))
            };
            let values = values.iter().map(value).collect::<Result<Vec<_>, _>>()?;
            set.ttl(i64::from(*ttl)).set_resource_records(Some(values))
        }
        Answer::Alias { alias } => {
            let target = AliasTarget::builder().dns_name(known(&alias.target)?);
            let target = target.hosted_zone_id(known(&alias.zone)?);
            let target = target.evaluate_target_health(alias.evaluate_health).build();
            set.alias_target(target.map_err(error::incomplete(CHANGE))?)
        }
    };
    set.build().map_err(error::incomplete(CHANGE))
}

fn known(text: &Text) -> Result<&str, Fault> {
    text.known().ok_or_else(|| Fault::fatal(CHANGE, "a reference has no answer yet"))
}

fn change(action: ChangeAction, set: ResourceRecordSet) -> Result<Change, Fault> {
    let change = Change::builder().action(action).resource_record_set(set).build();
    change.map_err(error::incomplete(CHANGE))
}

async fn send(aws: &Aws, zone: &str, changes: Vec<Change>) -> Result<(), Fault> {
    request(aws, zone, changes)?.send().await.map_err(error::create(CHANGE))?;
    Ok(())
}

fn request(
    aws: &Aws,
    zone: &str,
    changes: Vec<Change>,
) -> Result<ChangeResourceRecordSetsFluentBuilder, Fault> {
    let batch = ChangeBatch::builder().set_changes(Some(changes)).build();
    let batch = batch.map_err(error::incomplete(CHANGE))?;
    Ok(aws.route53().change_resource_record_sets().hosted_zone_id(zone).change_batch(batch))
}
