//! The picture of every shipped stack: nothing over anything else, and everything in it.

use drucloud::ui::diagram::{plan_diagram, stack_diagram};

use crate::plans::{context, first, graph, shipped};

/// The value of an attribute of a tag.
fn number(tag: &str, name: &str) -> f64 {
    let (_, rest) = tag.split_once(&format!(" {name}=\"")).unwrap_or_else(|| panic!("no {name}: {tag}"));
    rest.split('"').next().expect("a value").parse().expect("a number")
}

/// Left, top, right and lower edge of the rectangles of a class.
fn rects(svg: &str, class: &str) -> Vec<[f64; 4]> {
    let tags =
        svg.split("<rect ").skip(1).map(|tag| format!(" {}", tag.split("/>").next().unwrap_or_default()));
    let of_class = tags.filter(|tag| {
        tag.starts_with(&format!(" class=\"{class}")) && tag.contains("rx=\"6\"") || (class != "card")
    });
    of_class
        .map(|tag| {
            let (x, y) = (number(&tag, "x"), number(&tag, "y"));
            [x, y, x + number(&tag, "width"), y + number(&tag, "height")]
        })
        .collect()
}

fn apart(a: [f64; 4], b: [f64; 4]) -> bool {
    a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1]
}

fn inside(inner: [f64; 4], outer: [f64; 4]) -> bool {
    inner[0] >= outer[0] && inner[1] >= outer[1] && inner[2] <= outer[2] && inner[3] <= outer[3]
}

fn check(name: &str, svg: &str) {
    let size = [0.0, 0.0, number(svg, "width"), number(svg, "height")];
    let (cards, subnets, vpc) = (rects(svg, "card"), rects(svg, "subnet"), rects(svg, "vpc"));
    for boxes in [&cards, &subnets] {
        for (index, one) in boxes.iter().enumerate() {
            assert!(inside(*one, size), "{name}: {one:?} outside of {size:?}");
            for other in &boxes[index + 1..] {
                assert!(apart(*one, *other), "{name}: {one:?} over {other:?}");
            }
        }
    }
    assert_eq!(vpc.len(), 1, "{name}");
    for subnet in subnets {
        assert!(inside(subnet, vpc[0]), "{name}: a subnet outside of its network");
    }
    for aside in rects(svg, "aside") {
        assert!(apart(aside, vpc[0]) && cards.iter().all(|card| apart(*card, aside)), "{name}: the list");
    }
}

#[test]
fn nothing_stands_over_anything_else() {
    for (name, text) in shipped() {
        for zones in 2..=3 {
            let text = text.replace("zones: 2", &format!("zones: {zones}"));
            check(&name, &stack_diagram(&graph(&name, &text), &context()));
            check(&name, &plan_diagram(&first(&text), &context()));
        }
    }
}

#[test]
fn everything_that_matters_has_a_card() {
    let text = &shipped()["drucloud.yaml"];
    let svg = stack_diagram(&graph("drucloud.yaml", text), &context());
    let addresses = [
        "media.cdn",
        "media.bucket",
        "load_balancer.alb",
        "network.nat.a",
        "network.nat.b",
        "web.group",
        "control.server",
        "files.server.1",
        "files.server.2",
        "search.server",
        "cache.cluster",
        "database.instance",
    ];
    for address in addresses {
        assert_eq!(svg.matches(&format!(">{address}</text>")).count(), 1, "{address}");
    }
    for fact in [
        "m7g.large, × 2 to 8",
        "mysql 8.4, db.m7g.large, two zones",
        "VPC · 10.20.0.0/16",
        "7 × Security group",
    ] {
        assert!(svg.contains(fact), "{fact}");
    }
    assert!(!svg.contains("unchanged"), "nothing is compared with anything");
    let plan = plan_diagram(&first(text), &context());
    assert!(plan.contains("Database · + new") && plan.contains(">+ new</text>"));
}
