//! A parameter of a database or cache engine, and whether it takes a value.

use std::collections::BTreeMap;

/// What the service tells of a parameter.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Its type, such as `integer`, `boolean` or `string`.
    pub data_type: String,
    /// What it takes, such as `0-65535` or `ON,OFF`; empty for anything.
    pub allowed: String,
    /// Whether it can be set at all.
    pub modifiable: bool,
}

/// What is wrong with each of the parameters.
pub fn wrong(wanted: &BTreeMap<String, String>, known: &BTreeMap<String, Known>) -> Vec<String> {
    wanted.iter().filter_map(|(name, value)| fault(name, value, known.get(name))).collect()
}

fn fault(name: &str, value: &str, known: Option<&Known>) -> Option<String> {
    let Some(known) = known else { return Some(format!("there is no parameter `{name}`")) };
    if !known.modifiable {
        return Some(format!("`{name}` cannot be set"));
    }
    (!takes(known, value)).then(|| format!("`{name}` takes {}, found `{value}`", known.allowed))
}

/// Whether the value is one of those that are allowed. Formulas (`{DBInstanceClassMemory*3/4}`), texts and lists of
/// several values are for the service to judge.
fn takes(known: &Known, value: &str) -> bool {
    let formula = value.contains(['{', '(']);
    let number = ["integer", "float", "boolean"].contains(&known.data_type.as_str());
    if known.allowed.is_empty() || formula || (!number && value.contains(',')) {
        return true;
    }
    known.allowed.split(',').map(str::trim).any(|part| {
        part.eq_ignore_ascii_case(value) || value.parse().is_ok_and(|number: f64| within(number, part))
    })
}

/// Whether a number is in a range such as `1-10` or `-5-10`.
fn within(number: f64, range: &str) -> bool {
    let sign = usize::from(range.starts_with('-'));
    let Some(dash) = range.get(sign..).and_then(|rest| rest.find('-')) else { return false };
    let (least, most) = (&range[..sign + dash], &range[sign + dash + 1..]);
    match (least.parse::<f64>(), most.parse::<f64>()) {
        (Ok(least), Ok(most)) => least <= number && number <= most,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(data_type: &str, allowed: &str, value: &str) -> bool {
        takes(&Known { data_type: data_type.into(), allowed: allowed.into(), modifiable: true }, value)
    }

    #[test]
    fn values_are_held_against_what_is_allowed() {
        assert!(judged("integer", "0-65535", "65535"));
        assert!(!judged("integer", "0-65535", "65536"));
        assert!(judged("integer", "-1-10,20", "20"));
        assert!(judged("integer", "-5-10", "-5"));
        assert!(!judged("integer", "-5-10", "-6"));
        assert!(judged("float", "0.000001-31536000", "2.5"));
        assert!(judged("string", "ON,OFF", "off"));
        assert!(!judged("string", "ON,OFF", "maybe"));
        assert!(judged("string", "A,B,C", "A,C"), "a list is for the service to judge");
        assert!(judged("integer", "1-10", "{DBInstanceClassMemory*3/4}"));
        assert!(judged("string", "", "anything"));
    }

    #[test]
    fn what_cannot_be_set_is_said() {
        let known = BTreeMap::from([("fixed".to_owned(), Known::default())]);
        let wanted = ["fixed", "unknown"].map(|name| (name.to_owned(), "1".to_owned())).into();
        assert_eq!(wrong(&wanted, &known), ["`fixed` cannot be set", "there is no parameter `unknown`"]);
    }
}
