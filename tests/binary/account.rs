//! What is really in the account, asked with clients of the test's own and without any filter.

use std::collections::BTreeMap;
use std::future::Future;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_ec2::types::{Instance, Reservation, Volume};

use crate::sandbox::Sandbox;

/// An account in a sandbox.
pub struct Account {
    runtime: tokio::runtime::Runtime,
    config: SdkConfig,
}

/// How many there are of each kind.
pub type Census = BTreeMap<&'static str, usize>;

macro_rules! clients {
    ($($name:ident: $sdk:ident),* $(,)?) => {
        impl Account {
            $(#[doc = concat!("A client of `", stringify!($sdk), "`.")]
            pub fn $name(&self) -> $sdk::Client {
                $sdk::Client::new(&self.config)
            })*
        }
    };
}

clients! {
    acm: aws_sdk_acm,
    autoscaling: aws_sdk_autoscaling,
    cloudfront: aws_sdk_cloudfront,
    cloudwatch: aws_sdk_cloudwatch,
    ec2: aws_sdk_ec2,
    efs: aws_sdk_efs,
    elasticache: aws_sdk_elasticache,
    elb: aws_sdk_elasticloadbalancingv2,
    iam: aws_sdk_iam,
    logs: aws_sdk_cloudwatchlogs,
    rds: aws_sdk_rds,
    route53: aws_sdk_route53,
    secrets: aws_sdk_secretsmanager,
    ses: aws_sdk_sesv2,
    sns: aws_sdk_sns,
    ssm: aws_sdk_ssm,
}

/// The answer's list, or the failure of the test.
macro_rules! count {
    ($call:expr, $list:ident) => {
        $call.send().await.expect(stringify!($list)).$list.unwrap_or_default().len()
    };
}

impl Account {
    /// The account of that server.
    pub fn of(sandbox: &Sandbox) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let loader = aws_config::defaults(BehaviorVersion::latest())
            .endpoint_url(&sandbox.endpoint)
            .region(Region::new("us-east-1"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .credentials_provider(Credentials::new("sandbox", "sandbox", None, None, "tests"));
        let config = runtime.block_on(loader.load());
        Self { runtime, config }
    }

    /// A client of S3, which has a path for each bucket here and no host.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config).force_path_style(true);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// Waits for an answer.
    pub fn wait<T>(&self, answer: impl Future<Output = T>) -> T {
        self.runtime.block_on(answer)
    }

    /// How many there are of each kind, whoever made them.
    pub fn census(&self) -> Census {
        self.wait(async {
            let mut census = self.network().await;
            census.extend(self.rest().await);
            census.extend(self.watch().await);
            census
        })
    }

    async fn network(&self) -> Census {
        let ec2 = self.ec2();
        let gateways = ec2.describe_nat_gateways().send().await.expect("NAT gateways");
        let standing =
            gateways.nat_gateways().iter().filter(|nat| nat.state().is_some_and(|s| s.as_str() != "deleted"));
        let endpoints = ec2.describe_vpc_endpoints().send().await.expect("endpoints");
        let open =
            endpoints.vpc_endpoints().iter().filter(|e| e.state().is_some_and(|s| s.as_str() != "deleted"));
        // Terminated instances are told for an hour still; some are on their way, and their disks with them.
        let instances = ec2.describe_instances().send().await.expect("instances");
        let instances = instances.reservations().iter().flat_map(Reservation::instances);
        let is_gone = |instance: &&Instance| {
            let state = instance.state().and_then(|state| state.name());
            state.is_some_and(|state| ["shutting-down", "terminated"].contains(&state.as_str()))
        };
        let (gone, staying): (Vec<&Instance>, Vec<&Instance>) = instances.partition(is_gone);
        let (staying, gone) =
            (staying.len(), gone.iter().filter_map(|i| i.instance_id()).collect::<Vec<_>>());
        let volumes = ec2.describe_volumes().send().await.expect("volumes");
        let is_leaving = |volume: &Volume| {
            let holders = volume.attachments().iter().filter_map(|attachment| attachment.instance_id());
            holders.into_iter().any(|holder| gone.contains(&holder))
        };
        BTreeMap::from([
            ("vpcs", count!(ec2.describe_vpcs(), vpcs)),
            ("subnets", count!(ec2.describe_subnets(), subnets)),
            ("internet gateways", count!(ec2.describe_internet_gateways(), internet_gateways)),
            ("NAT gateways", standing.count()),
            ("addresses", count!(ec2.describe_addresses(), addresses)),
            ("route tables", count!(ec2.describe_route_tables(), route_tables)),
            ("security groups", count!(ec2.describe_security_groups(), security_groups)),
            ("rules", count!(ec2.describe_security_group_rules(), security_group_rules)),
            ("endpoints", open.count()),
            ("launch templates", count!(ec2.describe_launch_templates(), launch_templates)),
            ("instances", staying),
            ("volumes", volumes.volumes().iter().filter(|volume| !is_leaving(volume)).count()),
            ("volume snapshots", count!(ec2.describe_snapshots().owner_ids("self"), snapshots)),
        ])
    }

    /// The notes of environments. The free lease of one that exists does not count: it stays for a moment.
    async fn notes(&self) -> usize {
        let call = self.ssm().get_parameters_by_path().path("/drucloud").recursive(true);
        let answer = call.send().await.expect("parameters");
        let names: Vec<&str> = answer.parameters().iter().filter_map(|parameter| parameter.name()).collect();
        let exists = names.iter().any(|name| name.ends_with("/kinds"));
        names.iter().filter(|name| !exists || !name.ends_with("/lease")).count()
    }

    async fn watch(&self) -> Census {
        let (cloudwatch, sns) = (self.cloudwatch(), self.sns());
        BTreeMap::from([
            ("alarms", count!(cloudwatch.describe_alarms(), metric_alarms)),
            ("dashboards", count!(cloudwatch.list_dashboards(), dashboard_entries)),
            ("topics", count!(sns.list_topics(), topics)),
            ("subscriptions", count!(sns.list_subscriptions(), subscriptions)),
            ("log groups", count!(self.logs().describe_log_groups(), log_groups)),
            ("identities", count!(self.ses().list_email_identities(), email_identities)),
            ("file systems", count!(self.efs().describe_file_systems(), file_systems)),
        ])
    }

    async fn rest(&self) -> Census {
        let (elb, rds, iam, route53) = (self.elb(), self.rds(), self.iam(), self.route53());
        let balancers = elb.describe_load_balancers().send().await.expect("load balancers");
        let mut listeners = 0;
        for balancer in balancers.load_balancers() {
            let arn = balancer.load_balancer_arn().expect("an ARN");
            listeners += count!(elb.describe_listeners().load_balancer_arn(arn), listeners);
        }
        let zones = route53.list_hosted_zones().send().await.expect("zones").hosted_zones;
        let mut records = 0;
        for zone in &zones {
            let answer = route53.list_resource_record_sets().hosted_zone_id(&zone.id).send().await;
            records += answer.expect("records").resource_record_sets.len();
        }
        let roles = iam.list_roles().send().await.expect("roles").roles;
        let profiles = iam.list_instance_profiles().send().await.expect("profiles").instance_profiles;
        let groups = rds.describe_db_parameter_groups();
        BTreeMap::from([
            ("load balancers", balancers.load_balancers().len()),
            ("listeners", listeners),
            ("target groups", count!(elb.describe_target_groups(), target_groups)),
            (
                "autoscaling groups",
                count!(self.autoscaling().describe_auto_scaling_groups(), auto_scaling_groups),
            ),
            ("scaling policies", count!(self.autoscaling().describe_policies(), scaling_policies)),
            ("databases", count!(rds.describe_db_instances(), db_instances)),
            ("subnet groups", count!(rds.describe_db_subnet_groups(), db_subnet_groups)),
            ("parameter groups", count!(groups, db_parameter_groups)),
            ("snapshots", count!(rds.describe_db_snapshots(), db_snapshots)),
            ("roles", roles.len()),
            ("instance profiles", profiles.len()),
            ("zones", zones.len()),
            ("records", records),
            ("parameters", self.notes().await),
        ])
    }
}
