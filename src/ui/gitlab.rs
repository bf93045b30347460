//! A plan as GitLab's report of type `terraform`: three numbers, shown in the merge request.
//!
//! GitLab counts with `jq` over Terraform's actions, where a replacement is a creation and a deletion
//! (<https://docs.gitlab.com/user/infrastructure/iac/mr_integration/>); so it is here.

use serde_json::{Value, json};

use crate::model::preview::Preview;

/// The report.
pub fn gitlab_report(preview: &Preview<'_>) -> Value {
    let summary = preview.plan.summary();
    json!({
        "create": summary.create + summary.replace,
        "update": summary.update,
        "delete": summary.delete + summary.replace,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::everything;
    use super::*;

    #[test]
    fn replacements_count_twice() {
        let plan = everything();
        let summary = plan.summary();
        assert!(summary.replace > 0);
        let report = gitlab_report(&Preview::of(&plan));
        assert_eq!(report["create"], summary.create + summary.replace);
        assert_eq!(report["delete"], summary.delete + summary.replace);
        assert_eq!(report.as_object().map(serde_json::Map::len), Some(3));
    }
}
