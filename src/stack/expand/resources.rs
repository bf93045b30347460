//! resources: what the user gives kind by kind, and what is wrong with their references.
//!
//! Whether a reference leads anywhere is known only when all sections are expanded; what the graph refuses then is
//! told at its place in the file.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::address::{Address, Reference};
use crate::model::graph::GraphError;
use crate::model::schema::Schema;
use crate::model::spec::as_reference;
use crate::stack::resources::SECTION;
use crate::stack::{Environment, Problem, did_you_mean, nearest};

use super::{ExpandError, Plot};

mod places;

/// The kind of every resource of the environment.
type Known = BTreeMap<Address, &'static Schema>;

pub(super) fn expand(plot: &mut Plot<'_>) -> Result<(), ExpandError> {
    let environment = plot.environment;
    for resource in &environment.resources {
        let address: Address = format!("{SECTION}.{}", resource.name).parse()?;
        let data = plot.draft.catalog().get(resource.kind).is_some_and(|schema| schema.data.is_some());
        plot.draft.add_spec(&address, resource.kind, resource.spec.clone(), environment.protect && data);
    }
    let known = if environment.resources.is_empty() { Known::new() } else { plot.draft.kinds() };
    let mut problems = Vec::new();
    for resource in &environment.resources {
        for (_, value) in &resource.spec {
            kinds(environment, &resource.name, value, &known, &mut problems);
        }
    }
    problems.extend(places::wrong(environment, plot.draft.nodes()));
    if problems.is_empty() { Ok(()) } else { Err(environment.report(problems).into()) }
}

/// A property that takes the id of a network takes that of no subnet.
fn kinds(environment: &Environment, name: &str, value: &Value, known: &Known, problems: &mut Vec<Problem>) {
    match (as_reference(value), value) {
        (Some(to), _) => {
            let (Some(wanted), Some(found)) = (value["$kind"].as_str(), known.get(&to.address)) else {
                return;
            };
            if to.output == "id" && found.kind != wanted {
                let message = format!(
                    "`{SECTION}.{name}`: the id of a {wanted} belongs here, `{}` is a {}",
                    to.address, found.kind
                );
                let others =
                    known.iter().filter(|(_, schema)| schema.kind == wanted).map(|(address, _)| address);
                let help = match others.map(|address| format!("`${{{address}.id}}`")).next() {
                    Some(other) => format!("write {other}, for instance"),
                    None => format!("the environment has no {wanted}"),
                };
                problems.push(environment.problem_in(name, &written(&to), message, help));
            }
        }
        (None, Value::Array(items)) => {
            for item in items {
                kinds(environment, name, item, known, problems);
            }
        }
        (None, Value::Object(map)) => {
            for item in map.values() {
                kinds(environment, name, item, known, problems);
            }
        }
        _ => {}
    }
}

/// A reference as the file writes it.
fn written(reference: &Reference) -> String {
    format!("${{{reference}}}")
}

/// What is wrong with the graph, told in the file where it is the file's fault.
pub(super) fn explain(environment: &Environment, known: &Known, errors: Vec<GraphError>) -> ExpandError {
    let problems: Option<Vec<Problem>> =
        errors.iter().map(|error| problem(environment, known, error)).collect();
    problems.map_or(ExpandError::Graph(errors), |problems| environment.report(problems).into())
}

fn problem(environment: &Environment, known: &Known, error: &GraphError) -> Option<Problem> {
    let name = |address: &Address| {
        let name = address.as_str().strip_prefix(SECTION)?.strip_prefix('.')?;
        Some(name.to_owned())
    };
    match error {
        GraphError::Missing { from, to } => {
            let whole = to.to_string();
            let forgotten = known.keys().find(|address| address.as_str() == whole);
            let (guess, help) = match forgotten {
                Some(address) => {
                    (String::new(), format!("write `${{{address}.id}}`: a reference ends in an output"))
                }
                None => missing(known, to),
            };
            let message = format!("`{from}`: `{}` refers to nothing in this environment{guess}", written(to));
            Some(environment.problem_in(&name(from)?, &written(to), message, help))
        }
        GraphError::NoOutput { from, to, kind, known } => {
            let guess = did_you_mean(&to.output, known.split(", "));
            let message = format!("`{from}`: `{}` has no output `{}`{guess}", to.address, to.output);
            let help = format!("a {kind} has these: {known}");
            Some(environment.problem_in(&name(from)?, &written(to), message, help))
        }
        GraphError::Circle(circle) => {
            let at = circle.windows(2).find_map(|pair| Some((name(&pair[0])?, &pair[1])))?;
            let (name, next) = at;
            let path: Vec<String> = circle.iter().map(|address| format!("`{address}`")).collect();
            let message = format!("these resources refer to each other in a circle: {}", path.join(" -> "));
            let help = "each of them would have to be there before the others: leave one reference out";
            Some(environment.problem_in(&name, &format!("${{{next}."), message, help))
        }
        GraphError::Twice(_) | GraphError::UnknownKind { .. } | GraphError::Unwritable(..) => None,
    }
}

fn missing(known: &Known, to: &Reference) -> (String, String) {
    let addresses = || known.keys().map(Address::as_str);
    if let Some(guess) = nearest(to.address.as_str(), addresses()) {
        return (format!("; did you mean `{guess}`?"), format!("write `${{{guess}.{}}}`", to.output));
    }
    let section: Vec<&str> =
        addresses().filter(|address| address.starts_with(to.address.section())).take(8).collect();
    let help = if section.is_empty() {
        "`drucloud plan` shows the addresses of all resources".to_owned()
    } else {
        format!("`{}` has, among others, {}", to.address.section(), section.join(", "))
    };
    (String::new(), help)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::aws::kinds::catalog;
    use crate::model::graph::Graph;
    use crate::stack::Stack;
    use crate::stack::expand::expand;
    use crate::stack::facts::Facts;

    fn graph(resources: &str) -> Result<Graph, ExpandError> {
        let text = format!("stack: s\nregion: us-east-1\nresources:\n{resources}");
        let stack = Stack::parse("s.yaml", &text).unwrap_or_else(|report| panic!("{:?}", report.problems()));
        let environment = &stack.environments()[0];
        expand(environment, &Facts::assumed(environment), &catalog())
    }

    fn problems(resources: &str) -> Vec<String> {
        let Err(ExpandError::Report(report)) = graph(resources) else { panic!("no report") };
        let told = report.located().map(|(line, column, problem)| {
            format!("{line}:{column} {} [{}]", problem.message(), problem.help_text().unwrap_or_default())
        });
        told.collect()
    }

    #[test]
    fn resources_stand_at_their_addresses_and_refer_to_sections() {
        let graph =
            graph("  gate.two: {kind: internet_gateway, vpc: '${network.vpc.id}'}\n").expect("a graph");
        let node = graph.get(&"resources.gate.two".parse().expect("an address")).expect("the node");
        assert_eq!(graph.needs(node)[0].as_str(), "network.vpc");
    }

    #[test]
    fn references_that_lead_nowhere_are_told_at_their_place() {
        let one = |reference: &str| {
            problems(&format!("  gate: {{kind: internet_gateway, vpc: '${{{reference}}}'}}\n")).remove(0)
        };
        assert_eq!(
            one("network.vpx.id"),
            "4:39 `resources.gate`: `${network.vpx.id}` refers to nothing in this environment; did you mean \
             `network.vpc`? [write `${network.vpc.id}`]"
        );
        let forgotten = one("network.subnet.app-a");
        assert!(
            forgotten.ends_with("[write `${network.subnet.app-a.id}`: a reference ends in an output]"),
            "{forgotten}"
        );
        assert_eq!(
            one("network.vpc.cidrs"),
            "4:39 `resources.gate`: `network.vpc` has no output `cidrs`; did you mean `cidr`? [a vpc has these: id, \
             cidr, owner]"
        );
        assert_eq!(
            one("network.subnet.app-a.id"),
            "4:39 `resources.gate`: the id of a vpc belongs here, `network.subnet.app-a` is a subnet [write \
             `${network.vpc.id}`, for instance]"
        );
    }

    #[test]
    fn a_circle_is_told_at_one_of_its_references() {
        let found = problems(
            "  a: {kind: security_group, vpc: '${network.vpc.id}', description: 'x ${resources.b.id}'}\n  \
             b: {kind: security_group, vpc: '${network.vpc.id}', description: 'x ${resources.a.id}'}\n",
        );
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("in a circle: `resources.a` -> `resources.b` -> `resources.a`"),
            "{found:?}"
        );
        assert!(found[0].starts_with("4:"), "{found:?}");
    }

    #[test]
    fn a_thousand_resources_are_a_matter_of_moments() {
        let began = Instant::now();
        let one = |n| {
            format!(
                "  group.n{n}: {{kind: security_group, vpc: '${{network.vpc.id}}', description: 'Group {n}'}}\n"
            )
        };
        let graph = graph(&(0..1000).map(one).collect::<String>()).expect("a graph");
        assert!(graph.len() > 1000);
        let took = began.elapsed();
        assert!(took < Duration::from_millis(2000), "{took:?}");
    }
}
