//! The section `database`: one RDS instance, its storage, backups and parameters.
//!
//! The limits are those of RDS for MySQL and MariaDB, so that nothing is refused in the middle of an apply.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::engine::Engine;
use super::parameters::{self, Parameters, Setting};
use super::rules::Findings;
use super::text::{DailyWindow, DbInstanceType, Size, Snapshot, WeeklyWindow};

/// The database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// The engine and its major version.
    pub engine: Engine,
    /// The class of the instance.
    pub instance: DbInstanceType,
    /// Whether a standby in another zone takes over when the instance or its zone fails.
    pub multi_az: bool,
    /// How many read replicas there are; each is reached under a name of its own, `db-ro-1` and so on.
    // RDS for MySQL takes 15, and 5 before 8.0 ("Working with MySQL read replicas", RDS user guide).
    #[schemars(range(min = 0, max = 5))]
    pub replicas: u8,
    /// The size of its storage. It can grow, never shrink.
    #[schemars(extend("formatMinimum" = "20 GiB", "formatMaximum" = "64 TiB"))]
    pub storage: Size,
    /// Up to where RDS lets the storage grow by itself.
    #[schemars(extend("formatMinimum" = "22 GiB", "formatMaximum" = "64 TiB"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_storage: Option<Size>,
    /// The type of its storage.
    pub storage_type: StorageType,
    /// The operations per second that are provisioned: needed for `io1` and `io2`, allowed for `gp3` from 400 GiB.
    #[schemars(range(min = 1_000, max = 256_000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iops: Option<u32>,
    /// When backups are made and how long they are kept.
    pub backups: Backups,
    /// When RDS may do maintenance, in UTC; apart from the window of the backups.
    pub maintenance: WeeklyWindow,
    /// Parameters of the engine over those that Drupal wants.
    pub parameters: Parameters,
    /// The snapshot that a new instance starts from. It does nothing to an instance that exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_from: Option<Snapshot>,
    /// Which upgrades RDS does by itself.
    pub upgrade: Upgrade,
    /// When changes that interrupt the service take effect.
    pub apply: Apply,
    /// The logs that go to CloudWatch.
    #[schemars(extend("uniqueItems" = true))]
    pub logs: Vec<Log>,
}

/// The type of a database's storage, by the names of EBS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StorageType {
    /// General purpose, 3,000 operations per second at any size.
    Gp3,
    /// General purpose of the older kind, its speed follows its size.
    Gp2,
    /// Provisioned operations.
    Io1,
    /// Provisioned operations, more durable.
    Io2,
}

/// Automatic backups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Backups {
    /// For how many days they are kept; 0 makes none, and no recovery to a point in time either.
    #[schemars(range(min = 0, max = 35))]
    pub days: u8,
    /// The time of day when they are made, in UTC.
    pub window: DailyWindow,
}

/// Upgrades that RDS does by itself in the maintenance window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Upgrade {
    /// Whether it goes to new minor versions.
    pub minor: bool,
}

/// When changes that interrupt the service take effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Apply {
    /// With the command that makes them: the plan says what is interrupted.
    Immediately,
    /// In the next maintenance window.
    MaintenanceWindow,
}

/// A log of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Log {
    /// Errors.
    Error,
    /// Queries that took longer than the parameter `long_query_time`.
    SlowQuery,
    /// Every query; only while looking for something.
    General,
    /// What the audit plugin writes; needs an option group.
    Audit,
}

impl Log {
    /// RDS's name for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::SlowQuery => "slowquery",
            Self::General => "general",
            Self::Audit => "audit",
        }
    }
}

impl StorageType {
    /// RDS's name for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gp3 => "gp3",
            Self::Gp2 => "gp2",
            Self::Io1 => "io1",
            Self::Io2 => "io2",
        }
    }

    const fn is_provisioned(self) -> bool {
        matches!(self, Self::Io1 | Self::Io2)
    }
}

impl Default for Database {
    fn default() -> Self {
        Self {
            engine: Engine::MySql84,
            instance: DbInstanceType::database_default(),
            multi_az: true,
            replicas: 0,
            storage: Size::from_gib(100),
            max_storage: None,
            storage_type: StorageType::Gp3,
            iops: None,
            backups: Backups::default(),
            maintenance: WeeklyWindow::SUNDAY,
            parameters: Parameters::default(),
            restore_from: None,
            upgrade: Upgrade::default(),
            apply: Apply::Immediately,
            logs: vec![Log::Error, Log::SlowQuery],
        }
    }
}

impl Default for Backups {
    fn default() -> Self {
        Self { days: 14, window: DailyWindow::NIGHT }
    }
}

impl Default for Upgrade {
    fn default() -> Self {
        Self { minor: true }
    }
}

/// From this size on, RDS provisions operations for `gp3` ("Amazon RDS DB instance storage", RDS user guide).
const GP3_IOPS_FROM: u32 = 400;
/// The smallest volume with provisioned operations, in GiB.
const PROVISIONED_FROM: u32 = 100;

impl Database {
    /// The settings of its parameter group: what Drupal wants, and over it what the stack says.
    pub fn settings(&self) -> BTreeMap<&'static str, Setting> {
        parameters::settings(self.engine, &self.parameters)
    }

    pub(super) fn examine(&self, findings: &mut Findings<'_>) {
        if self.engine.is_extended_support() {
            findings.warn(
                &["database.engine"],
                format!("`database.engine`: RDS has ended its standard support for {}", self.engine),
                "AWS charges every hour of extended support; go to `mysql-8.4`",
            );
        }
        if self.maintenance.overlaps(self.backups.window) {
            let (maintenance, backups) = (self.maintenance, self.backups.window);
            findings.error(
                &["database.maintenance", "database.backups.window"],
                format!(
                    "`database.maintenance`: `{maintenance}` overlaps the backups, made daily at {backups}"
                ),
                "RDS refuses windows that overlap; move one of them",
            );
        }
        if self.backups.days == 0 {
            findings.warn(
                &["database.backups.days"],
                "`database.backups.days`: no backup is made, and nothing can be recovered to a point in time",
                "keep them for one day at least",
            );
        }
        if self.replicas > 0 && self.backups.days == 0 {
            findings.error(
                &["database.replicas", "database.backups.days"],
                "`database.replicas`: RDS makes replicas only of a database with backups",
                "keep backups for one day at least, or write `replicas: 0`",
            );
        }
        self.examine_storage(findings);
        self.examine_parameters(findings);
    }

    fn examine_storage(&self, findings: &mut Findings<'_>) {
        let (size, kind) = (self.storage, self.storage_type.as_str());
        if self.storage_type.is_provisioned() && size.gib() < PROVISIONED_FROM {
            findings.error(
                &["database.storage", "database.storage_type"],
                format!("`database.storage`: `{kind}` starts at {PROVISIONED_FROM} GiB, found {size}"),
                format!("write `{PROVISIONED_FROM} GiB` at least, or take `gp3`"),
            );
        }
        let paths = ["database.iops", "database.storage_type", "database.storage"];
        match (self.iops, self.storage_type) {
            (None, StorageType::Io1 | StorageType::Io2) => findings.error(
                &["database.storage_type", "database.iops"],
                format!("`database.storage_type`: `{kind}` needs its operations per second"),
                "add `iops: 3000`, or take `gp3`, which has as many without asking",
            ),
            (Some(_), StorageType::Gp2) => findings.error(
                &paths[..2],
                "`database.iops`: the speed of `gp2` follows its size and cannot be set",
                "leave `iops` out, or take `gp3`",
            ),
            (Some(iops), StorageType::Gp3) if size.gib() < GP3_IOPS_FROM => findings.error(
                &paths,
                format!("`database.iops`: `gp3` below {GP3_IOPS_FROM} GiB has 3000, found {iops} at {size}"),
                format!("leave `iops` out, or make the storage `{GP3_IOPS_FROM} GiB` at least"),
            ),
            (Some(iops), StorageType::Gp3) if !(12_000..=64_000).contains(&iops) => findings.error(
                &paths[..2],
                format!("`database.iops`: must be between 12000 and 64000 for `gp3`, found {iops}"),
                "leave `iops` out for the 12000 that are included",
            ),
            _ => {}
        }
        // RDS asks for a tenth more at least (`MaxAllocatedStorage` in its API reference).
        if let Some(most) = self.max_storage
            && u64::from(most.gib()) * 10 < u64::from(size.gib()) * 11
        {
            let least = Size::from_gib((size.gib() * 11).div_ceil(10));
            findings.error(
                &["database.max_storage", "database.storage"],
                format!("`database.max_storage`: {most} leaves no room to grow from {size}"),
                format!("write `{least}` at least, or leave it out to keep the storage as it is"),
            );
        }
    }

    fn examine_parameters(&self, findings: &mut Findings<'_>) {
        for (name, value) in &self.parameters.0 {
            let path = format!("database.parameters.{name}");
            let judged = parameters::find(name, self.engine).and_then(|parameter| parameter.canonical(value));
            if let Err(wrong) = judged {
                let mut paths = vec![path.as_str()];
                if wrong.message.contains(&self.engine.to_string()) {
                    paths.push("database.engine");
                }
                findings.error(&paths, format!("`database.parameters.{name}`: {wrong}"), wrong.help);
            }
        }
    }
}
