//! The names of the buckets that machines are told: they are unique in all of AWS, so the account is in them.

use std::collections::BTreeMap;

use crate::aws::kinds::bucket::Bucket;
use crate::aws::{Aws, Scope, names};
use crate::model::live::LiveState;
use crate::model::spec::Kinded;
use crate::run::poll;
use crate::stack::{Environment, configuration};

use super::FactsError;

/// Where the buckets stand whose names machines are told.
fn wanted(environment: &Environment) -> impl Iterator<Item = &'static str> {
    let configured = !configuration::machines(environment).is_empty();
    let configuration = configured.then_some(configuration::BUCKET);
    configuration.into_iter().chain(environment.media.as_ref().map(|_| "media.bucket"))
}

/// Their names in an account that nobody has.
pub fn assumed(environment: &Environment, region: &str) -> BTreeMap<&'static str, String> {
    wanted(environment).map(|address| (address, name(environment, region, "000000000000", address))).collect()
}

fn name(environment: &Environment, region: &str, account: &str, address: &str) -> String {
    let scope = Scope { stack: environment.stack.to_string(), env: environment.name.to_string() };
    let address = address.parse();
    address.map(|address| names::bucket(&scope, region, account, &address)).unwrap_or_default()
}

/// Their names: of those that are there as they are, of the others as they will be, for which the account is
/// asked once.
pub async fn gather(
    aws: &Aws,
    environment: &Environment,
    live: &LiveState,
) -> Result<BTreeMap<&'static str, String>, FactsError> {
    let mut buckets = BTreeMap::new();
    let mut account = None;
    for address in wanted(environment) {
        let known =
            live.resources.iter().find(|live| live.address.as_str() == address && live.kind == Bucket::KIND);
        if let Some(live) = known {
            buckets.insert(address, live.id.clone());
            continue;
        }
        let owner = match account.take() {
            Some(owner) => owner,
            None => poll::ask("identity", async || aws.identity().await).await?.account,
        };
        buckets.insert(address, name(environment, aws.region(), &owner, address));
        account = Some(owner);
    }
    Ok(buckets)
}
