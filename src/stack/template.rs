//! Handlebars, strict: an unknown name is an error, and nothing is escaped as if it were HTML.

use handlebars::Handlebars;
use serde::Serialize;

/// A template that cannot be rendered: a fault of the program, not of the stack.
#[derive(Debug, thiserror::Error)]
#[error("the template `{name}` cannot be rendered: {cause}")]
pub struct TemplateError {
    name: &'static str,
    cause: Box<handlebars::RenderError>,
}

/// Renders a template.
pub fn render(name: &'static str, text: &str, values: &impl Serialize) -> Result<String, TemplateError> {
    let mut handlebars = Handlebars::new();
    handlebars.set_strict_mode(true);
    handlebars.register_escape_fn(handlebars::no_escape);
    handlebars.render_template(text, values).map_err(|cause| TemplateError { name, cause: Box::new(cause) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_are_errors_and_nothing_is_escaped() {
        let values = serde_json::json!({"a": "<&>"});
        assert_eq!(render("t", "{{a}}", &values).expect("text"), "<&>");
        assert!(render("t", "{{b}}", &values).is_err());
    }
}
