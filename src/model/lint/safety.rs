//! How data is guarded: encrypted, kept twice, protected against deletion.

use serde_json::Value;

use super::registry::{Rule, Subject};
use super::{Notes, Severity, View};
use crate::model::standing::Standing;

pub(super) const UNENCRYPTED_STORAGE: Rule = Rule {
    id: "unencrypted-storage",
    title: "a disk or a cache is not encrypted",
    why: "Encryption at rest costs nothing, is what auditors ask for first, and cannot be switched on later.",
    remedy: "write `encrypted: true`; machines of the first generation cannot, take a current type",
    severity: Severity::Warning,
    unprotected: Severity::Warning,
    subject: Subject::Stack,
    find: unencrypted,
};

pub(super) const NO_BACKUPS: Rule = Rule {
    id: "no-backups",
    title: "there are no backups",
    why: "A mistake of a person or of a program is applied to every copy at once; only a backup goes back in time.",
    remedy: "keep backups for some days; 7 is a good beginning",
    severity: Severity::Error,
    unprotected: Severity::Note,
    subject: Subject::Stack,
    find: no_backups,
};

pub(super) const NO_VERSIONS: Rule = Rule {
    id: "no-versions",
    title: "overwritten and deleted files are gone",
    why: "Without versions, a file that somebody overwrites or deletes in the bucket cannot be brought back.",
    remedy: "keep older versions for some days (`media.versions.days`)",
    severity: Severity::Warning,
    unprotected: Severity::Note,
    subject: Subject::Stack,
    find: no_versions,
};

pub(super) const NO_DELETION_PROTECTION: Rule = Rule {
    id: "no-deletion-protection",
    title: "something in a protected environment may be deleted",
    why: "The environment says `protect: true`, but AWS would carry out a deletion of this one.",
    remedy: "apply the stack: it switches protection on where AWS has it",
    severity: Severity::Warning,
    unprotected: Severity::Note,
    subject: Subject::Stack,
    find: no_deletion_protection,
};

/// Kinds with a property that says whether all of it is encrypted.
const ENCRYPTED: [(&str, &str); 5] = [
    ("db_instance", "encrypted"),
    ("db_replica", "encrypted"),
    ("file_system", "encrypted"),
    ("replication_group", "encrypted_at_rest"),
    ("volume", "encrypted"),
];

/// Machines, and the property that holds the volume that they boot from.
const BOOTED: [(&str, &str); 2] = [("instance", "root"), ("launch_template", "volume")];

fn unencrypted(view: &View<'_>, notes: &mut Notes) {
    for (kind, property) in ENCRYPTED {
        for resource in view.after.of(&[kind]).filter(|resource| resource.is_not(property)) {
            notes.add(resource.address, Some(property), "what it stores is not encrypted");
        }
    }
    for (kind, property) in BOOTED {
        for machine in view.after.of(&[kind]) {
            if machine.get(property).is_some_and(|volume| volume["encrypted"] == false) {
                notes.add(machine.address, Some(property), "the volume that it boots from is not encrypted");
            }
        }
    }
}

fn no_backups(view: &View<'_>, notes: &mut Notes) {
    for database in
        view.after.of(&["db_instance"]).filter(|database| database.number("backup_days") == Some(0))
    {
        let message = "no backups are made, and it cannot be restored to a point in time";
        notes.add(database.address, Some("backup_days"), message);
    }
    for files in view.after.of(&["file_system"]).filter(|files| files.is_not("backups")) {
        notes.add(files.address, Some("backups"), "AWS Backup keeps no copies of it");
    }
}

fn no_versions(view: &View<'_>, notes: &mut Notes) {
    for bucket in view.after.of(&["bucket"]).filter(|bucket| bucket.is_not("versioning")) {
        notes.add(bucket.address, Some("versioning"), "files that are overwritten or deleted are gone");
    }
}

fn no_deletion_protection(view: &View<'_>, notes: &mut Notes) {
    if !view.about.protect {
        return;
    }
    let bare = |resource: &&Standing<'_>| match resource.kind {
        "load_balancer" => resource.get("deletion_protection") == Some(&Value::Bool(false)),
        "db_instance" | "db_replica" => !resource.protected,
        _ => false,
    };
    for resource in view.after.all().filter(bare) {
        notes.add(resource.address, None, "AWS would delete it on request");
    }
}
