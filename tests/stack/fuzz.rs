//! Whatever the input: a stack, or a report that points to at least one place and can be rendered. Never a panic.
//!
//! Inputs that once broke it are kept in `regressions`, and as fixtures in `bad` where they say something.

use drucloud::stack::Stack;
use proptest::prelude::*;

const SHIPPED: &str = include_str!("../../stacks/drucloud.yaml");
const FULL: &str = include_str!("good/full.yaml");

/// The law that every input keeps.
fn judged(bytes: &[u8]) -> Result<(), TestCaseError> {
    match Stack::parse_bytes("fuzz.yaml", bytes) {
        Ok(stack) => {
            prop_assert!(!stack.environments().is_empty());
            for environment in stack.environments() {
                super::render(&environment.warnings);
                prop_assert_eq!(environment.web.is_some(), environment.load_balancer.is_some());
            }
        }
        Err(report) => {
            let length = bytes.len();
            prop_assert!(report.located().any(|(_, _, problem)| problem.is_error()), "no error in {report}");
            for (_, _, problem) in report.located() {
                prop_assert!(
                    problem.places().next().is_some_and(|(span, _)| span.start <= length + 3),
                    "{problem:?}"
                );
                prop_assert!(!problem.message().contains(|c: char| c.is_control()), "{problem:?}");
            }
            let text = super::render(&report);
            prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        }
    }
    Ok(())
}

/// Pieces that mean something to YAML or to a stack, in any order.
fn yamlish() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "stack: x\n", "web:", "database:", "network:", "environments:", "  dev:", "scale:", "min", "max: 3",
            "region: us-east-1", "zones:", "tags:", "parameters:", "schedule:", "allow:", "logs:", "cron:", "none",
        ]).prop_map(str::to_owned),
        4 => prop::sample::select(vec![
            "\n", "\n  ", "\n    ", " ", ": ", ":", "- ", "-", "{", "}", "[", "]", ",", "\"", "'", "#", "&a ", "*a",
            "<<: ", "!t ", "|\n", ">\n", "? ", "---\n", "...\n", "%", "@", "`", "\t", "\r\n", "\u{feff}", "~", "null",
            "true", "0x", "1e9", "-1", "\u{0}", "\u{85}", "\u{2028}", "ü", "\\", "\\x", "\\u12",
        ]).prop_map(str::to_owned),
        1 => ".{0,6}",
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

#[derive(Clone, Debug)]
enum Change {
    Delete(usize, usize),
    Insert(usize, String),
    Repeat(usize, usize),
    Swap(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = || any::<prop::sample::Index>().prop_map(|index| index.index(1 << 16));
    prop_oneof![
        (at(), 1_usize..40).prop_map(|(at, length)| Change::Delete(at, length)),
        (at(), prop_oneof!["[ -~\n]{0,8}", yamlish()]).prop_map(|(at, text)| Change::Insert(at, text)),
        (at(), 1_usize..80).prop_map(|(at, length)| Change::Repeat(at, length)),
        (at(), at()).prop_map(|(a, b)| Change::Swap(a, b)),
    ]
}

fn mutate(text: &str, changes: &[Change]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match change {
            Change::Delete(at, count) => {
                let at = at % length;
                bytes.drain(at..(at + count).min(length));
            }
            Change::Insert(at, text) => {
                let at = at % (length + 1);
                bytes.splice(at..at, text.bytes());
            }
            Change::Repeat(at, count) => {
                let at = at % length;
                let piece = bytes[at..(at + count).min(length)].to_vec();
                bytes.splice(at..at, piece);
            }
            Change::Swap(a, b) => bytes.swap(a % length, b % length),
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        judged(&bytes)?;
    }

    #[test]
    fn arbitrary_text(text in "\\PC{0,200}") {
        judged(text.as_bytes())?;
    }

    #[test]
    fn pieces_of_yaml(text in yamlish()) {
        judged(text.as_bytes())?;
    }

    #[test]
    fn a_stack_with_changes(changes in prop::collection::vec(change(), 1..8)) {
        judged(&mutate(SHIPPED, &changes))?;
        judged(&mutate(FULL, &changes))?;
    }

    #[test]
    fn any_value_at_any_key(line in any::<prop::sample::Index>(), value in yamlish()) {
        let lines: Vec<&str> = FULL.lines().collect();
        let at = line.index(lines.len());
        let key = lines[at].split(':').next().unwrap_or_default();
        let changed = format!("{key}: {}", value.replace('\n', " "));
        let text: Vec<&str> = lines.iter().enumerate().map(|(n, line)| if n == at { changed.as_str() } else { line }).collect();
        judged(text.join("\n").as_bytes())?;
    }
}

#[test]
fn regressions() {
    for bytes in REGRESSIONS {
        judged(bytes).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(bytes)));
    }
}

/// The largest files of each kind, which a bound must end before time or memory do.
#[test]
fn hostile_files_of_full_size() {
    let size = 1 << 20;
    let fill = |piece: &str| piece.repeat(size / piece.len());
    let lines = |line: &dyn Fn(usize) -> String| (0..19_000).map(line).collect::<Vec<_>>().join("\n");
    let files = [
        fill("[\n"),
        fill("{a: \n"),
        fill("- "),
        fill("? "),
        fill("#\n"),
        fill("\n"),
        fill("a: &a [\n"),
        fill("&a "),
        fill("\"\n"),
        fill("|\n "),
        fill("---\n"),
        fill("\u{feff}"),
        fill("<<: {}\n"),
        lines(&|n| format!("unknown{n}: x")),
        lines(&|_| "same: x".to_owned()),
        "stack: x\ndatabase:\n  parameters:\n".to_owned() + &lines(&|n| format!("    max_conections{n}: x")),
        "stack: x\ntags:\n".to_owned() + &lines(&|n| format!("  t{n}: \u{7}")),
        "stack: x\nenvironments:\n".to_owned() + &lines(&|n| format!("  e{n}: {{}}")),
        "stack: x\nenvironments:\n".to_owned()
            + &(0..6_000).map(|n| format!("  e{n}: {{}}\n")).collect::<Vec<_>>().concat()
            + "tags:\n"
            + &(0..6_000).map(|n| format!("  t{n}: x\n")).collect::<Vec<_>>().concat(),
        "stack: x\nload_balancer:\n  allow:\n".to_owned()
            + &lines(&|n| format!("    - 10.{}.{}.0/24", n / 256, n % 256)),
    ];
    for file in files {
        judged(file.as_bytes()).unwrap_or_else(|error| panic!("{error}: {}", &file[..40]));
    }
}

/// What fuzzing found.
const REGRESSIONS: &[&[u8]] = &[
    b"",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\0",
    b"# x\r\x0b\n",
    b"\r\x0e",
    b"stack: x\nnetwork: {zones: [us-esat-1a]}",
];
