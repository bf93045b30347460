//! The picture: everything in it, nothing over another, the same every time.

use serde_json::json;

use crate::model::live::LiveState;
use crate::model::testing::graph;

use super::super::testing::{context, everything, plan, stack};
use super::layout::{Drawing, Rect, draw};
use super::scene::{Scene, State};
use super::*;

/// No card over another, none outside of the picture.
fn check(drawing: &Drawing) {
    let (width, height) = drawing.size;
    let apart =
        |a: Rect, b: Rect| a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
    for (index, card) in drawing.cards.iter().enumerate() {
        let rect = card.rect;
        assert!(
            rect.x >= 0.0 && rect.y >= 0.0 && rect.x + rect.w <= width && rect.y + rect.h <= height,
            "{card:?}"
        );
        for other in &drawing.cards[index + 1..] {
            assert!(apart(rect, other.rect), "{card:?} over {other:?}");
        }
    }
}

#[test]
fn what_happens_is_told_by_word_and_colour() {
    let plan = everything();
    let scene = Scene::of_plan(&plan);
    let drawing = draw(&scene);
    check(&drawing);
    assert!(drawing.told);
    let lb = drawing.cards.iter().find(|card| card.lines[1] == "web.lb").expect("a card");
    assert_eq!((lb.state, lb.lines[0].as_str()), (State::Replaced, "Load balancer · ± replaced"));
    let svg = plan_diagram(&plan, &context());
    assert!(svg.contains("card replaced") && svg.contains("drucloud/prod in eu-central-1"));
    assert_eq!(svg, plan_diagram(&plan, &context()));
}

#[test]
fn a_stack_has_no_legend() {
    let graph = graph(&stack());
    let drawing = draw(&Scene::of_graph(&graph));
    check(&drawing);
    assert!(!drawing.told);
    assert!(!stack_diagram(&graph, &context()).contains("unchanged"));
}

#[test]
fn nothing_and_foreign_text() {
    check(&draw(&Scene::default()));
    let mut wanted = stack();
    wanted[1].2["cidr"] = json!("</text><script>&\u{1b}");
    let plan = plan(&wanted, &LiveState::default());
    let svg = plan_diagram(&plan, &context());
    assert!(!svg.contains("<script>") && !svg.contains('\u{1b}') && svg.contains("&lt;script&gt;"), "{svg}");
}
