//! The sequence against a platform in memory, which asserts what must never happen, fails where it is told to, and
//! dies with the run at any instant.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use futures::FutureExt as _;
use tokio::sync::Notify;

use super::*;

#[derive(Clone, Default)]
struct Web {
    serves: bool,
    has: BTreeSet<Release>,
    release: Option<Release>,
}

#[derive(Clone, Default)]
struct State {
    nodes: BTreeMap<String, Web>,
    pointer: Option<Pointer>,
    stored: BTreeSet<Release>,
    snapshots: Vec<Snapshot>,
    /// The release that the database has followed.
    database: Option<Release>,
}

/// Something that happens to the platform, from outside.
type Hook = Box<dyn Fn(&mut State)>;

struct World {
    state: RefCell<State>,
    /// What fails, by the words of the log, and how.
    fails: RefCell<BTreeMap<String, Hitch>>,
    /// What happens right before something, by the words of the log; once.
    hooks: RefCell<BTreeMap<String, Hook>>,
    log: RefCell<Vec<String>>,
    /// The nodes of the last look.
    seen: RefCell<BTreeSet<String>>,
    /// The changes until the run dies, and whether it dies after the last of them was done.
    life: Cell<usize>,
    last_done: Cell<bool>,
    died: Notify,
    now: Cell<u64>,
    safe: Cell<bool>,
}

fn release(c: char) -> Release {
    c.to_string().repeat(40).parse().expect("a commit")
}

impl World {
    /// Three nodes that serve release `a`.
    fn new() -> Self {
        let web = Web { serves: true, has: [release('a')].into(), release: Some(release('a')) };
        let state = State {
            nodes: ["i-1", "i-2", "i-3"].map(|id| (id.to_owned(), web.clone())).into(),
            pointer: Some(Pointer { current: release('a'), earlier: vec![release('0')] }),
            stored: [release('0'), release('a')].into(),
            snapshots: Vec::new(),
            database: Some(release('a')),
        };
        Self {
            state: RefCell::new(state),
            fails: RefCell::default(),
            hooks: RefCell::default(),
            log: RefCell::default(),
            seen: RefCell::default(),
            life: Cell::new(usize::MAX),
            last_done: Cell::new(false),
            died: Notify::new(),
            now: Cell::new(1_000_000),
            safe: Cell::new(true),
        }
    }

    fn fail(&self, what: &str, hitch: Hitch) {
        self.fails.borrow_mut().insert(what.to_owned(), hitch);
    }

    fn before(&self, what: &str, hook: impl Fn(&mut State) + 'static) {
        self.hooks.borrow_mut().insert(what.to_owned(), Box::new(hook));
    }

    async fn act(&self, what: String, effect: impl FnOnce(&mut State)) -> Result<(), Hitch> {
        tokio::task::yield_now().await;
        let hook = self.hooks.borrow_mut().remove(&what);
        if let Some(hook) = hook {
            hook(&mut self.state.borrow_mut());
        }
        let left = self.life.get();
        if left == 0 {
            if self.last_done.get() {
                effect(&mut self.state.borrow_mut());
            }
            self.died.notify_one();
            return std::future::pending().await;
        }
        self.life.set(left - 1);
        self.log.borrow_mut().push(what.clone());
        if let Some(hitch) = self.fails.borrow().get(&what) {
            return Err(hitch.clone());
        }
        effect(&mut self.state.borrow_mut());
        Ok(())
    }

    async fn change(&self, what: String, effect: impl FnOnce(&mut State)) -> Result<(), Fault> {
        self.act(what, effect).await.map_err(|hitch| Fault::fatal("platform", hitch.to_string()))
    }

    /// Whether every node serves what the pointer names.
    fn is_whole(&self) -> bool {
        let state = self.state.borrow();
        let current = state.pointer.as_ref().map(|pointer| &pointer.current);
        state.nodes.values().filter(|node| node.serves).all(|node| node.release.as_ref() == current)
    }

    fn taken(&self) -> String {
        self.log.borrow_mut().drain(..).collect::<Vec<_>>().join(", ")
    }
}

impl Platform for World {
    fn now(&self) -> u64 {
        self.now.set(self.now.get() + 1);
        self.now.get()
    }

    async fn nodes(&self) -> Result<Vec<Node>, Fault> {
        let state = self.state.borrow();
        *self.seen.borrow_mut() = state.nodes.keys().cloned().collect();
        Ok(state.nodes.iter().map(|(id, web)| Node { id: id.clone(), serves: web.serves }).collect())
    }

    async fn settle(&self, _: &dyn Fn(&str)) -> Result<(), Fault> {
        Ok(())
    }

    async fn pointer(&self) -> Result<Option<Pointer>, Fault> {
        Ok(self.state.borrow().pointer.clone())
    }

    async fn point(&self, pointer: &Pointer) -> Result<(), Fault> {
        let (short, pointer) = (&pointer.current.short()[..1], pointer.clone());
        self.change(format!("point {short}"), |state| {
            let seen = self.seen.borrow();
            let behind = |(id, web): &(&String, &Web)| {
                web.serves && seen.contains(*id) && web.release.as_ref() != Some(&pointer.current)
            };
            assert_eq!(state.nodes.iter().filter(behind).count(), 0, "not all nodes have it");
            state.pointer = Some(pointer);
        })
        .await
    }

    async fn build(&self, reference: &str, _: &dyn Fn(&str)) -> Result<Release, Hitch> {
        let release = release(reference.chars().next().expect("a letter"));
        let stored = release.clone();
        self.act(format!("build {reference}"), |state| {
            state.stored.insert(stored);
        })
        .await?;
        Ok(release)
    }

    async fn fetch(&self, node: &str, release: &Release) -> Result<(), Hitch> {
        let (id, kept) = (node.to_owned(), release.clone());
        self.act(format!("fetch {node} {}", &release.short()[..1]), move |state| {
            assert!(state.stored.contains(&kept), "{kept} is not stored");
            state.nodes.get_mut(&id).expect("the node").has.insert(kept);
        })
        .await
    }

    async fn update(&self, release: &Release, _: &dyn Fn(&str)) -> Result<(), Hitch> {
        let (safe, release) = (self.safe.get(), release.clone());
        let what = format!("update {}", &release.short()[..1]);
        self.act(what, move |state| {
            let current = state.pointer.as_ref().map(|pointer| pointer.current.clone());
            let kept = state.snapshots.iter().any(|kept| kept.open && kept.release == release.as_str());
            let forward = state.pointer.as_ref().is_none_or(|pointer| !pointer.keeps(&release));
            assert!(!safe || !forward || kept || current == Some(release.clone()), "no snapshot from before");
            state.database = Some(release);
        })
        .await
    }

    async fn activate(&self, node: &str, release: &Release, _: &dyn Fn(&str)) -> Result<(), Hitch> {
        let (id, release) = (node.to_owned(), release.clone());
        self.act(format!("activate {node} {}", &release.short()[..1]), move |state| {
            let current = state.pointer.as_ref().map(|pointer| &pointer.current);
            let fits = state.database.as_ref() == Some(&release) || current == Some(&release);
            assert!(fits, "{id}: the database has not followed {release}");
            let web = state.nodes.get_mut(&id).expect("the node");
            assert!(web.has.contains(&release), "{id} does not have {release}");
            web.release = Some(release);
        })
        .await
    }

    fn has_database(&self) -> bool {
        true
    }

    async fn snapshots(&self) -> Result<Vec<Snapshot>, Fault> {
        Ok(self.state.borrow().snapshots.clone())
    }

    async fn snapshot(&self, snapshot: &Snapshot, _: &dyn Fn(&str)) -> Result<(), Fault> {
        let taken = snapshot.clone();
        self.change(format!("snapshot {}", snapshot.name), |state| {
            if !state.snapshots.iter().any(|known| known.name == taken.name) {
                state.snapshots.push(taken);
            }
        })
        .await
    }

    async fn close(&self, snapshot: &Snapshot) -> Result<(), Fault> {
        let name = snapshot.name.clone();
        self.change(format!("close {name}"), |state| {
            state
                .snapshots
                .iter_mut()
                .filter(|known| known.name == name)
                .for_each(|known| known.open = false);
        })
        .await
    }

    async fn forget(&self, snapshot: &Snapshot) -> Result<(), Fault> {
        let name = snapshot.name.clone();
        self.change(format!("forget {name}"), |state| state.snapshots.retain(|known| known.name != name))
            .await
    }

    async fn stored(&self) -> Result<Vec<Release>, Fault> {
        Ok(self.state.borrow().stored.iter().cloned().collect())
    }

    async fn discard(&self, release: &Release) -> Result<(), Fault> {
        let release = release.clone();
        self.change(format!("discard {}", &release.short()[..1]), |state| {
            state.stored.remove(&release);
        })
        .await
    }
}

/// A command of a user.
struct Command<'a>(&'a World, Goal, &'static str);

impl Command<'_> {
    /// To its end; `None`: the run died.
    async fn run(&self) -> Option<Result<Report, DeployError>> {
        self.stopping(&Stop::default()).await
    }

    async fn stopping(&self, stop: &Stop) -> Option<Result<Report, DeployError>> {
        let Self(platform, goal, name) = self;
        // Of an earlier run nothing is left: several of its calls may have died at once.
        let _: Option<()> = platform.died.notified().now_or_never();
        let deployment = Deployment {
            platform: *platform,
            goal: goal.clone(),
            snapshot: platform.safe.get(),
            snapshot_name: (*name).to_owned(),
            stop,
            tell: &|_| {},
        };
        tokio::select! {
            biased;
            result = deployment.run() => Some(result),
            () = platform.died.notified() => None,
        }
    }
}

fn deploy<'a>(world: &'a World, reference: &str, snapshot: &'static str) -> Command<'a> {
    Command(world, Goal::Deploy(reference.to_owned()), snapshot)
}

fn failed(words: &str) -> Hitch {
    Hitch::Failed(words.to_owned())
}

#[tokio::test]
async fn a_release_goes_out_one_node_at_a_time() {
    let world = World::new();
    let report = deploy(&world, "b", "s1").run().await.expect("alive").expect("deployed");
    assert_eq!((report.pointer.current, report.before), (release('b'), Some(release('a'))));
    assert_eq!((report.snapshot.as_deref(), report.behind.len()), (Some("s1"), 0));
    let expected = "build b, snapshot s1, fetch i-1 b, fetch i-2 b, fetch i-3 b, update b, fetch i-1 b, activate i-1 b, \
         fetch i-2 b, activate i-2 b, fetch i-3 b, activate i-3 b, point b, close s1";
    assert_eq!(world.taken(), expected);
    assert!(world.is_whole());
    // What is current already changes no database, but is looked after on every node.
    deploy(&world, "b", "s2").run().await.expect("alive").expect("deployed");
    let log = world.taken();
    assert!(!log.contains("update") && !log.contains("snapshot") && log.contains("activate i-3 b"), "{log}");
}

#[tokio::test]
async fn a_failing_node_in_the_middle_takes_all_back() {
    let world = World::new();
    world.fail("activate i-2 b", failed("no answer on /.healthz"));
    let error = deploy(&world, "b", "s1").run().await.expect("alive").expect_err("it fails");
    let DeployError::Activate(undone) = &error else { panic!("{error}") };
    assert_eq!((undone.what.as_str(), undone.snapshot.as_deref()), ("i-2", Some("s1")));
    assert_eq!(undone.before, Some(release('a')));
    assert!(undone.back.is_empty() && world.is_whole(), "{undone:?}");
    let state = world.state.borrow();
    assert_eq!((&state.database, state.snapshots[0].open), (&Some(release('a')), false));
    assert!(!world.log.borrow().iter().any(|line| line == "activate i-3 b"));
}

#[tokio::test]
async fn a_failed_update_changes_no_node_and_the_next_attempt_takes_a_new_snapshot() {
    let world = World::new();
    world.fail("update b", failed("updatedb: no such table"));
    let error = deploy(&world, "b", "s1").run().await.expect("alive").expect_err("it fails");
    assert_eq!(error.to_string(), "updatedb: no such table");
    assert!(world.is_whole());
    world.fails.borrow_mut().clear();
    let report = deploy(&world, "b", "s2").run().await.expect("alive").expect("deployed");
    assert_eq!(report.snapshot.as_deref(), Some("s2"));
}

#[tokio::test]
async fn killed_at_any_instant_the_same_command_converges() {
    for done in [false, true] {
        for life in 0.. {
            let world = World::new();
            world.life.set(life);
            world.last_done.set(done);
            let dead = deploy(&world, "b", "s1").run().await.is_none();
            world.life.set(usize::MAX);
            let report = deploy(&world, "b", "s2").run().await.expect("alive").expect("deployed");
            let state = world.state.borrow().clone();
            assert!(world.is_whole() && report.behind.is_empty(), "{life} {done}");
            let pointer = Pointer { current: release('b'), earlier: vec![release('a'), release('0')] };
            assert_eq!((state.pointer, state.database), (Some(pointer), Some(release('b'))), "{life} {done}");
            assert!(state.snapshots.len() <= 1, "{life} {done}: no second snapshot of one deployment");
            if !dead {
                break;
            }
        }
    }
}

#[tokio::test]
async fn after_a_kill_another_release_that_fails_leaves_no_node_behind() {
    for life in 0..16 {
        let world = World::new();
        world.life.set(life);
        let dead = deploy(&world, "b", "s1").run().await.is_none();
        world.life.set(usize::MAX);
        world.fail("update c", failed("no"));
        deploy(&world, "c", "s2").run().await.expect("alive").expect_err("it fails");
        assert!(world.is_whole(), "{life} {dead}: {:?}", world.log.borrow());
    }
}

#[tokio::test]
async fn a_node_that_the_group_takes_away_is_no_failure() {
    let world = World::new();
    world.before("activate i-2 b", |state| {
        state.nodes.remove("i-2");
    });
    world.fail("activate i-2 b", Hitch::Silent("no agent".to_owned()));
    deploy(&world, "b", "s1").run().await.expect("alive").expect("deployed");
    assert!(world.is_whole());
}

#[tokio::test]
async fn nodes_that_come_meanwhile_serve_it_too() {
    let world = World::new();
    let old = || Web { serves: true, has: [release('a')].into(), release: Some(release('a')) };
    world.before("activate i-3 b", move |state| {
        state.nodes.insert("i-4".to_owned(), old());
    });
    world.before("close s1", |state| assert_eq!(state.nodes.len(), 5, "both have come"));
    // One that came between the last look and the pointer, and one that is still starting.
    world.before("fetch i-4 b", move |state| {
        state.nodes.insert("i-5".to_owned(), Web::default());
    });
    let report = deploy(&world, "b", "s1").run().await.expect("alive").expect("deployed");
    assert!(world.is_whole() && report.behind.is_empty());
}

#[tokio::test]
async fn a_latecomer_that_fails_takes_nothing_from_the_others() {
    let world = World::new();
    world.before("point b", |state| {
        let old = Web { serves: true, has: [release('a')].into(), release: Some(release('a')) };
        state.nodes.insert("i-9".to_owned(), old);
    });
    world.fail("fetch i-9 b", failed("the disk is full"));
    let report = deploy(&world, "b", "s1").run().await.expect("alive").expect("deployed");
    assert_eq!(report.behind, [("i-9".to_owned(), "the disk is full".to_owned())]);
    world.fails.borrow_mut().clear();
    let report = deploy(&world, "b", "s2").run().await.expect("alive").expect("deployed");
    assert!(world.is_whole() && report.behind.is_empty());
}

#[tokio::test]
async fn rollback_is_the_release_before_and_leaves_the_data_alone() {
    let world = World::new();
    deploy(&world, "b", "s1").run().await.expect("alive").expect("deployed");
    world.taken();
    let back = Command(&world, Goal::Rollback, "s2").run().await.expect("alive").expect("rolled back");
    assert_eq!((back.pointer.current, back.snapshot), (release('a'), None));
    assert!(world.is_whole() && !world.taken().contains("build"));
    Command(&world, Goal::Rollback, "s3").run().await.expect("alive").expect("further back");
    let none = Command(&world, Goal::Rollback, "s4").run().await.expect("alive");
    assert!(matches!(none, Err(DeployError::NothingBefore)), "{none:?}");
}

#[tokio::test]
async fn the_first_release_has_nothing_to_go_back_to() {
    let world = World::new();
    world.state.borrow_mut().pointer = None;
    world.fail("activate i-2 b", failed("no"));
    let error = deploy(&world, "b", "s1").run().await.expect("alive").expect_err("it fails");
    assert!(matches!(&error, DeployError::Activate(undone) if undone.before.is_none()), "{error:?}");
    assert!(world.state.borrow().pointer.is_none());
    world.state.borrow_mut().nodes.clear();
    let error = deploy(&world, "b", "s1").run().await.expect("alive").expect_err("it fails");
    assert!(matches!(error, DeployError::NoNodes), "{error:?}");
}

#[tokio::test]
async fn five_releases_and_three_snapshots_stay() {
    let world = World::new();
    for (reference, snapshot) in ["b", "c", "d", "e", "f"].into_iter().zip(["s1", "s2", "s3", "s4", "s5"]) {
        deploy(&world, reference, snapshot).run().await.expect("alive").expect("deployed");
    }
    let state = world.state.borrow();
    assert_eq!(state.stored, ['b', 'c', 'd', 'e', 'f'].map(release).into());
    let kept: Vec<&str> = state.snapshots.iter().map(|snapshot| snapshot.name.as_str()).collect();
    assert_eq!(kept, ["s3", "s4", "s5"]);
}

#[tokio::test]
async fn who_asks_to_stop_is_heard_before_the_next_node() {
    let world = World::new();
    let stop = Stop::default();
    stop.ask("Ctrl-C");
    let error = deploy(&world, "b", "s1").stopping(&stop).await.expect("alive").expect_err("stopped");
    assert!(matches!(error, DeployError::Stopped(_)), "{error:?}");
    assert!(!world.taken().contains("update"));
}

#[tokio::test]
async fn an_old_snapshot_of_a_dead_run_is_not_taken_for_a_new_one() {
    let world = World::new();
    let dead = Snapshot { name: "s0".to_owned(), release: release('b').to_string(), open: true, at: 1 };
    world.state.borrow_mut().snapshots.push(dead);
    world.now.set(FRESH + 2);
    let report = deploy(&world, "b", "s1").run().await.expect("alive").expect("deployed");
    assert_eq!(report.snapshot.as_deref(), Some("s1"));
    world.safe.set(false);
    let report = deploy(&world, "c", "s2").run().await.expect("alive").expect("deployed");
    assert_eq!(report.snapshot, None);
}
