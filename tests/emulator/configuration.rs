//! Configuration of machines: archives in a bucket.

use std::collections::BTreeMap;
use std::rc::Rc;

use drucloud::aws::kinds::configuration::{self, Configuration};
use drucloud::model::address::Address;
use drucloud::model::graph::{Draft, Graph};
use drucloud::model::live::LiveState;
use drucloud::model::spec::Id;
use drucloud::run::cloud::{Cloud as _, Order};
use serde_json::{Value, json};

use crate::world::{World, insist, room};

const KIND: &str = "configuration";
const ADDRESS: &str = "web.configuration";

struct Ground {
    world: World,
    bucket: String,
}

impl Ground {
    async fn new() -> Self {
        let world = World::new().await;
        let bucket =
            world.create("bucket", "configuration.bucket", json!({"public_access_blocked": true})).await;
        Self { bucket: bucket.id, world }
    }

    fn properties(&self, nginx: &str) -> Configuration {
        let files =
            [("playbook.yml", "---\n"), ("root/etc/nginx/nginx.conf", nginx), ("root/run", "#!/bin/sh\n")];
        let files: BTreeMap<String, String> =
            files.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
        Configuration { bucket: Id::known(&self.bucket), files }
    }

    fn graph(&self, nginx: &str) -> Graph {
        let mut draft = Draft::new(self.world.aws.catalog());
        let address: Address = ADDRESS.parse().expect("an address");
        draft.add(&address, &self.properties(nginx), false);
        draft.finish().expect("a graph")
    }

    /// What the stack wants from now on.
    fn wants(&self, nginx: &str) -> Order {
        self.world.aws.expect(Rc::new(self.graph(nginx)));
        let properties = serde_json::to_value(self.properties(nginx)).expect("JSON");
        self.world.order(KIND, ADDRESS, &properties)
    }

    async fn keys(&self) -> Vec<String> {
        let answer = self.world.aws.s3().list_objects_v2().bucket(&self.bucket).send().await.expect("a list");
        answer.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect()
    }
}

#[tokio::test]
async fn an_archive_is_put_listed_replaced_and_deleted() {
    let ground = Ground::new().await;
    let order = ground.wants("one");
    let made = ground.world.make(&order).await;
    assert_eq!(made.spec.get("files"), order.spec.get("files"));
    let key = made.output("key").expect("a key");
    assert_eq!(key, format!("bundles/{ADDRESS}/{}.tar.gz", made.output("sha256").expect("a digest")));
    assert_eq!(ground.keys().await, std::slice::from_ref(&key));
    let again = async || room(KIND).create(&ground.world.aws, &order).await;
    insist("create again", &[], again).await;
    assert_eq!(ground.keys().await, std::slice::from_ref(&key), "a repetition puts the same again");
    let stranger = ground.world.stranger().await;
    let seen = room(KIND).list(&drucloud::aws::glance::Glance::new(&stranger)).await.expect("a list");
    assert_eq!(seen, [], "another environment does not see it");

    let order = ground.wants("two");
    let changes = ground.world.differences(&order).await.1;
    assert_eq!(changes.iter().map(|change| change.property.as_str()).collect::<Vec<_>>(), ["files"]);
    let two = ground.world.converge(&order).await;
    assert_eq!(two.id, made.id, "it is the same configuration with another content");
    assert_eq!(ground.keys().await.len(), 2, "machines that boot just now still find the one before");
    ground.world.converge(&ground.wants("three")).await;
    assert_eq!(ground.keys().await.len(), 2, "older ones go");

    let last = ground.world.ready(KIND, &order.address).await;
    ground.world.remove(&last).await;
    assert_eq!(ground.keys().await, [""; 0]);
}

#[tokio::test]
async fn what_comes_back_is_not_put_again() {
    let ground = Ground::new().await;
    ground.world.make(&ground.wants("one")).await;
    ground.world.converge(&ground.wants("two")).await;
    let back = ground.wants("one");
    assert_eq!(ground.world.differences(&back).await.1, []);
}

#[tokio::test]
async fn the_files_before_are_read_only_where_the_stack_wants_others() {
    let ground = Ground::new().await;
    let live = ground.world.make(&ground.wants("one")).await;
    let files =
        |state: &LiveState| -> Value { state.resources[0].spec.get("files").cloned().expect("files") };
    let wanted = serde_json::to_value(ground.properties("one").files).expect("JSON");

    ground.wants("two");
    let listed = ground.world.ready(KIND, &live.address).await;
    let mut state = LiveState::from_iter([listed]);
    assert_eq!(files(&state), json!({}), "the name tells only that it is another one");
    let before = ground.world.aws.calls();
    configuration::recall(&ground.world.aws, &ground.graph("two"), &mut state).await.expect("recalled");
    assert_eq!((files(&state), ground.world.aws.calls() - before), (wanted.clone(), 1));

    let before = ground.world.aws.calls();
    configuration::recall(&ground.world.aws, &ground.graph("one"), &mut state).await.expect("recalled");
    assert_eq!((files(&state), ground.world.aws.calls() - before), (wanted, 0));
}

#[tokio::test]
async fn what_is_no_archive_is_put_again() {
    let ground = Ground::new().await;
    ground.world.make(&ground.wants("one")).await;
    let call = ground.world.aws.s3().put_object().bucket(&ground.bucket);
    let call = call.key(format!("bundles/{ADDRESS}/0a1b.tar.gz"));
    call.body(b"torn".to_vec().into()).send().await.expect("put");
    let order = ground.wants("two");
    let mut state = LiveState::from_iter([ground.world.ready(KIND, &order.address).await]);
    configuration::recall(&ground.world.aws, &ground.graph("two"), &mut state).await.expect("recalled");
    ground.world.converge(&order).await;
}
