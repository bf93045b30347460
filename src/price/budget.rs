//! A plan that makes a month dearer than it may be is refused, with the numbers.

use crate::model::bill::{Bill, dollars};
use crate::model::lint;
use crate::model::plan::Blocked;

/// How many of the dearest resources are named.
const NAMED: usize = 3;

/// Why the plan must not be applied, if a month would cost more than it may. One that makes a month no dearer may be
/// applied all the same: an environment beyond its budget has to be mendable.
pub fn refusal(bill: &Bill) -> Option<Blocked> {
    let excess = bill.excess().filter(|_| bill.is_dearer())?;
    let total = bill.total();
    let named = bill.dearest().into_iter().take(NAMED);
    let named: Vec<String> =
        named.map(|(item, price)| format!("{} {}", item.address, dollars(price))).collect();
    let unknown = match bill.unknown().count() {
        0 => String::new(),
        1 => "; one price is not known and comes on top".to_owned(),
        count => format!("; {count} prices are not known and come on top"),
    };
    Some(Blocked {
        address: lint::budget()?,
        why: format!(
            "a month would cost {}, {} more than it may ({} today); the dearest: {}{unknown}",
            dollars(total.after.known),
            dollars(excess),
            dollars(total.before.known),
            named.join(", "),
        ),
        help: "take something smaller, or raise `budget.monthly`; `drucloud price` shows all of it"
            .to_owned(),
    })
}
