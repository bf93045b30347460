//! Load balancer, web nodes, machines that stand alone, and what they may do.

use aws_sdk_ec2::types::{HttpTokensState, Instance, RequestLaunchTemplateData, Volume, VolumeType};
use aws_sdk_elasticloadbalancingv2::types::{LoadBalancerAttribute, TargetGroupAttribute};

use super::{Hands, Meddling, at, done, meddle, named, only};

const GROUP: &str = "every-sandbox-web-group";

impl Hands {
    async fn balancer_attribute(&self, key: &str, value: &str) {
        let attribute = LoadBalancerAttribute::builder().key(key).value(value).build();
        let call = self.0.elb().modify_load_balancer_attributes().load_balancer_arn(self.balancer().await);
        done!(call.attributes(attribute));
    }

    async fn server(&self, address: &str) -> String {
        let running = self.0.ec2().describe_instances().filters(at(address));
        let answer = done!(running.filters(named("instance-state-name", "running")));
        let instances = answer.reservations.unwrap_or_default();
        let instances = instances.into_iter().flat_map(|r| r.instances.unwrap_or_default());
        only(Some(instances.collect()), Instance::instance_id)
    }

    async fn role(&self, end: &str) -> String {
        let roles = done!(self.0.iam().list_roles()).roles.into_iter().map(|role| role.role_name);
        roles.into_iter().find(|name| name.ends_with(end)).expect("a role")
    }
}

meddle! { MACHINES, hands:
    "load_balancer.alb" "load_balancer" "idle_timeout_seconds" {
        hands.balancer_attribute("idle_timeout.timeout_seconds", "120").await;
    }
    "load_balancer.targets" "target_group" "deregistration_delay_seconds" {
        let key = "deregistration_delay.timeout_seconds";
        let delay = TargetGroupAttribute::builder().key(key).value("7").build();
        let call = hands.0.elb().modify_target_group_attributes();
        done!(call.target_group_arn(hands.targets().await).attributes(delay));
    }
    "load_balancer.targets" "target_group" "health_check" {
        let call = hands.0.elb().modify_target_group().target_group_arn(hands.targets().await);
        done!(call.health_check_path("/else"));
    }
    "load_balancer.http" "listener" "not there" {
        let answer = done!(hands.0.elb().describe_listeners().load_balancer_arn(hands.balancer().await));
        let http = answer.listeners().iter().find(|listener| listener.port() == Some(80));
        let arn = http.and_then(|listener| listener.listener_arn()).expect("a listener");
        done!(hands.0.elb().delete_listener().listener_arn(arn));
    }
    "web.template" "launch_template" "instance_type" {
        let ec2 = hands.0.ec2();
        let answer = done!(ec2.describe_launch_templates().filters(at("web.template")));
        let id = only(answer.launch_templates, |template| template.launch_template_id());
        let data = RequestLaunchTemplateData::builder().instance_type("m7g.4xlarge".into()).build();
        let call = ec2.create_launch_template_version().launch_template_id(&id).source_version("1");
        let made = done!(call.launch_template_data(data)).launch_template_version;
        let version = made.and_then(|version| version.version_number).expect("a version").to_string();
        done!(ec2.modify_launch_template().launch_template_id(&id).default_version(version));
    }
    "web.group" "autoscaling_group" "max" {
        done!(hands.0.autoscaling().update_auto_scaling_group().auto_scaling_group_name(GROUP).max_size(3));
    }
    "web.group" "autoscaling_group" "health_check" {
        let call = hands.0.autoscaling().update_auto_scaling_group().auto_scaling_group_name(GROUP);
        done!(call.health_check_type("EC2"));
    }
    "web.group" "autoscaling_group" "policies" {
        let answer = done!(hands.0.autoscaling().describe_policies().auto_scaling_group_name(GROUP));
        let policy = only(answer.scaling_policies, |policy| policy.policy_name());
        done!(hands.0.autoscaling().delete_policy().auto_scaling_group_name(GROUP).policy_name(policy));
    }
    "web.group" "autoscaling_group" "schedules" {
        let call = hands.0.autoscaling().delete_scheduled_action().auto_scaling_group_name(GROUP);
        done!(call.scheduled_action_name("night"));
    }
    "web.group" "autoscaling_group" "suspended" {
        let call = hands.0.autoscaling().suspend_processes().auto_scaling_group_name(GROUP);
        done!(call.scaling_processes("HealthCheck"));
    }
    "web.group" "autoscaling_group" "metrics" {
        done!(hands.0.autoscaling().disable_metrics_collection().auto_scaling_group_name(GROUP));
    }
    "web.role" "role" "policies" {
        let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
        let call = hands.0.iam().put_role_policy().role_name(hands.role("-web-role").await);
        done!(call.policy_name("more").policy_document(policy));
    }
    "web.role" "role" "managed" {
        let (iam, name) = (hands.0.iam(), hands.role("-web-role").await);
        for policy in done!(iam.list_attached_role_policies().role_name(&name)).attached_policies() {
            let arn = policy.policy_arn().expect("an ARN");
            done!(iam.detach_role_policy().role_name(&name).policy_arn(arn));
        }
    }
    "control.role" "role" "instance_profile" {
        let (iam, name) = (hands.0.iam(), hands.role("-control-role").await);
        let answer = done!(iam.list_instance_profiles_for_role().role_name(&name));
        let profile = answer.instance_profiles[0].instance_profile_name.clone();
        done!(iam.remove_role_from_instance_profile().role_name(name).instance_profile_name(profile));
    }
    "search.volume" "volume" "type" {
        let answer = done!(hands.0.ec2().describe_volumes().filters(at("search.volume")));
        let volume = only(answer.volumes, Volume::volume_id);
        done!(hands.0.ec2().modify_volume().volume_id(volume).volume_type(VolumeType::Gp2));
    }
    "search.server" "instance" "metadata_tokens" {
        let call = hands.0.ec2().modify_instance_metadata_options();
        let call = call.instance_id(hands.server("search.server").await);
        done!(call.http_tokens(HttpTokensState::Optional));
    }
    "search.server" "instance" "security_groups" {
        let call = hands.0.ec2().modify_instance_attribute();
        let call = call.instance_id(hands.server("search.server").await);
        done!(call.groups(hands.group_at("security.web").await));
    }
    "control.server" "instance" "running" {
        done!(hands.0.ec2().stop_instances().instance_ids(hands.server("control.server").await));
    }
}
