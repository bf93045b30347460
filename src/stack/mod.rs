//! The stack file: read, checked and merged into typed environments.
//!
//! YAML -> a tree with places (`read`) -> checked against the schema of the sections (`check`) -> for each
//! environment its overlay merged in (`overlay`), decoded (`decode`) and asked for its rules (`rules`).
//! Every problem of a file is told in one [`Report`], and nothing but AWS is left to say no afterwards.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path as FilePath;

mod check;
mod decode;
mod environment;
mod node;
mod overlay;
mod parameter_table;
mod path;
mod read;
mod report;
mod rules;
mod schema;
mod sections;
mod source;
mod suggest;

pub mod algorithm;
pub mod budget;
pub mod cache;
pub mod cache_engine;
pub mod cache_parameters;
pub mod configuration;
pub mod control;
pub mod database;
pub mod editor;
pub mod elsewhere;
pub mod engine;
pub mod expand;
pub mod facts;
pub mod files;
pub mod findings;
pub mod load_balancer;
mod machine;
pub mod mail;
pub mod media;
pub mod monitoring;
pub mod network;
pub mod outputs;
pub mod parameters;
pub mod resources;
pub mod search;
pub mod site;
pub mod starter;
pub mod text;
pub mod web;

pub use environment::Environment;
pub use report::{Problem, Report};
pub use sections::Tags;
pub use source::{Source, Span};
pub use suggest::{all_of, did_you_mean, either, nearest};

use environment::Draft;
use node::{Entry, Kind, Node, Scalar, Value};
use text::{EnvironmentName, StackName};

/// The environment of a stack that names none.
const DEFAULT_ENVIRONMENT: &str = "sandbox";

/// A stack file that holds no mistake.
#[derive(Clone, Debug)]
pub struct Stack {
    /// The stack's name.
    pub name: StackName,
    environments: Vec<Environment>,
    source: Source,
    /// Where the environments are listed, or the start of the file.
    list: Span,
}

/// The JSON Schema of a stack file, for editors and for the reference.
pub fn json_schema() -> &'static serde_json::Value {
    schema::root()
}

impl Stack {
    /// Reads a stack from a file.
    ///
    /// # Errors
    /// That the file cannot be read, or all that is wrong with it.
    pub fn load(path: &FilePath) -> Result<Self, Report> {
        let name = path.display().to_string();
        let mut bytes = Vec::new();
        // One byte past the limit tells a file that is too large, even one without end.
        let limit = read::MAX_BYTES as u64 + 1;
        let outcome = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
        match outcome {
            Ok(_) => Self::parse_bytes(&name, &bytes),
            Err(error) => {
                Err(Report::plain(format!("cannot read the stack file `{name}`: {error}"), remedy(&error)))
            }
        }
    }

    /// Reads a stack from the bytes of a file.
    ///
    /// # Errors
    /// That they are not UTF-8, or all that is wrong with the stack.
    pub fn parse_bytes(name: &str, bytes: &[u8]) -> Result<Self, Report> {
        let error = match std::str::from_utf8(bytes) {
            Ok(text) => return Self::parse(name, text),
            Err(error) => error,
        };
        let at = error.valid_up_to();
        // What follows the first wrong byte is of no use to a reader.
        let shown = format!("{}\u{fffd}", String::from_utf8_lossy(&bytes[..at]));
        let start = shown.rfind('\n').map_or(0, |newline| newline + 1);
        let shown = if at - start > read::MAX_LINE { shown[..start].to_owned() } else { shown };
        let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        let help = if utf16 { "it looks like UTF-16; save it as UTF-8" } else { "save the file as UTF-8" };
        let problem =
            Problem::error("the file is not UTF-8 text", Span::new(at, at + 3), "the first wrong byte");
        Err(Report::new(&Source::new(name, &shown), vec![problem.help(help)]))
    }

    /// Reads a stack from text; `name` is shown in reports.
    ///
    /// # Errors
    /// All that is wrong with it, in every environment.
    pub fn parse(name: &str, text: &str) -> Result<Self, Report> {
        let reading = match read::read(text) {
            Ok(reading) => reading,
            Err(problem) => return Err(Report::new(&shown(name, text), vec![problem])),
        };
        let source = Source::new(name, text);
        let checked = check::check(&reading.root);
        let mut problems = reading.problems;
        problems.extend(checked.problems);
        let file = FileTree { root: &reading.root, refused: &checked.refused, source: &source };
        let (environments, found) = file.environments();
        problems.extend(found);
        let stack_name = reading.root.get("stack").and_then(|entry| entry.node.scalar()?.text.parse().ok());
        match stack_name {
            Some(name) if !problems.iter().any(Problem::is_error) => {
                Ok(Self { name, environments, list: file.list(), source })
            }
            _ => Err(Report::new(&source, problems)),
        }
    }

    /// The environments, in the order of the file.
    pub fn environments(&self) -> &[Environment] {
        &self.environments
    }

    /// The environment of that name.
    ///
    /// # Errors
    /// That there is none, and which there are.
    pub fn environment(&self, name: &str) -> Result<Environment, Report> {
        let names = || self.environments.iter().map(|environment| environment.name.as_str());
        if let Some(found) = self.environments.iter().find(|environment| environment.name.as_str() == name) {
            return Ok(found.clone());
        }
        let guess = suggest::did_you_mean(name, names());
        let message = format!("no environment is named `{}`{guess}", node::excerpt(name));
        let problem = Problem::error(message, self.list, "the environments of the stack")
            .help(format!("choose {}", suggest::either(names())));
        Err(Report::new(&self.source, vec![problem]))
    }
}

/// What to show of a text that could not be read: of one that is too large only its beginning.
fn shown(name: &str, text: &str) -> Source {
    let mut end = text.len().min(read::MAX_BYTES);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.len() > read::MAX_LINE {
            end = end.min(text.floor_char_boundary(start + 80));
            break;
        }
        start += line.len();
    }
    Source::new(name, &text[..text.floor_char_boundary(end)])
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "name the stack file, or begin one: its first line is `stack: my-site`",
        io::ErrorKind::IsADirectory => "name the file in it, such as `drucloud.yaml`",
        io::ErrorKind::PermissionDenied => "give yourself the right to read it",
        _ => "look whether another program can read it",
    }
}

/// A file that was checked.
struct FileTree<'a> {
    root: &'a Node,
    refused: &'a HashSet<Span>,
    source: &'a Source,
}

impl FileTree<'_> {
    /// Where the environments are listed, or the start of the file.
    fn list(&self) -> Span {
        let start = self.root.span.start;
        self.root.get("environments").map_or(Span::new(start, start), |entry| entry.key_span)
    }

    /// Each environment that can be made, and what its rules found.
    fn environments(&self) -> (Vec<Environment>, Vec<Problem>) {
        // A list that was refused as a whole, too long a one for instance, is not gone through.
        let listed = self.root.get("environments").filter(|entry| !self.refused.contains(&entry.node.span));
        let listed = listed.map_or(&[] as &[Entry], |entry| entry.node.entries());
        let home = self.list();
        let default =
            Entry { key: DEFAULT_ENVIRONMENT.to_owned(), key_span: home, node: Node::empty_map(home) };
        let listed = if listed.is_empty() { std::slice::from_ref(&default) } else { listed };
        let mut environments = Vec::new();
        let mut found: Vec<(Problem, Vec<String>)> = Vec::new();
        for entry in listed {
            let Ok(name) = entry.key.parse::<EnvironmentName>() else { continue };
            let (environment, problems) = self.environment(name, entry);
            environments.extend(environment);
            for problem in problems {
                match found.iter_mut().find(|(known, _)| *known == problem) {
                    Some((_, names)) => names.push(entry.key.clone()),
                    None => found.push((problem, vec![entry.key.clone()])),
                }
            }
        }
        let everywhere = listed.len();
        let told =
            found.into_iter().map(
                |(problem, names)| {
                    if names.len() == everywhere { problem } else { problem.only_in(&names) }
                },
            );
        (environments, told.collect())
    }

    fn environment(&self, name: EnvironmentName, entry: &Entry) -> (Option<Environment>, Vec<Problem>) {
        let base = keep(self.root, |key| key != "stack" && key != "environments");
        let overlay = match &entry.node.value {
            Value::Map(_) => keep(&entry.node, |key| key != "protect"),
            _ => Node::empty_map(entry.key_span),
        };
        let mut tree = overlay::merge(&base, &overlay);
        let refused = overlay::without(&mut tree, self.refused);
        let sections = match decode::decode(&tree) {
            Ok(sections) => sections,
            Err(problem) => return (None, vec![problem]),
        };
        let protect = entry.node.get("protect").and_then(|entry| entry.node.scalar());
        let draft = Draft {
            stack: self.stack_name(),
            name,
            protect: matches!(protect, Some(Scalar { kind: Kind::Bool(true), .. })),
            sections,
            source: self.source.clone(),
            tree,
            home: entry.key_span,
        };
        let (environment, problems) = Environment::examine(draft, &refused);
        (Some(environment), problems)
    }

    /// The stack's name; a stand-in while the file has none, which is an error of its own.
    fn stack_name(&self) -> StackName {
        let text =
            self.root.get("stack").and_then(|entry| entry.node.scalar()).map(|scalar| scalar.text.as_str());
        text.and_then(|text| text.parse().ok()).unwrap_or_else(StackName::stand_in)
    }
}

fn keep(node: &Node, wanted: impl Fn(&str) -> bool) -> Node {
    let entries = node.entries().iter().filter(|entry| wanted(&entry.key)).cloned().collect();
    Node { span: node.span, value: Value::Map(entries) }
}
