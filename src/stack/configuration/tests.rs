//! The names that templates may rely on, in every stack, and that the same stack gives the same bytes.

use serde_json::{Value, json};

use crate::stack::facts::Facts;
use crate::stack::{Environment, Stack};

use super::values::Source;
use super::{Role, bundle, machines};

/// Every name, whatever the stack is. What is behind a section's name is there if the section is on.
const NAMES: &str = "
    role stack environment region zone architecture bucket
    machine.instance machine.memory_mib machine.vcpus machine.number machine.host
    site.name site.domain site.drupal site.is_7 site.is_10 site.is_11 site.modern site.docroot site.root site.https
    site.cdn site.trusted_hosts site.config site.git site.git.url site.git.ref site.git.host site.git.known_hosts
    network.cidr balancer.idle_seconds
    web.microcache web.modsecurity web.allow_update_from web.cors web.security_headers.referrer_policy
    web.security_headers.frame_ancestors web.security_headers.hsts_seconds
    php.version php.children php.memory_limit_mib php.opcache_mib php.interned_mib php.apcu_mib php.max_files
    php.terminate_seconds php.upload_mib
    database.host database.port database.name database.user database.instance database.transaction_isolation
    cache.engine cache.hosts cache.first_host cache.port cache.tls
    search.host search.port search.core search.version search.mirror search.sha512 search.heap_mib search.data
    files.engine files.hosts files.first files.second files.volume files.brick files.mount files.arbiter files.peers
    files.me files.own files.efs
    media.bucket media.s3fs media.cors mail.from mail.region monitoring.log_groups monitoring.namespace control.host
    cron.drupal cron.search cron.xmlsitemap cron.prewarm cron.social cron.maintenance cron.dump
    prewarm.urls_per_second prewarm.sitemap secrets.hash_salt secrets.database secrets.deploy_key";

/// The sections that are null when they are off, and parts that are.
const SWITCHED: [&str; 10] = [
    "balancer",
    "database",
    "cache",
    "search",
    "files",
    "media",
    "mail",
    "monitoring",
    "control",
    "site.git",
];

fn environments(text: &str) -> Vec<Environment> {
    Stack::parse("site.yaml", text).expect(text).environments().to_vec()
}

/// The shipped stacks and some with sections on and off, for each version of Drupal.
fn every_environment() -> Vec<Environment> {
    let mut texts: Vec<String> = ["bootdev", "drucloud", "minimal"]
        .map(|name| std::fs::read_to_string(format!("stacks/{name}.yaml")).expect(name))
        .into();
    for drupal in [7, 10, 11] {
        let site = format!("site: {{ drupal: {drupal}, domain: www.example.org");
        texts.push(format!("stack: s\n{site} }}\n"));
        texts.push(format!("stack: s\n{site} }}\nfiles: {{ arbiter: true }}\ncontrol: {{}}\n"));
        texts.push(format!(
            "stack: s\n{site} }}\nweb: none\nload_balancer: none\ndatabase: none\ncontrol: {{}}"
        ));
        texts.push(format!(
            "stack: s\n{site}, source: {{ git: \"git@github.com:example/site.git\", deploy_key: secret:key }} }}\n\
             cache: {{ engine: valkey }}\nmedia: {{}}\nsearch: {{}}\nfiles: {{ engine: efs }}\ncontrol: {{}}\n\
             mail: {{}}\nmonitoring: {{}}"
        ));
    }
    texts.iter().flat_map(|text| environments(text)).collect()
}

fn pointer(name: &str) -> String {
    format!("/{}", name.replace('.', "/"))
}

#[test]
fn every_name_is_there_in_every_stack_and_nothing_else() {
    for environment in every_environment() {
        let facts = Facts::assumed(&environment);
        for machine in machines(&environment) {
            let values = Source { environment: &environment, facts: &facts, machine: &machine }.values();
            let off: Vec<&str> = SWITCHED
                .into_iter()
                .filter(|section| values.pointer(&pointer(section)) == Some(&Value::Null))
                .collect();
            for name in NAMES.split_whitespace() {
                let there = values.pointer(&pointer(name)).is_some();
                let is_off = off.iter().any(|section| name.starts_with(&format!("{section}.")));
                assert_eq!(there, !is_off, "`{name}` for {} of {}", machine.host(), environment.stack);
            }
            assert_only_known(&values, "");
        }
    }
}

/// What is told is listed above: a name that nobody knows of is one that nobody keeps.
fn assert_only_known(values: &Value, prefix: &str) {
    let open = ["site.config", "monitoring.log_groups"];
    for (key, value) in values.as_object().into_iter().flatten() {
        let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        let known =
            NAMES.split_whitespace().any(|known| known == name || known.starts_with(&format!("{name}.")));
        assert!(known, "`{name}` is not listed");
        if !open.contains(&name.as_str()) {
            assert_only_known(value, &name);
        }
    }
}

#[test]
fn the_same_stack_gives_the_same_bytes() {
    let bundles = || -> Vec<_> {
        let environments = every_environment();
        let all = environments.iter().flat_map(|environment| {
            let facts = Facts::assumed(environment);
            let bundle = move |machine| bundle(environment, &facts, &machine).expect("a bundle");
            machines(environment).into_iter().map(bundle)
        });
        all.map(|bundle| (bundle.key, bundle.archive, bundle.user_data)).collect()
    };
    let (first, second) = (bundles(), bundles());
    assert!(first == second && first.len() > 20);
}

#[test]
fn user_data_names_the_bundle() {
    let environment = &environments("stack: s\nfiles: {}\n")[0];
    let facts = Facts::assumed(environment);
    let names: Vec<String> = machines(environment).iter().map(super::Machine::address).collect();
    assert_eq!(names, ["web.configuration", "files.configuration.1", "files.configuration.2"]);
    for machine in machines(environment) {
        let bundle = bundle(environment, &facts, &machine).expect("a bundle");
        assert!(bundle.user_data.starts_with("#cloud-config\n"));
        assert!(bundle.user_data.contains(&bundle.key) && bundle.user_data.contains(&bundle.sha256));
        assert_eq!(bundle.key, format!("bundles/{}/{}.tar.gz", machine.address(), bundle.sha256));
    }
}

/// The values of the first machine of a role.
fn values(text: &str, role: Role) -> Value {
    let environment = &environments(&format!("stack: shop\nregion: eu-west-1\n{text}"))[0];
    let facts = Facts::assumed(environment);
    let machines = machines(environment);
    let machine = machines.iter().find(|machine| machine.role == role).expect("a machine");
    Source { environment, facts: &facts, machine }.values()
}

#[test]
fn what_only_one_role_needs_is_told_to_it_alone() {
    let all = "search: {}\nfiles: {}\ncontrol: {}\n";
    let web = values(all, Role::Web);
    assert_eq!((&web["search"]["heap_mib"], &web["cron"]["drupal"]), (&Value::Null, &Value::Null));
    assert_eq!(web["php"]["children"], 24);
    let search = values(all, Role::Search);
    assert_eq!((&search["search"]["heap_mib"], &search["php"]["children"]), (&json!(4096), &Value::Null));
    let files = values(all, Role::Files);
    assert_eq!(files["files"]["me"], "files-1.shop-sandbox.internal");
    assert_eq!(files["files"]["peers"], json!(["files-2.shop-sandbox.internal"]));
    assert_eq!(values(all, Role::Control)["cron"]["drupal"], "*-*-* *:00/15:00");
}

#[test]
fn an_arbiter_concerns_the_servers_of_the_files_and_nobody_else() {
    let (without, with) = ("files: {}\ncontrol: {}\n", "files: { arbiter: true }\ncontrol: {}\n");
    let control = values(with, Role::Control);
    let host = "control.shop-sandbox.internal";
    assert_eq!((&control["files"]["me"], &control["files"]["own"]), (&json!(host), &json!("/srv/arbiter")));
    let files = values(with, Role::Files);
    assert_eq!((&files["files"]["arbiter"], &files["files"]["own"]), (&json!(host), &json!("/srv/brick")));
    let bundles = |text: &str| -> Vec<_> {
        let environment = &environments(&format!("stack: s\n{text}"))[0];
        let facts = Facts::assumed(environment);
        let bundle = |machine: &_| bundle(environment, &facts, machine).expect("a bundle");
        let serves =
            |bundle: &super::Bundle| bundle.files.contains_key("root/usr/local/sbin/drucloud-gluster");
        machines(environment).iter().map(bundle).map(|bundle| (serves(&bundle), bundle.sha256)).collect()
    };
    let (before, after) = (bundles(without), bundles(with));
    let serve = |bundles: &[(bool, String)]| bundles.iter().map(|(serves, _)| *serves).collect::<Vec<_>>();
    assert_eq!(serve(&before), [false, true, true, false]);
    assert_eq!(serve(&after), [false, true, true, true]);
    assert_eq!(before[0], after[0], "the web nodes' configuration is the same");
}

#[test]
fn what_is_elsewhere_is_named() {
    let web = values("cache: {}\nfiles: { engine: efs }", Role::Web);
    assert_eq!(web["cache"]["hosts"][1], "cache-2.shop-sandbox.internal:11211");
    assert_eq!(
        (&web["files"]["efs"], &web["files"]["first"]),
        (&json!("files.shop-sandbox.internal"), &Value::Null)
    );
    assert_eq!(web["database"]["instance"], "shop-sandbox-database-instance");
    assert_eq!(web["secrets"]["hash_salt"], "shop-sandbox-site-hash-salt");
    let valkey = values("cache: { engine: valkey }", Role::Web);
    assert_eq!(valkey["cache"]["hosts"], json!(["cache.shop-sandbox.internal:6379"]));
}

#[test]
fn a_site_trusts_its_names_and_no_other() {
    let trusted = |text: &str| values(text, Role::Web)["site"]["trusted_hosts"].to_string();
    let elb = r#""^[a-z0-9-]+\\.eu-west-1\\.elb\\.amazonaws\\.com$""#;
    assert_eq!(trusted(""), format!("[{elb}]"));
    let own = "site: { domain: www.example.org }";
    assert_eq!(trusted(own), format!(r#"["^www\\.example\\.org$",{elb}]"#));
    let certificate = "load_balancer: { https: \"arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012\" }";
    assert_eq!(trusted(&format!("{own}\n{certificate}")), r#"["^www\\.example\\.org$"]"#);
    assert!(trusted("media: {}").contains("cloudfront"));
}

#[test]
fn a_value_is_told_where_it_is_asked_for() {
    let asks = super::asks;
    assert!(asks("playbook.yml", "when: search is not none", "search"));
    assert!(asks("tasks/base.yml", "  src: \"{{ search.mirror }}\"", "search"));
    assert!(!asks("playbook.yml", "dest: /var/cache/apt", "cache"));
    assert!(!asks("playbook.yml", "# the files of the site\n- name: Serve the site", "site"));
    assert!(asks("root/usr/local/sbin/x", "#!/usr/bin/python3\nv[\"site\"]", "site"));
    assert!(!asks("root/usr/local/sbin/x", "#!/bin/sh\necho the site", "site"));
    assert!(!asks("root/etc/x", "\"site\"", "site"));
    let files = values("site: { domain: www.example.org }\nfiles: {}", Role::Files);
    assert_eq!(files["site"]["domain"], "www.example.org", "templates see all of it");
}
