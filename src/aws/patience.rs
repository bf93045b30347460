//! A call that AWS was too busy to take is made again by itself.
//!
//! A list of a kind may be many questions, and a change of a resource many calls. Were they repeated as a whole
//! whenever one of them is throttled, then under steady throttling none of many would ever end. A throttled call was
//! not done, so here, and only here, the SDK repeats: a question until it is answered, a change a few times, after
//! which `run/` shows that AWS is busy and goes on waiting. Everything else is for `run/` to decide.

use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, InterceptorContext,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority, RetryReason,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::{ErrorKind, RetryConfig};

use super::error::THROTTLED;

/// How often one question is asked before the list that it is part of fails.
const QUESTION: u32 = 10;
/// How often a change is tried before `run/` hears of it.
const CHANGE: u32 = 4;
/// The first wait; the SDK doubles it each time and spreads it, up to 20 s.
const FIRST_WAIT: Duration = Duration::from_millis(400);

/// How the names of operations begin that change nothing, in every API used here.
const QUESTIONS: [&str; 4] = ["Describe", "Get", "Head", "List"];

/// Allows repetition, most of all for operations that only read.
#[derive(Debug)]
pub(super) struct Patience;

impl Intercept for Patience {
    fn name(&self) -> &'static str {
        "Patience"
    }

    // Not `read_before_execution`: which operation it is, is not known there to a client's interceptor.
    fn read_before_serialization(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let reads = config.load::<Metadata>().is_some_and(|operation| is_question(operation.name()));
        let attempts = if reads { QUESTION } else { CHANGE };
        let retry = RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(FIRST_WAIT);
        config.interceptor_state().store_put(retry);
        Ok(())
    }
}

/// Forbids repetition for any other reason than throttling: `run/` has its own rule for each class of fault.
#[derive(Debug)]
pub(super) struct OnlyThrottled;

impl ClassifyRetry for OnlyThrottled {
    fn name(&self) -> &'static str {
        "OnlyThrottled"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }

    fn classify_retry(&self, _context: &InterceptorContext) -> RetryAction {
        RetryAction::NoActionIndicated
    }

    fn classify_retry_v2(&self, context: &InterceptorContext, previous: &RetryAction) -> RetryAction {
        match previous {
            RetryAction::RetryIndicated(RetryReason::RetryableError {
                kind: ErrorKind::ThrottlingError,
                ..
            })
            | RetryAction::NoActionIndicated => RetryAction::NoActionIndicated,
            _ if is_throttled(context) => RetryAction::throttling_error(),
            _ => RetryAction::RetryForbidden,
        }
    }
}

/// Whether the answer names a code of throttling. EC2 and S3 say so with status 503, which the SDK takes for a
/// transient fault whatever the code is.
fn is_throttled(context: &InterceptorContext) -> bool {
    let Some(answer) = context.response().filter(|answer| !answer.status().is_success()) else {
        return false;
    };
    let text = String::from_utf8_lossy(answer.body().bytes().unwrap_or_default());
    THROTTLED.iter().any(|code| text.contains(code))
}

fn is_question(operation: &str) -> bool {
    QUESTIONS.iter().any(|start| operation.starts_with(start))
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[test]
    fn only_what_reads_is_a_question() {
        for read in ["DescribeVpcs", "ListTagsForResource", "GetRolePolicy", "HeadBucket"] {
            assert!(is_question(read), "{read}");
        }
        for change in
            ["CreateVpc", "PutRolePolicy", "DeleteBucket", "ChangeResourceRecordSets", "TagResource"]
        {
            assert!(!is_question(change), "{change}");
        }
    }

    #[test]
    fn nothing_but_throttling_is_repeated_here() {
        let context =
            InterceptorContext::new(aws_smithy_runtime_api::client::interceptors::context::Input::erase(()));
        let after = |previous: RetryAction| OnlyThrottled.classify_retry_v2(&context, &previous);
        assert_eq!(after(RetryAction::throttling_error()), RetryAction::NoActionIndicated);
        assert_eq!(after(RetryAction::NoActionIndicated), RetryAction::NoActionIndicated);
        assert_eq!(after(RetryAction::transient_error()), RetryAction::RetryForbidden);
        assert_eq!(after(RetryAction::server_error()), RetryAction::RetryForbidden);
    }

    #[test]
    fn throttling_with_a_status_of_failure_is_throttling() {
        let after = |status: u16, body: &'static str| {
            let input = aws_smithy_runtime_api::client::interceptors::context::Input::erase(());
            let mut context = InterceptorContext::new(input);
            let status = status.try_into().expect("a status");
            context.set_response(HttpResponse::new(status, SdkBody::from(body)));
            OnlyThrottled.classify_retry_v2(&context, &RetryAction::transient_error())
        };
        let ec2 = "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>";
        assert_eq!(after(503, ec2), RetryAction::throttling_error());
        assert_eq!(after(503, "<Error><Code>SlowDown</Code></Error>"), RetryAction::throttling_error());
        let down = "<Response><Errors><Error><Code>Unavailable</Code></Error></Errors></Response>";
        assert_eq!(after(503, down), RetryAction::RetryForbidden);
    }
}
