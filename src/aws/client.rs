//! The clients of one account and region, seen by one environment.
//!
//! Credentials, region, profile, SSO and endpoints come from where every AWS tool takes them. The SDK's own
//! retries are off but for throttled calls (`patience`): a repeated create whose answer was lost makes a second
//! resource, so `run/` decides.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_config::default_provider::region::DefaultRegionChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::model::address::Address;
use crate::model::graph::Graph;
use crate::model::schema::Catalog;
use crate::model::spec::Spec;

use super::clock::Clock;
use super::kinds;
use super::names;
use super::patience::{OnlyThrottled, Patience};
use super::transport;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long to wait for an answer; after that it is unclear whether the call was done.
const ANSWER: Duration = Duration::from_secs(60);

/// The environment whose resources are seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The stack's name.
    pub stack: String,
    /// The environment's name.
    pub env: String,
}

/// Where to connect and as whom, as far as the command line says.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The region; else that of the profile.
    pub region: Option<String>,
    /// The profile; else `AWS_PROFILE`, else `default`.
    pub profile: Option<String>,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account's id.
    pub account: String,
    /// The caller's ARN.
    pub arn: String,
}

/// The clients.
#[derive(Debug)]
pub struct Aws {
    /// The environment.
    pub scope: Scope,
    pub(super) catalog: Catalog,
    config: SdkConfig,
    calls: Arc<AtomicU64>,
    pub(super) clock: Arc<Clock>,
    clients: Clients,
    s3: OnceCell<aws_sdk_s3::Client>,
    identity: tokio::sync::OnceCell<Identity>,
    acm_elsewhere: RefCell<BTreeMap<String, aws_sdk_acm::Client>>,
    wanted: RefCell<Option<Rc<Graph>>>,
}

macro_rules! clients {
    ($($(#[$doc:meta])* $name:ident: $sdk:ident),* $(,)?) => {
        #[derive(Debug, Default)]
        struct Clients { $($name: OnceCell<$sdk::Client>),* }

        impl Aws {
            $($(#[$doc])* pub fn $name(&self) -> &$sdk::Client {
                self.clients.$name.get_or_init(|| {
                    let config = $sdk::config::Builder::from(&self.config)
                        .interceptor(Patience)
                        .retry_classifier(OnlyThrottled);
                    $sdk::Client::from_conf(config.build())
                })
            })*
        }
    };
}

clients! {
    /// Certificate Manager.
    acm: aws_sdk_acm,
    /// EC2 Auto Scaling.
    autoscaling: aws_sdk_autoscaling,
    /// CloudFront; a global service, signed for us-east-1 by its own endpoint rules.
    cloudfront: aws_sdk_cloudfront,
    /// CloudWatch.
    cloudwatch: aws_sdk_cloudwatch,
    /// EC2 and VPC.
    ec2: aws_sdk_ec2,
    /// Elastic File System.
    efs: aws_sdk_efs,
    /// ElastiCache.
    elasticache: aws_sdk_elasticache,
    /// Elastic Load Balancing.
    elb: aws_sdk_elasticloadbalancingv2,
    /// Identity and Access Management.
    iam: aws_sdk_iam,
    /// CloudWatch Logs.
    logs: aws_sdk_cloudwatchlogs,
    /// Price List.
    pricing: aws_sdk_pricing,
    /// Service Quotas.
    quotas: aws_sdk_servicequotas,
    /// Relational Database Service.
    rds: aws_sdk_rds,
    /// Route 53.
    route53: aws_sdk_route53,
    /// Secrets Manager.
    secrets: aws_sdk_secretsmanager,
    /// Simple Email Service.
    ses: aws_sdk_sesv2,
    /// Simple Notification Service.
    sns: aws_sdk_sns,
    /// Systems Manager.
    ssm: aws_sdk_ssm,
    /// Security Token Service.
    sts: aws_sdk_sts,
    /// Resource Groups Tagging.
    tagging: aws_sdk_resourcegroupstagging,
}

impl Aws {
    /// Reads the SDK's configuration; makes no call to AWS.
    pub async fn connect(scope: Scope, target: &Target) -> Self {
        let calls = Arc::new(AtomicU64::new(0));
        let clock = Arc::new(Clock::default());
        let http = transport::watched(Arc::clone(&calls), Arc::clone(&clock));
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http.clone())
            .retry_config(RetryConfig::disabled())
            .timeout_config(
                TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ANSWER).build(),
            );
        if let Some(region) = &target.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &target.profile {
            loader =
                loader.profile_name(profile).credentials_provider(of_profile(profile, target, http).await);
        }
        let config = loader.load().await;
        Self {
            scope,
            catalog: kinds::catalog(),
            config,
            calls,
            clock,
            clients: Clients::default(),
            s3: OnceCell::new(),
            identity: tokio::sync::OnceCell::new(),
            acm_elsewhere: RefCell::default(),
            wanted: RefCell::default(),
        }
    }

    /// The price list, which has endpoints in three regions only.
    pub fn pricing_in(&self, region: &str) -> aws_sdk_pricing::Client {
        let config = aws_sdk_pricing::config::Builder::from(&self.config)
            .region(Region::new(region.to_owned()))
            .interceptor(Patience)
            .retry_classifier(OnlyThrottled);
        aws_sdk_pricing::Client::from_conf(config.build())
    }

    /// Certificate Manager of a region, which for a CDN's certificate is another one than that of all else.
    pub fn acm_in(&self, region: &str) -> aws_sdk_acm::Client {
        if region == self.region() {
            return self.acm().clone();
        }
        let mut others = self.acm_elsewhere.borrow_mut();
        let client = others.entry(region.to_owned()).or_insert_with(|| {
            let config = aws_sdk_acm::config::Builder::from(&self.config)
                .region(Region::new(region.to_owned()))
                .interceptor(Patience)
                .retry_classifier(OnlyThrottled);
            aws_sdk_acm::Client::from_conf(config.build())
        });
        client.clone()
    }

    /// Simple Storage Service. What stands in for AWS has no name for each bucket, so there it goes by paths.
    pub fn s3(&self) -> &aws_sdk_s3::Client {
        self.s3.get_or_init(|| {
            let config = aws_sdk_s3::config::Builder::from(&self.config)
                .interceptor(Patience)
                .retry_classifier(OnlyThrottled)
                .force_path_style(self.endpoint().is_some())
                .request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
            aws_sdk_s3::Client::from_conf(config.build())
        })
    }

    /// What a stack wants, as a hint to the lists: a question of which only the difference to this could matter
    /// need not be asked where there is none. Of what is not wanted at all only its existence matters.
    pub fn expect(&self, graph: Rc<Graph>) {
        self.wanted.replace(Some(graph));
    }

    /// Nobody knows any more what is wanted: what was assumed makes room for what is certain.
    pub fn forget(&self) {
        self.wanted.take();
    }

    /// What is wanted at an address, where that is known.
    pub(super) fn expected(&self, address: &Address) -> Option<Spec> {
        Some(self.wanted()?.get(address)?.spec.clone())
    }

    /// What is wanted, where that is known.
    pub(super) fn wanted(&self) -> Option<Rc<Graph>> {
        self.wanted.borrow().clone()
    }

    /// Whether a property can make a difference: it is wanted, or nobody has said what is.
    pub(super) fn matters(&self, address: &Address, property: &str) -> bool {
        self.wanted()
            .is_none_or(|graph| graph.get(address).is_some_and(|node| node.spec.get(property).is_some()))
    }

    /// The region, if one is configured anywhere.
    pub fn region(&self) -> &str {
        self.config.region().map_or("", Region::as_ref)
    }

    /// Whether there are credentials at all; what is wrong with them, in one line.
    pub async fn credentials(&self) -> Result<(), String> {
        let Some(provider) = self.config.credentials_provider() else {
            return Err("none are configured".to_owned());
        };
        let found = provider.provide_credentials().await;
        found.map(|_| ()).map_err(|error| super::error::chain(&error))
    }

    /// The endpoint that stands in for AWS, if one is configured.
    pub fn endpoint(&self) -> Option<&str> {
        self.config.endpoint_url()
    }

    /// The calls made so far, those for credentials included.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// The name `<stack>-<env>-<address>`, at most `max` characters.
    pub fn name(&self, address: &Address, max: usize) -> String {
        names::fit(&[&self.scope.stack, &self.scope.env, &address.short()], None, max)
    }

    /// The same with a fingerprint at the end.
    pub fn unique_name(&self, address: &Address, fingerprint: &str, max: usize) -> String {
        names::fit(&[&self.scope.stack, &self.scope.env, &address.short()], Some(fingerprint), max)
    }

    /// The name's part that all names of this environment share.
    pub fn prefix(&self) -> String {
        format!("{}-", names::fit(&[&self.scope.stack, &self.scope.env], None, 60))
    }

    /// Who calls; asked once.
    pub async fn identity(&self) -> Result<Identity, crate::run::fault::Fault> {
        let ask = || async {
            let answer = self.sts().get_caller_identity().send().await;
            let answer = answer.map_err(super::error::read("sts:GetCallerIdentity"))?;
            Ok(Identity { account: answer.account.unwrap_or_default(), arn: answer.arn.unwrap_or_default() })
        };
        self.identity.get_or_try_init(ask).await.cloned()
    }

    /// The tags that find this environment's resources, as filters of EC2.
    pub fn tag_filters(&self) -> Option<Vec<aws_sdk_ec2::types::Filter>> {
        let filter = |key: &str, value: &str| {
            aws_sdk_ec2::types::Filter::builder().name(format!("tag:{key}")).values(value).build()
        };
        Some(vec![filter(super::tags::STACK, &self.scope.stack), filter(super::tags::ENV, &self.scope.env)])
    }
}

/// The credentials of the profile that the user named. The SDK's own chain takes keys in the environment before
/// any profile; who names one means that account, as with the AWS CLI.
async fn of_profile(
    profile: &str,
    target: &Target,
    http: SharedHttpClient,
) -> ProfileFileCredentialsProvider {
    let region = match &target.region {
        Some(region) => Some(Region::new(region.clone())),
        None => DefaultRegionChain::builder().profile_name(profile).build().region().await,
    };
    let config = ProviderConfig::without_region().with_http_client(http).with_region(region);
    ProfileFileCredentialsProvider::builder().profile_name(profile).configure(&config).build()
}
