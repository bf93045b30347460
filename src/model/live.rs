//! One reading of the cloud: every resource of ours, in the shape in which the stack would have written it.

use std::collections::BTreeMap;
use std::rc::Rc;

use indexmap::IndexMap;

use super::address::{Address, Reference};
use super::spec::Spec;

/// What state a live resource is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It can be used and changed.
    Ready,
    /// AWS is working on it, and takes no change until that is done; the text is AWS's word for it.
    Pending(String),
    /// It can be changed, but does not do all yet that it is there for; the text says what is missing. A change may be
    /// what helps it.
    Short(String),
    /// It will never be ready; the text says why.
    Failed(String),
    /// It is on its way out.
    Deleting,
}

impl Status {
    /// Whether something in that state can be changed.
    pub fn takes_changes(&self) -> bool {
        matches!(self, Self::Ready | Self::Short(_))
    }
}

/// One live resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// Where it stands, from its `drucloud:address` tag or its deterministic name.
    pub address: Address,
    /// Its kind.
    pub kind: &'static str,
    /// Its physical id: what AWS's calls take.
    pub id: String,
    /// When it was made, in milliseconds since 1970: tells the older of two duplicates.
    pub born: Option<u64>,
    /// Its state.
    pub status: Status,
    /// Its properties.
    pub spec: Spec,
    /// Its outputs besides `id`; mostly none or one.
    pub outputs: IndexMap<String, String>,
    /// All its tags; empty where reading them costs a call of its own ([`crate::run::cloud::Cloud::tags`]).
    pub tags: BTreeMap<String, String>,
    /// Whether it is protected against deletion.
    pub protected: bool,
}

impl Live {
    /// The value of an output, once it has one.
    pub fn output(&self, output: &str) -> Option<String> {
        if output == "id" { Some(self.id.clone()) } else { self.outputs.get(output).cloned() }
    }

    /// Whether one of its properties refers to that resource by id.
    pub fn holds(&self, other: &Live) -> bool {
        self.spec.ids().contains(&(other.kind.to_owned(), other.id.clone()))
    }
}

/// Everything that was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveState {
    /// In no particular order; an address can occur twice after a lost answer. Shared with the plan, which keeps most
    /// of them.
    pub resources: Vec<Rc<Live>>,
}

impl FromIterator<Live> for LiveState {
    fn from_iter<I: IntoIterator<Item = Live>>(resources: I) -> Self {
        Self { resources: resources.into_iter().map(Rc::new).collect() }
    }
}

impl LiveState {
    /// What stands at an address.
    pub fn at<'a>(&'a self, address: &'a Address) -> impl Iterator<Item = &'a Rc<Live>> + 'a {
        self.resources.iter().filter(move |live| live.address == *address)
    }

    /// What a reference means right now, if exactly that is known.
    pub fn answer(&self, reference: &Reference) -> Option<String> {
        self.at(&reference.address).find_map(|live| live.output(&reference.output))
    }
}
