//! The kinds of resources, one file each. To add a kind: one file and one line here.

use crate::model::schema::Catalog;

use super::kind::{Kind, Of};

pub mod db_instance;
pub mod db_parameter_group;
pub mod db_subnet_group;
mod ec2;
mod rds;
pub mod security_group;
pub mod subnet;
pub mod vpc;

/// Every kind.
pub const ALL: &[&dyn Kind] = &[
    &Of::<vpc::Vpc>::KIND,
    &Of::<subnet::Subnet>::KIND,
    &Of::<db_subnet_group::DbSubnetGroup>::KIND,
    &Of::<db_parameter_group::DbParameterGroup>::KIND,
    &Of::<db_instance::DbInstance>::KIND,
];

/// The kind of that name.
pub fn get(kind: &str) -> Option<&'static dyn Kind> {
    ALL.iter().copied().find(|room| room.schema().kind == kind)
}

/// What the engine knows of all of them.
pub fn catalog() -> Catalog {
    Catalog::new(ALL.iter().map(|kind| kind.schema()))
}
