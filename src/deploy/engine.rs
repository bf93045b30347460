//! The sequence of a deployment. It holds no state of its own: killed at any instant, the same command finds on the
//! platform how far the last one came, repeats what is safe to repeat, and goes on.
//!
//! Until the pointer is written, every failure leads back to the release before; from then on only forward.

use std::collections::BTreeSet;

use futures::future::{join_all, try_join};

use crate::model::release::{KEPT, Pointer, Progress, Release, Stage, Told};
use crate::run::fault::Fault;
use crate::run::stop::Stop;

use super::platform::{DeployError, Hitch, Node, Platform, Snapshot, Undone};

/// How long a snapshot of a run that died is as good as a new one, in milliseconds.
const FRESH: u64 = 3_600_000;
/// How many snapshots of deployments stay.
const SNAPSHOTS: usize = 3;

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The release of a branch, tag or commit.
    Deploy(String),
    /// The release before the current one.
    Rollback,
}

/// A deployment.
pub struct Deployment<'a, P: Platform> {
    /// The platform.
    pub platform: &'a P,
    /// What is wanted.
    pub goal: Goal,
    /// Whether a snapshot of the database is taken before it is changed.
    pub snapshot: bool,
    /// The name of a new snapshot.
    pub snapshot_name: String,
    /// The wish to stop.
    pub stop: &'a Stop,
    /// Who is told.
    pub tell: &'a dyn Fn(Told),
}

/// What a deployment has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The release that is current now.
    pub pointer: Pointer,
    /// The one that was before; none for the first.
    pub before: Option<Release>,
    /// The snapshot from before.
    pub snapshot: Option<String>,
    /// Nodes that have come meanwhile and do not serve it, and why.
    pub behind: Vec<(String, String)>,
}

impl<P: Platform> Deployment<'_, P> {
    /// Runs it to its end.
    pub async fn run(&self) -> Result<Report, DeployError> {
        let platform = self.platform;
        let settling = |what: &str| self.told(Stage::Settle, what, Progress::Begun);
        platform.settle(&settling).await?;
        let before = platform.pointer().await?;
        let (release, pointer) = self.release(before.as_ref()).await?;
        let nodes = self.serving().await?;
        if nodes.is_empty() {
            return Err(DeployError::NoNodes);
        }
        // Where it is the current one already, the database has followed; only nodes may have fallen behind.
        let fresh = before.as_ref().is_none_or(|before| before.current != release);
        let (snapshot, ()) = if fresh {
            try_join(self.keep_database(&release), self.fetch(&nodes, &release)).await?
        } else {
            (None, self.fetch(&nodes, &release).await?)
        };
        let way = Way { before: before.as_ref(), release: &release, snapshot: snapshot.as_ref() };
        if fresh {
            self.update(&way).await?;
        }
        let mut served = BTreeSet::new();
        self.roll(&way, &mut served).await?;
        self.step(Stage::Point, release.short(), platform.point(&pointer)).await?;
        let behind = self.latecomers(&release, &served).await?;
        if let Some(snapshot) = &snapshot {
            platform.close(snapshot).await?;
        }
        self.prune(&pointer).await;
        let before = before.map(|before| before.current).filter(|before| *before != release);
        Ok(Report { pointer, before, snapshot: snapshot.map(|snapshot| snapshot.name), behind })
    }

    fn told(&self, stage: Stage, what: &str, progress: Progress) {
        (self.tell)(Told { stage, what: what.to_owned(), progress });
    }

    /// Tells of a step and does it.
    async fn step<T, E: std::fmt::Display>(
        &self,
        stage: Stage,
        what: &str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.told(stage, what, Progress::Begun);
        let result = work.await;
        match &result {
            Ok(_) => self.told(stage, what, Progress::Done),
            Err(error) => self.told(stage, what, Progress::Failed(error.to_string())),
        }
        result
    }

    fn go_on(&self) -> Result<(), DeployError> {
        if self.stop.asked() {
            let why = "nothing is half done on a node; the same command goes on from here";
            return Err(DeployError::Stopped(why.to_owned()));
        }
        Ok(())
    }

    /// The release that is wanted, built if it must be, and the pointer to it.
    async fn release(&self, before: Option<&Pointer>) -> Result<(Release, Pointer), DeployError> {
        match &self.goal {
            Goal::Deploy(reference) => {
                let waits =
                    |state: &str| self.told(Stage::Build, reference, Progress::Waits(state.to_owned()));
                let built = self.step(Stage::Build, reference, self.platform.build(reference, &waits)).await;
                let release = built.map_err(DeployError::Build)?;
                let pointer = Pointer::forward(before, &release);
                Ok((release, pointer))
            }
            Goal::Rollback => {
                let pointer = before.and_then(Pointer::back).ok_or(DeployError::NothingBefore)?;
                Ok((pointer.current.clone(), pointer))
            }
        }
    }

    async fn serving(&self) -> Result<Vec<String>, Fault> {
        let nodes = self.platform.nodes().await?;
        Ok(nodes.into_iter().filter(|node| node.serves).map(|node| node.id).collect())
    }

    /// Takes a snapshot before the database is changed, or goes on with that of a run that died.
    async fn keep_database(&self, release: &Release) -> Result<Option<Snapshot>, DeployError> {
        if !self.platform.has_database() || self.goal == Goal::Rollback {
            return Ok(None);
        }
        if !self.snapshot {
            let why = "as asked for with --no-snapshot";
            self.told(Stage::Snapshot, "database", Progress::Skipped(why.to_owned()));
            return Ok(None);
        }
        let now = self.platform.now();
        let of_dead = |known: &Snapshot| {
            known.open && known.release == release.as_str() && now.saturating_sub(known.at) < FRESH
        };
        let mut known = self.platform.snapshots().await?;
        known.sort_by_key(|snapshot| snapshot.at);
        let snapshot = known.into_iter().rfind(of_dead).unwrap_or_else(|| Snapshot {
            name: self.snapshot_name.clone(),
            release: release.to_string(),
            open: true,
            at: now,
        });
        let waits =
            |state: &str| self.told(Stage::Snapshot, &snapshot.name, Progress::Waits(state.to_owned()));
        self.step(Stage::Snapshot, &snapshot.name, self.platform.snapshot(&snapshot, &waits)).await?;
        Ok(Some(snapshot))
    }

    /// Brings the release onto all nodes at once; each goes on serving what it serves.
    async fn fetch(&self, nodes: &[String], release: &Release) -> Result<(), DeployError> {
        self.go_on()?;
        let fetches = nodes.iter().map(|node| async move {
            let fetched = self.step(Stage::Fetch, node, self.platform.fetch(node, release)).await;
            (node, fetched)
        });
        for (node, fetched) in join_all(fetches).await {
            if let Err(why) = fetched
                && !self.is_gone(node, &why).await?
            {
                return Err(DeployError::Fetch { release: release.clone(), node: node.clone(), why });
            }
        }
        Ok(())
    }

    /// Whether a node failed because the group has taken it away; that is no reason to give up.
    async fn is_gone(&self, node: &str, why: &Hitch) -> Result<bool, Fault> {
        if matches!(why, Hitch::Failed(_)) {
            return Ok(false);
        }
        Ok(!self.serving().await?.iter().any(|known| known == node))
    }

    async fn update(&self, way: &Way<'_>) -> Result<(), DeployError> {
        self.go_on()?;
        let short = way.release.short();
        let waits = |state: &str| self.told(Stage::Update, short, Progress::Waits(state.to_owned()));
        let updated = self.step(Stage::Update, short, self.platform.update(way.release, &waits)).await;
        let Err(why) = updated else { return Ok(()) };
        Err(DeployError::Update(Box::new(self.undo(way, "control", why).await)))
    }

    /// One node after the other, those too that come meanwhile.
    async fn roll(&self, way: &Way<'_>, served: &mut BTreeSet<String>) -> Result<(), DeployError> {
        let mut left_out = BTreeSet::new();
        loop {
            let next = self.serving().await?;
            let next = next.into_iter().find(|node| !served.contains(node) && !left_out.contains(node));
            let Some(node) = next else { return Ok(()) };
            self.go_on()?;
            match self.switch(&node, way.release).await {
                Ok(()) => {
                    served.insert(node);
                }
                Err(why) if self.is_gone(&node, &why).await? => {
                    let gone = "the group has taken it out of service";
                    self.told(Stage::Activate, &node, Progress::Skipped(gone.to_owned()));
                    left_out.insert(node);
                }
                Err(why) => {
                    return Err(DeployError::Activate(Box::new(self.undo(way, &node, why).await)));
                }
            }
        }
    }

    /// Lets one node serve the release. It is fetched again: a node that came meanwhile does not have it.
    async fn switch(&self, node: &str, release: &Release) -> Result<(), Hitch> {
        let waits = |state: &str| self.told(Stage::Activate, node, Progress::Waits(state.to_owned()));
        let work = async {
            self.platform.fetch(node, release).await?;
            self.platform.activate(node, release, &waits).await
        };
        self.step(Stage::Activate, node, work).await
    }

    /// Takes it back; what is left to say.
    async fn undo(&self, way: &Way<'_>, what: &str, why: Hitch) -> Undone {
        Undone {
            release: way.release.clone(),
            what: what.to_owned(),
            why,
            before: way.before.map(|before| before.current.clone()),
            snapshot: way.snapshot.map(|snapshot| snapshot.name.clone()),
            back: self.go_back(way).await,
        }
    }

    /// Every node back to the release before: those too that a run which died had switched. What went wrong on the
    /// way, in words.
    async fn go_back(&self, way: &Way<'_>) -> Vec<String> {
        let mut wrong = Vec::new();
        if let Some(before) = way.before.map(|before| &before.current).filter(|before| *before != way.release)
        {
            let nodes = self.serving().await.unwrap_or_else(|fault| {
                wrong.push(fault.to_string());
                Vec::new()
            });
            for node in nodes.iter().rev() {
                if let Err(hitch) = self.step(Stage::GoBack, node, self.return_node(node, before)).await {
                    wrong.push(format!("{node}: {hitch}"));
                }
            }
            let waits = |state: &str| self.told(Stage::GoBack, "control", Progress::Waits(state.to_owned()));
            let back = self.platform.update(before, &waits);
            if let Err(hitch) = self.step(Stage::GoBack, "control", back).await {
                wrong.push(format!("control: {hitch}"));
            }
        }
        // The next attempt begins with the database as it is then, and takes a snapshot of that.
        if let Some(snapshot) = way.snapshot
            && let Err(fault) = self.platform.close(snapshot).await
        {
            wrong.push(fault.to_string());
        }
        wrong
    }

    async fn return_node(&self, node: &str, before: &Release) -> Result<(), Hitch> {
        let waits = |state: &str| self.told(Stage::GoBack, node, Progress::Waits(state.to_owned()));
        self.platform.fetch(node, before).await?;
        self.platform.activate(node, before, &waits).await
    }

    /// Nodes that came between the last look and the pointer have the release before. That one of them fails is no
    /// reason to take the release from all others.
    async fn latecomers(
        &self,
        release: &Release,
        served: &BTreeSet<String>,
    ) -> Result<Vec<(String, String)>, DeployError> {
        let mut behind = Vec::new();
        let late = self.platform.nodes().await?.into_iter().filter(|node| !served.contains(&node.id));
        for Node { id, serves } in late {
            if !serves {
                self.told(
                    Stage::Activate,
                    &id,
                    Progress::Skipped("it takes it when it has started".to_owned()),
                );
                continue;
            }
            if let Err(why) = self.switch(&id, release).await
                && !self.is_gone(&id, &why).await?
            {
                behind.push((id, why.to_string()));
            }
        }
        Ok(behind)
    }

    /// Deletes what nobody goes back to any more. The deployment is done; what cannot be deleted goes the next time.
    async fn prune(&self, pointer: &Pointer) {
        let pruned = async {
            let stored = self.platform.stored().await?;
            for release in stored.iter().filter(|release| !pointer.keeps(release)) {
                self.platform.discard(release).await?;
            }
            let mut snapshots = self.platform.snapshots().await?;
            snapshots.sort_by_key(|snapshot| std::cmp::Reverse(snapshot.at));
            for snapshot in snapshots.iter().skip(SNAPSHOTS) {
                self.platform.forget(snapshot).await?;
            }
            Ok::<_, Fault>(())
        };
        let what = format!("all but {KEPT} releases and {SNAPSHOTS} snapshots");
        // Told by the step itself.
        let _: Result<(), Fault> = self.step(Stage::Prune, &what, pruned).await;
    }
}

/// Where from, where to, and what can be restored.
struct Way<'a> {
    before: Option<&'a Pointer>,
    release: &'a Release,
    snapshot: Option<&'a Snapshot>,
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
