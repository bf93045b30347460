//! The checker's sentences, one by one.

use super::super::read::read;
use super::*;

/// Message, label of the first place, and help of each problem, in the order found.
fn found(text: &str) -> Vec<String> {
    let root = read(text).unwrap_or_else(|problem| panic!("{problem}: {text}")).root;
    let checked = check(&root);
    checked
        .problems
        .iter()
        .map(|problem| {
            let help = problem.help_text().map(|help| format!(" [{help}]")).unwrap_or_default();
            format!("{problem}{help}")
        })
        .collect()
}

fn one(text: &str) -> String {
    let found = found(&format!("stack: x\n{text}\n"));
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    found.into_iter().next().unwrap_or_default()
}

#[test]
fn a_right_file_has_nothing_wrong() {
    let stack = include_str!("../../../stacks/drucloud.yaml");
    assert_eq!(found(stack), Vec::<String>::new());
}

#[test]
fn types() {
    for (text, expected) in [
        (
            "web: {scale: {min: two}}",
            "`web.scale.min`: expected a whole number, found text \"two\" [write it in digits]",
        ),
        (
            "web: {scale: {min: '2'}}",
            "`web.scale.min`: expected a whole number, found text \"2\" [write `2`, without quotes]",
        ),
        (
            "web: {scale: {cpu: 60%}}",
            "`web.scale.cpu`: expected a whole number, found text \"60%\" [write `60`: the unit is fixed]",
        ),
        (
            "web: {scale: {min: 1.5}}",
            "`web.scale.min`: expected a whole number, found 1.5 [write it without a fraction]",
        ),
        (
            "web: {scale: {min: 99999999999999999999}}",
            "`web.scale.min`: expected a whole number, found 99999999999999999999 [write a smaller number]",
        ),
        (
            "web: {scale: {min: }}",
            "`web.scale.min`: expected a whole number, found nothing [write a value, or leave the key out for its default]",
        ),
        (
            "web: {scale: [1]}",
            "`web.scale`: expected a mapping, found a list [write `key: value` lines, without the `-`]",
        ),
        (
            "web: {scale: 3}",
            "`web.scale`: expected a mapping, found 3 [it takes the keys `min`, `max`, `cpu`, `requests_per_target` and `schedule`]",
        ),
        (
            "database: {multi_az: yes}",
            "`database.multi_az`: expected true or false, found text \"yes\" [write `true`, without quotes]",
        ),
        (
            "database: {multi_az: 1}",
            "`database.multi_az`: expected true or false, found 1 [write `true` or `false`]",
        ),
        (
            "database: {logs: error}",
            "`database.logs`: expected a list, found text \"error\" [write `[error]`]",
        ),
        ("media: {cors: '*'}", "`media.cors`: expected a list, found text \"*\" [write `[\"*\"]`]"),
        (
            "policies: conftest test -",
            "`policies`: expected a list, found text \"conftest test -\" [write `[\"conftest test -\"]`]",
        ),
        ("site: {name: 12}", "`site.name`: expected text, found 12 [write `\"12\"`, with quotes]"),
        (
            "network: {zones: two}",
            "`network.zones`: expected a whole number or a list, found text \"two\" [write it in digits]",
        ),
        (
            "network: {flow_logs: 30}",
            "`network.flow_logs`: expected true or false or a mapping, found 30 [write `true` or `false`]",
        ),
        (
            "database: {parameters: {autocommit: [1]}}",
            "`database.parameters.autocommit`: expected a single value, found a list",
        ),
        ("tags: [a]", "`tags`: expected a mapping, found a list [write `key: value` lines, without the `-`]"),
    ] {
        assert_eq!(one(text), expected);
    }
    assert!(one("database: off").starts_with(
        "`database`: expected a mapping or `none`, found text \"off\" [write `none` to leave it out]"
    ));
}

#[test]
fn keys() {
    for (text, expected) in [
        (
            "web: {instnace: m7g.large}",
            "unknown key `instnace` in `web`; did you mean `instance`? [the keys here are `instance`, `scale`, `volume`, `image`, `warmup`, `microcache`, `modsecurity` and `allow_update_from`]",
        ),
        (
            "web: {multi_az: true}",
            "unknown key `multi_az` in `web`; it belongs to `database` [move it to `database`]",
        ),
        ("web: {min: 2}", "unknown key `min` in `web`; it belongs to `web.scale` [move it to `web.scale`]"),
        (
            "load_balancer: {instance: x}",
            "unknown key `instance` in `load_balancer`; it belongs to `web`, `database`, `search`, `files` or `control` [move it to `web`, `database`, `search`, `files` or `control`]",
        ),
        ("protect: true", "unknown key `protect`; it belongs to an environment [move it to an environment]"),
        (
            "environments: {dev: {web: {multi_az: true}}}",
            "unknown key `multi_az` in `environments.dev.web`; it belongs to `database` [move it to `database`]",
        ),
        (
            "environments: {dev: {web: {cpu: 50}}}",
            "unknown key `cpu` in `environments.dev.web`; it belongs to `web.scale` [move it to `web.scale`]",
        ),
        (
            "database: {parameters: {max_conections: 1}}",
            "unknown key `max_conections` in `database.parameters`; did you mean `max_connections`? [the reference lists those that may be set]",
        ),
        (
            "environments: {Dev: {}}",
            "`environments`: `Dev` cannot be an environment's name [write `dev`: lower-case letters, digits and single hyphens, a letter first]",
        ),
    ] {
        assert_eq!(one(text), expected);
    }
    assert!(one("netwrok: {}").starts_with("unknown key `netwrok`; did you mean `network`?"));
    assert_eq!(found("region: us-east-1"), ["the file: the key `stack` is missing [add `stack: drucloud`]"]);
}

#[test]
fn values() {
    for (text, expected) in [
        ("database: {backups: {days: 60}}", "`database.backups.days`: must be between 0 and 35, found 60"),
        ("web: {scale: {cpu: 99}}", "`web.scale.cpu`: must be between 10 and 95, found 99"),
        (
            "database: {storage: 10 GiB}",
            "`database.storage`: must be between 20 GiB and 64 TiB, found 10 GiB",
        ),
        (
            "database: {storage: 100}",
            "`database.storage`: expected a size, found `100` without a unit [write `100 GiB`]",
        ),
        (
            "load_balancer: {idle_timeout: 2h}",
            "`load_balancer.idle_timeout`: must be between 1s and 4000s, found 2h",
        ),
        (
            "network: {nat: per_zone}",
            "`network.nat`: must be one of `per-zone`, `single` or `none`, found `per_zone`; did you mean `per-zone`? [write `per-zone`]",
        ),
        ("network: {nat: 3}", "`network.nat`: must be one of `per-zone`, `single` or `none`, found `3`"),
        ("network: {zones: 9}", "`network.zones`: must be between 1 and 4, found 9"),
        ("network: {zones: []}", "`network.zones`: the number of entries must be between 1 and 4, found 0"),
        (
            "network: {zones: [us-east-1a, us-east-1a]}",
            "`network.zones`: `us-east-1a` is given twice [keep one of them]",
        ),
        (
            "network: {zones: [us-esat-1a]}",
            "`network.zones[0]`: no region is named `us-esat-1`; did you mean `us-east-1`? [write `us-east-1a` or `eu-central-1b`]",
        ),
        (
            "network: {flow_logs: {days: 31}}",
            "`network.flow_logs.days`: must be one of `1`, `3`, `5`, `7`, `14`, `30`, `60`, `90`, `120`, `150`, `180`, `365`, `400`, `545`, `731`, `1096`, `1827`, `2192`, `2557`, `2922`, `3288` or `3653`, found `31`; did you mean `30`? [write `30`]",
        ),
        ("site: {name: ''}", "`site.name`: the number of characters must be between 1 and 128, found 0"),
        ("tags: {'aws:x': 1}", "`tags`: `aws:x` begins with `aws:` [that prefix is kept for AWS's own tags]"),
        (
            "web: {scale: {schedule: [{min: 1}]}}",
            "`web.scale.schedule[0]`: the key `name` is missing [add `name: morning`]",
        ),
        (
            "findings: {accept: [{id: single-zone, address: files}]}",
            "`findings.accept[0]`: the key `reason` is missing [add `reason: ...`]",
        ),
        (
            "load_balancer: {algorithm: dh}",
            "`load_balancer.algorithm`: `dh` chooses by the destination address, which is the same for every visitor here [the nearest is `sh`, which keeps a visitor on one target; `lc` spreads the load best]",
        ),
        (
            "database: {engine: 8.4}",
            "`database.engine`: no engine is named `8.4`; did you mean `mysql-8.4`? [write `mysql-8.4`, `mysql-8.0`, `mysql-5.7`, `mariadb-11.8`, `mariadb-11.4`, `mariadb-10.11` or `mariadb-10.6`]",
        ),
    ] {
        assert_eq!(one(text), expected);
    }
    let many = (0..41).map(|n| format!("  t{n}: x")).collect::<Vec<_>>().join("\n");
    assert_eq!(one(&format!("tags:\n{many}")), "`tags`: at most 40 entries, found 41");
}

#[test]
fn a_section_without_a_value_is_an_empty_one() {
    assert_eq!(found("stack: x\nweb:\ndatabase:\nenvironments:\n  dev:\n"), Vec::<String>::new());
    assert_eq!(found("stack: x\ntags: {version: 1.10, cost: 12, on: true}\n"), Vec::<String>::new());
}

#[test]
fn everything_is_said_in_one_go() {
    let text = "stack: X\nweb: {scale: {min: two, cpu: 5}, instnace: a}\ndatabase: {backups: {days: 60}}\n";
    assert_eq!(found(text).len(), 5);
}
