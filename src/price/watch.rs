//! Monitoring and secrets.

use super::{Ask, Sheet};

/// An alarm with a period of a minute or more.
pub(super) fn alarm(ask: &Ask<'_>, sheet: &mut Sheet<'_>) {
    if ask.resource.number("period_seconds").is_some_and(|seconds| seconds < 60) {
        return sheet.months("cloudwatch", "high-resolution alarm", 1, "high-resolution alarm");
    }
    sheet.months("cloudwatch", "alarm", 1, "alarm");
}

/// A dashboard. Three of an account are free of charge; which ones is not known here.
pub(super) fn dashboard(_: &Ask<'_>, sheet: &mut Sheet<'_>) {
    sheet.months("cloudwatch", "dashboard", 1, "dashboard");
}

/// Logs are paid by what is written and kept.
pub(super) fn logs(_: &Ask<'_>, sheet: &mut Sheet<'_>) {
    sheet.usage("logs written", "logs", "ingested", "GB");
    sheet.usage("logs kept", "logs-storage", "stored", "GB-month");
}

/// A secret; the requests for it are too few to count.
pub(super) fn secret(_: &Ask<'_>, sheet: &mut Sheet<'_>) {
    sheet.months("secrets", "secret", 1, "secret");
}
