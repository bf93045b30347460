//! Machines and their disks.

use serde_json::Value;

use super::{Ask, Sheet};

/// `CloudWatch` counts seven metrics of EC2 for an instance with detailed monitoring ("Amazon `CloudWatch` pricing").
const DETAILED_METRICS: u64 = 7;
/// What a gp3 volume has without further charge ("Amazon EBS pricing").
const GP3_IOPS: u64 = 3000;
const GP3_THROUGHPUT: u64 = 125;

/// An autoscaling group: the nodes that it has, and what each further one would cost.
pub(super) fn group(ask: &Ask<'_>, sheet: &mut Sheet<'_>) {
    let group = ask.resource;
    let desired = group.number("desired").unwrap_or(0);
    let least = group.number("min").unwrap_or(desired);
    let most = group.number("max").unwrap_or(desired);
    let count = desired.clamp(least.min(most), most);
    let template = group.get("template").and_then(|value| ask.scene.target(value));
    let Some(template) = template else { return sheet.lacks("the launch template of the group") };
    let kind = template.text("instance_type").unwrap_or_default();
    let volume = template.get("volume");
    let detailed = template.is("detailed_monitoring");
    nodes(sheet, kind, count, volume, detailed);
    if most > count {
        let mut one = sheet.part();
        nodes(&mut one, kind, 1, volume, detailed);
        sheet.usage_at(format!("another node, up to {most} in all"), "month", one.sum());
    }
    credits(sheet, kind);
}

/// A single machine; stopped, it costs its volume.
pub(super) fn instance(ask: &Ask<'_>, sheet: &mut Sheet<'_>) {
    let machine = ask.resource;
    let kind = machine.text("instance_type").unwrap_or_default();
    if machine.is_not("running") {
        return boot_volumes(sheet, machine.get("root"), 1);
    }
    nodes(sheet, kind, 1, machine.get("root"), machine.is("detailed_monitoring"));
    credits(sheet, kind);
}

/// A volume of its own.
pub(super) fn volume(ask: &Ask<'_>, sheet: &mut Sheet<'_>) {
    let volume = ask.resource;
    let kind = volume.text("type").unwrap_or("gp3");
    sheet.months("ebs", kind, volume.number("gib").unwrap_or(0), &format!("GB {kind}"));
    let (iops, throughput) = (volume.number("iops"), volume.number("throughput"));
    let free = if kind == "gp3" { GP3_IOPS } else { 0 };
    sheet.months("ebs-iops", kind, iops.unwrap_or(0).saturating_sub(free), "IOPS");
    sheet.months("ebs-throughput", kind, throughput.unwrap_or(0).saturating_sub(GP3_THROUGHPUT), "MiB/s");
}

fn nodes(sheet: &mut Sheet<'_>, kind: &str, count: u64, volume: Option<&Value>, detailed: bool) {
    sheet.hours("ec2", kind, count, "");
    boot_volumes(sheet, volume, count);
    if detailed {
        sheet.months("cloudwatch", "metric", count * DETAILED_METRICS, "metrics");
    }
}

fn boot_volumes(sheet: &mut Sheet<'_>, volume: Option<&Value>, count: u64) {
    let size = volume.and_then(|volume| volume["size_gib"].as_u64()).unwrap_or(0);
    let kind = volume.and_then(|volume| volume["type"].as_str()).unwrap_or("gp3");
    sheet.months("ebs", kind, size * count, &format!("GB {kind}"));
}

/// Burstable machines of these families are charged for what they use beyond their credits (unlimited mode).
fn credits(sheet: &mut Sheet<'_>, kind: &str) {
    let family = kind.split('.').next().unwrap_or_default();
    if ["t3", "t3a", "t4g"].contains(&family) {
        sheet.usage("processor time beyond its credits", "ec2-credits", family, "vCPU-hour");
    }
}
