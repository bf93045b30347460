//! The snapshot that a database is made from: what it cannot become is said before anything is made.

use aws_sdk_rds::types::DbSnapshot;

use crate::aws::{Aws, error};
use crate::run::fault::{Class, Fault};

use super::{DbInstance, rules};

/// The snapshot of that name, or ARN for one that another account shares.
pub async fn find(aws: &Aws, name: &str) -> Result<DbSnapshot, Fault> {
    let call = aws.rds().describe_db_snapshots().db_snapshot_identifier(name);
    let answer = call.send().await.map_err(error::read("rds:DescribeDBSnapshots"));
    let answer = answer.map_err(|fault| match fault.class {
        Class::Gone => fault.as_class(Class::Fatal),
        _ => fault,
    })?;
    let missing = || Fault::fatal("rds:DescribeDBSnapshots", format!("there is no snapshot `{name}`"));
    answer.db_snapshots.unwrap_or_default().into_iter().next().ok_or_else(missing)
}

/// Why that database cannot be made from the snapshot.
pub fn obstacle(snapshot: &DbSnapshot, wish: &DbInstance) -> Option<String> {
    let name = snapshot.db_snapshot_identifier().unwrap_or_default();
    let engine = snapshot.engine().unwrap_or_default();
    let gib = snapshot.allocated_storage().and_then(|gib| u32::try_from(gib).ok()).unwrap_or(0);
    if engine != wish.engine {
        Some(format!("the snapshot `{name}` is of {engine}, the database is to be {}", wish.engine))
    } else if wish.encrypted && snapshot.encrypted() == Some(false) {
        Some(format!(
            "the snapshot `{name}` is not encrypted: copy it with a KMS key (`aws rds copy-db-snapshot \
             --kms-key-id alias/aws/rds`) and restore the copy"
        ))
    } else if wish.storage.gib < gib {
        Some(format!("the snapshot `{name}` needs {gib} GiB, the storage is to have {}", wish.storage.gib))
    } else {
        None
    }
}

/// Whether the parameter group fits what is restored; if not, it comes with the upgrade that follows.
pub fn is_same_release(snapshot: &DbSnapshot, wish: &DbInstance) -> bool {
    !rules::is_major(snapshot.engine_version().unwrap_or_default(), &wish.version)
}
