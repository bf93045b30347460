//! The least policy for an environment, as documents that IAM takes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::aws::Scope;
use crate::aws::kinds;
use crate::aws::tags;

use super::{COMMANDS, Class, ENGINE, IMPLIED, PREFLIGHT, Reach, actions, reach};

/// The most characters of a managed policy; spaces do not count ("IAM and STS character limits", IAM user guide).
pub const LIMIT: usize = 6144;

/// What reads data and not descriptions: never that of others.
const CONTENTS: &[&str] = &["s3:GetObject", "secretsmanager:GetSecretValue"];

/// How much a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breadth {
    /// To plan, and to look.
    Plan,
    /// To make, change and delete what the stack has as well.
    Apply,
    /// For every kind and every command.
    All,
}

/// What a policy has to allow.
#[derive(Clone, Debug)]
pub struct Needs {
    /// The environment.
    pub scope: Scope,
    /// Its region.
    pub region: String,
    /// The kinds that its stack uses.
    pub kinds: BTreeSet<&'static str>,
    /// For what.
    pub breadth: Breadth,
}

/// Actions by how far the permission reaches.
pub type Statements = BTreeMap<Reach, BTreeSet<&'static str>>;

/// What has to be allowed.
pub fn statements(needs: &Needs) -> Statements {
    let all = || kinds::ALL.iter().map(|kind| kind.schema().kind);
    let mut reads = actions(ENGINE, Class::Read);
    reads.extend(actions(PREFLIGHT, Class::Read));
    // A plan cannot know beforehand of which kinds there is something that the stack does not name any more.
    reads.extend(all().flat_map(|kind| actions(kind, Class::Read)));
    // Command `status` only looks.
    reads.extend(actions(COMMANDS, Class::Read));
    let used: BTreeSet<&str> = match needs.breadth {
        Breadth::Plan => BTreeSet::new(),
        Breadth::Apply => needs.kinds.clone(),
        Breadth::All => all().collect(),
    };
    let changes = [Class::Create, Class::Update, Class::Delete];
    let mut writes: BTreeSet<&str> =
        used.iter().flat_map(|kind| changes.into_iter().flat_map(|class| actions(kind, class))).collect();
    writes.extend(implied(&used));
    if needs.breadth != Breadth::Plan {
        writes.extend(changes.into_iter().flat_map(|class| actions(ENGINE, class)));
    }
    if needs.breadth == Breadth::All {
        writes.extend(changes.into_iter().flat_map(|class| actions(COMMANDS, class)));
    }
    let mut statements = Statements::new();
    for action in writes.difference(&reads).copied() {
        statements.entry(reach(action, &needs.scope, &needs.region)).or_default().insert(action);
    }
    for action in reads {
        let reach = if CONTENTS.contains(&action) {
            reach(action, &needs.scope, &needs.region)
        } else {
            Reach::Everything
        };
        statements.entry(reach).or_default().insert(action);
    }
    statements
}

/// What AWS asks for beside the calls of these kinds.
pub fn implied(kinds: &BTreeSet<&str>) -> impl Iterator<Item = &'static str> {
    IMPLIED
        .iter()
        .filter(|implied| implied.kinds.iter().any(|kind| kinds.contains(kind)))
        .map(|implied| implied.action)
}

/// The statements as one document, however long.
pub fn document(statements: &Statements, scope: &Scope) -> Value {
    let all: Vec<Value> = statements
        .iter()
        .filter(|(_, actions)| !actions.is_empty())
        .map(|(reach, actions)| statement(reach, actions, scope))
        .collect();
    json!({"Version": "2012-10-17", "Statement": all})
}

/// The statements as documents of at most `limit` characters, spaces not counted.
pub fn documents(statements: &Statements, scope: &Scope, limit: usize) -> Vec<Value> {
    let mut done: Vec<Value> = Vec::new();
    let mut page = Statements::new();
    let all =
        statements.iter().flat_map(|(reach, actions)| actions.iter().map(move |action| (reach, *action)));
    for (reach, action) in all {
        let mut next = page.clone();
        next.entry(reach.clone()).or_default().insert(action);
        if length(&document(&next, scope)) > limit && !page.is_empty() {
            done.push(document(&page, scope));
            next = Statements::from([(reach.clone(), BTreeSet::from([action]))]);
        }
        page = next;
    }
    done.push(document(&page, scope));
    done
}

/// How long IAM finds a document.
pub fn length(document: &Value) -> usize {
    // Serialised without spaces; those inside of values, of which there are none, would not count either.
    document.to_string().chars().filter(|c| !c.is_whitespace()).count()
}

fn statement(reach: &Reach, actions: &BTreeSet<&str>, scope: &Scope) -> Value {
    let mut statement = json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    match reach {
        Reach::Everything => {}
        Reach::Named(arns) => statement["Resource"] = json!(arns),
        Reach::Tagged => {
            let tag = |key: &str| format!("aws:ResourceTag/{key}");
            let tags = [(tag(tags::STACK), &scope.stack), (tag(tags::ENV), &scope.env)];
            statement["Condition"] = json!({"StringEquals": BTreeMap::from(tags)});
        }
    }
    statement
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(breadth: Breadth) -> Needs {
        let scope = Scope { stack: "site".to_owned(), env: "prod".to_owned() };
        Needs { scope, region: "eu-central-1".to_owned(), kinds: ["vpc", "bucket"].into(), breadth }
    }

    fn all(statements: &Statements) -> BTreeSet<&str> {
        statements.values().flatten().copied().collect()
    }

    #[test]
    fn a_plan_only_reads_and_an_apply_changes_what_the_stack_has() {
        let plan = statements(&needs(Breadth::Plan));
        let other = |action: &&str| {
            !["Describe", "Get", "List", "Simulate"].iter().any(|start| action.contains(&format!(":{start}")))
        };
        assert_eq!(all(&plan).into_iter().filter(other).collect::<Vec<_>>(), [""; 0]);
        assert!(!plan[&Reach::Everything].contains("s3:GetObject"));
        assert!(all(&plan).contains("ec2:DescribeVpcs"));
        assert!(!all(&plan).contains("ec2:CreateVpc"));
        let apply = statements(&needs(Breadth::Apply));
        for action in [
            "ec2:CreateVpc",
            "ec2:DeleteVpc",
            "s3:CreateBucket",
            "ssm:PutParameter",
            "rds:DescribeDBInstances",
        ] {
            assert!(all(&apply).contains(action), "{action}");
        }
        assert!(!all(&apply).contains("rds:CreateDBInstance"));
        assert!(all(&apply).is_superset(&all(&plan)));
        assert!(all(&statements(&needs(Breadth::All))).is_superset(&all(&apply)));
    }

    #[test]
    fn documents_are_no_longer_than_iam_takes_and_lose_nothing() {
        let needs = needs(Breadth::All);
        let statements = statements(&needs);
        let pages = documents(&statements, &needs.scope, LIMIT);
        assert!(pages.len() > 1 && pages.len() <= 10, "{}", pages.len());
        let mut found = BTreeSet::new();
        for page in &pages {
            assert!(length(page) <= LIMIT, "{}", length(page));
            for statement in page["Statement"].as_array().expect("statements") {
                found.extend(
                    statement["Action"].as_array().expect("actions").iter().filter_map(Value::as_str),
                );
            }
        }
        assert_eq!(found, all(&statements));
    }

    #[test]
    fn what_is_known_by_its_tags_is_limited_to_them() {
        let needs = needs(Breadth::Apply);
        let document = document(&statements(&needs), &needs.scope);
        let all = document["Statement"].as_array().expect("statements");
        let tagged =
            all.iter().find(|statement| statement["Action"] == json!(["ec2:DeleteVpc"])).expect("one");
        assert_eq!(tagged["Condition"]["StringEquals"]["aws:ResourceTag/drucloud:env"], "prod");
    }
}
