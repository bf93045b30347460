//! docs/permissions.md: what the identity that runs drucloud must be allowed to do.

use std::fmt::Write as _;

use drucloud::aws::Scope;
use drucloud::aws::kinds;
use drucloud::aws::permissions::{Breadth, IMPLIED, Needs, document, statements};

const HEAD: &str = "\
# Permissions

What the identity that runs drucloud must be allowed to do: this page is generated from the calls in the code and held
true by a test.

`drucloud policy-document [STACK] --env ENV` prints the least IAM policy for one environment: only the kinds that it
uses, and scoped to its names and tags where AWS allows it. `--plan` prints what `plan`, `output` and `status` need, which
change nothing; `--all` what every kind and command needs, as below. A plan reads every kind once, because an
environment may have what its stack does not name any more, so the reads are the same for every stack.

A policy that IAM would find too long is split: a managed policy holds 6,144 characters, a role takes ten of them.

Besides the calls that drucloud makes itself, AWS asks for:

";

/// The page.
pub fn page() -> String {
    let mut text = HEAD.to_owned();
    for implied in IMPLIED {
        writeln!(text, "- `{}`: {}", implied.action, implied.why).expect("text");
    }
    let needs = Needs {
        scope: Scope { stack: "STACK".to_owned(), env: "ENV".to_owned() },
        region: "us-east-1".to_owned(),
        kinds: kinds::ALL.iter().map(|kind| kind.schema().kind).collect(),
        breadth: Breadth::All,
    };
    let document = document(&statements(&needs), &needs.scope);
    write!(
        text,
        "\nAll of it, for the environment `ENV` of `STACK` in us-east-1:\n\n```json\n{document:#}\n```\n"
    )
    .expect("text");
    text
}
