//! In which formats a plan is written, and where: one on standard output, any number in files.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::model::preview::Preview;
use crate::ui::gitlab::gitlab_report;
use crate::ui::html::render_html;
use crate::ui::json::plan_json;
use crate::ui::markdown::{self, Options, render_markdown};
use crate::ui::plan::{Context as Heading, render_plan};
use crate::ui::sarif::sarif;
use crate::ui::style::Style;

use super::Failure;
use super::plan::{say, write};

/// How and where a plan is written.
#[derive(Clone, Debug, Args)]
pub struct Formats {
    /// How to write it to standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Write it as Markdown, for a comment on a pull request, to this file as well
    #[arg(long, value_name = "FILE", value_parser = a_file)]
    markdown: Option<PathBuf>,

    /// Write it as JSON, in the shape of Terraform's, to this file as well
    #[arg(long, value_name = "FILE", value_parser = a_file)]
    json: Option<PathBuf>,

    /// Write it as one page of HTML, with the architecture as a picture, to this file as well
    #[arg(long, value_name = "FILE", value_parser = a_file)]
    html: Option<PathBuf>,

    /// Write its numbers, as GitLab's report of type `terraform`, to this file as well
    #[arg(long, value_name = "FILE", value_parser = a_file)]
    gitlab: Option<PathBuf>,

    /// Write its findings as SARIF, for code scanning, to this file as well
    #[arg(long, value_name = "FILE", value_parser = a_file)]
    sarif: Option<PathBuf>,

    /// The most characters of the Markdown; what matters least is left out first
    #[arg(long, value_name = "NUMBER", default_value_t = markdown::MAX_CHARS as u64, value_parser = clap::value_parser!(u64).range(markdown::MIN_CHARS as u64..))]
    max_chars: u64,
}

/// For whom it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people at a terminal
    Text,
    /// For a comment on a pull request
    Markdown,
    /// For programs
    Json,
    /// For a browser, with the architecture as a picture
    Html,
    /// For GitLab's merge requests
    Gitlab,
    /// The findings, for code scanning
    Sarif,
}

impl Formats {
    /// Writes everything that was asked for; `apply` is the command that applies the plan.
    pub fn write(&self, preview: &Preview<'_>, heading: &Heading, apply: &str) -> Result<(), Failure> {
        let render = |format| self.render(format, preview, heading, apply);
        let files = [
            (&self.markdown, Format::Markdown),
            (&self.json, Format::Json),
            (&self.html, Format::Html),
            (&self.gitlab, Format::Gitlab),
            (&self.sarif, Format::Sarif),
        ];
        for (path, format) in files {
            if let Some(path) = path {
                write(path, &render(format))?;
            }
        }
        say(&render(self.format))
    }

    fn render(&self, format: Format, preview: &Preview<'_>, heading: &Heading, apply: &str) -> String {
        match format {
            Format::Text => render_plan(preview, heading, Style::detect(&std::io::stdout())),
            Format::Markdown => {
                let max_chars = usize::try_from(self.max_chars).unwrap_or(usize::MAX);
                render_markdown(preview, heading, &Options { max_chars, apply: apply.to_owned() })
            }
            Format::Json => format!("{:#}\n", plan_json(preview, heading)),
            Format::Html => render_html(preview, heading, apply),
            Format::Sarif => format!("{:#}\n", sarif(preview, heading)),
            Format::Gitlab => format!("{}\n", gitlab_report(preview)),
        }
    }
}

/// The name of a file; what stands for standard output elsewhere would be a file of that name here.
fn a_file(name: &str) -> Result<PathBuf, String> {
    if name == "-" {
        return Err("`--format` is for standard output; this takes a file".to_owned());
    }
    Ok(name.into())
}

/// The command that applies what a plan of this stack shows.
pub fn up_command(file: Option<&Path>, heading: &Heading) -> String {
    let file = file.map_or_else(String::new, |file| format!(" {}", file.display()));
    format!("drucloud up{file} --env {} --region {}", heading.env, heading.region)
}
