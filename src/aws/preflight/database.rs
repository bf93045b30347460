//! Databases: the engine's version, the class in these zones, and the parameters.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_rds::types::{DbEngineVersion, Filter, OrderableDbInstanceOption};
use futures::future::join_all;

use crate::aws::error;
use crate::aws::kinds::db_instance::DbInstance;
use crate::aws::kinds::db_parameter_group::DbParameterGroup;
use crate::aws::kinds::db_replica::DbReplica;
use crate::model::check::Check;
use crate::model::lint::Severity;
use crate::model::plan::Step;
use crate::run::fault::Fault;

use super::Rule;
use super::look::{Look, about, listed};
use super::parameter::{self, Known};

/// The rules of this group.
pub const RULES: &[&Rule] = &[&VERSION, &CLASS, &PARAMETERS];

const VERSION: Rule = Rule {
    id: "database-version",
    what: "RDS has the version of the database engine.",
    severity: Severity::Error,
    remedy: "choose a version that `aws rds describe-db-engine-versions` lists",
    calls: &["rds:DescribeDBEngineVersions"],
};

const CLASS: Rule = Rule {
    id: "database-class",
    what: "RDS offers the class with this engine, storage and number of zones.",
    severity: Severity::Error,
    remedy: "choose another class, or a newer version of the engine",
    calls: &["rds:DescribeDBEngineVersions", "rds:DescribeOrderableDBInstanceOptions"],
};

const PARAMETERS: Rule = Rule {
    id: "database-parameters",
    what: "The engine has the parameters that are set, and they take these values.",
    severity: Severity::Error,
    remedy: "correct or remove the parameter (`aws rds describe-engine-default-parameters`)",
    calls: &["rds:DescribeEngineDefaultParameters"],
};

/// What decides about version and class.
const DECISIVE: &[&str] = &["engine", "version", "class", "storage", "multi_az"];

pub async fn check(look: &Look<'_>) -> Vec<Check> {
    let mut wanted = look.set::<DbInstance>(DECISIVE);
    wanted.extend(look.set::<DbReplica>(DECISIVE).into_iter().map(|(step, replica)| (step, replica.0)));
    let instances = wanted.iter().map(|(step, want)| instance(look, step, want));
    let groups = look.set::<DbParameterGroup>(&["family", "parameters"]);
    let groups = groups.iter().map(|(step, want)| parameters(look, step, want));
    let (instances, groups) = futures::join!(join_all(instances), join_all(groups));
    instances.into_iter().chain(groups).flatten().collect()
}

async fn instance(look: &Look<'_>, step: &Step, want: &DbInstance) -> Vec<Check> {
    let name = format!("{} {}", want.engine, want.version);
    let versions = match look.ask(async || versions(look, want).await).await {
        Ok(versions) => versions,
        Err(fault) => {
            return [&VERSION, &CLASS]
                .map(|rule| look.untold(rule, Some(about(step, "class")), &fault))
                .into();
        }
    };
    let usable: Vec<&str> = versions
        .iter()
        .filter(|version| version.status() != Some("deprecated"))
        .filter_map(|version| version.engine_version())
        .collect();
    let Some(newest) = usable.last() else {
        return vec![look.failed(&VERSION, about(step, "version"), format!("RDS has no {name}"))];
    };
    let mut checks = vec![look.passed(&VERSION, format!("RDS has {name}"))];
    let options = look.ask(async || options(look, want, newest).await).await;
    checks.push(match options.map(|options| unfit(look, step, want, &options)) {
        Err(fault) => look.untold(&CLASS, Some(about(step, "class")), &fault),
        Ok(Some(why)) => {
            look.failed(&CLASS, about(step, "class"), format!("`{}` {why} for {name}", want.class))
        }
        Ok(None) => look.passed(&CLASS, format!("RDS offers `{}` for {name}", want.class)),
    });
    checks
}

/// The versions of an engine that a major or full version stands for.
async fn versions(look: &Look<'_>, want: &DbInstance) -> Result<Vec<DbEngineVersion>, Fault> {
    let call =
        look.aws.rds().describe_db_engine_versions().engine(&want.engine).engine_version(&want.version);
    let pages = call.into_paginator().page_size(100).items().send();
    pages.collect::<Result<_, _>>().await.map_err(error::read("rds:DescribeDBEngineVersions"))
}

async fn options(
    look: &Look<'_>,
    want: &DbInstance,
    version: &str,
) -> Result<Vec<OrderableDbInstanceOption>, Fault> {
    let call = look.aws.rds().describe_orderable_db_instance_options().engine(&want.engine);
    let call = call.engine_version(version).db_instance_class(&want.class).vpc(true);
    let pages = call.into_paginator().page_size(100).items().send();
    pages.collect::<Result<_, _>>().await.map_err(error::read("rds:DescribeOrderableDBInstanceOptions"))
}

/// Why none of the options is what is wanted.
fn unfit(
    look: &Look<'_>,
    step: &Step,
    want: &DbInstance,
    options: &[OrderableDbInstanceOption],
) -> Option<String> {
    if options.is_empty() {
        return Some("is not offered in this region".to_owned());
    }
    let storage: Vec<_> =
        options.iter().filter(|option| option.storage_type() == Some(&want.storage.kind)).collect();
    if storage.is_empty() {
        let kinds: BTreeSet<&str> = options.iter().filter_map(|option| option.storage_type()).collect();
        return Some(format!("takes storage {}, not {},", listed(kinds), want.storage.kind));
    }
    if want.multi_az && !storage.iter().any(|option| option.multi_az_capable() == Some(true)) {
        return Some("cannot stand in two zones".to_owned());
    }
    let zones: BTreeSet<&str> = storage
        .iter()
        .flat_map(|option| option.availability_zones())
        .filter_map(|zone| zone.name())
        .collect();
    let group = step.desired.as_ref().and_then(|spec| look.referred(spec.get("subnet_group")?));
    let ours =
        group.and_then(|spec| spec.get("subnets")).map(|subnets| look.zones(subnets)).unwrap_or_default();
    let usable = ours.iter().filter(|zone| zones.contains(zone.as_str())).count();
    // Two zones are needed for a standby, one for a single instance.
    let needed = if want.multi_az { 2 } else { 1 };
    if !ours.is_empty() && usable < needed {
        return Some(format!("is offered in {} only", listed(zones)));
    }
    let gib = i32::try_from(want.storage.gib).unwrap_or(i32::MAX);
    let fits = |option: &&OrderableDbInstanceOption| {
        option.min_storage_size().is_none_or(|least| least <= gib)
            && option.max_storage_size().is_none_or(|most| gib <= most)
    };
    (!storage.into_iter().any(|option| fits(&option)))
        .then(|| format!("takes no {gib} GiB of {}", want.storage.kind))
}

async fn parameters(look: &Look<'_>, step: &Step, want: &DbParameterGroup) -> Vec<Check> {
    if want.parameters.is_empty() {
        return Vec::new();
    }
    let known = match look.ask(async || known(look, want).await).await {
        Ok(known) => known,
        Err(fault) => return vec![look.untold(&PARAMETERS, Some(about(step, "parameters")), &fault)],
    };
    let wrong = parameter::wrong(&want.parameters, &known);
    if wrong.is_empty() {
        return vec![look.passed(&PARAMETERS, format!("{} takes the parameters", want.family))];
    }
    let failed = |text: &String| {
        look.failed(&PARAMETERS, about(step, "parameters"), format!("{}: {text}", want.family))
    };
    wrong.iter().map(failed).collect()
}

/// What RDS tells of the parameters that are set. `parameter-name` is the call's only filter.
async fn known(look: &Look<'_>, want: &DbParameterGroup) -> Result<BTreeMap<String, Known>, Fault> {
    let filter =
        Filter::builder().name("parameter-name").set_values(Some(want.parameters.keys().cloned().collect()));
    let call = look.aws.rds().describe_engine_default_parameters().db_parameter_group_family(&want.family);
    let pages = call.filters(filter.build()).into_paginator().page_size(100).items().send();
    let told: Result<Vec<_>, _> = pages.collect().await;
    let told = told.map_err(error::read("rds:DescribeEngineDefaultParameters"))?;
    let pair = |parameter: aws_sdk_rds::types::Parameter| {
        let known = Known {
            data_type: parameter.data_type.unwrap_or_default(),
            allowed: parameter.allowed_values.unwrap_or_default(),
            modifiable: parameter.is_modifiable.unwrap_or(true),
        };
        Some((parameter.parameter_name?, known))
    };
    Ok(told.into_iter().filter_map(pair).collect())
}
