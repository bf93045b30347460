//! Places of what is read, and the refusal of what is hostile.

use super::*;

fn root(text: &str) -> Node {
    let reading = read(text).unwrap_or_else(|problem| panic!("{problem}: {text}"));
    assert_eq!(reading.problems, [], "{text}");
    reading.root
}

fn refused(text: &str) -> String {
    match read(text) {
        Err(problem) => problem.to_string(),
        Ok(reading) => reading.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    }
}

#[test]
fn keys_and_values_know_their_places() {
    let text = "# top\nweb:\n  scale: {min: 2, max: 8}\n  list:\n  - a\n  - 'b c'\nend: x\n";
    let root = root(text);
    let slice = |span: Span| &text[span.start..span.end];
    let web = root.get("web").unwrap();
    assert_eq!(slice(web.key_span), "web");
    assert_eq!(slice(web.node.span), "scale: {min: 2, max: 8}\n  list:\n  - a\n  - 'b c'");
    let scale = web.node.get("scale").unwrap();
    assert_eq!(slice(scale.node.span), "{min: 2, max: 8}");
    assert_eq!(slice(scale.node.get("max").unwrap().node.span), "8");
    let Value::List(items) = &web.node.get("list").unwrap().node.value else { panic!("a list") };
    assert_eq!(slice(items[1].span), "'b c'");
}

#[test]
fn anchors_and_merge_keys_keep_the_place_of_their_definition() {
    let text = "base: &b {a: 1, c: 2}\nuse:\n  <<: *b\n  c: 3\nlist: [*b]\n";
    let root = root(text);
    let used = &root.get("use").unwrap().node;
    let found: Vec<_> = used
        .entries()
        .iter()
        .map(|entry| (&*entry.key, entry.node.scalar().unwrap().text.as_str()))
        .collect();
    assert_eq!(found, [("c", "3"), ("a", "1")]);
    assert_eq!(&text[used.get("a").unwrap().key_span.start..][..1], "a");
    assert_eq!(used.get("a").unwrap().key_span.start, text.find("a: 1").unwrap());
}

#[test]
fn a_leading_byte_order_mark_is_no_mistake() {
    let text = "\u{feff}stack: x\n";
    let root = root(text);
    let entry = &root.entries()[0];
    assert_eq!((entry.key.as_str(), &text[entry.key_span.start..entry.key_span.end]), ("stack", "stack"));
}

#[test]
fn what_no_stack_file_holds_is_refused() {
    let deep = "[".repeat(200);
    let deep_block = (0..200).map(|n| " ".repeat(n) + "a:").collect::<Vec<_>>().join("\n");
    let wide = "- x\n".repeat(40_000);
    let bomb = format!(
        "a: &a [x,x,x,x,x,x,x,x,x]\n{}",
        ["ba", "cb", "dc", "ed", "fe", "gf", "hg"]
            .map(|pair| format!("{0}: &{0} [{1}]", &pair[..1], format!("*{},", &pair[1..]).repeat(9)))
            .join("\n")
    );
    let text_bomb = format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(4000), "*a,\n".repeat(5000));
    let cases = [
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("---\n...\n", "the file is empty"),
        ("a: 1\n---\nb: 2\n", "a second document in the file"),
        ("a: 1\na: 2\n", "the key `a` is given twice"),
        ("a: *b\n", "not valid YAML: an alias (`*name`) without its anchor (`&name`)"),
        ("a: &a [*a]\n", "an alias (`*name`) inside the value that it names"),
        ("a:\n\tb: 1\n", "not valid YAML: a tab where YAML wants spaces"),
        ("a: b: c\n", "not valid YAML: a second `: ` in one line, or a key that is indented too far"),
        ("a: \"x\n", "not valid YAML: a quote that is never closed"),
        ("a: [1, 2\n", "not valid YAML: a bracket or brace that is never closed"),
        ("? [a]\n: 1\n", "a key must be a single word"),
        ("a: !include x\n", "a YAML tag (`!...`) has no meaning here"),
        ("%YAML 1.2\n---\na: 1\n", "not valid YAML: a YAML directive (`%...`)"),
        ("<<: 3\na: 1\n", "`<<` takes a mapping"),
        (&deep, "not valid YAML: lists and mappings are nested too deep"),
        (&deep_block, "not valid YAML: lists and mappings are nested too deep"),
        (&wide, "the file holds more than 30000 values"),
        (&bomb, "the file holds more than 30000 values"),
        (&text_bomb, "the file's values hold more than 4 MiB of text"),
        (&"x".repeat(5000), "a line is longer than 4096 bytes"),
        (&"x\n".repeat(600_000), "the file is larger than 1024 KiB"),
    ];
    for (text, expected) in cases {
        assert_eq!(refused(text), expected, "{:?}", text.get(..60).unwrap_or(text));
    }
    assert!(refused("a: \u{0}\n").contains("unexpected character"), "{}", refused("a: \u{0}\n"));
}
