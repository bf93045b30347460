//! The section `files`: where the web nodes keep the files that they share.
//!
//! `GlusterFS` runs on machines of the stack, each in a zone of its own with a copy of every file; EFS is a
//! service of AWS and has no machines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::machine;
use super::rules::Findings;
use super::text::{Image, InstanceType, Size};

/// The shared files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    /// What keeps them.
    pub engine: FilesEngine,
    /// The type of each machine; for `glusterfs`.
    pub instance: InstanceType,
    /// How many machines there are, each in a zone of its own with all the files; for `glusterfs`.
    #[schemars(range(min = 1, max = 4))]
    pub nodes: u8,
    /// The size of each machine's volume for the files. It can grow, never shrink; for `glusterfs`.
    #[schemars(extend("formatMinimum" = "8 GiB", "formatMaximum" = "16 TiB"))]
    pub volume: Size,
    /// Whether the control server has a vote where two file servers do not see each other. It keeps names and
    /// times of all files, not their contents. With it nothing is ever written to two copies that differ; but when
    /// two of the three are gone, nobody can write. With three zones the control server is in the third. For
    /// `glusterfs` with two machines.
    pub arbiter: bool,
    /// The machine image: an `ami-...`, or the SSM parameter that holds one. Debian if it is not given; for
    /// `glusterfs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
}

/// What keeps the shared files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FilesEngine {
    /// `GlusterFS` on machines of the stack, replicated.
    GlusterFs,
    /// Elastic File System of AWS.
    Efs,
}

impl Default for Files {
    fn default() -> Self {
        Self {
            engine: FilesEngine::GlusterFs,
            instance: InstanceType::small_default(),
            nodes: 2,
            volume: Size::from_gib(100),
            arbiter: false,
            image: None,
        }
    }
}

/// What only machines have.
const OF_MACHINES: [&str; 5] =
    ["files.instance", "files.nodes", "files.volume", "files.arbiter", "files.image"];

impl Files {
    pub(super) fn examine(
        &self,
        has_web: bool,
        has_control: bool,
        zones: usize,
        findings: &mut Findings<'_>,
    ) {
        if !has_web {
            findings.error(
                &["files", "web"],
                "`files`: without web nodes nobody shares files",
                "write `files: none` as well, or keep the web nodes",
            );
        }
        match self.engine {
            FilesEngine::GlusterFs => {
                self.examine_machines(zones, findings);
                self.examine_arbiter(has_control, findings);
            }
            FilesEngine::Efs => {
                for path in OF_MACHINES {
                    if !findings.is_written(path) {
                        continue;
                    }
                    findings.error(
                        &[path, "files.engine"],
                        format!("`{path}`: EFS is a service without machines and grows by itself"),
                        "leave it out, or write `engine: glusterfs`",
                    );
                }
            }
        }
    }

    fn examine_machines(&self, zones: usize, findings: &mut Findings<'_>) {
        let nodes = usize::from(self.nodes);
        if nodes > zones {
            findings.error(
                &["files.nodes", "network.zones"],
                format!("`files.nodes`: {nodes} file servers need a zone each, found {zones}"),
                format!("write `nodes: {zones}` at most, or `zones: {nodes}`"),
            );
        }
        if nodes == 1 {
            findings.warn(
                &["files.nodes"],
                "`files.nodes`: with one file server there is no second copy, and no site while it is replaced",
                "write `nodes: 2`, or `engine: efs`",
            );
        }
        machine::examine(&self.instance, "files.instance", findings);
    }

    fn examine_arbiter(&self, has_control: bool, findings: &mut Findings<'_>) {
        if self.arbiter && self.nodes != 2 {
            findings.error(
                &["files.arbiter", "files.nodes"],
                format!("`files.arbiter`: one decides between two file servers, found {}", self.nodes),
                "write `nodes: 2`, or leave `arbiter` out: three servers or more outvote one",
            );
        }
        if self.arbiter && !has_control {
            findings.error(
                &["files.arbiter", "control"],
                "`files.arbiter`: it is the control server, and there is none",
                "write `control: {}`, or leave `arbiter` out",
            );
        }
    }

    /// Whether the control server decides between the file servers.
    pub fn has_arbiter(&self) -> bool {
        self.arbiter && self.engine == FilesEngine::GlusterFs
    }
}
