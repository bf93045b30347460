//! SDK error -> fault: one table for all services, by error code and by what was being done.
//!
//! Codes are from the API references' lists of errors; where one code means several things, the message decides.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::run::fault::{Class, Fault};

/// What the call was for: "not found" means one thing when deleting and another when creating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Read,
    Create,
    Update,
    Delete,
}

/// Maps the error of a call that only reads: `.send().await.map_err(read("ec2:DescribeVpcs"))`.
pub fn read<E>(operation: &'static str) -> impl FnOnce(SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + Error + 'static,
{
    move |error| fault(Doing::Read, operation, &error)
}

/// Maps the error of a call that creates.
pub fn create<E>(operation: &'static str) -> impl FnOnce(SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + Error + 'static,
{
    move |error| fault(Doing::Create, operation, &error)
}

/// Maps the error of a call that changes something.
pub fn update<E>(operation: &'static str) -> impl FnOnce(SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + Error + 'static,
{
    move |error| fault(Doing::Update, operation, &error)
}

/// Maps the error of a call that deletes.
pub fn delete<E>(operation: &'static str) -> impl FnOnce(SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + Error + 'static,
{
    move |error| fault(Doing::Delete, operation, &error)
}

/// A request that the SDK itself found to be incomplete: a fault of the program.
pub fn incomplete(
    operation: &'static str,
) -> impl FnOnce(aws_smithy_types::error::operation::BuildError) -> Fault {
    move |error| Fault::fatal(operation, error.to_string())
}

/// An answer that began and broke off.
pub fn broken(operation: &str, error: &dyn Error) -> Fault {
    let message = format!("the answer broke off: {}", chain(error));
    Fault { class: Class::Unclear, operation: operation.to_owned(), code: String::new(), message }
}

/// An item of a batch that the service could not create, though the call as a whole was answered.
pub fn item_of_create(operation: &str, code: Option<&str>, message: Option<&str>) -> Fault {
    item(Doing::Create, operation, code, message)
}

/// An item of a batch that the service could not delete, though the call as a whole was answered.
pub fn item_of_delete(operation: &str, code: Option<&str>, message: Option<&str>) -> Fault {
    item(Doing::Delete, operation, code, message)
}

fn item(doing: Doing, operation: &str, code: Option<&str>, message: Option<&str>) -> Fault {
    let code = code.unwrap_or_default();
    let message = message.unwrap_or("no reason was given");
    let class = classify(doing, code, message, 400);
    Fault { class, operation: operation.to_owned(), code: code.to_owned(), message: message.to_owned() }
}

fn fault<E>(doing: Doing, operation: &str, error: &SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let (class, code, message) = match error {
        SdkError::ServiceError(answer) => {
            let code = answer.err().code().unwrap_or_default();
            let message = answer.err().message().unwrap_or("no reason was given");
            let status = answer.raw().status().as_u16();
            (classify(doing, code, message, status), code.to_owned(), message.to_owned())
        }
        SdkError::TimeoutError(_) => (Class::Unclear, String::new(), "no answer in time".to_owned()),
        SdkError::ResponseError(_) => {
            (Class::Unclear, String::new(), format!("the answer broke off: {}", chain(error)))
        }
        other => {
            let text = chain(other);
            (undelivered(&text), String::new(), text)
        }
    };
    Fault { class, operation: operation.to_owned(), code, message }
}

/// The class of a request that no service answered. A refused connection was certainly not executed; one that
/// broke may have been.
fn undelivered(text: &str) -> Class {
    let lower = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["credential", "sso", "token", "profile", "identity"]) {
        Class::Denied
    } else if has(&[
        "connection refused",
        "dns",
        "name resolution",
        "failed to lookup",
        "tcp connect",
        "timed out: connect",
        "connect timeout",
    ]) {
        Class::Unreachable
    } else if has(&["construction", "invalid uri", "region must be set", "signing region"]) {
        Class::Fatal
    } else {
        Class::Unclear
    }
}

/// The error and its causes in one line, each said once.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut parts: Vec<String> = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        next = cause.source();
    }
    parts.join(": ")
}

fn classify(doing: Doing, code: &str, message: &str, status: u16) -> Class {
    let ends = |words: &[&str]| words.iter().any(|word| code.ends_with(word));
    let is = |words: &[&str]| words.contains(&code);
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if is(THROTTLED) || says(&["Rate exceeded"]) {
        Class::Throttled
    } else if is(DENIED) || code.starts_with("AccessDenied") {
        Class::Denied
    } else if says(NEVER_MESSAGES) {
        Class::Fatal
    } else if is(NOT_YET) || says(NOT_YET_MESSAGES) {
        if matches!(doing, Doing::Read | Doing::Delete) { Class::Gone } else { Class::NotYet }
    } else if is(BUSY) || says(BUSY_MESSAGES) {
        Class::Busy
    } else if is(IN_USE) || code.starts_with("ResourceInUse") {
        Class::InUse
    } else if is(EXISTS)
        || code.contains("AlreadyExist")
        || code.starts_with("Duplicate")
        || ends(&[".Duplicate"])
        || is(&["InvalidChangeBatch"]) && says(&["but it already exists"])
    {
        Class::Exists
    } else if code.contains("NotFound")
        || code.starts_with("NoSuch")
        || is(&["InvalidAssociationID", "NotFoundException"])
        || says(&["not found", "does not exist"]) && is(&["ValidationError"])
        || is(&["InvalidChangeBatch"]) && says(&["but it was not found"])
    {
        match doing {
            Doing::Read | Doing::Delete => Class::Gone,
            Doing::Create | Doing::Update => Class::NotYet,
        }
    } else if status >= 500 {
        Class::Unclear
    } else {
        Class::Fatal
    }
}

/// Too many calls; nothing was done.
pub(super) const THROTTLED: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "TooManyUpdates",
    "PriorRequestNotComplete",
    "SlowDown",
    "EC2ThrottledException",
    "BandwidthLimitExceeded",
];

const DENIED: &[&str] = &[
    "UnauthorizedOperation",
    "AuthFailure",
    "AuthorizationError",
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "OptInRequired",
    "NotAuthorized",
];

/// What no waiting changes. An image is the user's own word, not something that was just made; and what somebody has
/// protected by hand stays until they take that back, as AWS's message says.
const NEVER_MESSAGES: &[&str] = &["The image id", "'disableApiTermination'", "'disableApiStop'"];

/// What is there but has not spread yet.
const NOT_YET: &[&str] = &[
    "Gateway.NotAttached",
    "InvalidIamInstanceProfileName",
    "InvalidSubnet",
    // Systems Manager: the agent of a machine that boots has not registered; a command was sent a moment ago.
    "InvalidInstanceId",
    "InvocationDoesNotExist",
    "NatGatewayNotFound",
    "UnsupportedCertificate",
];

/// New roles and profiles take 10 to 30 s to reach other services.
const NOT_YET_MESSAGES: &[&str] = &[
    "Invalid IAM Instance Profile",
    "Invalid IamInstanceProfile",
    "iamInstanceProfile.name is invalid",
    "cannot be assumed",
    "has no internet gateway",
    "Invalid security group",
    "Unable to assume",
    // An alias to something that Route 53 does not know yet.
    "but that target was not found",
];

const BUSY: &[&str] = &[
    "IncorrectState",
    "IncorrectInstanceState",
    "IncorrectModificationState",
    "InvalidState",
    "InvalidDBInstanceState",
    "InvalidDBInstanceStateFault",
    "InvalidDBSnapshotState",
    "InvalidCacheClusterState",
    "InvalidReplicationGroupState",
    "InvalidVolume.NotReady",
    "InstanceRefreshInProgress",
    "ScalingActivityInProgress",
    "OperationAborted",
    "ConcurrentModification",
    "ConcurrentModificationException",
    "ResourceContention",
    // CloudFront: it is still being switched off, or somebody changed it since it was read.
    "DistributionNotDisabled",
    "PreconditionFailed",
    "InvalidIfMatchVersion",
    "IncorrectFileSystemLifeCycleState",
    "IncorrectMountTargetState",
];

const BUSY_MESSAGES: &[&str] =
    &["currently being deleted", "is being deleted", "pending deletion", "try again later"];

const IN_USE: &[&str] = &[
    "DependencyViolation",
    "InvalidIPAddress.InUse",
    "InvalidSubnet.InUse",
    "DeleteConflict",
    "HostedZoneNotEmpty",
    "InvalidDBSubnetGroupStateFault",
    "InvalidDBParameterGroupState",
    "SubnetAlreadyInUse",
    "SubnetInUse",
    "VolumeInUse",
    "OperationNotPermitted",
    "CacheSubnetGroupInUse",
    "InvalidCacheParameterGroupState",
    "BucketNotEmpty",
    "CachePolicyInUse",
    "OriginAccessControlInUse",
    "FileSystemInUse",
];

const EXISTS: &[&str] = &[
    // The token was used before: what it made is there, or was.
    "IdempotentParameterMismatch",
    "IdempotentParameterMismatchException",
    "InvalidSubnet.Conflict",
    "Resource.AlreadyAssociated",
    "BucketAlreadyOwnedByYou",
    "ConflictingDomainExists",
    "InvalidLaunchTemplateName.AlreadyExistsException",
    "RouteAlreadyExists",
    "RepositoryAlreadyExists",
    "MountTargetConflict",
    "ResourceExistsException",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_fall_into_classes_by_what_to_do() {
        let cases = [
            (Doing::Create, "RequestLimitExceeded", "", 503, Class::Throttled),
            (Doing::Create, "InvalidVpcID.NotFound", "", 400, Class::NotYet),
            (Doing::Delete, "InvalidVpcID.NotFound", "", 400, Class::Gone),
            (Doing::Delete, "NoSuchEntity", "", 404, Class::Gone),
            (Doing::Create, "Gateway.NotAttached", "", 400, Class::NotYet),
            (Doing::Delete, "Gateway.NotAttached", "", 400, Class::Gone),
            (Doing::Delete, "NatGatewayNotFound", "", 400, Class::Gone),
            (Doing::Delete, "DependencyViolation", "", 400, Class::InUse),
            (Doing::Create, "EntityAlreadyExists", "", 409, Class::Exists),
            (Doing::Create, "InvalidGroup.Duplicate", "", 400, Class::Exists),
            (Doing::Create, "DuplicateLoadBalancerName", "", 400, Class::Exists),
            (
                Doing::Create,
                "InvalidChangeBatch",
                "[Tried to create x but it already exists]",
                400,
                Class::Exists,
            ),
            (
                Doing::Delete,
                "InvalidChangeBatch",
                "[Tried to delete x but it was not found]",
                400,
                Class::Gone,
            ),
            (Doing::Create, "InternalError", "", 500, Class::Unclear),
            (Doing::Create, "ServiceUnavailable", "", 503, Class::Unclear),
            (Doing::Create, "ValidationError", "Invalid IamInstanceProfile: x", 400, Class::NotYet),
            (Doing::Delete, "ValidationError", "AutoScalingGroup name not found", 400, Class::Gone),
            (Doing::Update, "InvalidDBInstanceState", "", 400, Class::Busy),
            (Doing::Delete, "DistributionNotDisabled", "", 409, Class::Busy),
            (Doing::Delete, "OriginAccessControlInUse", "", 409, Class::InUse),
            (Doing::Create, "DistributionAlreadyExists", "", 409, Class::Exists),
            (Doing::Read, "NoSuchCORSConfiguration", "", 404, Class::Gone),
            (Doing::Create, "InvalidSubnet", "Some input subnets are invalid", 400, Class::NotYet),
            (
                Doing::Create,
                "InvalidParameterValue",
                "Invalid security group , groupId= sg-1",
                400,
                Class::NotYet,
            ),
            (Doing::Create, "InvalidInstanceId", "", 400, Class::NotYet),
            (Doing::Read, "InvocationDoesNotExist", "", 400, Class::Gone),
            (Doing::Update, "SubnetAlreadyInUse", "", 400, Class::InUse),
            (Doing::Update, "SubnetInUse", "", 400, Class::InUse),
            (Doing::Read, "UnauthorizedOperation", "", 403, Class::Denied),
            (Doing::Read, "AccessDeniedException", "", 400, Class::Denied),
            (Doing::Create, "InvalidParameterValue", "", 400, Class::Fatal),
            (Doing::Create, "ValidationError", "The image id '[ami-1]' does not exist", 400, Class::Fatal),
            (
                Doing::Delete,
                "OperationNotPermitted",
                "The instance 'i-1' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.",
                400,
                Class::Fatal,
            ),
            (Doing::Delete, "OperationNotPermitted", "", 400, Class::InUse),
        ];
        for (doing, code, message, status, class) in cases {
            assert_eq!(classify(doing, code, message, status), class, "{doing:?} {code} {message}");
        }
    }

    #[test]
    fn a_refused_connection_was_not_executed_and_a_broken_one_may_have_been() {
        assert_eq!(
            undelivered("dispatch failure: io error: tcp connect error: Connection refused"),
            Class::Unreachable
        );
        assert_eq!(undelivered("dispatch failure: io error: connection reset by peer"), Class::Unclear);
        assert_eq!(
            undelivered("dispatch failure: other: the credential provider was not enabled"),
            Class::Denied
        );
    }
}
