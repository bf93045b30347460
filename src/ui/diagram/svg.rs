//! A drawing as SVG 1.1: one element, its style inside, no script, nothing from elsewhere.

use std::fmt::Write as _;

use super::layout::{Card, Drawing, Entry, Frame};
use super::scene::State;

/// How everything looks, by day and by night.
const STYLE: &str = "\
.dc{font:12px/1.4 system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif;--p:#fff;--i:#1f2328;--m:#59636e;--l:#c4ccd5;\
--n:#1a7f37;--nf:#e6f6ea;--c:#9a6700;--cf:#fff5d6;--r:#8250df;--rf:#f3ebff;--d:#cf222e;--df:#ffebe9;--b:#f6f8fa}\
@media(prefers-color-scheme:dark){.dc{--p:#0d1117;--i:#e6edf3;--m:#9198a1;--l:#3d444d;--n:#3fb950;--nf:#12261a;--c:#d29922;\
--cf:#2b230f;--r:#ab7df8;--rf:#221a36;--d:#f85149;--df:#301619;--b:#151b23}}\
.dc text{fill:var(--i)}.dc text.m{fill:var(--m)}.dc text.t{font-weight:600}\
.dc text.new{fill:var(--n)}.dc text.changed{fill:var(--c)}.dc text.replaced{fill:var(--r)}.dc text.removed{fill:var(--d)}\
.dc rect{stroke:var(--l);fill:var(--p)}.dc rect.bg{stroke:none}.dc rect.vpc,.dc rect.card{stroke-width:1.5}\
.dc rect.subnet{fill:var(--b)}.dc rect.aside{stroke-dasharray:4 4}\
.dc rect.new{stroke:var(--n)}.dc rect.changed{stroke:var(--c)}.dc rect.replaced{stroke:var(--r)}\
.dc rect.removed{stroke:var(--d);stroke-dasharray:5 3}\
.dc rect.card.new{fill:var(--nf)}.dc rect.card.changed{fill:var(--cf)}.dc rect.card.replaced{fill:var(--rf)}\
.dc rect.card.removed{fill:var(--df)}\
.dc path{stroke:var(--m);fill:none;stroke-width:1.5}.dc path.head{fill:var(--m);stroke:none}";

/// The picture; `title` says of what.
pub fn write(drawing: &Drawing, title: &str) -> String {
    let (width, height) = drawing.size;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"dc\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\"><title>{}</title><style>{STYLE}</style>\
         <rect class=\"bg\" width=\"{width}\" height=\"{height}\"/>\n",
        escaped(title)
    );
    drawing.frames.iter().for_each(|frame| put_frame(&mut svg, frame));
    drawing.arrows.iter().for_each(|arrow| put_arrow(&mut svg, *arrow));
    drawing.cards.iter().for_each(|card| put_card(&mut svg, card));
    drawing.entries.iter().for_each(|entry| put_entry(&mut svg, entry));
    if drawing.told {
        put_legend(&mut svg, height);
    }
    svg.push_str("</svg>\n");
    svg
}

fn class(state: State) -> &'static str {
    match state {
        State::Plain => "",
        state => state.word(),
    }
}

fn put_frame(svg: &mut String, frame: &Frame) {
    let rect = frame.rect;
    put(
        svg,
        format_args!(
            "<rect class=\"{} {}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"8\"/>\
             <text class=\"m {}\" x=\"{}\" y=\"{}\">{}</text>\n",
            frame.class,
            class(frame.state),
            rect.x,
            rect.y,
            rect.w,
            rect.h,
            class(frame.state),
            rect.x + 12.0,
            rect.y + 20.0,
            escaped(&frame.label)
        ),
    );
}

fn put_card(svg: &mut String, card: &Card) {
    let rect = card.rect;
    put(
        svg,
        format_args!(
            "<g><rect class=\"card {}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\"/>",
            class(card.state),
            rect.x,
            rect.y,
            rect.w,
            rect.h
        ),
    );
    let single = card.lines[1].is_empty() && card.lines[2].is_empty();
    for (index, line) in (0_u8..).zip(&card.lines) {
        let weight = if index == 0 { format!("t {}", class(card.state)) } else { "m".to_owned() };
        let y = rect.y + if single { 33.0 } else { 17.0 + 16.0 * f64::from(index) };
        if !line.is_empty() {
            put(
                svg,
                format_args!(
                    "<text class=\"{weight}\" x=\"{}\" y=\"{y}\">{}</text>",
                    rect.x + 12.0,
                    escaped(line)
                ),
            );
        }
    }
    svg.push_str("</g>\n");
}

fn put_entry(svg: &mut String, entry: &Entry) {
    let class = class(entry.state);
    put(
        svg,
        format_args!(
            "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>\n",
            entry.at.0,
            entry.at.1,
            escaped(&entry.text)
        ),
    );
}

/// A line and its head.
fn put_arrow(svg: &mut String, [(x1, y1), (x2, y2)]: [(f64, f64); 2]) {
    let (dx, dy) = if (x2 - x1).abs() > (y2 - y1).abs() { (7.0, 0.0) } else { (0.0, 7.0) };
    let (bx, by) = (x2 - dx, y2 - dy);
    put(
        svg,
        format_args!(
            "<path d=\"M{x1} {y1}L{bx} {by}\"/><path class=\"head\" d=\"M{x2} {y2}L{} {}L{} {}Z\"/>\n",
            bx - dy / 2.0,
            by - dx / 2.0,
            bx + dy / 2.0,
            by + dx / 2.0
        ),
    );
}

/// What the colours mean, along the lower edge.
fn put_legend(svg: &mut String, height: f64) {
    let y = height - 36.0;
    for (index, state) in (0_u8..).zip(State::TOLD) {
        let x = 24.0 + 108.0 * f64::from(index);
        put(
            svg,
            format_args!(
                "<rect class=\"card {0}\" x=\"{x}\" y=\"{y}\" width=\"16\" height=\"16\" rx=\"3\"/>\
                 <text x=\"{1}\" y=\"{2}\">{3} {0}</text>\n",
                state.word(),
                x + 24.0,
                y + 12.5,
                state.sign()
            ),
        );
    }
}

/// Writing to a string does not fail.
fn put(svg: &mut String, what: std::fmt::Arguments<'_>) {
    let _: std::fmt::Result = svg.write_fmt(what);
}

/// Text for an element or an attribute.
pub fn escaped(text: &str) -> String {
    super::super::text::clean(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
