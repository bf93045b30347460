//! What can be found out about a plan, and large plans, for the tests of what is shown.

use serde_json::json;

use crate::model::bill::{Bill, Item, Price, Usage};
use crate::model::check::{Check, Verdict};
use crate::model::diff::{Cause, Change};
use crate::model::lint::{Finding, Severity};
use crate::model::place::Place;
use crate::model::plan::{Action, Plan, Reason, Step};
use crate::model::preview::Preview;
use crate::model::schema::Effect;
use crate::model::testing::{applied, schema};

fn place(line: usize) -> Place {
    Place { file: "stacks/drucloud.yaml".into(), line, column: 3 }
}

pub fn findings() -> Vec<Finding> {
    let finding = |code, severity, address: &str, message: &str| Finding {
        code,
        severity,
        address: address.parse().expect("an address"),
        message: message.into(),
        help: None,
        place: None,
        accepted: None,
    };
    vec![
        finding("old-type", Severity::Note, "web.template", "m5 is of the generation before"),
        Finding {
            help: Some("write `multi_az: true`".into()),
            place: Some(place(17)),
            ..finding("single-zone", Severity::Error, "database.instance", "lives in one zone")
        },
        Finding {
            accepted: Some("the office | only, until @ops says so".into()),
            ..finding("open", Severity::Warning, "web.security", "opens port 8080 to the whole internet")
        },
        finding("interruption", Severity::Warning, "web.lb", "is interrupted shortly"),
    ]
}

pub fn checks() -> Vec<Check> {
    let check = |id, verdict, message: &str| Check {
        id,
        verdict,
        severity: Severity::Error,
        address: None,
        message: message.into(),
        remedy: None,
        place: None,
    };
    vec![
        check("permissions", Verdict::Passed, "all 112 actions are allowed"),
        Check {
            address: Some("network.vpc".parse().expect("an address")),
            remedy: Some("ask for more in Service Quotas (L-F678F1CE)".into()),
            place: Some(place(5)),
            ..check("quota-vpcs", Verdict::Failed, "5 of 5 VPCs are used; the plan needs 1 more")
        },
        check(
            "certificate",
            Verdict::Unknown { why: "acm:DescribeCertificate is not allowed".into() },
            "the state of the certificate is not known",
        ),
    ]
}

pub fn bill() -> Bill {
    let item = |address: &str, before, after| Item {
        address: address.parse().expect("an address"),
        kind: "vpc",
        before,
        after,
        usage: Vec::new(),
    };
    let known = |dollars| Some(Price::Monthly(dollars));
    let usage = vec![Usage { what: "requests".into(), unit: "million".into(), price: Some(0.4) }];
    Bill {
        as_of: "2026-11-01".into(),
        region: "eu-central-1".into(),
        items: vec![
            item("database.instance", known(310.5), known(621.0)),
            Item { usage, ..item("web.lb", known(19.71), known(19.71)) },
            item("search.server", known(84.0), None),
            item("web.asg", None, Some(Price::Unknown)),
        ],
        budget: Some(500.0),
    }
}

/// A plan with all that can be found out about it.
pub fn remarked(plan: &Plan) -> Preview<'_> {
    Preview { plan, findings: findings(), checks: Some(checks()), bill: Some(bill()) }
}

/// A plan of so many resources in so many sections: of ten one is deleted, one replaced, four changed, four added.
pub fn large(resources: usize, sections: usize) -> Plan {
    let config = |php: &str| {
        let line = |number| format!("setting_{number} = {}", if number % 9 == 4 { php } else { "on" });
        (0..40).map(line).collect::<Vec<_>>().join("\n")
    };
    let step = |number: usize| {
        let address = format!("section-{:02}.resource-{number}", number % sections);
        let spec = json!({"cidr": format!("10.0.{number}.0/24"), "files": {"/etc/php.ini": config("8.3")}});
        let kind = if number.is_multiple_of(10) { "database" } else { "launch_template" };
        let live = applied(&address, kind, &spec);
        let change = |effect| Change {
            property: "files".into(),
            from: json!({"/etc/php.ini": config("8.3")}),
            to: json!({"/etc/php.ini": config("8.4")}),
            effect,
            cause: Cause::Stack,
        };
        let (action, reason) = match number % 10 {
            0 => (Action::Delete, Reason::NotInStack),
            1 => (Action::Replace { changes: vec![change(Effect::Replacement)] }, Reason::Differs),
            2 => (Action::Update { changes: vec![change(Effect::SomeInterruption)] }, Reason::Differs),
            3..6 => (Action::Update { changes: vec![change(Effect::NoInterruption)] }, Reason::Differs),
            _ => (Action::Create, Reason::Missing),
        };
        let created = action == Action::Create;
        Step {
            address: live.address.clone(),
            schema: schema(kind),
            desired: (action != Action::Delete).then(|| live.spec.clone()),
            action,
            reason,
            live: (!created).then(|| live.into()),
            protect: false,
            after: Vec::new(),
        }
    };
    Plan { steps: (0..resources).map(step).collect(), ..Plan::default() }
}
