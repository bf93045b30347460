//! The comment: what it says, that it fits, and that nothing breaks out of it.

use proptest::prelude::*;
use serde_json::json;

use crate::model::diff::{Cause, Change};
use crate::model::plan::{Action, Blocked, Reason};
use crate::model::testing::{applied, schema};

use super::super::samples::{large, remarked};
use super::super::testing::{context, everything, plan, stack, there};
use super::*;

fn options(max_chars: usize) -> Options {
    Options { max_chars, apply: "drucloud apply plan.json".into() }
}

/// The page's structure as a reader of `CommonMark` sees it: tags and table rows outside of fences, and the fences.
fn check(page: &str) {
    let mut fence: Option<usize> = None;
    let mut open = 0_i32;
    let mut cells = 0;
    for line in page.lines() {
        let ticks = line.chars().take_while(|c| *c == '`').count();
        if let Some(length) = fence {
            if ticks >= length && line.trim_end().chars().all(|c| c == '`') {
                fence = None;
            } else {
                assert!(line.starts_with(['+', '-', ' ', '#', '!']), "no sign: {line}");
            }
            continue;
        }
        if ticks >= 3 {
            assert_eq!(&line[ticks..], "diff", "a fence that we did not open");
            fence = Some(ticks);
            continue;
        }
        let row = line.starts_with('|');
        let found = line.matches('|').count();
        assert!(row || found == 0, "a bar outside of a table: {line}");
        cells = if row && cells > 0 {
            assert_eq!(found, cells, "{line}");
            cells
        } else if row {
            found
        } else {
            0
        };
        open += i32::try_from(line.matches("<details>").count()).expect("few");
        open -= i32::try_from(line.matches("</details>").count()).expect("few");
        let known =
            ["<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>", "<b>", "</b>"];
        let bare = known.iter().fold(line.to_owned(), |line, tag| line.replace(tag, ""));
        let bare = bare
            .strip_prefix("<!-- drucloud:plan ")
            .map_or(bare.as_str(), |rest| rest.trim_end_matches(" -->"));
        assert!(!bare.contains(['<', '>', '@', '[', ']', '\u{1b}']), "not escaped: {line}");
    }
    assert_eq!((fence, open), (None, 0), "something stays open");
}

#[test]
fn everything_that_can_be_said() {
    let plan = everything();
    let page = render_markdown(&remarked(&plan), &context(), &options(MAX_CHARS));
    check(&page);
    insta::assert_snapshot!(page.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[test]
fn nothing_to_do() {
    let plan = plan(&stack(), &there());
    let page = render_markdown(&Preview::of(&plan), &context(), &options(MAX_CHARS));
    insta::assert_snapshot!(page.replace(env!("CARGO_PKG_VERSION"), "VERSION"), @"
    <!-- drucloud:plan stack=drucloud env=prod -->
    ## No changes. drucloud/prod is as the stack says (8 resources).

    eu-central-1 (account 123456789012)

    ---
    Nothing to apply. · drucloud VERSION
    ");
}

#[test]
fn a_large_plan_fits_and_says_what_is_missing() {
    let plan = large(500, 40);
    for max_chars in [MIN_CHARS, 5_000, MAX_CHARS] {
        let page = render_markdown(&remarked(&plan), &context(), &options(max_chars));
        check(&page);
        assert!(length(&page) <= max_chars, "{} of {max_chars}", length(&page));
        assert!(page.contains("**Not shown**"), "{max_chars}");
        assert!(page.contains("drucloud/prod: 200 to add, 200 to change, 50 to replace, 50 to destroy"));
    }
    let whole = render_markdown(&remarked(&plan), &context(), &options(10_000_000));
    check(&whole);
    assert!(!whole.contains("**Not shown**"));
    assert_eq!(whole.matches("<details><summary><code>").count(), 500);
}

#[test]
fn what_could_hurt_is_told_before_the_rest_and_stays_longest() {
    let plan = large(500, 40);
    let page = render_markdown(&remarked(&plan), &context(), &options(20_000));
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}: {page}"));
    assert!(place("**Destroyed:** `section-00.resource-0`") < place("### Sections"));
    assert_eq!(page.matches("- **Destroyed:**").count(), 50, "every one");
    assert_eq!(page.matches("- **Replaced:**").count(), 50, "every one");
    assert!(page.contains("resources to add"), "{page}");
    assert!(!page.contains(" resources to destroy"), "{page}");
}

/// Text that tries to be structure.
fn evil() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("```"),
        Just("````\n"),
        Just("</details>"),
        Just("<script>alert(1)</script>"),
        Just("|"),
        Just("\n\n"),
        Just("\n# h"),
        Just("@team"),
        Just("-->"),
        Just("[a](b)"),
        Just("\u{1b}[2J"),
        Just("\u{202e}"),
        Just("~~~"),
        Just("\\"),
        Just("&lt;"),
        Just("   ```"),
        Just("</summary>"),
        Just("word"),
        Just("\r"),
        Just("`")
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_breaks_out(
        (name, from, to, why) in (evil(), evil(), evil(), evil()),
        max_chars in prop_oneof![Just(MIN_CHARS), Just(MAX_CHARS)],
    ) {
        let live = applied("web.thing", "vpc", &json!({ name.clone(): from.clone() }));
        let change = |from, to| Change { property: name.clone(), from, to, effect: Effect::SomeInterruption, cause: Cause::Drift };
        let changes = vec![
            change(json!(from), json!(to)),
            change(json!({from.clone(): to}), json!({from.clone(): why.clone()})),
            change(json!([from]), json!([to, why])),
        ];
        let step = Step {
            address: live.address.clone(),
            schema: schema("vpc"),
            action: Action::Update { changes },
            reason: Reason::Failed(why.clone()),
            desired: Some(live.spec.clone()),
            live: Some(live.into()),
            protect: false,
            after: Vec::new(),
        };
        let mut created = step.clone();
        created.action = Action::Create;
        let blocked = Blocked { address: step.address.clone(), why: why.clone(), help: to.clone() };
        let plan = Plan { steps: vec![step, created], blocked: vec![blocked], ..Plan::default() };
        let mut preview = remarked(&plan);
        for finding in &mut preview.findings {
            finding.message.clone_from(&why);
            finding.help = Some(from.clone());
        }
        for check in preview.checks.iter_mut().flatten() {
            check.message.clone_from(&to);
            check.remedy = Some(why.clone());
        }
        let context = Context { stack: name.clone(), endpoint: Some(why.clone()), ..context() };
        let page = render_markdown(&preview, &context, &Options { max_chars, apply: from.clone() });
        check(&page);
        prop_assert!(length(&page) <= max_chars, "{} of {max_chars}", length(&page));
    }
}
