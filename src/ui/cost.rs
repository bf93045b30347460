//! A bill in sums and words. What the price book does not know is counted apart and never as nothing.

use std::collections::BTreeMap;

use crate::model::bill::{Bill, Item, Price, Usage};

/// Dollars a month, as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    /// What is known.
    pub known: f64,
    /// Of how many resources the price is not known.
    pub unknown: usize,
}

impl Sum {
    fn add(&mut self, price: Option<Price>) {
        match price {
            Some(Price::Monthly(dollars)) => self.known += dollars,
            Some(Price::Unknown) => self.unknown += 1,
            None => {}
        }
    }

    /// `$12.00`, or `at least $12.00 (2 n/a)`.
    pub fn words(self) -> String {
        match self.unknown {
            0 => money(self.known),
            unknown => format!("at least {} ({unknown} n/a)", money(self.known)),
        }
    }
}

/// Before the plan and after it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Total {
    /// Before.
    pub before: Sum,
    /// After.
    pub after: Sum,
}

impl Total {
    /// The sums of these.
    pub fn of<'a>(items: impl IntoIterator<Item = &'a Item>) -> Self {
        let mut total = Self::default();
        for item in items {
            total.before.add(item.before);
            total.after.add(item.after);
        }
        total
    }

    /// What the plan changes, of what is known.
    pub fn difference(self) -> f64 {
        self.after.known - self.before.known
    }

    /// The difference in words, with how many prices are not in it.
    pub fn words(self) -> String {
        match self.before.unknown.max(self.after.unknown) {
            0 => signed(self.difference()),
            unknown => format!("{} ({unknown} n/a)", signed(self.difference())),
        }
    }
}

/// The sums of each section of the stack.
pub fn by_section(bill: &Bill) -> BTreeMap<&str, Total> {
    let mut sections: BTreeMap<&str, Total> = BTreeMap::new();
    for item in &bill.items {
        let total = sections.entry(item.address.section()).or_default();
        total.before.add(item.before);
        total.after.add(item.after);
    }
    sections
}

/// The resources whose price the plan changes, the largest difference first.
pub fn changed(bill: &Bill) -> Vec<&Item> {
    let mut changed: Vec<&Item> = bill.items.iter().filter(|item| item.before != item.after).collect();
    let size = |item: &Item| Total::of([item]).difference().abs();
    changed.sort_by(|a, b| size(b).total_cmp(&size(a)).then_with(|| a.address.cmp(&b.address)));
    changed
}

/// How much a month costs beyond the budget, if there is one and it is exceeded.
pub fn excess(bill: &Bill) -> Option<f64> {
    let over = Total::of(&bill.items).after.known - bill.budget?;
    (over > 0.0).then_some(over)
}

/// A price of something that may not be there.
pub fn price(price: Option<Price>) -> String {
    match price {
        None => "nothing".to_owned(),
        Some(Price::Unknown) => "n/a".to_owned(),
        Some(Price::Monthly(dollars)) => money(dollars),
    }
}

/// The difference of one resource; `n/a` where a side of it is not known.
pub fn difference(item: &Item) -> String {
    let total = Total::of([item]);
    if total.before.unknown + total.after.unknown > 0 { "n/a".to_owned() } else { signed(total.difference()) }
}

/// What is paid by use, such as `$0.045 a GB of data processed`.
pub fn usage(usage: &Usage) -> String {
    let price = match usage.price {
        None => "n/a".to_owned(),
        Some(price) => exact(price),
    };
    format!("{price} a {} of {}", usage.unit, usage.what)
}

/// Dollars with cents and thousands.
pub fn money(dollars: f64) -> String {
    let text = format!("{:.2}", dollars.abs());
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let minus = if dollars < 0.0 && text != "0.00" { "-" } else { "" };
    format!("{minus}${grouped}.{cents}")
}

/// A difference, with its sign.
pub fn signed(dollars: f64) -> String {
    let text = money(dollars);
    if text.starts_with('-') || text == "$0.00" { text } else { format!("+{text}") }
}

/// A price of a unit, which may be a small part of a cent.
fn exact(dollars: f64) -> String {
    let text = format!("{dollars:.8}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("${text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(address: &str, before: Option<Price>, after: Option<Price>) -> Item {
        Item { address: address.parse().expect("an address"), kind: "vpc", before, after, usage: Vec::new() }
    }

    #[test]
    fn money_has_cents_thousands_and_a_sign() {
        assert_eq!(
            [0.0, 0.004, 12.5, 1234.0, -1_234_567.891].map(money),
            ["$0.00", "$0.00", "$12.50", "$1,234.00", "-$1,234,567.89"]
        );
        assert_eq!([3.0, -3.0, -0.001].map(signed), ["+$3.00", "-$3.00", "$0.00"]);
        let data = |price| Usage { what: "data".into(), unit: "GB".into(), price };
        assert_eq!(usage(&data(Some(0.0075))), "$0.0075 a GB of data");
        assert_eq!(usage(&data(None)), "n/a a GB of data");
    }

    #[test]
    fn what_is_not_known_is_no_zero() {
        let known = |dollars| Some(Price::Monthly(dollars));
        let items = vec![
            item("web.group", known(10.0), known(30.0)),
            item("web.disk", None, Some(Price::Unknown)),
            item("database.instance", known(100.0), None),
        ];
        let bill = Bill { as_of: "2026-11-01".into(), region: "us-east-1".into(), items, budget: Some(20.0) };
        let total = Total::of(&bill.items);
        assert_eq!((total.before.known, total.after), (110.0, Sum { known: 30.0, unknown: 1 }));
        assert_eq!(total.after.words(), "at least $30.00 (1 n/a)");
        assert_eq!(excess(&bill), Some(10.0));
        let order: Vec<&str> = changed(&bill).iter().map(|item| item.address.as_str()).collect();
        assert_eq!(order, ["database.instance", "web.group", "web.disk"]);
        assert_eq!(difference(&bill.items[1]), "n/a");
        assert_eq!(by_section(&bill)["web"].after.unknown, 1);
    }
}
