//! Which prices count: those in the program, and over them a file of the user's beside the stack.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::model::bill::Bill;
use crate::model::lint::Date;
use crate::model::plan::Plan;
use crate::price::{self, Book};
use crate::stack::Environment;

use super::Failure;

/// The folder of the user's prices, beside the stack file.
pub const FOLDER: &str = "prices";

/// The folder for prices of this stack.
pub fn folder(environment: &Environment) -> PathBuf {
    let file = Path::new(environment.source().name());
    file.parent().unwrap_or_else(|| Path::new("")).join(FOLDER)
}

/// The prices of a region; `None` if nobody has any.
pub fn book(environment: &Environment, region: &str) -> Result<Option<Book>, Failure> {
    let own = read(&folder(environment).join(format!("{region}.json")), region)?;
    let fault = |error: price::BookError| {
        Failure::plain(error.to_string(), "this is a fault of drucloud: please report it")
    };
    let embedded = price::embedded(region).map_err(fault)?;
    Ok(match (embedded, own) {
        (Some(book), Some(own)) => Some(book.under(own)),
        (book, own) => own.or(book),
    })
}

/// The book in a file, if there is that file.
pub fn read(path: &Path, region: &str) -> Result<Option<Book>, Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let message = format!("cannot read the prices in `{}`: {error}", path.display());
            return Err(Failure::plain(message, "give yourself the right to read it, or move it away"));
        }
    };
    Book::read(&text, region).map(Some).map_err(|error| {
        Failure::plain(
            format!("`{}`: {error}", path.display()),
            format!("`drucloud prices refresh --region {region}` writes it anew"),
        )
    })
}

/// What a plan costs, if prices of the region are known.
pub fn bill(environment: &Environment, region: &str, plan: &Plan) -> Result<Option<Bill>, Failure> {
    let book = book(environment, region)?;
    Ok(book.map(|book| price::bill(plan, &book, environment.budget.monthly, today())))
}

/// Today, where the user is.
pub fn today() -> Date {
    jiff::Zoned::now().date()
}
