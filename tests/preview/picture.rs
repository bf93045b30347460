//! The picture of every shipped stack: nothing over anything else, and everything in it.

use drucloud::ui::diagram::{plan_diagram, stack_diagram};

use crate::plans::{change, context, first, graph, shipped};

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
        // Those of the legend are no cards.
        tag.starts_with(&format!(" class=\"{class} ")) && (class != "card" || tag.contains("rx=\"6\""))
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

/// The texts with where they begin and end, at the widest that a character of such text is (12 px).
fn texts(svg: &str) -> Vec<(String, f64, f64)> {
    let one = |tag: &str| {
        let (head, rest) = tag.split_once('>').expect("a tag");
        let text = rest.split('<').next().unwrap_or_default().to_owned();
        let x = number(&format!(" {head}"), "x");
        let end = x + 6.6 * f64::from(u32::try_from(text.chars().count()).expect("a short text"));
        (text, x, end)
    };
    svg.split("<text ").skip(1).map(one).collect()
}

#[test]
fn names_of_subnets_stay_in_their_frames() {
    let text = shipped()["drucloud.yaml"].replace("zones: 2", "zones: 3");
    let svg = plan_diagram(&first(&text), &context());
    let names: Vec<_> = texts(&svg).into_iter().filter(|(text, ..)| text.contains("us-east-1")).collect();
    assert_eq!(names.len(), 9);
    assert_eq!(names[0].0, "+ public · us-east-1a · 10.20.192.0/22", "whole, with what happens to it");
    let frames = rects(&svg, "subnet");
    for (name, x, end) in names {
        let frame = frames.iter().find(|frame| frame[0] <= x && x <= frame[2]).expect("a frame");
        assert!(end <= frame[2], "{name} sticks out");
    }
}

#[test]
fn the_cdn_is_joined_with_the_bucket_that_it_serves() {
    let text = &shipped()["drucloud.yaml"];
    let graph = graph("drucloud.yaml", text);
    for svg in [stack_diagram(&graph, &context()), plan_diagram(&first(text), &context())] {
        let at = |name: &str| {
            let (_, x, _) = texts(&svg).into_iter().find(|(text, ..)| text == name).expect("a card");
            x
        };
        let edge = at("media.bucket") - 12.0;
        assert!(svg.contains(&format!("<path class=\"head\" d=\"M{edge} ")), "no line ends at {edge}: {svg}");
        assert!(edge < at("configuration.bucket"));
    }
}

#[test]
fn what_stays_has_the_name_that_what_comes_has() {
    let text = &shipped()["drucloud.yaml"];
    let svg = plan_diagram(&change(text, text), &context());
    for line in ["2 × Elastic IP address", "1 × SNS topic", "1 × Gateway endpoint"] {
        assert!(svg.contains(&format!(">{line}</text>")), "{line}: {svg}");
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
