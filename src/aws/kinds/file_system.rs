//! File system of EFS: files that many machines mount at once, in all zones, as large as they get.

use aws_sdk_efs::types::{
    BackupPolicy, FileSystemDescription, LifeCycleState, LifecyclePolicy, PerformanceMode, ThroughputMode,
    TransitionToIaRules, TransitionToPrimaryStorageClassRules,
};
use futures::future::try_join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::aws::{Aws, error};
use crate::model::live::Status;
use crate::model::schema::{Expected, IN_PLACE, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault};

use super::efs;

/// A file system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileSystem {
    /// Whether its files are encrypted, with the key that AWS has for this account.
    pub encrypted: bool,
    /// `generalPurpose`, or `maxIO` for thousands of clients at a longer latency.
    pub performance: String,
    /// What it may read and write in a second: `elastic` as it comes, `bursting` by its size.
    pub throughput: String,
    /// After how many days without access files move to cheaper storage: 1, 7, 14, 30, 60, 90, 180, 270 or 365;
    /// 0 moves none.
    pub infrequent_days: u32,
    /// Whether files move back at their first access.
    pub back_on_access: bool,
    /// Whether AWS Backup keeps daily copies of it.
    pub backups: bool,
}

impl Kinded for FileSystem {
    const KIND: &'static str = "file_system";
}

impl Resource for FileSystem {
    const SCHEMA: &'static Schema = &Schema {
        kind: "file_system",
        title: "EFS file system",
        rules: &[
            ("encrypted", REPLACES),
            ("performance", REPLACES),
            ("throughput", IN_PLACE),
            ("infrequent_days", IN_PLACE),
            ("back_on_access", IN_PLACE),
            ("backups", IN_PLACE),
        ],
        outputs: &["arn", "dns_name"],
        changing_outputs: &[],
        data: Some("the files that the web nodes share"),
        order: ReplaceOrder::NewFirst,
        idempotency: Idempotency::Token,
        after: &[],
        expected: Expected { create: 10, update: 5, delete: 10 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let systems = efs::systems(glance).await?;
        let found =
            try_join_all(systems.0.iter().map(|(system, tags)| read(glance.aws, system, tags))).await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let want = &wish.want;
        let call = aws.efs().create_file_system().creation_token(&wish.order.token);
        let call = call.encrypted(want.encrypted).backup(want.backups);
        let call = call.performance_mode(PerformanceMode::from(want.performance.as_str()));
        let call = call.throughput_mode(ThroughputMode::from(want.throughput.as_str()));
        let call = call.set_tags(Some(efs::list(&wish.order.tags)?));
        call.send().await.map_err(error::create("elasticfilesystem:CreateFileSystem"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        let want = &wish.want;
        if changed.has("protect") {
            efs::protect(aws, &live.id, wish.order.protect).await?;
        }
        if changed.any(&["infrequent_days", "back_on_access"]) {
            let call = aws.efs().put_lifecycle_configuration().file_system_id(&live.id);
            let answer = call.set_lifecycle_policies(Some(policies(want))).send().await;
            answer.map_err(error::update("elasticfilesystem:PutLifecycleConfiguration"))?;
        }
        if changed.has("backups") {
            let status = if want.backups { "ENABLED" } else { "DISABLED" };
            let policy = BackupPolicy::builder().status(status.into()).build();
            let policy = policy.map_err(error::incomplete("elasticfilesystem:PutBackupPolicy"))?;
            let call = aws.efs().put_backup_policy().file_system_id(&live.id).backup_policy(policy);
            call.send().await.map_err(error::update("elasticfilesystem:PutBackupPolicy"))?;
        }
        if changed.has("throughput") {
            let call = aws.efs().update_file_system().file_system_id(&live.id);
            let call = call.throughput_mode(ThroughputMode::from(want.throughput.as_str()));
            call.send().await.map_err(error::update("elasticfilesystem:UpdateFileSystem"))?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.efs().delete_file_system().file_system_id(&live.id);
        call.send().await.map_err(error::delete("elasticfilesystem:DeleteFileSystem"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        efs::tag(aws, &live.id, tags).await
    }

    async fn blockers(aws: &Aws, live: &Found<Self>) -> Result<Vec<String>, Fault> {
        let targets = efs::targets(aws, &live.id).await?;
        let word = |target: &aws_sdk_efs::types::MountTargetDescription| {
            format!("mount target {} in subnet {}", target.mount_target_id(), target.subnet_id())
        };
        Ok(targets.iter().map(word).collect())
    }
}

async fn read(
    aws: &Aws,
    system: &FileSystemDescription,
    tags: &Tags,
) -> Result<Option<Found<FileSystem>>, Fault> {
    let id = system.file_system_id();
    let (policies, backups) = futures::try_join!(lifecycle(aws, id), backups(aws, id))?;
    let properties = FileSystem {
        encrypted: system.encrypted().unwrap_or_default(),
        performance: system.performance_mode().as_str().to_owned(),
        throughput: system.throughput_mode().map_or_else(String::new, |mode| mode.as_str().to_owned()),
        infrequent_days: policies.iter().find_map(|policy| policy.transition_to_ia()).map_or(0, days),
        back_on_access: policies.iter().any(|policy| policy.transition_to_primary_storage_class().is_some()),
        backups,
    };
    let status = match system.life_cycle_state() {
        LifeCycleState::Available => Status::Ready,
        LifeCycleState::Deleting | LifeCycleState::Deleted => Status::Deleting,
        LifeCycleState::Error => Status::Failed("AWS reports the state `error`".to_owned()),
        other => Status::Pending(other.as_str().to_owned()),
    };
    let found = Found::ours(aws, id, tags.clone(), properties);
    // It resolves in each zone to the mount target there ("Mounting with a DNS name", EFS user guide).
    let name = format!("{id}.efs.{}.amazonaws.com", aws.region());
    Ok(found.map(|found| {
        found.status(status).output("arn", system.file_system_arn()).output("dns_name", Some(name))
    }))
}

async fn lifecycle(aws: &Aws, id: &str) -> Result<Vec<LifecyclePolicy>, Fault> {
    let answer = aws.efs().describe_lifecycle_configuration().file_system_id(id).send().await;
    match answer.map_err(error::read("elasticfilesystem:DescribeLifecycleConfiguration")) {
        Ok(answer) => Ok(answer.lifecycle_policies.unwrap_or_default()),
        Err(fault) if fault.class == Class::Gone => Ok(Vec::new()),
        Err(fault) => Err(fault),
    }
}

/// Whether there are backups; a file system that never had a policy has none.
async fn backups(aws: &Aws, id: &str) -> Result<bool, Fault> {
    let answer = aws.efs().describe_backup_policy().file_system_id(id).send().await;
    match answer.map_err(error::read("elasticfilesystem:DescribeBackupPolicy")) {
        Ok(answer) => {
            let status = answer.backup_policy().map(|policy| policy.status().as_str());
            Ok(status.is_some_and(|status| status.starts_with("ENABL")))
        }
        Err(fault) if fault.class == Class::Gone => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// The rules by which files move; each is a policy of its own (API reference, `PutLifecycleConfiguration`).
fn policies(want: &FileSystem) -> Vec<LifecyclePolicy> {
    let mut policies = Vec::new();
    if want.infrequent_days > 0 {
        let unit = if want.infrequent_days == 1 { "DAY" } else { "DAYS" };
        let rule = format!("AFTER_{}_{unit}", want.infrequent_days);
        let rule = TransitionToIaRules::from(rule.as_str());
        policies.push(LifecyclePolicy::builder().transition_to_ia(rule).build());
    }
    if want.back_on_access {
        let rule = TransitionToPrimaryStorageClassRules::After1Access;
        policies.push(LifecyclePolicy::builder().transition_to_primary_storage_class(rule).build());
    }
    policies
}

fn days(rule: &TransitionToIaRules) -> u32 {
    rule.as_str().split('_').nth(1).and_then(|days| days.parse().ok()).unwrap_or(0)
}
