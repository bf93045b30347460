//! Security group.

use crate::model::spec::Kinded;

/// A security group.
#[derive(Clone, Debug)]
pub struct SecurityGroup;

impl Kinded for SecurityGroup {
    const KIND: &'static str = "security_group";
}
