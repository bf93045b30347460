//! The price book of a region: groups of prices, each with its unit, its source and its day.
//!
//! Four regions are in the program; a file of the user's, which `drucloud prices refresh` writes, takes precedence
//! price by price.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The regions whose books are in the program.
pub const REGIONS: [&str; 4] = ["us-east-1", "us-west-2", "eu-central-1", "eu-west-1"];

/// Why a text is no price book.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// It is not the form.
    #[error("this is no price book: {0}")]
    Form(#[from] serde_json::Error),
    /// It is for another region.
    #[error("the prices are those of `{found}`, not of `{wanted}`")]
    Region {
        /// The region in the book.
        found: String,
        /// The region that was asked for.
        wanted: String,
    },
    /// The sum of different currencies is no sum.
    #[error("the prices are in `{0}`; they have to be in USD")]
    Currency(String),
    /// No price.
    #[error("the price of `{name}` in `{group}` is {price}")]
    Price {
        /// The group.
        group: String,
        /// The name.
        name: String,
        /// The price.
        price: f64,
    },
}

/// The prices of a region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Book {
    /// The region.
    pub region: String,
    /// Always `USD`.
    pub currency: String,
    /// The groups, by name, such as `ec2`.
    pub groups: BTreeMap<String, Group>,
}

/// Prices of one unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// What a price is for, such as `hour`.
    pub unit: String,
    /// Where they are from.
    pub source: String,
    /// The day on which they were so.
    pub as_of: String,
    /// US dollars by name, such as `m7g.large`.
    pub prices: BTreeMap<String, f64>,
}

/// One price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry<'b> {
    /// US dollars for a unit.
    pub price: f64,
    /// The unit.
    pub unit: &'b str,
    /// The day.
    pub as_of: &'b str,
}

impl Book {
    /// Reads a book.
    ///
    /// # Errors
    /// That the text is none, or none of that region.
    pub fn read(text: &str, region: &str) -> Result<Self, BookError> {
        let book: Self = serde_json::from_str(text)?;
        if book.region != region {
            return Err(BookError::Region { found: book.region, wanted: region.to_owned() });
        }
        if book.currency != "USD" {
            return Err(BookError::Currency(book.currency));
        }
        for (group, Group { prices, .. }) in &book.groups {
            if let Some((name, &price)) = prices.iter().find(|(_, price)| !price.is_finite() || **price < 0.0)
            {
                return Err(BookError::Price { group: group.clone(), name: name.clone(), price });
            }
        }
        Ok(book)
    }

    /// A book without a price.
    pub fn empty(region: &str) -> Self {
        Self { region: region.to_owned(), currency: "USD".to_owned(), groups: BTreeMap::new() }
    }

    /// The price of that name.
    pub fn entry(&self, group: &str, name: &str) -> Option<Entry<'_>> {
        let Group { unit, as_of, prices, .. } = self.groups.get(group)?;
        prices.get(name).map(|&price| Entry { price, unit, as_of })
    }

    /// The same with other prices over it. A group is as old as its oldest price.
    #[must_use]
    pub fn under(mut self, other: Book) -> Self {
        for (name, group) in other.groups {
            match self.groups.get_mut(&name) {
                Some(own) => {
                    let all = own.prices.keys().all(|name| group.prices.contains_key(name));
                    let as_of = if all { group.as_of } else { group.as_of.min(own.as_of.clone()) };
                    *own = Group {
                        prices: own.prices.clone().into_iter().chain(group.prices).collect(),
                        unit: group.unit,
                        source: group.source,
                        as_of,
                    };
                }
                None => {
                    self.groups.insert(name, group);
                }
            }
        }
        self
    }

    /// The day of its oldest group.
    pub fn oldest(&self) -> &str {
        self.groups.values().map(|group| group.as_of.as_str()).min().unwrap_or_default()
    }
}

/// The book of a region that is in the program, if there is one.
///
/// # Errors
/// Never: a test reads all of them.
pub fn embedded(region: &str) -> Result<Option<Book>, BookError> {
    let text = match region {
        "us-east-1" => include_str!("../../prices/us-east-1.json"),
        "us-west-2" => include_str!("../../prices/us-west-2.json"),
        "eu-central-1" => include_str!("../../prices/eu-central-1.json"),
        "eu-west-1" => include_str!("../../prices/eu-west-1.json"),
        _ => return Ok(None),
    };
    Book::read(text, region).map(Some)
}
