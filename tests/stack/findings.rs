//! What is found about the shipped stacks: few enough that each is worth reading.

use std::fmt::Write as _;
use std::path::Path;

use drucloud::aws::kinds;
use drucloud::model::lint::{Circumstances, lint};
use drucloud::model::live::LiveState;
use drucloud::model::planner::{self, Consent};
use drucloud::stack::facts::Facts;
use drucloud::stack::{Environment, Stack, expand};

/// The findings of an environment that is not there yet, a line each.
fn found(environment: &Environment) -> String {
    let catalog = kinds::catalog();
    let graph = expand::expand(environment, &Facts::assumed(environment), &catalog).expect("a graph");
    let plan = planner::plan(&graph, &LiveState::default(), &catalog, &Consent::Nothing);
    let settings = environment.finding_settings();
    let about = Circumstances {
        protect: environment.protect,
        today: Some(jiff::civil::date(2026, 11, 22)),
        drupal: Some(environment.site.drupal.into()),
        settings: &settings,
        places: &|address, property| Some(environment.place_of(address, property)),
        ..Circumstances::unknown()
    };
    let mut text = String::new();
    for finding in lint(&plan, &about) {
        let (line, column) = finding.place.map_or((0, 0), |place| (place.line, place.column));
        let accepted = finding.accepted.map(|reason| format!(" (accepted: {reason})")).unwrap_or_default();
        let (severity, code, address) = (finding.severity.name(), finding.code, &finding.address);
        writeln!(text, "{line}:{column} {severity} {code} {address}: {}{accepted}", finding.message)
            .expect("text");
    }
    text
}

#[test]
fn the_shipped_stacks_are_quiet_enough_to_be_read() {
    for name in ["drucloud", "bootdev", "minimal"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("stacks/{name}.yaml"));
        let stack = Stack::load(&path).expect("a stack");
        let mut text = String::new();
        for environment in stack.environments() {
            write!(text, "== {}\n{}", environment.name, found(environment)).expect("text");
        }
        super::snapshot("findings", name, &text);
    }
}

#[test]
fn an_exception_stays_in_the_preview_with_its_reason() {
    let text = "stack: site\ndatabase: { multi_az: false }\nfindings:\n  severity: { previous-generation: error }\n  \
                accept:\n    - { id: single-zone, address: database, reason: a test site }\n    \
                - { id: no-backups, address: database.instance, reason: nothing to keep }\nenvironments:\n  \
                prod: { protect: true }\n";
    let stack = Stack::parse("site.yaml", text).expect("a stack");
    let text = found(&stack.environments()[0]);
    assert!(text.contains("2:23 warning single-zone database.instance:"), "{text}");
    assert!(text.contains("(accepted: a test site)"), "{text}");
    assert!(
        text.contains("7:13 note unused-exception findings.accept: there is no finding `no-backups`"),
        "{text}"
    );
}
