//! Names that tell whose a thing is and where it stands: `<stack>_<env>_<address>`, for services whose lists
//! tell names and no tags.
//!
//! Names of stacks and environments have no underscore, so that no environment's names begin like another's.

use indexmap::IndexMap;

use crate::aws::Aws;
use crate::aws::kind::Found;
use crate::aws::tags::Tags;
use crate::model::address::Address;
use crate::model::live::Status;

/// What the names of this environment begin with.
pub fn prefix(aws: &Aws) -> String {
    format!("{}_{}_", aws.scope.stack, aws.scope.env)
}

/// The name of what stands at an address. A name takes no dot: dots become underscores, and underscores are
/// doubled. No part of an address begins with an underscore, so this can be taken back.
pub fn name(aws: &Aws, address: &Address) -> String {
    format!("{}{}", prefix(aws), part(address))
}

/// The address that a name tells, if it is this environment's.
pub fn address(aws: &Aws, name: &str) -> Option<Address> {
    read(name.strip_prefix(&prefix(aws))?)
}

/// What has that name, ready; its tags are read on demand.
pub fn found<R>(address: Address, id: &str, properties: R) -> Found<R> {
    Found {
        address,
        id: id.to_owned(),
        born: None,
        status: Status::Ready,
        properties,
        outputs: IndexMap::new(),
        tags: Tags::new(),
        protected: false,
    }
}

fn part(address: &Address) -> String {
    address.as_str().replace('_', "__").replace('.', "_")
}

fn read(part: &str) -> Option<Address> {
    part.replace("__", "\n").replace('_', ".").replace('\n', "_").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back_from_names() {
        for text in ["monitoring.dashboard", "load_balancer.a_b.c-d", "a_.b", "a.b__c"] {
            let there: Address = text.parse().expect("an address");
            assert_eq!(read(&part(&there)), Some(there), "{text}");
        }
        assert_eq!(read("nothing"), None);
    }
}
