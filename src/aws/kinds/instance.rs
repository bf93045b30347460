//! Instance of EC2 that stands alone, outside of any autoscaling group.
//!
//! It names the volumes that are attached to it: an attachment has no identity of its own. The successor of an
//! instance is started beside it and then takes its volumes over, for which the old one is stopped, so that
//! its file systems are unmounted.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::aws::{Aws, error};
use crate::model::schema::{
    Expected, IN_PLACE, INITIAL, INTERRUPTS, Idempotency, REPLACES, ReplaceOrder, Rule, Schema,
};
use crate::model::spec::{Id, Kinded, Spec, Text};
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;

use super::ec2;
use super::launch_template::Volume as Root;
use super::role::Role;
use super::security_group::SecurityGroup;
use super::subnet::Subnet;
use super::volume::Volume;

mod change;
mod configure;
mod create;
mod read;
mod rules;
mod volumes;

/// A machine. It has no public address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// The machine image: its id, or `resolve:ssm:` and the name of a parameter that holds it when the instance
    /// is made.
    pub image: String,
    /// The instance type, such as `m7g.large`; it is stopped and started to get another one.
    pub instance_type: String,
    /// The role whose instance profile it gets; a role's id is its profile's name.
    pub profile: Id<Role>,
    /// Its subnet.
    pub subnet: Id<Subnet>,
    /// The security groups of its network interface.
    pub security_groups: BTreeSet<Id<SecurityGroup>>,
    /// The volume that it boots from.
    pub root: Root,
    /// The other volumes that are attached to it, by their device, such as `/dev/sdf`.
    pub volumes: BTreeMap<String, Id<Volume>>,
    /// What cloud-init runs at first boot, as plain text of at most 16 KiB; empty for nothing. A change of it is
    /// for the next machine.
    pub user_data: String,
    /// The object that holds the machine's configuration. Another one is fetched and its playbook run, with the
    /// data left as it is. Absent: nothing configures it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<String>,
    /// Whether the metadata service asks for a session token (`IMDSv2`).
    pub metadata_tokens: bool,
    /// How many network hops an answer of the metadata service survives; 1 keeps containers out.
    pub metadata_hops: i32,
    /// Whether metrics come every minute instead of every five.
    pub detailed_monitoring: bool,
    /// Whether it runs; else it is stopped.
    pub running: bool,
    /// Outputs of what comes first: the `state` of another instance, which has to be as it should be before this one
    /// is touched, and the `key` of the configuration, which has to be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Text>,
}

impl Kinded for Instance {
    const KIND: &'static str = "instance";
}

impl Resource for Instance {
    const SCHEMA: &'static Schema = &Schema {
        kind: "instance",
        title: "EC2 instance",
        rules: &[
            ("image", REPLACES),
            ("instance_type", INTERRUPTS),
            ("profile", IN_PLACE),
            ("subnet", REPLACES),
            ("security_groups", IN_PLACE),
            ("root", Rule::When(rules::root)),
            ("volumes", Rule::When(rules::volumes)),
            // It could be changed while the instance is stopped, but it is for the first boot alone.
            ("user_data", INITIAL),
            ("configuration", INTERRUPTS),
            ("metadata_tokens", IN_PLACE),
            ("metadata_hops", IN_PLACE),
            ("detailed_monitoring", IN_PLACE),
            ("running", Rule::When(rules::running)),
            ("follows", INITIAL),
        ],
        outputs: &["private_ip", "root_volume", "state"],
        // Whoever refers to it waits for every change of the instance.
        changing_outputs: &["state"],
        data: None,
        order: ReplaceOrder::NewFirst,
        idempotency: Idempotency::Token,
        after: &[],
        expected: Expected { create: 30, update: 60, delete: 60 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        read::list(glance).await
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        create::run(aws, wish).await
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if change::machine(aws, live, &wish.want, changed).await? {
            change::settings(aws, live, &wish.want, changed).await?;
            if changed.has("configuration") {
                configure::configure(aws, live, &wish.want).await?;
            }
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        // What is attached to it is left: only its root volume was made to go with it.
        let call = aws.ec2().terminate_instances().instance_ids(&live.id);
        call.send().await.map_err(error::delete("ec2:TerminateInstances"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        ec2::tag(aws, &live.id, tags).await
    }
}
