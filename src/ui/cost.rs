//! A bill in words. What the price book does not know is counted apart and never as nothing.

use crate::model::bill::{Bill, Item, Price, Sum, Usage};

pub use crate::model::bill::{Total, dollars as money};

impl Sum {
    /// `$12.00`, or `at least $12.00 (2 n/a)`.
    pub fn words(self) -> String {
        match self.unknown {
            0 => money(self.known),
            unknown => format!("at least {} ({unknown} n/a)", money(self.known)),
        }
    }
}

impl Total {
    /// The difference in words, with how many prices are not in it.
    pub fn words(self) -> String {
        match self.before.unknown.max(self.after.unknown) {
            0 => signed(self.difference()),
            unknown => format!("{} ({unknown} n/a)", signed(self.difference())),
        }
    }
}

/// The resources whose price the plan changes, the largest difference first.
pub fn changed(bill: &Bill) -> Vec<&Item> {
    let mut changed: Vec<&Item> = bill.items.iter().filter(|item| item.before != item.after).collect();
    let size = |item: &Item| Total::of([item]).difference().abs();
    changed.sort_by(|a, b| size(b).total_cmp(&size(a)).then_with(|| a.address.cmp(&b.address)));
    changed
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
        assert_eq!(bill.excess(), Some(10.0));
        let order: Vec<&str> = changed(&bill).iter().map(|item| item.address.as_str()).collect();
        assert_eq!(order, ["database.instance", "web.group", "web.disk"]);
        assert_eq!(difference(&bill.items[1]), "n/a");
        assert_eq!(bill.sections()["web"].after.unknown, 1);
    }
}
