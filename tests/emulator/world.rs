//! An environment of its own for each test, so that all run at once against one server.
//!
//! Orders are made as the executor makes them; waiting is polling for a condition, bounded in time.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use drucloud::aws::client::Target;
use drucloud::aws::glance::Glance;
use drucloud::aws::kind::Kind;
use drucloud::aws::{Aws, Scope, kinds, names, tags};
use drucloud::model::address::Address;
use drucloud::model::applied;
use drucloud::model::diff::{Change, diff};
use drucloud::model::live::{Live, Status};
use drucloud::model::schema::{Effect, Schema};
use drucloud::model::spec::{Id, Kinded, Spec};
use drucloud::model::verdict::APPLIED_TAG;
use drucloud::run::cloud::{Cloud, Farewell, Order};
use drucloud::run::fault::{Class, Fault};
use serde_json::Value;

/// How long a condition may take to come true: more than the emulator's longest delay.
const LIMIT: Duration = Duration::from_mins(2);
/// How long to wait between two looks.
const BETWEEN: Duration = Duration::from_millis(50);
/// How many updates may be needed after one create.
const ROUNDS: u32 = 5;

/// One environment in the emulator.
pub struct World {
    pub aws: Aws,
    orders: AtomicU32,
}

impl World {
    /// A new environment that nobody else has.
    pub async fn new() -> Self {
        assert!(
            std::env::var("AWS_ENDPOINT_URL").is_ok(),
            "AWS_ENDPOINT_URL is not set: these tests need the AWS emulator; `make test` starts it"
        );
        let unique = RandomState::new().hash_one(std::process::id());
        // The stranger's environment `test` begins like this one's, so that a kind which goes by the prefix of
        // a name alone is found out.
        let scope = Scope { stack: format!("law{unique:016x}"), env: "test-b".to_owned() };
        Self { aws: Aws::connect(scope, &Target::default()).await, orders: AtomicU32::new(0) }
    }

    /// The same stack's environment `test`.
    pub async fn stranger(&self) -> Aws {
        let scope = Scope { env: "test".to_owned(), ..self.aws.scope.clone() };
        Aws::connect(scope, &Target::default()).await
    }

    /// An order as the executor gives it.
    pub fn order(&self, kind: &str, address: &str, properties: &Value) -> Order {
        let schema = room(kind).schema();
        let written = Spec::of(properties).expect("properties");
        let spec = (schema.canonical)(&written);
        let address: Address = address.parse().expect("an address");
        let nonce = self.orders.fetch_add(1, Ordering::Relaxed);
        let text = format!("{:?} {address} {nonce}", self.aws.scope);
        Order {
            kind: schema.kind,
            tags: self.tags(&address, &spec, schema),
            protect: false,
            token: names::digest(&text, 32),
            fingerprint: fingerprint(&spec, schema),
            address,
            spec,
        }
    }

    fn tags(&self, address: &Address, spec: &Spec, schema: &Schema) -> BTreeMap<String, String> {
        let Scope { stack, env } = &self.aws.scope;
        let pairs = [
            (tags::STACK, stack.clone()),
            (tags::ENV, env.clone()),
            (tags::ADDRESS, address.to_string()),
            (tags::BORN, self.aws.now().to_string()),
            (APPLIED_TAG, applied::record(spec, schema)),
        ];
        pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    /// Makes a resource and brings it to what it should be; for what a law needs to be there before.
    pub async fn create(&self, kind: &str, address: &str, properties: Value) -> Live {
        let order = self.order(kind, address, &properties);
        self.make(&order).await
    }

    /// The id of a resource that [`World::create`] made.
    pub async fn id<K: Kinded>(&self, address: &str, properties: Value) -> Id<K> {
        Id::known(self.create(K::KIND, address, properties).await.id)
    }

    /// Creates what is ordered and updates it until it is so.
    pub async fn make(&self, order: &Order) -> Live {
        let room = room(order.kind);
        insist(&format!("create {}", order.address), &[], async || room.create(&self.aws, order).await).await;
        self.converge(order).await
    }

    /// Updates until nothing differs from what is ordered, as the executor does.
    pub async fn converge(&self, order: &Order) -> Live {
        let room = room(order.kind);
        for _ in 0..ROUNDS {
            let live = self.ready(order.kind, &order.address).await;
            let changes = diff(&order.spec, &live.spec, room.schema());
            if changes.is_empty() {
                return live;
            }
            for change in &changes {
                let fits = matches!(change.effect, Effect::NoInterruption | Effect::SomeInterruption);
                assert!(fits, "{} should never come to differ in: {change:?}", order.address);
            }
            let update = async || room.update(&self.aws, &live, order, &changes).await;
            insist(&format!("update {}", order.address), &[], update).await;
        }
        let (live, changes) = self.differences(order).await;
        assert!(changes.is_empty(), "{} stays different after {ROUNDS} updates: {changes:#?}", order.address);
        live
    }

    /// The resource that stands there and in what it differs from what is ordered.
    pub async fn differences(&self, order: &Order) -> (Live, Vec<Change>) {
        let live = self.ready(order.kind, &order.address).await;
        let changes = diff(&order.spec, &live.spec, room(order.kind).schema());
        (live, changes)
    }

    /// The one resource that stands there, once it is ready.
    pub async fn ready(&self, kind: &str, address: &Address) -> Live {
        eventually(&format!("{address} is ready"), async || {
            let mut found = self.at(kind, address).await;
            match (found.len(), found.pop()) {
                (1, Some(live)) => match &live.status {
                    Status::Ready => Ok(live),
                    Status::Failed(why) => panic!("{address} failed: {why}"),
                    other => Err(format!("{other:?}")),
                },
                (0, _) => Err("nothing".to_owned()),
                (count, _) => panic!("{count} resources at {address}"),
            }
        })
        .await
    }

    /// Everything of that kind that stands there.
    pub async fn at(&self, kind: &str, address: &Address) -> Vec<Live> {
        let listed = room(kind).list(&Glance::new(&self.aws)).await;
        let mut listed = listed.unwrap_or_else(|fault| panic!("list {kind}: {fault}"));
        listed.retain(|live| live.address == *address);
        listed
    }

    /// Deletes a resource and waits until it is gone.
    pub async fn remove(&self, live: &Live) {
        let room = room(live.kind);
        let delete = async || match room.delete(&self.aws, live, &Farewell::default()).await {
            Err(fault) if fault.class == Class::Gone => Ok(()),
            answer => answer,
        };
        insist(&format!("delete {}", live.address), &[Class::InUse], delete).await;
        eventually(&format!("{} is gone", live.address), async || {
            let left = self.at(live.kind, &live.address).await;
            if left.iter().any(|other| other.id == live.id) { Err(format!("{left:?}")) } else { Ok(()) }
        })
        .await;
    }
}

/// The room of a kind.
pub fn room(kind: &str) -> &'static dyn Kind {
    kinds::get(kind).unwrap_or_else(|| panic!("there is no kind `{kind}`"))
}

/// Six characters that change whenever a property that replaces does.
fn fingerprint(spec: &Spec, schema: &Schema) -> String {
    let replaces = |name: &&String| {
        schema.rule(name).effect(&Value::Null, &Value::String("other".to_owned())) == Effect::Replacement
    };
    let parts: Vec<String> = (spec.iter().map(|(name, _)| name).filter(replaces))
        .map(|name| applied::canonical(spec.get(name).unwrap_or(&Value::Null)))
        .collect();
    names::digest(&parts.join("|"), 6)
}

/// Looks until the condition holds; the text of an `Err` is what was seen instead.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Result<T, String>) -> T {
    let begin = Instant::now();
    loop {
        match look().await {
            Ok(value) => return value,
            Err(seen) => assert!(begin.elapsed() < LIMIT, "waited {LIMIT:?} until {what}; last seen: {seen}"),
        }
        tokio::time::sleep(BETWEEN).await;
    }
}

/// Repeats a call while its fault says that it will pass, as the executor does.
pub async fn insist<T>(what: &str, besides: &[Class], mut call: impl AsyncFnMut() -> Result<T, Fault>) -> T {
    eventually(what, async || match call().await {
        Ok(value) => Ok(value),
        Err(fault) => {
            let passes = [Class::Throttled, Class::NotYet, Class::Busy];
            assert!(passes.contains(&fault.class) || besides.contains(&fault.class), "{what}: {fault:?}");
            Err(fault.to_string())
        }
    })
    .await
}
