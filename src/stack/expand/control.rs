//! control: the machine that cron runs on and that playbooks are run from.

use std::collections::BTreeMap;

use serde_json::json;

use crate::aws::kinds::bucket::Bucket;
use crate::aws::policy::Policy;
use crate::model::graph::Handle;
use crate::stack::configuration::Role as Machines;
use crate::stack::control::Control;
use crate::stack::files::Files;
use crate::stack::network::Tier;

use super::configuration;
use super::machine::{self, Machine};
use super::network::Network;
use super::security::Security;
use super::{ExpandError, Plot};
use super::{mail, media};

pub(super) fn expand(
    plot: &mut Plot<'_>,
    section: &Control,
    network: &Network,
    security: &Security,
    bucket: Option<&Handle<Bucket>>,
) -> Result<(), ExpandError> {
    // Who decides between two file servers stands in neither's zone, if there is a third.
    let decides = plot.environment.files.as_ref().is_some_and(Files::has_arbiter);
    let places = network.places(Tier::App);
    let index = if decides && places.len() > 2 { 2 } else { 0 };
    let Some(place) = places.into_iter().nth(index) else { return Ok(()) };
    let role = plot.add("control.role", &machine::role(plot, policies(plot, bucket)))?;
    let server = Machine {
        role: Machines::Control,
        number: 0,
        place,
        instance: &section.instance,
        image: section.image.as_ref(),
        profile: role.id(),
        group: security.control.as_ref(),
        volume: None,
        follows: None,
    };
    server.add(plot, network)?;
    Ok(())
}

/// Drupal's commands need what a web node needs; and web nodes, which come and go, are found by asking for them.
fn policies(plot: &Plot<'_>, bucket: Option<&Handle<Bucket>>) -> BTreeMap<String, Policy> {
    let mut policies = BTreeMap::new();
    if configuration::makes_database(plot, Machines::Control) {
        policies.extend([machine::database_master(plot)]);
    }
    policies.insert("configuration".to_owned(), configuration::access(plot, Machines::Control));
    if let Some(bucket) = bucket {
        policies.insert("media".to_owned(), media::access(bucket));
    }
    if let Some(policy) = mail::access(plot) {
        policies.insert("mail".to_owned(), policy);
    }
    if plot.environment.web.is_some() {
        // EC2 has no narrower permission for its descriptions (service authorization reference).
        let find = json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": "*"}],
        });
        policies.insert("web-nodes".to_owned(), Policy::new(find));
    }
    policies
}
