//! Metrics of AWS's services, by the names and dimensions of their user guides.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::spec::Text;

/// A metric and what is made of its values.
#[derive(Clone, Debug)]
pub struct Metric {
    /// Its namespace.
    pub namespace: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its dimensions.
    pub dimensions: Vec<(&'static str, Text)>,
    /// What is made of the values of a period.
    pub statistic: &'static str,
}

/// A metric.
pub fn metric(
    namespace: &'static str,
    name: &'static str,
    dimensions: &[(&'static str, Text)],
    statistic: &'static str,
) -> Metric {
    Metric { namespace, name, dimensions: dimensions.to_vec(), statistic }
}

impl Metric {
    /// The dimensions as an alarm takes them.
    pub fn dimensions(&self) -> BTreeMap<String, Text> {
        self.dimensions.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    /// The line of a graph ("Dashboard body structure and syntax", `CloudWatch` API reference).
    pub fn line(&self, label: &str) -> Value {
        let mut line = vec![json!(self.namespace), json!(self.name)];
        for (name, value) in &self.dimensions {
            line.extend([json!(name), json!(value)]);
        }
        line.push(json!({"stat": self.statistic, "label": label}));
        Value::Array(line)
    }
}
