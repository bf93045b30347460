//! The page: all that is known is on it, and nothing foreign is more than text.

use proptest::prelude::*;

use crate::model::preview::Preview;

use super::super::samples::{large, remarked};
use super::super::testing::{context, everything, plan, stack, there};
use super::*;

/// Every element is closed by its own end, and none of them is a script or loads something.
fn check(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find('>').expect("a tag ends");
        let tag = &rest[..end];
        let name = tag.split([' ', '/']).find(|name| !name.is_empty()).expect("a name");
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '!'), "no element: <{tag}>");
        assert!(!["script", "img", "iframe", "object", "base", "form"].contains(&name), "<{tag}>");
        assert!(!tag.contains("src=") && !tag.contains(" on"), "<{tag}>");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "near {}", &rest[..rest.len().min(80)]);
        } else if !tag.ends_with('/') && !["!doctype", "meta", "link"].contains(&name) {
            open.push(name);
        }
        rest = &rest[end + 1..];
        if name == "style" && !tag.starts_with('/') {
            rest = &rest[rest.find("</style").expect("its end")..];
        }
    }
    assert_eq!(open, [""; 0], "something stays open");
}

#[test]
fn everything_that_can_be_said() {
    let plan = everything();
    let page = render_html(&remarked(&plan), &context(), "drucloud apply plan.json");
    check(&page);
    let words = [
        "<h1>Plan for drucloud/prod</h1>",
        "<b>Blocked:</b>",
        "It holds the databases of all sites.",
        "<h2>Architecture</h2>",
        "<b>Budget:</b> $140.71 a month above $500.00",
        "<b>The apply would fail:</b>",
        "could not be checked",
        "a million of requests",
        "Accepted: the office | only, until @ops says so",
        "+   install php 8.4",
        "<svg ",
    ];
    for word in words {
        assert!(page.contains(word), "{word}");
    }
    assert!(!page.contains("</span>\n<span"), "an empty line between two lines of a difference");
}

#[test]
fn nothing_to_do() {
    let plan = plan(&stack(), &there());
    let page = render_html(&Preview::of(&plan), &context(), "drucloud up");
    check(&page);
    assert!(
        page.contains("No changes. drucloud/prod is as the stack says (8 resources).")
            && page.contains("Nothing to apply.")
    );
    assert!(!page.contains("Look at this first"));
}

#[test]
fn a_large_plan_is_told_whole() {
    let page = render_html(&remarked(&large(500, 40)), &context(), "drucloud up");
    check(&page);
    assert_eq!(page.matches("<details id=").count(), 500);
    assert!(page.len() < 4_000_000, "{}", page.len());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_breaks_out(text in "([<>&\"'`/=a-z \n\u{1b}\u{202e}]|</span>|</svg>|<script>|-->|]]>){0,40}") {
        let mut wanted = stack();
        wanted[0].2["cidr"] = text.clone().into();
        wanted[1].2["cidr"] = text.clone().into();
        wanted[4].2["user_data"] = format!("{text}\n{text}").into();
        let plan = plan(&wanted, &there());
        let mut preview = remarked(&plan);
        for finding in &mut preview.findings {
            finding.message.clone_from(&text);
            finding.help = Some(text.clone());
        }
        for check in preview.checks.iter_mut().flatten() {
            check.message.clone_from(&text);
        }
        let context = Context { stack: text.clone(), ..context() };
        let page = render_html(&preview, &context, &text);
        check(&page);
        let hidden = page.contains(['\u{1b}', '\u{202e}']);
        prop_assert!(!hidden, "something hidden got through");
    }
}
