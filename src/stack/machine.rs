//! What is worth knowing of a type of machine before AWS says no to it.

use super::rules::Findings;
use super::text::InstanceType;

/// Judges the type of machine at a path.
pub(super) fn examine(instance: &InstanceType, path: &str, findings: &mut Findings<'_>) {
    if instance.is_paravirtual() {
        findings.warn(
            &[path],
            format!(
                "`{path}`: `{instance}` boots paravirtual images only and takes no encrypted volumes, so AWS \
                 does not start it with Debian 13"
            ),
            "it stands for a deployment as it was; take `t3.small` or `t4g.small` today",
        );
    } else if !instance.is_known() {
        findings.warn(
            &[path],
            format!("`{path}`: the family `{}` is not known here", instance.family()),
            format!("it is taken for {}; AWS decides whether it exists", instance.architecture().as_str()),
        );
    }
}
