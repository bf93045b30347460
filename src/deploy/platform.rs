//! What a deployment needs of a platform, and how it can go wrong.

use crate::model::release::{Pointer, Release};
use crate::run::fault::Fault;

/// A web node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The instance's id.
    pub id: String,
    /// Whether it serves visitors. One that is still starting takes the release that the pointer names.
    pub serves: bool,
}

/// A snapshot of the database that a deployment took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// The release that was about to be deployed.
    pub release: String,
    /// Whether that deployment goes on: neither done nor given up.
    pub open: bool,
    /// When it was begun, in milliseconds since 1970.
    pub at: u64,
}

/// Why something could not be done on a machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Hitch {
    /// The machine does not answer: it may be gone, or about to be.
    #[error("{0}")]
    Silent(String),
    /// It was done and went wrong.
    #[error("{0}")]
    Failed(String),
}

impl From<Fault> for Hitch {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault.to_string())
    }
}

/// The platform. All that changes something can be repeated.
#[expect(async_fn_in_trait, reason = "one thread: nothing has to be Send")]
pub trait Platform {
    /// Milliseconds since 1970.
    fn now(&self) -> u64;
    /// The web nodes that there are, in an order that stays.
    async fn nodes(&self) -> Result<Vec<Node>, Fault>;
    /// Waits for what a run that died has left under way; `tell` hears what that is.
    async fn settle(&self, tell: &dyn Fn(&str)) -> Result<(), Fault>;

    /// Which release the platform has.
    async fn pointer(&self) -> Result<Option<Pointer>, Fault>;
    /// Makes it that one: new nodes take it from now on.
    async fn point(&self, pointer: &Pointer) -> Result<(), Fault>;

    /// Builds the release of a branch, tag or commit on control and stores it.
    async fn build(&self, reference: &str, tell: &dyn Fn(&str)) -> Result<Release, Hitch>;
    /// Brings a release onto a node, which goes on serving what it serves.
    async fn fetch(&self, node: &str, release: &Release) -> Result<(), Hitch>;
    /// Lets the database and Drupal's configuration follow a release, on control.
    async fn update(&self, release: &Release, tell: &dyn Fn(&str)) -> Result<(), Hitch>;
    /// Lets a node serve a release that it has, and waits until it is healthy, behind the load balancer too. A node
    /// that serves it already is only looked at.
    async fn activate(&self, node: &str, release: &Release, tell: &dyn Fn(&str)) -> Result<(), Hitch>;

    /// Whether there is a database of which a snapshot can be taken.
    fn has_database(&self) -> bool;
    /// The snapshots that deployments of this environment took.
    async fn snapshots(&self) -> Result<Vec<Snapshot>, Fault>;
    /// Takes one, or goes on with the one of that name, and waits until it is available.
    async fn snapshot(&self, snapshot: &Snapshot, tell: &dyn Fn(&str)) -> Result<(), Fault>;
    /// Notes that its deployment is over.
    async fn close(&self, snapshot: &Snapshot) -> Result<(), Fault>;
    /// Deletes it.
    async fn forget(&self, snapshot: &Snapshot) -> Result<(), Fault>;

    /// The releases that are stored.
    async fn stored(&self) -> Result<Vec<Release>, Fault>;
    /// Deletes a stored release.
    async fn discard(&self, release: &Release) -> Result<(), Fault>;
}

/// A deployment that went wrong after something was changed, and was taken back.
#[derive(Debug)]
pub struct Undone {
    /// The release.
    pub release: Release,
    /// The node, or what else it went wrong on.
    pub what: String,
    /// What went wrong.
    pub why: Hitch,
    /// The release that the nodes serve again; none was there before the first.
    pub before: Option<Release>,
    /// The snapshot from before.
    pub snapshot: Option<String>,
    /// What went wrong on the way back.
    pub back: Vec<String>,
}

/// Why a deployment did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// There is none before.
    #[error("there is no release to go back to")]
    NothingBefore,
    /// No node serves visitors.
    #[error("no web node is in service")]
    NoNodes,
    /// It could not be built; nothing was changed.
    #[error("{0}")]
    Build(Hitch),
    /// It could not be brought onto a node; nothing was changed.
    #[error("the release {release} could not be brought onto {node}: {why}")]
    Fetch {
        /// The release.
        release: Release,
        /// The node.
        node: String,
        /// What went wrong.
        why: Hitch,
    },
    /// The database could not follow; no node was switched.
    #[error("{}", .0.why)]
    Update(Box<Undone>),
    /// A node did not become healthy with it.
    #[error("{} does not serve the release {}: {}", .0.what, .0.release, .0.why)]
    Activate(Box<Undone>),
    /// Somebody asked to stop.
    #[error("stopped: {0}")]
    Stopped(String),
    /// A call failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}
