//! The templates and playbooks that the program carries inside itself, and Handlebars, strict: a name that is
//! unknown is an error with its place, wherever it stands, and nothing is escaped as if it were HTML.

use std::cell::RefCell;
use std::collections::BTreeMap;

use handlebars::{Handlebars, RenderError, RenderErrorReason, TemplateError};
use rust_embed::RustEmbed;
use serde_json::Value;

use crate::model::address::BadAddress;

use super::helpers;

#[derive(RustEmbed)]
#[folder = "templates/"]
struct Templates;

#[derive(RustEmbed)]
#[folder = "playbooks/"]
struct Playbooks;

/// A template that cannot be rendered: a fault of the program, not of the stack, which was checked before.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// It names a value that there is not.
    #[error("templates/{template}, line {line}: there is no value `{variable}`{why}")]
    Unknown {
        /// The template's path.
        template: String,
        /// The line, from 1.
        line: usize,
        /// The value's name.
        variable: String,
        /// What is known of it, such as the section of the stack that is off.
        why: String,
    },
    /// It cannot be read, or a helper was given what it does not take.
    #[error("templates/{template}, line {line}: {why}")]
    Template {
        /// The template's path.
        template: String,
        /// The line, from 1; 0 if it is not known.
        line: usize,
        /// Why.
        why: String,
    },
    /// A file that the program carries is missing, or is not text.
    #[error("`{0}` is not among the files of the program, or is not text")]
    Missing(String),
    /// The document for the first boot is longer than EC2 takes.
    #[error("the user data of `{host}` has {bytes} bytes; EC2 takes {most}")]
    UserData {
        /// The machine.
        host: String,
        /// Its length.
        bytes: usize,
        /// The most that EC2 takes.
        most: usize,
    },
    /// An address is not well formed.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// An archive could not be packed.
    #[error("the configuration of `{0}` cannot be packed: {1}")]
    Archive(String, std::io::Error),
}

/// A file that the program carries.
type Found = Result<String, ConfigurationError>;

fn text<T: RustEmbed>(folder: &str, path: &str) -> Found {
    let missing = || ConfigurationError::Missing(format!("{folder}/{path}"));
    let file = T::get(path).ok_or_else(missing)?;
    std::str::from_utf8(&file.data).map(str::to_owned).map_err(|_| missing())
}

/// The playbooks of a role by their path in a bundle: its own, and the shared tasks that it takes in.
pub fn playbooks(role: &str) -> Result<BTreeMap<String, String>, ConfigurationError> {
    let own = format!("{role}.yml");
    let mut files = BTreeMap::from([("playbook.yml".to_owned(), text::<Playbooks>("playbooks", &own)?)]);
    let mut open = vec!["playbook.yml".to_owned()];
    while let Some(path) = open.pop() {
        let text = files.get(&path).cloned().unwrap_or_default();
        for task in Playbooks::iter().filter(|task| task.starts_with("tasks/") && text.contains(&**task)) {
            if !files.contains_key(&*task) {
                files.insert(task.to_string(), self::text::<Playbooks>("playbooks", &task)?);
                open.push(task.to_string());
            }
        }
    }
    Ok(files)
}

/// The files of a role by their path on the machine, rendered: its own, those of all roles, and those of a server of
/// `GlusterFS` if it is one. What renders to nothing is not there, so that whole files can depend on the stack.
pub fn files(role: &str, values: &Value) -> Result<BTreeMap<String, String>, ConfigurationError> {
    let mut files = BTreeMap::new();
    let serves = values.pointer("/files/me").is_some_and(Value::is_string);
    for folder in ["common", role].into_iter().chain(serves.then_some("gluster")) {
        let prefix = format!("{folder}/");
        for path in Templates::iter().filter(|path| path.starts_with(&prefix)) {
            let text = render(&path, &text::<Templates>("templates", &path)?, values)?;
            if text.trim().is_empty() {
                continue;
            }
            files.insert(path[prefix.len()..].to_owned(), text);
        }
    }
    Ok(files)
}

/// The document for the first boot of a machine.
pub fn user_data(values: &Value) -> Found {
    const NAME: &str = "user-data.yaml";
    render(NAME, &text::<Templates>("templates", NAME)?, values)
}

/// Renders a template. One that names no value is what it is.
pub fn render(name: &str, text: &str, values: &Value) -> Found {
    if !text.contains("{{") {
        return Ok(text.to_owned());
    }
    ENGINE.with_borrow_mut(|engine| {
        register(engine, name, text)?;
        engine.render(name, values).map_err(|error| unrenderable(name, &error, values))
    })
}

thread_local! {
    /// What was read stays read: several roles share most templates.
    static ENGINE: RefCell<Handlebars<'static>> = RefCell::new(engine());
}

fn engine() -> Handlebars<'static> {
    let mut handlebars = Handlebars::new();
    handlebars.set_strict_mode(true);
    handlebars.register_escape_fn(handlebars::no_escape);
    helpers::register(&mut handlebars);
    handlebars
}

/// Reads a template, and those that it takes in (`{{> common/etc/motd}}`), which are named by their path.
fn register(engine: &mut Handlebars<'_>, name: &str, text: &str) -> Result<(), ConfigurationError> {
    if engine.has_template(name) && Templates::get(name).is_some() {
        return Ok(());
    }
    engine.register_template_string(name, text).map_err(|error| unreadable(name, &error))?;
    for part in text.split("{{>").skip(1) {
        let other = part.trim_start().split(['}', ' ', '~']).next().unwrap_or_default();
        register(engine, other, &self::text::<Templates>("templates", other)?)?;
    }
    Ok(())
}

fn unreadable(name: &str, error: &TemplateError) -> ConfigurationError {
    let line = error.pos().map_or(0, |(line, _)| line);
    ConfigurationError::Template { template: name.to_owned(), line, why: error.reason().to_string() }
}

fn unrenderable(name: &str, error: &RenderError, values: &Value) -> ConfigurationError {
    let (template, line) = (name.to_owned(), error.line_no.unwrap_or(0));
    match error.reason() {
        RenderErrorReason::MissingVariable(variable) => {
            let variable = variable.clone().unwrap_or_default();
            let why = explain(&variable, values);
            ConfigurationError::Unknown { template, line, variable, why }
        }
        other => ConfigurationError::Template { template, line, why: other.to_string() },
    }
}

/// Why there is no value of that name: the part of it that is not there, and the key of the stack that it
/// follows from.
fn explain(variable: &str, values: &Value) -> String {
    let Some((section, _)) = variable.split_once('.') else { return String::new() };
    match values.get(section) {
        Some(Value::Null) => {
            let key = if section == "balancer" { "load_balancer" } else { section };
            format!("; the stack has no `{key}` (ask `{{{{#if {section}}}}}` before)")
        }
        Some(Value::Object(map)) => {
            let names: Vec<&str> = map.keys().map(String::as_str).collect();
            format!("; `{section}` has {}", names.join(", "))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fails(text: &str) -> String {
        let values = json!({"role": "web", "search": null, "site": {"name": "a", "domain": null}});
        render("web/etc/x", text, &values).expect_err(text).to_string()
    }

    #[test]
    fn nothing_is_escaped_and_null_is_nothing() {
        let values = json!({"a": "<&>'\"", "b": null, "list": [1, 2]});
        let text = "{{a}}{{b}}{{#each list}}-{{this}}{{/each}}{{#if b}}no{{else if a}}yes{{/if}}";
        assert_eq!(render("t", text, &values).expect("text"), "<&>'\"-1-2yes");
        assert_eq!(
            render("t", r"\{{a}} {{#unless b}}{{quote a}}{{/unless}}", &values).expect("text"),
            r#"{{a}} '<&>'\''"'"#
        );
    }

    #[test]
    fn unknown_names_are_errors_with_their_place_wherever_they_stand() {
        let here = "templates/web/etc/x, line 2: there is no value";
        let off = "; the stack has no `search` (ask `{{#if search}}` before)";
        assert_eq!(fails("\n{{nmae}}"), format!("{here} `nmae`"));
        assert_eq!(fails("\n{{search.host}}"), format!("{here} `search.host`{off}"));
        assert_eq!(fails("\n{{#if search.host}}x{{/if}}"), format!("{here} `search.host`{off}"));
        assert_eq!(fails("\n{{php site.title}}"), format!("{here} `site.title`; `site` has name, domain"));
        for text in
            ["{{#each nodes}}{{/each}}", "{{#unless nodes}}{{/unless}}", "{{#if (eq nodes 1)}}{{/if}}"]
        {
            assert!(fails(text).starts_with("templates/web/etc/x, line 1: "), "{text}: {}", fails(text));
        }
    }

    #[test]
    fn what_is_no_template_is_an_error_with_its_line() {
        assert!(fails("a\n{{#if role}}").starts_with("templates/web/etc/x, line "));
        assert!(
            fails("{{join role}}").contains("the helper `join` wants a list"),
            "{}",
            fails("{{join role}}")
        );
        assert!(fails("{{frobnicate role}}").contains("frobnicate"));
    }
}
