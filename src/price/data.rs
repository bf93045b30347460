//! What holds data: databases, caches, files.

use crate::model::lint::SUPPORT;

use super::{Ask, Sheet};

/// From this size on gp3 storage of RDS has four times the operations ("Amazon RDS DB instance storage").
const STRIPED_GIB: u64 = 400;

/// A database or a replica of one.
pub(super) fn database(ask: &Ask<'_>, sheet: &mut Sheet<'_>) {
    let database = ask.resource;
    let class = database.text("class").unwrap_or_default();
    let twice = database.is("multi_az");
    let suffix = if twice { "-multi-az" } else { "" };
    let what = if twice { format!("{class}, Multi-AZ") } else { class.to_owned() };
    // One that is stopped costs what it keeps ("Stopping an Amazon RDS DB instance temporarily", RDS user guide).
    let runs = !database.is_not("running");
    if runs {
        sheet.hours(&format!("rds{suffix}"), class, 1, &what);
    }
    let storage = database.get("storage");
    let size = storage.and_then(|storage| storage["gib"].as_u64()).unwrap_or(0);
    let kind = storage.and_then(|storage| storage["type"].as_str()).unwrap_or("gp3");
    sheet.months(&format!("rds-storage{suffix}"), kind, size, &format!("GB {kind}"));
    let iops = storage.and_then(|storage| storage["iops"].as_u64()).unwrap_or(0);
    let free = match (kind, size) {
        ("gp3", STRIPED_GIB..) => 12_000,
        ("gp3", _) => 3000,
        _ => 0,
    };
    sheet.months(&format!("rds-iops{suffix}"), kind, iops.saturating_sub(free), "IOPS");
    if runs {
        extended_support(ask, sheet, class, twice);
    }
    if database.is("managed_password") {
        sheet.months("secrets", "secret", 1, "secret");
    }
    if database.number("backup_days") != Some(0) {
        sheet.usage("backups beyond the size of the storage", "rds-backup", "storage", "GB-month");
    }
}

/// What RDS charges for versions of MySQL past their standard support, from the day after it, by virtual processor;
/// twice as much from the third year on ("Amazon RDS for MySQL pricing", Extended Support).
fn extended_support(ask: &Ask<'_>, sheet: &mut Sheet<'_>, class: &str, twice: bool) {
    let version = ask.resource.text("version").unwrap_or_default();
    let end = SUPPORT.iter().find(|end| {
        let rest = version.strip_prefix(end.version);
        end.product == "mysql" && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    let Some(end) = end.filter(|end| ask.resource.text("engine") == Some("mysql") && end.day < ask.today)
    else {
        return;
    };
    let Some(processors) = processors(class) else {
        return sheet.lacks(&format!("the processors of {class}, which extended support is charged by"));
    };
    let years = ask.today.year() - end.day.year();
    let since = (ask.today.month(), ask.today.day()) > (end.day.month(), end.day.day());
    let year = if years > 2 || (years == 2 && since) { "third-year" } else { "first-two-years" };
    let count = processors * if twice { 2 } else { 1 };
    sheet.hours("rds-support", year, count, "vCPU of extended support");
}

/// Virtual processors of a class, as far as they follow from its name ("DB instance class types", RDS user guide).
fn processors(class: &str) -> Option<u64> {
    let (family, size) = class.strip_prefix("db.")?.split_once('.')?;
    match (family, size) {
        ("t3" | "t4g", "micro" | "small" | "medium" | "large") | (_, "large") => Some(2),
        ("m3", "medium") => Some(1),
        (_, "xlarge") => Some(4),
        _ => size.strip_suffix("xlarge")?.parse::<u64>().ok()?.checked_mul(4),
    }
}

/// A cluster of Memcached.
pub(super) fn memcached(ask: &Ask<'_>, sheet: &mut Sheet<'_>) {
    nodes(ask, sheet, "cache");
}

/// A primary with its replicas. Valkey has prices of its own, Redis those of Memcached.
pub(super) fn replicated(ask: &Ask<'_>, sheet: &mut Sheet<'_>) {
    nodes(ask, sheet, if ask.resource.text("engine") == Some("valkey") { "cache-valkey" } else { "cache" });
}

fn nodes(ask: &Ask<'_>, sheet: &mut Sheet<'_>, group: &str) {
    let count = ask.resource.number("nodes").unwrap_or(1);
    sheet.hours(group, ask.resource.text("node_type").unwrap_or_default(), count, "");
}

/// EFS is paid by what it holds.
pub(super) fn files(ask: &Ask<'_>, sheet: &mut Sheet<'_>) {
    sheet.usage("files", "efs", "standard", "GB-month");
    if ask.resource.text("throughput") == Some("elastic") {
        sheet.usage("reading and writing", "efs-throughput", "elastic", "GB");
    }
    if ask.resource.is("backups") {
        sheet.usage("backups", "backup", "efs", "GB-month");
    }
}

/// A bucket is paid by what it holds, older versions included, and by requests.
pub(super) fn bucket(ask: &Ask<'_>, sheet: &mut Sheet<'_>) {
    let what = if ask.resource.is("versioning") { "files and their older versions" } else { "files" };
    sheet.usage(what, "s3", "standard", "GB-month");
    sheet.usage("writing requests", "s3-requests", "put", "1,000");
    sheet.usage("reading requests", "s3-requests", "get", "1,000");
}
