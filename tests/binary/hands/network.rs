//! The network, its firewalls and its names.

use aws_sdk_ec2::types::Tag;
use aws_sdk_route53::types::{ChangeAction, Vpc, VpcRegion};

use super::{Hands, Meddling, at, done, meddle, named, no, only, ssh, yes};

impl Hands {
    async fn tag(&self, id: String, key: &str, value: &str) {
        done!(self.0.ec2().create_tags().resources(id).tags(Tag::builder().key(key).value(value).build()));
    }

    async fn untag(&self, id: String, key: &str) {
        done!(self.0.ec2().delete_tags().resources(id).tags(Tag::builder().key(key).build()));
    }

    async fn endpoint(&self) -> String {
        let answer = done!(self.0.ec2().describe_vpc_endpoints().filters(at("network.s3")));
        only(answer.vpc_endpoints, |endpoint| endpoint.vpc_endpoint_id())
    }

    async fn nat(&self) -> String {
        let answer = done!(self.0.ec2().describe_nat_gateways().filter(at("network.nat.a")));
        only(answer.nat_gateways, |nat| nat.nat_gateway_id())
    }
}

meddle! { NETWORK, hands:
    "network.vpc" "vpc" "dns_hostnames" {
        done!(hands.0.ec2().modify_vpc_attribute().vpc_id(hands.vpc().await).enable_dns_hostnames(no()));
    }
    "network.vpc" "vpc" "default_group_closed" {
        let default = hands.group([named("group-name", "default"), named("vpc-id", &hands.vpc().await)]).await;
        done!(hands.0.ec2().authorize_security_group_ingress().group_id(default).ip_permissions(ssh()));
    }
    "network.subnet.app-a" "subnet" "public_addresses" {
        let subnet = hands.subnet("network.subnet.app-a").await;
        done!(hands.0.ec2().modify_subnet_attribute().subnet_id(subnet).map_public_ip_on_launch(yes()));
    }
    "network.subnet.app-b" "subnet" "tags.team" {
        hands.tag(hands.subnet("network.subnet.app-b").await, "team", "theirs").await;
    }
    "network.gateway" "internet_gateway" "tags.team" {
        hands.untag(hands.gateway().await, "team").await;
    }
    "network.address.a" "elastic_ip" "tags.team" {
        let answer = done!(hands.0.ec2().describe_addresses().filters(at("network.address.a")));
        hands.untag(only(answer.addresses, |address| address.allocation_id()), "team").await;
    }
    "network.nat.a" "nat_gateway" "tags.team" {
        // Without the name as well.
        hands.untag(hands.nat().await, "team").await;
        hands.untag(hands.nat().await, "Name").await;
    }
    "network.routes.data" "route_table" "routes" {
        let table = hands.table("network.routes.data").await;
        let extra = hands.0.ec2().create_route().route_table_id(table).destination_cidr_block("198.51.100.0/24");
        done!(extra.gateway_id(hands.gateway().await));
    }
    "network.routes.public" "route_table" "routes" {
        let table = hands.table("network.routes.public").await;
        done!(hands.0.ec2().delete_route().route_table_id(table).destination_cidr_block("0.0.0.0/0"));
    }
    "network.routes.app-a" "route_table" "subnets" {
        let answer = done!(hands.0.ec2().describe_route_tables().filters(at("network.routes.app-a")));
        let association = answer.route_tables()[0].associations()[0].route_table_association_id();
        done!(hands.0.ec2().disassociate_route_table().set_association_id(association.map(str::to_owned)));
    }
    "network.s3" "vpc_endpoint" "policy" {
        let policy = r#"{"Version": "2012-10-17", "Statement": []}"#;
        let call = hands.0.ec2().modify_vpc_endpoint().vpc_endpoint_id(hands.endpoint().await);
        done!(call.policy_document(policy));
    }
    "network.s3" "vpc_endpoint" "route_tables" {
        let call = hands.0.ec2().modify_vpc_endpoint().vpc_endpoint_id(hands.endpoint().await);
        done!(call.remove_route_table_ids(hands.table("network.routes.data").await));
    }
    "security.web" "security_group" "tags.team" {
        hands.untag(hands.group_at("security.web").await, "team").await;
    }
    "security.web.rules" "security_group_rules" "rules" {
        let web = hands.group_at("security.web").await;
        done!(hands.0.ec2().authorize_security_group_ingress().group_id(web).ip_permissions(ssh()));
    }
    "security.control.rules" "security_group_rules" "rules" {
        let control = hands.group_at("security.control").await;
        done!(hands.0.ec2().authorize_security_group_egress().group_id(control).ip_permissions(ssh()));
    }
    "security.database.rules" "security_group_rules" "rules" {
        let database = hands.group_at("security.database").await;
        let rules = done!(hands.0.ec2().describe_security_group_rules().filters(named("group-id", &database)));
        let inward = rules.security_group_rules().iter().find(|rule| rule.is_egress() == Some(false));
        let inward = inward.and_then(|rule| rule.security_group_rule_id()).expect("a rule");
        let call = hands.0.ec2().revoke_security_group_ingress().group_id(database);
        done!(call.security_group_rule_ids(inward));
    }
    "network.flow-log-group" "log_group" "retention_days" {
        let group = "/drucloud/every/sandbox/network.flow-log-group";
        done!(hands.0.logs().delete_retention_policy().log_group_name(group));
    }
    "network.flow-log" "flow_log" "tags.team" {
        let logs = done!(hands.0.ec2().describe_flow_logs()).flow_logs;
        hands.untag(only(logs, |log| log.flow_log_id()), "team").await;
    }
    "network.zone" "hosted_zone" "vpcs" {
        let default = done!(hands.0.ec2().describe_vpcs().filters(named("is-default", "true"))).vpcs;
        let vpc = Vpc::builder().vpc_region(VpcRegion::UsEast1).vpc_id(only(default, |vpc| vpc.vpc_id()));
        let zone = hands.zone("every-sandbox.internal.").await;
        done!(hands.0.route53().associate_vpc_with_hosted_zone().hosted_zone_id(zone).vpc(vpc.build()));
    }
    "database.dns" "dns_record" "answer" {
        let zone = hands.zone("every-sandbox.internal.").await;
        let mut record = hands.record(&zone, "db.").await;
        record.ttl = Some(5);
        hands.names(&zone, ChangeAction::Upsert, record).await;
    }
    "mail.dmarc" "dns_record" "answer" {
        let zone = hands.zone("example.org.").await;
        let record = hands.record(&zone, "_dmarc.").await;
        hands.names(&zone, ChangeAction::Delete, record).await;
    }
}
