//! A part of an environment: `--only` and `--except`.

use clap::Args;

use crate::model::graph::Graph;
use crate::model::live::LiveState;
use crate::model::select::{Pattern, Selection};
use crate::stack::nearest;

use super::Failure;

/// Which resources are meant.
#[derive(Clone, Debug, Default, Args)]
pub struct Selecting {
    /// Only these and what their changes need (destroy: what depends on them); an address such as database.instance,
    /// or a part of the stack such as database
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    only: Vec<String>,

    /// All but these; refused where another change needs one of them
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    except: Vec<String>,
}

impl Selecting {
    /// The patterns as they were written.
    pub fn patterns(&self) -> (Vec<String>, Vec<String>) {
        (self.only.clone(), self.except.clone())
    }

    /// The selection.
    pub fn selection(&self) -> Selection {
        let patterns = |texts: &[String]| texts.iter().map(|text| Pattern::new(text)).collect();
        Selection { only: patterns(&self.only), except: patterns(&self.except) }
    }
}

/// An address that stands for nothing is a mistake: nothing is done.
pub fn check(selection: &Selection, graph: &Graph, live: &LiveState) -> Result<(), Failure> {
    let unknown = selection.unknown(graph, live);
    let Some((pattern, known)) = unknown.first() else { return Ok(()) };
    let guess = nearest(pattern, known.iter().map(String::as_str));
    let did_you_mean = guess.map(|guess| format!("; did you mean `{guess}`?")).unwrap_or_default();
    let help = match guess {
        Some(guess) => format!("write `{guess}`; nothing was done"),
        None => "the plan shows the addresses; a section of the stack stands for all of its own".to_owned(),
    };
    Err(Failure::plain(format!("no resource of the environment is at `{pattern}`{did_you_mean}"), help))
}
