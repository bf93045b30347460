//! The tags by which resources are found again, and their form in each service's types.

use std::collections::BTreeMap;

use crate::model::address::Address;

/// All tags of a resource.
pub type Tags = BTreeMap<String, String>;

/// The stack that a resource belongs to.
pub const STACK: &str = "drucloud:stack";
/// The environment that it belongs to.
pub const ENV: &str = "drucloud:env";
/// Its address in the stack.
pub const ADDRESS: &str = "drucloud:address";
/// When it was made, in milliseconds since 1970: EC2's own descriptions do not tell.
pub const BORN: &str = "drucloud:born";
/// Present when the resource is protected against deletion.
pub const PROTECT: &str = "drucloud:protect";

/// The address that tags name, if they are those of this stack and environment.
pub fn address(tags: &Tags, stack: &str, env: &str) -> Option<Address> {
    let is = |key: &str, value: &str| tags.get(key).is_some_and(|v| v == value);
    if is(STACK, stack) && is(ENV, env) { tags.get(ADDRESS)?.parse().ok() } else { None }
}

/// Tags with those that make the resource one of ours over them.
pub fn claimed(tags: &Tags, claim: &Tags) -> Tags {
    tags.iter().chain(claim).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The time at which the resource was made, from its tag.
pub fn born(tags: &Tags) -> Option<u64> {
    tags.get(BORN)?.parse().ok()
}

/// Writes tags as a service's own type: `list!(tags => aws_sdk_rds::types::Tag)`.
macro_rules! list {
    ($tags:expr => $tag:ty) => {
        $tags.iter().map(|(key, value)| <$tag>::builder().key(key).value(value).build()).collect::<Vec<_>>()
    };
}

/// The same for a type whose parts are not optional, so that building one can fail.
macro_rules! checked {
    ($tags:expr => $tag:ty) => {
        $tags
            .iter()
            .map(|(key, value)| <$tag>::builder().key(key).value(value).build())
            .collect::<Result<Vec<_>, _>>()
    };
}

/// Reads a service's list of tags: `read!(group.tags())`.
macro_rules! read {
    ($tags:expr) => {
        $tags
            .iter()
            .filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned())))
            .collect::<$crate::aws::tags::Tags>()
    };
}

pub(crate) use {checked, list, read};
