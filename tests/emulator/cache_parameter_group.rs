//! Cache parameter group.

use serde_json::{Value, json};

use crate::law::law;
use crate::world::World;

const KIND: &str = "cache_parameter_group";

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    // The second one has the engine's own value.
    let before = json!({"max_item_size": "4194304", "lru_crawler": "1"});
    let after = json!({"max_item_size": "8388608", "idle_timeout": "60"});
    let group = json!({"family": "memcached1.6", "parameters": before});
    law(&world, KIND, "cache.parameters", group, &[("parameters", after)]).await;
}

#[tokio::test]
async fn more_parameters_than_one_call_takes() {
    let names = [
        "acllog-max-len",
        "active-defrag-cycle-max",
        "active-defrag-cycle-min",
        "hash-max-listpack-entries",
        "hash-max-listpack-value",
        "latency-tracking",
        "lfu-decay-time",
        "lfu-log-factor",
        "list-compress-depth",
        "maxmemory-samples",
        "min-replicas-max-lag",
        "min-replicas-to-write",
        "repl-backlog-ttl",
        "reserved-memory-percent",
        "set-max-intset-entries",
        "slowlog-log-slower-than",
        "slowlog-max-len",
        "stream-node-max-entries",
        "tcp-keepalive",
        "tracking-table-max-keys",
        "zset-max-listpack-entries",
        "zset-max-listpack-value",
    ];
    let value = |name: &str| if name == "latency-tracking" { "yes" } else { "5" };
    let parameters: Value = names.iter().map(|name| ((*name).to_owned(), json!(value(name)))).collect();
    let world = World::new().await;
    let group = |parameters: &Value| json!({"family": "valkey8", "parameters": parameters});
    world.create(KIND, "cache.parameters", group(&parameters)).await;
    let none = world.order(KIND, "cache.parameters", &group(&json!({})));
    let live = world.converge(&none).await;
    world.remove(&live).await;
}
