//! Somebody's hands in the console: changes that nobody told the stack of.
#![expect(clippy::redundant_closure_for_method_calls, reason = "the paths of the methods would say less")]

use aws_sdk_autoscaling::types::builders::LaunchTemplateSpecificationBuilder as Template;
use aws_sdk_ec2::types::{AttributeBooleanValue, Filter, IpPermission, IpRange, RequestLaunchTemplateData};
use aws_sdk_elasticloadbalancingv2::types::{LoadBalancerAttribute, TargetGroupAttribute};
use aws_sdk_rds::types::{ApplyMethod, Parameter};
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecordSet};

use crate::account::Account;

/// The hands, in an account with the environment `sandbox` of the shipped stack.
pub struct Hands(pub Account);

/// The answer, or the failure of the test.
macro_rules! done {
    ($call:expr) => {
        $call.send().await.unwrap_or_else(|error| panic!("{}: {error:?}", stringify!($call)))
    };
}

pub(crate) use done;

/// The only one, its id.
pub fn only<T>(list: Option<Vec<T>>, id: impl Fn(&T) -> Option<&str>) -> String {
    let list = list.unwrap_or_default();
    assert_eq!(list.len(), 1, "there is one");
    id(&list[0]).expect("an id").to_owned()
}

pub fn at(address: &str) -> Filter {
    Filter::builder().name("tag:drucloud:address").values(address).build()
}

pub fn named(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

fn no() -> AttributeBooleanValue {
    AttributeBooleanValue::builder().value(false).build()
}

fn yes() -> AttributeBooleanValue {
    AttributeBooleanValue::builder().value(true).build()
}

fn ssh() -> IpPermission {
    let everywhere = IpRange::builder().cidr_ip("0.0.0.0/0").build();
    IpPermission::builder().ip_protocol("tcp").from_port(22).to_port(22).ip_ranges(everywhere).build()
}

impl Hands {
    async fn vpc(&self) -> String {
        only(done!(self.0.ec2().describe_vpcs().filters(at("network.vpc"))).vpcs, |vpc| vpc.vpc_id())
    }

    async fn subnet(&self, address: &str) -> String {
        let answer = done!(self.0.ec2().describe_subnets().filters(at(address)));
        only(answer.subnets, |subnet| subnet.subnet_id())
    }

    async fn table(&self, address: &str) -> String {
        let answer = done!(self.0.ec2().describe_route_tables().filters(at(address)));
        only(answer.route_tables, |table| table.route_table_id())
    }

    async fn gateway(&self) -> String {
        let answer = done!(self.0.ec2().describe_internet_gateways().filters(at("network.gateway")));
        only(answer.internet_gateways, |gateway| gateway.internet_gateway_id())
    }

    async fn group(&self, filters: [Filter; 2]) -> String {
        let answer = done!(self.0.ec2().describe_security_groups().set_filters(Some(filters.into())));
        only(answer.security_groups, |group| group.group_id())
    }

    async fn group_at(&self, address: &str) -> String {
        self.group([at(address), named("vpc-id", &self.vpc().await)]).await
    }

    async fn balancer(&self) -> String {
        let answer = done!(self.0.elb().describe_load_balancers());
        only(answer.load_balancers, |balancer| balancer.load_balancer_arn())
    }

    async fn targets(&self) -> String {
        let answer = done!(self.0.elb().describe_target_groups());
        only(answer.target_groups, |group| group.target_group_arn())
    }

    async fn record(&self) -> (String, ResourceRecordSet) {
        let zone = done!(self.0.route53().list_hosted_zones()).hosted_zones.remove(0).id;
        let answer = done!(self.0.route53().list_resource_record_sets().hosted_zone_id(&zone));
        let record = answer.resource_record_sets.into_iter().find(|set| set.name().starts_with("db."));
        (zone, record.expect("the database's record"))
    }

    /// The attributes of the network and of its subnets.
    pub async fn attributes(&self) {
        let ec2 = self.0.ec2();
        done!(ec2.modify_vpc_attribute().vpc_id(self.vpc().await).enable_dns_hostnames(no()));
        let subnet = self.subnet("network.subnet.app-a").await;
        done!(ec2.modify_subnet_attribute().subnet_id(subnet).map_public_ip_on_launch(yes()));
    }

    /// A route too many, one too few, an association too few.
    pub async fn routes(&self) {
        let ec2 = self.0.ec2();
        let (data, public) =
            (self.table("network.routes.data").await, self.table("network.routes.public").await);
        let extra = ec2.create_route().route_table_id(data).destination_cidr_block("198.51.100.0/24");
        done!(extra.gateway_id(self.gateway().await));
        done!(ec2.delete_route().route_table_id(public).destination_cidr_block("0.0.0.0/0"));
        let answer = done!(ec2.describe_route_tables().filters(at("network.routes.app-a")));
        let association = answer.route_tables()[0].associations()[0].route_table_association_id();
        done!(ec2.disassociate_route_table().set_association_id(association.map(str::to_owned)));
    }

    /// SSH for everybody in the web tier, no way to the database, and a rule in the default group.
    pub async fn rules(&self) {
        let ec2 = self.0.ec2();
        let (web, database) = (self.group_at("security.web").await, self.group_at("security.database").await);
        done!(ec2.authorize_security_group_ingress().group_id(web).ip_permissions(ssh()));
        let rules = done!(ec2.describe_security_group_rules().filters(named("group-id", &database)));
        let inward = rules.security_group_rules().iter().find(|rule| rule.is_egress() == Some(false));
        let inward = inward.and_then(|rule| rule.security_group_rule_id()).expect("a rule");
        done!(ec2.revoke_security_group_ingress().group_id(database).security_group_rule_ids(inward));
        let default = self.group([named("group-name", "default"), named("vpc-id", &self.vpc().await)]).await;
        done!(ec2.authorize_security_group_ingress().group_id(default).ip_permissions(ssh()));
    }

    /// The S3 endpoint's policy.
    pub async fn endpoint(&self) {
        let ec2 = self.0.ec2();
        let answer = done!(ec2.describe_vpc_endpoints().filters(at("network.s3")));
        let id = only(answer.vpc_endpoints, |endpoint| endpoint.vpc_endpoint_id());
        let policy = r#"{"Version": "2012-10-17", "Statement": []}"#;
        done!(ec2.modify_vpc_endpoint().vpc_endpoint_id(id).policy_document(policy));
    }

    /// The web role: another policy inside, none of AWS's.
    pub async fn role(&self) {
        let iam = self.0.iam();
        let roles = done!(iam.list_roles()).roles.into_iter().map(|role| role.role_name);
        let name =
            roles.into_iter().find(|name| name.ends_with("-web-role")).expect("the role of the web nodes");
        let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
        done!(iam.put_role_policy().role_name(&name).policy_name("database-secret").policy_document(policy));
        for policy in done!(iam.list_attached_role_policies().role_name(&name)).attached_policies() {
            let arn = policy.policy_arn().expect("an ARN");
            done!(iam.detach_role_policy().role_name(&name).policy_arn(arn));
        }
    }

    /// The load balancer and its target group.
    pub async fn balancing(&self) {
        let elb = self.0.elb();
        let timeout =
            LoadBalancerAttribute::builder().key("idle_timeout.timeout_seconds").value("120").build();
        let call = elb.modify_load_balancer_attributes().load_balancer_arn(self.balancer().await);
        done!(call.attributes(timeout));
        let delay =
            TargetGroupAttribute::builder().key("deregistration_delay.timeout_seconds").value("7").build();
        let targets = self.targets().await;
        done!(elb.modify_target_group_attributes().target_group_arn(&targets).attributes(delay));
        done!(elb.modify_target_group().target_group_arn(&targets).health_check_path("/else"));
    }

    /// The listener is deleted.
    pub async fn listener(&self) {
        let elb = self.0.elb();
        let answer = done!(elb.describe_listeners().load_balancer_arn(self.balancer().await));
        let arn = only(answer.listeners, |listener| listener.listener_arn());
        done!(elb.delete_listener().listener_arn(arn));
    }

    /// Another version of the launch template is the default.
    pub async fn template(&self) {
        let ec2 = self.0.ec2();
        let answer = done!(ec2.describe_launch_templates().filters(at("web.template")));
        let id = only(answer.launch_templates, |template| template.launch_template_id());
        let data = RequestLaunchTemplateData::builder().instance_type("m7g.4xlarge".into()).build();
        let call = ec2.create_launch_template_version().launch_template_id(&id).source_version("1");
        let version =
            done!(call.launch_template_data(data)).launch_template_version.and_then(|v| v.version_number);
        let version = version.expect("a version").to_string();
        done!(ec2.modify_launch_template().launch_template_id(&id).default_version(version));
    }

    /// The limits of the autoscaling group and its policy.
    pub async fn scaling(&self) {
        let scaling = self.0.autoscaling();
        let group = self.fleet().await;
        done!(scaling.update_auto_scaling_group().auto_scaling_group_name(&group).min_size(1).max_size(3));
        let answer = done!(scaling.describe_policies().auto_scaling_group_name(&group));
        let policy = only(answer.scaling_policies, |policy| policy.policy_name());
        done!(scaling.delete_policy().auto_scaling_group_name(&group).policy_name(policy));
    }

    async fn fleet(&self) -> String {
        let answer = done!(self.0.autoscaling().describe_auto_scaling_groups());
        only(answer.auto_scaling_groups, |group| group.auto_scaling_group_name())
    }

    /// A parameter of the database, and how long its backups are kept.
    pub async fn database(&self) {
        let rds = self.0.rds();
        let answer = done!(rds.describe_db_instances()).db_instances.unwrap_or_default();
        let instance = answer.first().expect("a database");
        let group = instance.db_parameter_groups()[0].db_parameter_group_name().expect("a group");
        let parameter = Parameter::builder().parameter_name("long_query_time").parameter_value("9");
        let parameter = parameter.apply_method(ApplyMethod::Immediate).build();
        done!(rds.modify_db_parameter_group().db_parameter_group_name(group).parameters(parameter));
        let name = instance.db_instance_identifier().expect("a name");
        let call = rds.modify_db_instance().db_instance_identifier(name).backup_retention_period(3);
        done!(call.apply_immediately(true));
    }

    /// The database's name points elsewhere.
    pub async fn name(&self) {
        let (zone, mut record) = self.record().await;
        record.ttl = Some(5);
        self.names(&zone, ChangeAction::Upsert, record).await;
    }

    /// The database's name is gone.
    pub async fn no_name(&self) {
        let (zone, record) = self.record().await;
        self.names(&zone, ChangeAction::Delete, record).await;
    }

    async fn names(&self, zone: &str, action: ChangeAction, record: ResourceRecordSet) {
        let change = Change::builder().action(action).resource_record_set(record).build().expect("a change");
        let batch = ChangeBatch::builder().changes(change).build().expect("a batch");
        done!(self.0.route53().change_resource_record_sets().hosted_zone_id(zone).change_batch(batch));
    }

    /// A subnet's record of what was applied to it is gone.
    pub async fn memory(&self) {
        let subnet = self.subnet("network.subnet.data-a").await;
        let tag = aws_sdk_ec2::types::Tag::builder().key("drucloud:applied").build();
        done!(self.0.ec2().delete_tags().resources(subnet).tags(tag));
    }

    /// A NAT gateway is deleted; the routes through it lead nowhere.
    pub async fn no_nat(&self) {
        let ec2 = self.0.ec2();
        let answer = done!(ec2.describe_nat_gateways().filter(at("network.nat.a")));
        let id = only(answer.nat_gateways, |nat| nat.nat_gateway_id());
        done!(ec2.delete_nat_gateway().nat_gateway_id(id));
    }

    /// The load balancer is deleted, and its listener with it.
    pub async fn no_balancer(&self) {
        done!(self.0.elb().delete_load_balancer().load_balancer_arn(self.balancer().await));
    }

    /// The autoscaling group is deleted with its instances.
    pub async fn no_fleet(&self) {
        let group = self.fleet().await;
        done!(
            self.0
                .autoscaling()
                .delete_auto_scaling_group()
                .auto_scaling_group_name(group)
                .force_delete(true)
        );
    }

    /// The group goes back to the first version of its template.
    pub async fn old_version(&self) {
        let group = self.fleet().await;
        let answer = done!(self.0.ec2().describe_launch_templates().filters(at("web.template")));
        let id = only(answer.launch_templates, |template| template.launch_template_id());
        let old = Template::default().launch_template_id(id).version("$Latest").build();
        done!(
            self.0
                .autoscaling()
                .update_auto_scaling_group()
                .auto_scaling_group_name(group)
                .launch_template(old)
        );
    }

    /// A route table is deleted together with its associations.
    pub async fn no_table(&self) {
        let ec2 = self.0.ec2();
        let answer = done!(ec2.describe_route_tables().filters(at("network.routes.data")));
        for association in answer.route_tables()[0].associations() {
            let id = association.route_table_association_id().expect("an id");
            done!(ec2.disassociate_route_table().association_id(id));
        }
        done!(ec2.delete_route_table().route_table_id(self.table("network.routes.data").await));
    }
}
