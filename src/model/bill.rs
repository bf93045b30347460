//! What an environment costs a month, before and after a plan.

use std::collections::BTreeMap;

use serde::Serialize;

use super::address::Address;

/// List price of one resource for a month of 730 hours, in US dollars. What depends on use is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Price {
    /// So much.
    Monthly(f64),
    /// The price book does not know it; never to be counted as nothing.
    Unknown,
}

/// What is paid by use, beside the monthly price.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Usage {
    /// What is counted, such as `data processed`.
    pub what: String,
    /// By which unit, such as `GB`.
    pub unit: String,
    /// US dollars for one unit; `None`: the price book does not know it.
    pub price: Option<f64>,
}

/// The price of one resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// The resource.
    pub address: Address,
    /// Its kind.
    pub kind: &'static str,
    /// Before the plan; `None`: it is not there.
    pub before: Option<Price>,
    /// After the plan; `None`: it is not there any more.
    pub after: Option<Price>,
    /// What is paid by use after the plan.
    pub usage: Vec<Usage>,
}

/// The prices of all resources that cost something, or whose price is not known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bill {
    /// The day of the price book, such as `2026-11-01`.
    pub as_of: String,
    /// The region of the prices.
    pub region: String,
    /// One entry a resource.
    pub items: Vec<Item>,
    /// The most that a month may cost, in US dollars, if the stack says so.
    pub budget: Option<f64>,
}

/// Known prices, and how many are not known; the two are never one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Sum {
    /// The known ones, in US dollars.
    pub known: f64,
    /// How many prices are not known.
    pub unknown: usize,
}

impl Sum {
    fn add(&mut self, price: Option<Price>) {
        match price {
            Some(Price::Monthly(price)) => self.known += price,
            Some(Price::Unknown) => self.unknown += 1,
            None => {}
        }
    }
}

/// What some resources cost before and after a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Total {
    /// Before the plan.
    pub before: Sum,
    /// After the plan.
    pub after: Sum,
}

impl Total {
    /// The total of some items.
    pub fn of<'a>(items: impl IntoIterator<Item = &'a Item>) -> Self {
        let mut total = Self::default();
        for item in items {
            total.before.add(item.before);
            total.after.add(item.after);
        }
        total
    }

    /// By how much the known part changes.
    pub fn difference(&self) -> f64 {
        self.after.known - self.before.known
    }
}

impl Bill {
    /// The total of everything.
    pub fn total(&self) -> Total {
        Total::of(&self.items)
    }

    /// The totals of the sections, by name.
    pub fn sections(&self) -> BTreeMap<&str, Total> {
        let mut sections: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
        for item in &self.items {
            sections.entry(item.address.section()).or_default().push(item);
        }
        sections.into_iter().map(|(name, items)| (name, Total::of(items))).collect()
    }

    /// What there will be and nobody knows the price of.
    pub fn unknown(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.after == Some(Price::Unknown))
    }

    /// What costs most after the plan, the dearest first.
    pub fn dearest(&self) -> Vec<(&Item, f64)> {
        let known = self.items.iter().filter_map(|item| match item.after {
            Some(Price::Monthly(price)) => Some((item, price)),
            Some(Price::Unknown) | None => None,
        });
        let mut known: Vec<_> = known.collect();
        known.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.address.cmp(&b.0.address)));
        known
    }

    /// By how much a month goes beyond the budget.
    pub fn excess(&self) -> Option<f64> {
        Some(self.total().after.known - self.budget?).filter(|excess| *excess >= CENT)
    }

    /// Whether the plan makes a month dearer.
    pub fn is_dearer(&self) -> bool {
        self.total().difference() >= CENT
    }
}

/// Less than this is no difference but arithmetic.
const CENT: f64 = 0.005;

/// An amount for people: `$1,234.50`, or `-$3.20`.
pub fn dollars(amount: f64) -> String {
    let text = format!("{:.2}", amount.abs());
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let digits = whole.len();
    let grouped: String = whole
        .chars()
        .enumerate()
        .flat_map(|(index, digit)| {
            let comma = index > 0 && (digits - index) % 3 == 0;
            comma.then_some(',').into_iter().chain([digit])
        })
        .collect();
    let sign = if amount <= -CENT { "-" } else { "" };
    format!("{sign}${grouped}.{cents}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(address: &str, before: Option<Price>, after: Option<Price>) -> Item {
        Item { address: address.parse().unwrap(), kind: "x", before, after, usage: Vec::new() }
    }

    fn bill(budget: f64) -> Bill {
        let some = |price| Some(Price::Monthly(price));
        let items = vec![
            item("database.instance", some(100.0), some(245.28)),
            item("web.group", None, some(119.136)),
            item("web.other", None, Some(Price::Unknown)),
            item("cache.cluster", some(10.0), None),
        ];
        Bill { as_of: "2026-11-01".to_owned(), region: "us-east-1".to_owned(), items, budget: Some(budget) }
    }

    #[test]
    fn what_is_not_known_is_counted_apart() {
        let bill = bill(500.0);
        let total = bill.total();
        assert_eq!((total.before.known, total.before.unknown, total.after.unknown), (110.0, 0, 1));
        assert!((total.difference() - 254.416).abs() < 1e-9);
        let sections: Vec<(&str, usize)> =
            bill.sections().into_iter().map(|(name, total)| (name, total.after.unknown)).collect();
        assert_eq!(sections, [("cache", 0), ("database", 0), ("web", 1)]);
        assert_eq!(bill.dearest()[0].0.address.as_str(), "database.instance");
        assert_eq!(bill.unknown().count(), 1);
    }

    #[test]
    fn a_budget_is_held_against_the_known_part() {
        assert_eq!(bill(500.0).excess(), None);
        assert!(bill(300.0).excess().is_some_and(|excess| (excess - 64.416).abs() < 1e-9));
        assert!(bill(300.0).is_dearer());
    }

    #[test]
    fn amounts_are_written_for_people() {
        let written = [0.0, 3.2, 1234.5, -0.001, -1_234_567.891].map(dollars);
        assert_eq!(written, ["$0.00", "$3.20", "$1,234.50", "$0.00", "-$1,234,567.89"]);
    }
}
