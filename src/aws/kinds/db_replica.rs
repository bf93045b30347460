//! Read replica of a database of RDS.
//!
//! It is a database instance with the same properties, and RDS lists it among them. It holds no data of its own,
//! which is why it is a kind of its own: it comes and goes without anybody's consent. One that somebody has
//! promoted is a database instance.

use std::borrow::Cow;

use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::model::schema::{Expected, Idempotency, ReplaceOrder, Schema};
use crate::model::spec::{Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;

use super::db_instance::{self, DbInstance};

/// A database that follows another one, which `replica_of` names, and answers questions only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DbReplica(pub DbInstance);

/// Its properties are written out, and not a reference to those of another kind.
impl JsonSchema for DbReplica {
    fn schema_name() -> Cow<'static, str> {
        "DbReplica".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> schemars::Schema {
        DbInstance::json_schema(generator)
    }
}

impl Kinded for DbReplica {
    const KIND: &'static str = "db_replica";
}

impl Resource for DbReplica {
    const SCHEMA: &'static Schema = &Schema {
        kind: "db_replica",
        title: "RDS read replica",
        rules: db_instance::RULES,
        outputs: db_instance::OUTPUTS,
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::OldFirst,
        idempotency: Idempotency::UniqueName,
        after: &[],
        expected: Expected { create: 480, update: 300, delete: 300 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let all = db_instance::all(glance).await?;
        let replicas = all.into_iter().filter(|found| found.properties.replica_of.is_some());
        Ok(replicas.map(|found| found.map(Self)).collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        if wish.want.0.replica_of.is_none() {
            return Err(Fault::fatal(Self::KIND, "`replica_of` has to name the database that it follows"));
        }
        DbInstance::create(aws, &instance(wish)).await
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        DbInstance::update(aws, &live.clone().map(|replica| replica.0), &instance(wish), changed).await
    }

    async fn delete(aws: &Aws, live: &Found<Self>, farewell: &Farewell) -> Result<(), Fault> {
        DbInstance::delete(aws, &live.clone().map(|replica| replica.0), farewell).await
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        DbInstance::tag(aws, &live.clone().map(|replica| replica.0), tags).await
    }
}

fn instance<'a>(wish: &Wish<'a, DbReplica>) -> Wish<'a, DbInstance> {
    Wish { want: wish.want.0.clone(), order: wish.order }
}
