//! The table, and the values as RDS writes them.

use super::*;

fn canonical(name: &str, value: &str) -> Result<String, String> {
    let parameter = PARAMETERS.iter().find(|parameter| parameter.name == name).unwrap();
    parameter.canonical(value).map_err(|wrong| format!("{wrong} / {}", wrong.help))
}

#[test]
fn the_table_is_sorted_and_every_parameter_exists_somewhere() {
    assert!(PARAMETERS.is_sorted_by(|a, b| a.name < b.name));
    for parameter in PARAMETERS {
        assert!(ENGINES.iter().any(|engine| parameter.engines.has(*engine)), "{}", parameter.name);
    }
}

#[test]
fn drupal_gets_what_it_wants_in_every_engine() {
    for engine in ENGINES {
        let settings = settings(engine, &Parameters::default());
        assert_eq!(settings.len(), DRUPAL.len() + 1, "{engine}");
        assert_eq!(settings[engine.isolation_parameter()].value, "READ-COMMITTED", "{engine}");
    }
}

#[test]
fn the_users_parameters_go_over_drupals() {
    let user = Parameters(IndexMap::from([("long_query_time".to_owned(), "0.5".to_owned())]));
    let settings = settings(Engine::MySql84, &user);
    assert_eq!(settings["long_query_time"], Setting { value: "0.5".to_owned(), dynamic: true });
}

#[test]
fn values_are_written_as_rds_writes_them() {
    for (name, value, expected) in [
        ("slow_query_log", "on", Ok("1")),
        ("slow_query_log", "FALSE", Ok("0")),
        ("slow_query_log", "2", Err("expected true or false, found `2` / write `true` or `false`")),
        ("long_query_time", "2.0", Ok("2")),
        (
            "long_query_time",
            "-1",
            Err("must be between 0 and 31536000, found -1 / choose a number in that range"),
        ),
        ("max_allowed_packet", "64M", Err("expected a whole number, found `64M` / write `67108864`")),
        (
            "max_allowed_packet",
            "1",
            Err("must be between 1024 and 1073741824, found 1 / choose a number in that range"),
        ),
        ("sort_buffer_size", "1", Err("must be at least 32768, found 1 / choose a number in that range")),
        ("innodb_buffer_pool_size", "{DBInstanceClassMemory*3/4}", Ok("{DBInstanceClassMemory*3/4}")),
        ("transaction_isolation", "read-committed", Ok("READ-COMMITTED")),
        ("event_scheduler", "true", Ok("ON")),
        (
            "binlog_format",
            "rwo",
            Err(
                "must be one of `ROW`, `MIXED` or `STATEMENT`, found `rwo`; did you mean `ROW`? / write one of these",
            ),
        ),
        ("character_set_server", "utf8mb4", Ok("utf8mb4")),
        ("character_set_server", "utf 8", Err("expected a single word, found `utf 8` / such as `utf8mb4`")),
    ] {
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(canonical(name, value), expected, "{name} {value}");
    }
}

#[test]
fn a_parameter_is_found_or_told_where_it_is() {
    let told = |name, engine| {
        find(name, engine).map(|parameter| parameter.name).map_err(|w| format!("{w} / {}", w.help))
    };
    assert_eq!(told("query_cache_size", Engine::MySql57), Ok("query_cache_size"));
    assert_eq!(told("query_cache_size", Engine::MySql84), Err("`query_cache_size` does not exist in mysql-8.4 / leave it out; only `mysql-5.7`, `mariadb-11.8`, `mariadb-11.4`, `mariadb-10.11` and `mariadb-10.6` have it".to_owned()));
    assert_eq!(
        told("tx_isolation", Engine::MySql84),
        Err("`tx_isolation` has another name in mysql-8.4 / write `transaction_isolation`".to_owned())
    );
    assert_eq!(
        told("transaction_isolation", Engine::MariaDb1011),
        Err("`transaction_isolation` has another name in mariadb-10.11 / write `tx_isolation`".to_owned())
    );
    assert_eq!(told("max_conections", Engine::MySql84), Err("no parameter is named `max_conections`; did you mean `max_connections`? / the reference lists the parameters that may be set".to_owned()));
}
