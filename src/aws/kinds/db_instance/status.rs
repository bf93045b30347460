//! What RDS's word for a database's state means.
//!
//! Source: "Viewing DB instance status", RDS user guide. `Failed` leads to a replacement, so only what never
//! held data or cannot be recovered is that; a full disk or a wrong parameter is mended in place.

use crate::model::live::Status;

/// The status for that word.
pub fn status(word: &str) -> Status {
    match word {
        "available"
        | "backing-up"
        | "configuring-activity-stream"
        | "configuring-associated-roles"
        | "configuring-enhanced-monitoring"
        | "configuring-iam-database-auth"
        | "configuring-log-exports"
        | "storage-config-upgrade"
        | "storage-initialization"
        | "storage-optimization"
        // It takes one change, and that is to run.
        | "stopped" => Status::Ready,
        "delete-precheck" | "deleting" => Status::Deleting,
        "failed" => Status::Failed("RDS cannot recover it; restore a backup of it".to_owned()),
        "incompatible-create" => Status::Failed("it could not be made as it was ordered".to_owned()),
        "incompatible-restore" | "restore-error" => {
            Status::Failed(format!("its snapshot could not be restored: RDS says `{word}`"))
        }
        "insufficient-capacity" => {
            Status::Failed("AWS has no machine of its class left: choose another class or zone".to_owned())
        }
        // Its data is there, but it serves nobody, and waits for what mends it: a larger disk, other parameters.
        "storage-full"
        | "incompatible-parameters"
        | "incompatible-network"
        | "incompatible-option-group"
        | "incompatible-credentials"
        | "inaccessible-encryption-credentials"
        | "inaccessible-encryption-credentials-recoverable" => Status::Short(format!("RDS says `{word}`")),
        // creating, modifying, rebooting, upgrading ...
        other => Status::Pending(other.to_owned()),
    }
}

/// The same, for a database whose parameter group is in that state.
pub fn with_parameters(status: Status, apply_status: &str) -> Status {
    match status {
        Status::Ready if apply_status == "applying" => Status::Pending("applying parameters".to_owned()),
        status => status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_data_is_never_given_up() {
        for word in [
            "storage-full",
            "incompatible-parameters",
            "incompatible-network",
            "incompatible-option-group",
            "incompatible-credentials",
            "inaccessible-encryption-credentials",
            "inaccessible-encryption-credentials-recoverable",
        ] {
            assert_eq!(status(word), Status::Short(format!("RDS says `{word}`")));
        }
        for word in ["creating", "modifying", "stopping", "starting", "a-word-of-next-year"] {
            assert_eq!(status(word), Status::Pending(word.to_owned()));
        }
        assert_eq!(status("stopped"), Status::Ready);
    }

    #[test]
    fn a_database_that_serves_is_ready_whatever_else_goes_on() {
        for word in ["available", "backing-up", "storage-optimization", "configuring-log-exports"] {
            assert_eq!(status(word), Status::Ready, "{word}");
        }
        assert_eq!(status("deleting"), Status::Deleting);
        assert!(matches!(status("incompatible-restore"), Status::Failed(_)));
    }

    #[test]
    fn parameters_that_are_being_applied_are_waited_for() {
        assert_eq!(
            with_parameters(Status::Ready, "applying"),
            Status::Pending("applying parameters".to_owned())
        );
        assert_eq!(with_parameters(Status::Ready, "pending-reboot"), Status::Ready);
        assert_eq!(with_parameters(Status::Deleting, "applying"), Status::Deleting);
    }
}
