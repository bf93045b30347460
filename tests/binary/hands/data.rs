//! Databases, caches, files and secrets, and the CDN before them.

use aws_sdk_cloudfront::types::{OriginAccessControlSigningBehaviors, PriceClass};
use aws_sdk_efs::types::{BackupPolicy, Status};
use aws_sdk_elasticache::types::ParameterNameValue;
use aws_sdk_rds::types::{ApplyMethod, Parameter};
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};

use super::{Hands, Meddling, done, meddle, only};

impl Hands {
    async fn bucket(&self, part: &str) -> String {
        let buckets = done!(self.0.s3().list_buckets()).buckets.unwrap_or_default();
        let names = buckets.into_iter().filter_map(|bucket| bucket.name);
        names.into_iter().find(|name| name.contains(part)).expect("a bucket")
    }

    async fn cluster(&self) -> String {
        let answer = done!(self.0.elasticache().describe_cache_clusters());
        let clusters = answer.cache_clusters.unwrap_or_default().into_iter();
        let memcached = clusters.filter(|cluster| cluster.engine() == Some("memcached")).collect();
        only(Some(memcached), |cluster| cluster.cache_cluster_id())
    }

    async fn file_system(&self) -> String {
        only(done!(self.0.efs().describe_file_systems()).file_systems, |system| Some(system.file_system_id()))
    }
}

meddle! { DATA, hands:
    "database.subnets" "db_subnet_group" "subnets" {
        let rds = hands.0.rds();
        let group = done!(rds.describe_db_subnet_groups()).db_subnet_groups.unwrap_or_default().remove(0);
        let ids = group.subnets().iter().filter_map(|subnet| subnet.subnet_identifier().map(str::to_owned));
        let more = ids.chain([hands.subnet("network.subnet.app-a").await]).collect();
        let call = rds.modify_db_subnet_group().set_subnet_ids(Some(more));
        done!(call.db_subnet_group_name(group.db_subnet_group_name().expect("a name")));
    }
    "database.parameters" "db_parameter_group" "parameters" {
        let parameter = Parameter::builder().parameter_name("long_query_time").parameter_value("77");
        let parameter = parameter.apply_method(ApplyMethod::Immediate).build();
        let answer = done!(hands.0.rds().describe_db_parameter_groups());
        let groups = answer.db_parameter_groups.unwrap_or_default().into_iter();
        let name = groups.filter_map(|group| group.db_parameter_group_name).find(|name| name.starts_with("every"));
        let call = hands.0.rds().modify_db_parameter_group().parameters(parameter);
        done!(call.db_parameter_group_name(name.expect("a group")));
    }
    "database.instance" "db_instance" "backup_days" {
        let call = hands.0.rds().modify_db_instance().db_instance_identifier("every-sandbox-database-instance");
        done!(call.backup_retention_period(3).apply_immediately(true));
    }
    "database.replica.1" "db_replica" "minor_upgrades" {
        let call = hands.0.rds().modify_db_instance().db_instance_identifier("every-sandbox-database-replica-1");
        done!(call.auto_minor_version_upgrade(false).apply_immediately(true));
    }
    "cache.subnets" "cache_subnet_group" "subnets" {
        let call = hands.0.elasticache().modify_cache_subnet_group();
        let call = call.cache_subnet_group_name("every-sandbox-cache-subnets");
        let call = call.subnet_ids(hands.subnet("network.subnet.data-a").await);
        let call = call.subnet_ids(hands.subnet("network.subnet.data-b").await);
        done!(call.subnet_ids(hands.subnet("network.subnet.app-a").await));
    }
    "resources.sessions.parameters" "cache_parameter_group" "parameters" {
        let answer = done!(hands.0.elasticache().describe_cache_parameter_groups());
        let groups = answer.cache_parameter_groups.unwrap_or_default().into_iter();
        let name = groups.filter_map(|group| group.cache_parameter_group_name);
        let name = name.into_iter().find(|name| name.starts_with("every") && name.contains("sessions"));
        let value = ParameterNameValue::builder().parameter_name("maxmemory-policy");
        let call = hands.0.elasticache().modify_cache_parameter_group();
        let call = call.cache_parameter_group_name(name.expect("a group"));
        done!(call.parameter_name_values(value.parameter_value("noeviction").build()));
    }
    "cache.cluster" "cache_cluster" "security_groups" {
        let call = hands.0.elasticache().modify_cache_cluster().cache_cluster_id(hands.cluster().await);
        done!(call.security_group_ids(hands.group_at("security.web").await));
    }
    "resources.sessions" "replication_group" "failover" {
        let answer = done!(hands.0.elasticache().describe_replication_groups());
        let id = only(answer.replication_groups, |group| group.replication_group_id());
        let call = hands.0.elasticache().modify_replication_group().replication_group_id(id);
        done!(call.multi_az_enabled(false).automatic_failover_enabled(false).apply_immediately(true));
    }
    "media.bucket" "bucket" "versioning" {
        let off = VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
        let call = hands.0.s3().put_bucket_versioning().bucket(hands.bucket("media").await);
        done!(call.versioning_configuration(off));
    }
    "media.bucket" "bucket" "public_access_blocked" {
        done!(hands.0.s3().delete_public_access_block().bucket(hands.bucket("media").await));
    }
    "media.bucket" "bucket" "lifecycle" {
        done!(hands.0.s3().delete_bucket_lifecycle().bucket(hands.bucket("media").await));
    }
    "media.policy" "bucket_policy" "document" {
        done!(hands.0.s3().delete_bucket_policy().bucket(hands.bucket("media").await));
    }
    "web.configuration" "configuration" "not there" {
        let bucket = hands.bucket("configuration").await;
        let call = hands.0.s3().list_objects_v2().bucket(&bucket).prefix("bundles/web.configuration/");
        let key = only(done!(call).contents, |object| object.key());
        done!(hands.0.s3().delete_object().bucket(bucket).key(key));
    }
    "media.access" "origin_access_control" "signing" {
        let cloudfront = hands.0.cloudfront();
        let answer = done!(cloudfront.list_origin_access_controls()).origin_access_control_list;
        let id = answer.expect("a list").items()[0].id().to_owned();
        let answer = done!(cloudfront.get_origin_access_control().id(&id));
        let config = answer.origin_access_control.and_then(|c| c.origin_access_control_config);
        let mut config = config.expect("a configuration");
        config.signing_behavior = OriginAccessControlSigningBehaviors::Never;
        let call = cloudfront.update_origin_access_control().id(id).set_if_match(answer.e_tag);
        done!(call.origin_access_control_config(config));
    }
    "media.cache.pages" "cache_policy" "ttl" {
        let cloudfront = hands.0.cloudfront();
        let answer = done!(cloudfront.list_cache_policies().r#type("custom".into())).cache_policy_list;
        let mut policies = answer.and_then(|list| list.items).unwrap_or_default().into_iter().filter_map(|s| s.cache_policy);
        let pages = policies.find(|p| p.cache_policy_config().is_some_and(|c| c.name().contains("pages")));
        let id = pages.expect("a policy").id;
        let answer = done!(cloudfront.get_cache_policy().id(&id));
        let mut config = answer.cache_policy.and_then(|policy| policy.cache_policy_config).expect("one");
        (config.min_ttl, config.default_ttl, config.max_ttl) = (77, Some(77), Some(777));
        let call = cloudfront.update_cache_policy().id(id).set_if_match(answer.e_tag);
        done!(call.cache_policy_config(config));
    }
    "media.cdn" "distribution" "price_class" {
        let cloudfront = hands.0.cloudfront();
        let list = done!(cloudfront.list_distributions()).distribution_list;
        let id = list.expect("a list").items()[0].id().to_owned();
        let answer = done!(cloudfront.get_distribution_config().id(&id));
        let mut config = answer.distribution_config.expect("a configuration");
        config.price_class = Some(PriceClass::PriceClassAll);
        let call = cloudfront.update_distribution().id(id).set_if_match(answer.e_tag);
        done!(call.distribution_config(config));
    }
    "files.system" "file_system" "backups" {
        let off = BackupPolicy::builder().status(Status::Disabled).build().expect("a policy");
        let call = hands.0.efs().put_backup_policy().file_system_id(hands.file_system().await);
        done!(call.backup_policy(off));
    }
    "files.mount.a" "mount_target" "security_groups" {
        let answer = done!(hands.0.efs().describe_mount_targets().file_system_id(hands.file_system().await));
        for target in answer.mount_targets() {
            let call = hands.0.efs().modify_mount_target_security_groups();
            let call = call.mount_target_id(target.mount_target_id());
            done!(call.security_groups(hands.group_at("security.web").await));
        }
    }
    "site.hash-salt" "secret" "description" {
        let call = hands.0.secrets().update_secret().secret_id("every-sandbox-site-hash-salt");
        done!(call.description("something else"));
    }
}
