//! The kinds of resources, one file each. To add a kind: one file and one line here.

use crate::model::schema::Catalog;

use super::kind::{Kind, Of};

mod acm;
pub mod autoscaling_group;
mod autoscaling_read;
pub mod certificate;
pub mod certificate_validation;
pub mod dns_record;
mod ec2;
mod elb;
mod launch_data;
pub mod launch_template;
pub mod listener;
pub mod load_balancer;
pub mod role;
mod rollout;
mod scaling;
pub mod security_group;
pub mod subnet;
pub mod target_group;
pub mod vpc;

/// Every kind.
pub const ALL: &[&dyn Kind] = &[
    &Of::<autoscaling_group::AutoscalingGroup>::KIND,
    &Of::<certificate::Certificate>::KIND,
    &Of::<certificate_validation::CertificateValidation>::KIND,
    &Of::<launch_template::LaunchTemplate>::KIND,
    &Of::<listener::Listener>::KIND,
    &Of::<load_balancer::LoadBalancer>::KIND,
    &Of::<role::Role>::KIND,
    &Of::<subnet::Subnet>::KIND,
    &Of::<target_group::TargetGroup>::KIND,
    &Of::<vpc::Vpc>::KIND,
];

/// The kind of that name.
pub fn get(kind: &str) -> Option<&'static dyn Kind> {
    ALL.iter().copied().find(|room| room.schema().kind == kind)
}

/// What the engine knows of all of them.
pub fn catalog() -> Catalog {
    Catalog::new(ALL.iter().map(|kind| kind.schema()))
}
