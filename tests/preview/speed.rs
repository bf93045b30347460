//! A preview of 500 changed resources: bounded by what is written, and timed for `make bench`.

use std::time::Instant;

use drucloud::model::preview::Preview;
use drucloud::ui::html::render_html;
use drucloud::ui::json::plan_json;
use drucloud::ui::markdown::{MAX_CHARS, Options, render_markdown};
use drucloud::ui::plan::render_plan;
use drucloud::ui::style::Style;

use crate::plans::{change, context, large};

/// A row for `make bench`.
#[expect(clippy::print_stdout, reason = "it is read there")]
fn tell(format: &str, began: Instant, text: &str) {
    let millis = began.elapsed().as_millis();
    println!("| 500 changed resources as {format} | {millis} | {} |", text.len().div_ceil(1024));
}

#[test]
fn five_hundred_changed_resources() {
    let plan = change(&large(400, 100, 7, "old"), &large(400, 100, 30, "new"));
    let summary = plan.summary();
    assert_eq!((summary.update, summary.replace), (400, 100));
    let preview = Preview::of(&plan);
    let began = Instant::now();
    let text = render_plan(&preview, &context(), Style::plain(100));
    tell("text", began, &text);
    let lines = text.lines().count();
    assert!((1_000..4_000).contains(&lines), "{lines} lines");
    let began = Instant::now();
    let options = Options { max_chars: MAX_CHARS, apply: "drucloud up".into() };
    let markdown = render_markdown(&preview, &context(), &options);
    tell("Markdown", began, &markdown);
    assert!(markdown.chars().count() <= MAX_CHARS);
    assert_eq!(markdown.matches("- **Replaced:**").count(), 100, "all that could hurt is told");
    let began = Instant::now();
    let json = plan_json(&preview, &context()).to_string();
    tell("JSON", began, &json);
    let began = Instant::now();
    let html = render_html(&preview, &context(), "drucloud up");
    tell("HTML", began, &html);
    assert_eq!(html.matches("<details id=").count(), 500);
}
