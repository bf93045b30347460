//! The sheet on which the price of one resource is added up.

use crate::model::bill::{Price, Usage};

use super::book::Book;
use super::{HOURS, Quote};

/// Adds up what one resource costs. One price that is not known makes the whole unknown.
#[derive(Debug)]
pub struct Sheet<'b> {
    book: &'b Book,
    monthly: f64,
    basis: Vec<String>,
    usage: Vec<Usage>,
    as_of: Option<String>,
    missing: Vec<String>,
}

impl<'b> Sheet<'b> {
    /// An empty sheet.
    pub fn new(book: &'b Book) -> Self {
        Self { book, monthly: 0.0, basis: Vec::new(), usage: Vec::new(), as_of: None, missing: Vec::new() }
    }

    /// So many of something that is paid by the hour, all month.
    pub(super) fn hours(&mut self, group: &str, name: &str, count: u64, what: &str) {
        let what = if what.is_empty() { name } else { what };
        self.put(group, name, to_f64(count) * HOURS, format!("{count} × {what}"), count);
    }

    /// So many units of something that is paid by the month.
    pub(super) fn months(&mut self, group: &str, name: &str, count: u64, what: &str) {
        self.put(group, name, to_f64(count), format!("{count} {what}"), count);
    }

    fn put(&mut self, group: &str, name: &str, units: f64, basis: String, count: u64) {
        if count == 0 {
            return;
        }
        self.basis.push(basis);
        match self.price(group, name) {
            Some(price) => self.monthly += price * units,
            None => self.missing.push(format!("{group}: {name}")),
        }
    }

    /// That the price of something is not known.
    pub(super) fn lacks(&mut self, what: &str) {
        self.missing.push(what.to_owned());
    }

    /// What is paid by use, beside the monthly price.
    pub(super) fn usage(&mut self, what: &str, group: &str, name: &str, unit: &str) {
        let price = self.price(group, name);
        self.usage.push(Usage { what: what.to_owned(), unit: unit.to_owned(), price });
    }

    /// A use whose price is made of others.
    pub(super) fn usage_at(&mut self, what: String, unit: &str, price: Option<f64>) {
        self.usage.push(Usage { what, unit: unit.to_owned(), price });
    }

    /// A sheet for a part of it.
    pub(super) fn part(&self) -> Self {
        Self::new(self.book)
    }

    /// The sum, if all of it is known.
    pub(super) fn sum(&self) -> Option<f64> {
        self.missing.is_empty().then_some(self.monthly)
    }

    fn price(&mut self, group: &str, name: &str) -> Option<f64> {
        let entry = self.book.entry(group, name)?;
        self.as_of = [self.as_of.take(), Some(entry.as_of.to_owned())].into_iter().flatten().min();
        Some(entry.price)
    }

    /// The quote.
    pub(super) fn finish(self) -> Quote {
        let price = self.sum().map_or(Price::Unknown, Price::Monthly);
        let Self { basis, usage, as_of, missing, .. } = self;
        Quote { price, basis, usage, as_of, missing }
    }
}

/// Counts are far below the point from which on a float is not exact.
fn to_f64(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}
