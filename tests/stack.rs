//! The stack file from outside: every bad file gets its report, every good one its environments.
//!
//! The reports are kept as snapshots because their wording is what a user works with. `INSTA_UPDATE=always`
//! writes them anew; read the difference before committing it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use drucloud::stack::{Report, Stack};
use miette::{GraphicalReportHandler, GraphicalTheme};
use serde_json::json;

#[path = "stack/findings.rs"]
mod findings;
#[path = "stack/fuzz.rs"]
mod fuzz;
#[path = "stack/schema.rs"]
mod schema;

/// The report as a terminal without colour shows it.
fn render(report: &Report) -> String {
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    handler.render_report(&mut text, report).expect("a report can be rendered");
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn fixtures(folder: &str) -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stack").join(folder);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("the folder of fixtures")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| (path.file_stem().expect("a name").to_string_lossy().into_owned(), path))
        .collect();
    files.sort();
    files
}

fn snapshot(folder: &str, name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings
        .set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stack/snapshots").join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn every_bad_file_gets_its_report() {
    let files = fixtures("bad");
    assert!(files.len() >= 40, "only {} bad files", files.len());
    for (name, path) in files {
        let bytes = fs::read(&path).expect("a fixture");
        let outcome = Stack::parse_bytes(&format!("{name}.yaml"), &bytes);
        let Err(report) = outcome else { panic!("{name} was accepted") };
        assert!(
            report.located().any(|(line, column, problem)| line > 0 && column > 0 && problem.is_error()),
            "{name}"
        );
        snapshot("bad", &name, &render(&report));
    }
}

#[test]
fn every_good_file_gets_its_environments() {
    for (name, path) in fixtures("good") {
        let stack = Stack::load(&path).unwrap_or_else(|report| panic!("{name}\n{}", render(&report)));
        let mut text = String::new();
        for environment in stack.environments() {
            let mut sections = json!({
                "region": environment.region,
                "protect": environment.protect,
                "tags": environment.tags,
                "site": environment.site,
                "network": environment.network,
                "load_balancer": environment.load_balancer,
                "web": environment.web,
                "database": environment.database,
                "cache": environment.cache,
                "media": environment.media,
                "search": environment.search,
                "files": environment.files,
                "control": environment.control,
                "mail": environment.mail,
                "monitoring": environment.monitoring,
            });
            if environment.budget.monthly.is_some() {
                sections["budget"] = json!(environment.budget);
                sections["findings"] = json!(environment.remarks);
                sections["policies"] = json!(environment.policies);
            }
            if !environment.resources.is_empty() {
                sections["resources"] = json!(environment.resources);
            }
            let sections = serde_json::to_string_pretty(&sections).expect("sections are data");
            writeln!(text, "{} {}\n{sections}", environment.stack, environment.name).expect("a string");
            if !environment.warnings.is_empty() {
                text += &render(&environment.warnings)
                    .replace(&path.display().to_string(), &format!("{name}.yaml"));
                text.push('\n');
            }
        }
        snapshot("good", &name, &text);
    }
}

/// A stack that is shipped.
fn shipped(name: &str) -> Stack {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("stacks").join(name);
    Stack::load(&path).unwrap_or_else(|report| panic!("{}", render(&report)))
}

#[test]
fn the_shipped_stack_has_three_environments() {
    let stack = shipped("drucloud.yaml");
    let names: Vec<_> = stack.environments().iter().map(|environment| environment.name.as_str()).collect();
    assert_eq!(names, ["sandbox", "dev", "prod"]);
    let dev = stack.environment("dev").expect("dev");
    assert_eq!(dev.web.expect("web").scale.max, 2);
    assert!(stack.environment("prod").expect("prod").protect);
    assert!(stack.environments().iter().all(|environment| environment.warnings.is_empty()));
}

#[test]
fn the_first_deployment_has_the_sizes_that_it_had() {
    let stack = shipped("bootdev.yaml");
    let then = stack.environment("sandbox").expect("sandbox");
    let (web, database) = (then.web.expect("web"), then.database.expect("database"));
    assert_eq!((web.instance.as_str(), web.scale.min), ("m3.large", 2));
    assert_eq!((database.instance.as_str(), database.multi_az), ("db.m3.large", true));
    assert_eq!(database.settings()["query_cache_type"].value, "1");
    let (cache, search) = (then.cache.expect("cache"), then.search.expect("search"));
    assert_eq!((cache.node.to_string().as_str(), cache.nodes), ("cache.m1.medium", 2));
    assert_eq!(search.instance.as_str(), "m3.large");
    let (files, control) = (then.files.expect("files"), then.control.expect("control"));
    assert_eq!((files.instance.as_str(), files.nodes), ("m1.small", 2));
    assert_eq!(control.instance.as_str(), "m1.small");
    // What AWS no longer has is said; what stands in for it today gives no reason to.
    let said = render(&then.warnings);
    for word in ["extended support", "`files.instance`", "`control.instance`", "paravirtual"] {
        assert!(said.contains(word), "{said}");
    }
    assert!(stack.environment("today").expect("today").warnings.is_empty());
}

#[test]
fn the_smallest_stack_has_nothing_twice() {
    let stack = shipped("minimal.yaml");
    for environment in stack.environments() {
        assert!(environment.warnings.is_empty(), "{}", render(&environment.warnings));
        assert_eq!(environment.web.as_ref().map(|web| (web.scale.min, web.scale.max)), Some((1, 1)));
        assert_eq!(environment.database.as_ref().map(|database| database.multi_az), Some(false));
        assert!(environment.search.is_none() && environment.files.is_none());
    }
}

#[test]
fn an_unknown_environment_is_told_the_known_ones() {
    let stack =
        Stack::parse("site.yaml", "stack: site\nenvironments:\n  dev: {}\n  prod: {}\n").expect("a stack");
    let report = stack.environment("prd").expect_err("there is no prd");
    snapshot("other", "unknown-environment", &render(&report));
    let lone = Stack::parse("site.yaml", "stack: site\n").expect("a stack");
    snapshot(
        "other",
        "unknown-environment-of-none",
        &render(&lone.environment("prod").expect_err("there is none")),
    );
}

#[test]
fn later_findings_point_into_the_file() {
    let text =
        "stack: site\nweb:\n  scale: { min: 2 }\nenvironments:\n  dev:\n    web: { scale: { max: 4 } }\n";
    let environment =
        Stack::parse("site.yaml", text).and_then(|stack| stack.environment("dev")).expect("dev");
    let at =
        |path| environment.problem_at(path, format!("`{path}`: something that only AWS knows"), "mend it so");
    let paths = ["web.scale.min", "web.scale.max", "web.scale.cpu", "web", "database.engine"];
    let report = environment.report(paths.into_iter().map(at).collect());
    snapshot("other", "later-findings", &render(&report));
}

#[test]
fn another_region_is_held_against_the_zones_and_the_certificate() {
    let text = "stack: site\nnetwork: { zones: [us-east-1a, us-east-1b] }\n\
                load_balancer: { https: 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b' }\n";
    let environment =
        Stack::parse("site.yaml", text).and_then(|stack| stack.environment("sandbox")).expect("it");
    let moved = |region: &str| environment.clone().in_region(region.parse().expect("a region"));
    assert!(
        moved("us-east-1")
            .is_ok_and(|moved| moved.region.is_some_and(|region| region.as_str() == "us-east-1"))
    );
    snapshot("other", "another-region", &render(&moved("eu-west-1").expect_err("it has other zones")));
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("missing.yaml");
    for (path, expected) in [
        (missing.as_path(), "name the stack file, or begin one: its first line is `stack: my-site`"),
        (folder.path(), "name the file in it, such as `drucloud.yaml`"),
    ] {
        let report = Stack::load(path).expect_err("it cannot be read");
        let text = render(&report);
        assert!(text.contains("cannot read the stack file") && text.contains(expected), "{text}");
    }
    // A file without end must not be read without end.
    if Path::new("/dev/zero").exists() {
        let report = Stack::load(Path::new("/dev/zero")).expect_err("it is no stack");
        assert!(render(&report).contains("the file is larger than 1024 KiB"), "{}", render(&report));
    }
}

#[test]
fn the_schema_is_kept() {
    let schema = serde_json::to_string_pretty(drucloud::stack::json_schema()).expect("a schema is data");
    snapshot("other", "json-schema", &schema);
}
