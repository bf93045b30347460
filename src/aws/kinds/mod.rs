//! The kinds of resources, one file each. To add a kind: one file and one line here.

use crate::model::schema::Catalog;

use super::kind::{Kind, Of};

mod acm;
pub mod alarm;
pub mod autoscaling_group;
mod autoscaling_metrics;
pub(super) mod autoscaling_read;
pub mod bucket;
pub mod bucket_policy;
pub mod cache_cluster;
pub mod cache_parameter_group;
pub mod cache_policy;
pub mod cache_subnet_group;
pub mod certificate;
pub mod certificate_validation;
mod companion;
pub mod configuration;
pub mod dashboard;
pub mod db_instance;
pub mod db_parameter_group;
pub mod db_replica;
pub mod db_subnet_group;
pub mod distribution;
pub mod dns_record;
pub(super) mod ec2;
mod efs;
pub mod elastic_ip;
pub(super) mod elasticache;
pub(super) mod elb;
pub mod email_identity;
pub mod file_system;
pub mod flow_log;
pub mod hosted_zone;
pub mod instance;
pub mod internet_gateway;
mod launch_data;
pub mod launch_template;
pub mod listener;
pub mod load_balancer;
pub mod log_group;
mod mark;
pub mod mount_target;
mod named;
pub mod nat_gateway;
pub mod origin_access_control;
pub(super) mod rds;
pub mod replication_group;
pub mod role;
mod rollout;
mod route53;
pub mod route_table;
mod routing;
pub mod rule;
pub(super) mod s3;
pub mod scaling;
pub mod secret;
pub mod security_group;
pub mod security_group_rules;
mod sns;
pub mod subnet;
pub mod subscription;
pub mod target_group;
pub mod topic;
pub mod volume;
pub mod vpc;
pub mod vpc_endpoint;

/// Every kind.
pub const ALL: &[&dyn Kind] = &[
    &Of::<vpc::Vpc>::KIND,
    &Of::<subnet::Subnet>::KIND,
    &Of::<internet_gateway::InternetGateway>::KIND,
    &Of::<elastic_ip::ElasticIp>::KIND,
    &Of::<nat_gateway::NatGateway>::KIND,
    &Of::<route_table::RouteTable>::KIND,
    &Of::<vpc_endpoint::VpcEndpoint>::KIND,
    &Of::<security_group::SecurityGroup>::KIND,
    &Of::<security_group_rules::SecurityGroupRules>::KIND,
    &Of::<log_group::LogGroup>::KIND,
    &Of::<flow_log::FlowLog>::KIND,
    &Of::<hosted_zone::HostedZone>::KIND,
    &Of::<dns_record::DnsRecord>::KIND,
    &Of::<role::Role>::KIND,
    &Of::<certificate::Certificate>::KIND,
    &Of::<certificate_validation::CertificateValidation>::KIND,
    &Of::<load_balancer::LoadBalancer>::KIND,
    &Of::<target_group::TargetGroup>::KIND,
    &Of::<listener::Listener>::KIND,
    &Of::<launch_template::LaunchTemplate>::KIND,
    &Of::<autoscaling_group::AutoscalingGroup>::KIND,
    &Of::<volume::Volume>::KIND,
    &Of::<instance::Instance>::KIND,
    &Of::<db_subnet_group::DbSubnetGroup>::KIND,
    &Of::<db_parameter_group::DbParameterGroup>::KIND,
    &Of::<db_instance::DbInstance>::KIND,
    &Of::<db_replica::DbReplica>::KIND,
    &Of::<cache_subnet_group::CacheSubnetGroup>::KIND,
    &Of::<cache_parameter_group::CacheParameterGroup>::KIND,
    &Of::<cache_cluster::CacheCluster>::KIND,
    &Of::<replication_group::ReplicationGroup>::KIND,
    &Of::<bucket::Bucket>::KIND,
    &Of::<origin_access_control::OriginAccessControl>::KIND,
    &Of::<cache_policy::CachePolicy>::KIND,
    &Of::<distribution::Distribution>::KIND,
    &Of::<bucket_policy::BucketPolicy>::KIND,
    &Of::<alarm::Alarm>::KIND,
    &Of::<topic::Topic>::KIND,
    &Of::<subscription::Subscription>::KIND,
    &Of::<dashboard::Dashboard>::KIND,
    &Of::<email_identity::EmailIdentity>::KIND,
    &Of::<file_system::FileSystem>::KIND,
    &Of::<mount_target::MountTarget>::KIND,
    &Of::<configuration::Configuration>::KIND,
    &Of::<secret::Secret>::KIND,
];

/// The kind of that name.
pub fn get(kind: &str) -> Option<&'static dyn Kind> {
    ALL.iter().copied().find(|room| room.schema().kind == kind)
}

/// What the engine knows of all of them.
pub fn catalog() -> Catalog {
    Catalog::new(ALL.iter().map(|kind| kind.schema()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::applied;
    use crate::model::schema::Schema;

    fn schemas() -> impl Iterator<Item = (&'static dyn Kind, &'static Schema)> {
        ALL.iter().map(|kind| (*kind, kind.schema()))
    }

    #[test]
    fn every_property_has_exactly_one_rule() {
        for (kind, schema) in schemas() {
            let json = kind.json_schema().to_value();
            let properties = json.get("properties").and_then(|value| value.as_object());
            let mut properties: Vec<&str> =
                properties.into_iter().flat_map(|map| map.keys()).map(String::as_str).collect();
            let mut rules: Vec<&str> = schema.rules.iter().map(|(name, _)| *name).collect();
            properties.sort_unstable();
            rules.sort_unstable();
            assert_eq!(properties, rules, "properties and rules of `{}`", schema.kind);
        }
    }

    #[test]
    fn every_property_is_explained() {
        for (kind, schema) in schemas() {
            let json = kind.json_schema().to_value();
            let properties = json.get("properties").and_then(|value| value.as_object());
            for (name, property) in properties.into_iter().flatten() {
                let text = property.get("description").and_then(|text| text.as_str()).unwrap_or_default();
                assert!(text.ends_with('.'), "`{name}` of `{}` has no sentence: {text:?}", schema.kind);
            }
        }
    }

    #[test]
    fn what_was_applied_is_told_apart_by_property() {
        for (_, schema) in schemas() {
            // The user's tags have one digest beside those of the properties.
            let names: BTreeSet<&str> = schema.rules.iter().map(|(name, _)| *name).chain(["tags"]).collect();
            let keys: BTreeSet<String> = names.iter().map(|name| applied::key(name)).collect();
            assert_eq!(keys.len(), schema.rules.len() + 1, "keys of `{}`", schema.kind);
            assert!(keys.len() * 7 <= 256, "`{}` remembers more than a tag holds", schema.kind);
        }
    }

    #[test]
    fn kinds_are_named_once_and_found_by_name() {
        let names: BTreeSet<&str> = schemas().map(|(_, schema)| schema.kind).collect();
        assert_eq!(names.len(), ALL.len());
        for name in names {
            assert_eq!(get(name).map(|kind| kind.schema().kind), Some(name));
        }
        assert!(get("no_such_kind").is_none());
    }

    #[test]
    fn what_comes_before_exists_and_is_not_circular() {
        let catalog = catalog();
        for (_, schema) in schemas() {
            for before in schema.after {
                let before =
                    catalog.get(before).unwrap_or_else(|| panic!("`{}` after `{before}`", schema.kind));
                assert!(
                    !before.after.contains(&schema.kind),
                    "`{}` and `{}` wait for each other",
                    schema.kind,
                    before.kind
                );
            }
        }
    }

    #[test]
    fn outputs_that_change_are_outputs() {
        for (_, schema) in schemas() {
            assert!(!schema.outputs.contains(&"id"), "`{}`: `id` is always there", schema.kind);
            for output in schema.changing_outputs {
                assert!(schema.outputs.contains(output), "`{output}` of `{}`", schema.kind);
            }
        }
    }
}
