//! Somebody's hands in the console: changes that nobody told the stack of.
#![expect(clippy::redundant_closure_for_method_calls, reason = "the paths of the methods would say less")]

use aws_sdk_autoscaling::types::builders::LaunchTemplateSpecificationBuilder as Template;
use aws_sdk_ec2::types::{AttributeBooleanValue, Filter, IpPermission, IpRange, RequestLaunchTemplateData};
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecordSet};

use futures::future::LocalBoxFuture;

use crate::account::Account;

mod data;
mod machines;
mod network;
mod watch;

/// The hands, in an account with one environment.
pub struct Hands(pub Account);

/// Something that is done by hand, and how a plan tells of it.
pub struct Meddling {
    /// The address of the resource.
    pub at: &'static str,
    /// Its kind.
    pub kind: &'static str,
    /// The property that differs then, or `not there`.
    pub says: &'static str,
    /// Does it.
    pub act: for<'a> fn(&'a Hands) -> LocalBoxFuture<'a, ()>,
}

/// A table of them: the name of the table and of the hands, then address, kind, what the plan says, and the deed.
macro_rules! meddle {
    ($table:ident, $hands:ident: $($at:literal $kind:literal $says:literal $act:block)*) => {
        pub const $table: &[Meddling] = &[
            $(Meddling { at: $at, kind: $kind, says: $says, act: |$hands| Box::pin(async move { $act; }) }),*
        ];
    };
}

use meddle;

/// What is done by hand to the environment `sandbox` of a stack `every` that has all kinds.
pub fn meddling() -> impl Iterator<Item = &'static Meddling> {
    [network::NETWORK, machines::MACHINES, data::DATA, watch::WATCH].into_iter().flatten()
}

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

    async fn zone(&self, name: &str) -> String {
        let zones = done!(self.0.route53().list_hosted_zones()).hosted_zones;
        zones.into_iter().find(|zone| zone.name() == name).expect("a zone").id
    }

    async fn record(&self, zone: &str, begins: &str) -> ResourceRecordSet {
        let answer = done!(self.0.route53().list_resource_record_sets().hosted_zone_id(zone));
        let record = answer.resource_record_sets.into_iter().find(|set| set.name().starts_with(begins));
        record.expect("a record")
    }

    async fn fleet(&self) -> String {
        let answer = done!(self.0.autoscaling().describe_auto_scaling_groups());
        only(answer.auto_scaling_groups, |group| group.auto_scaling_group_name())
    }

    /// The database's name is gone.
    pub async fn no_name(&self) {
        let zone = self.zone("drucloud-sandbox.internal.").await;
        let record = self.record(&zone, "db.").await;
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

    /// The database is stopped, as somebody does who wants to save its price over a weekend.
    pub async fn asleep(&self) {
        let databases = done!(self.0.rds().describe_db_instances()).db_instances;
        let id = only(databases, |database| database.db_instance_identifier());
        done!(self.0.rds().stop_db_instance().db_instance_identifier(id));
    }

    /// The group starts instances from an image that is not there, and has none left of those that it had.
    pub async fn no_image(&self) {
        let ec2 = self.0.ec2();
        let answer = done!(ec2.describe_launch_templates().filters(at("web.template")));
        let id = only(answer.launch_templates, |template| template.launch_template_id());
        let data = RequestLaunchTemplateData::builder().image_id("ami-00000000000000000").build();
        let made = ec2.create_launch_template_version().launch_template_id(&id).source_version("$Default");
        let made = done!(made.launch_template_data(data)).launch_template_version.expect("a version");
        let number = made.version_number().expect("a number").to_string();
        done!(ec2.modify_launch_template().launch_template_id(&id).default_version(&number));
        let (scaling, name) = (self.0.autoscaling(), self.fleet().await);
        let broken = Template::default().launch_template_id(id).version(number).build();
        done!(scaling.update_auto_scaling_group().auto_scaling_group_name(&name).launch_template(broken));
        let groups = done!(scaling.describe_auto_scaling_groups()).auto_scaling_groups.unwrap_or_default();
        let running = groups[0].instances().iter().filter_map(|instance| instance.instance_id());
        let ids: Vec<String> = running.map(str::to_owned).collect();
        done!(ec2.terminate_instances().set_instance_ids(Some(ids)));
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
