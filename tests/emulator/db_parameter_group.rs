//! DB parameter group.

use serde_json::{Value, json};

use crate::law::law;
use crate::world::World;

const KIND: &str = "db_parameter_group";

fn group(parameters: &Value) -> Value {
    json!({"family": "mysql8.4", "parameters": parameters})
}

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    // Dynamic, static, and what RDS presets to that very value.
    let before = json!({"long_query_time": "2", "performance_schema": "1", "local_infile": "1"});
    let after = json!({"long_query_time": "5", "wait_timeout": "300", "local_infile": "0"});
    law(&world, KIND, "database.parameters", group(&before), &[("parameters", after)]).await;
}

#[tokio::test]
async fn more_parameters_than_one_call_takes() {
    let names = [
        "back_log",
        "binlog_cache_size",
        "connect_timeout",
        "innodb_io_capacity",
        "innodb_lock_wait_timeout",
        "group_concat_max_len",
        "interactive_timeout",
        "join_buffer_size",
        "lock_wait_timeout",
        "long_query_time",
        "max_allowed_packet",
        "max_connect_errors",
        "max_heap_table_size",
        "net_read_timeout",
        "net_write_timeout",
        "read_buffer_size",
        "read_rnd_buffer_size",
        "sort_buffer_size",
        "table_definition_cache",
        "table_open_cache",
        "max_user_connections",
        "tmp_table_size",
        "wait_timeout",
    ];
    let parameters: Value = names.iter().map(|name| ((*name).to_owned(), json!("32768"))).collect();
    let world = World::new().await;
    world.create(KIND, "database.parameters", group(&parameters)).await;
    let none = world.order(KIND, "database.parameters", &group(&json!({})));
    let live = world.converge(&none).await;
    world.remove(&live).await;
}
