//! The network and what faces the internet.

use serde_json::Value;

use super::{Ask, Sheet};

/// A NAT gateway; its address is a resource of its own.
pub(super) fn nat(_: &Ask<'_>, sheet: &mut Sheet<'_>) {
    sheet.hours("nat", "gateway", 1, "NAT gateway");
    sheet.usage("data processed", "nat-data", "processed", "GB");
}

/// A public IPv4 address, in use or not.
pub(super) fn address(_: &Ask<'_>, sheet: &mut Sheet<'_>) {
    sheet.hours("ipv4", "address", 1, "public IPv4 address");
}

/// A load balancer, with its public addresses: one a subnet at least.
pub(super) fn balancer(ask: &Ask<'_>, sheet: &mut Sheet<'_>) {
    sheet.hours("alb", "balancer", 1, "Application Load Balancer");
    if ask.resource.is("internet_facing") {
        let subnets = ask.resource.get("subnets").and_then(Value::as_array).map_or(0, Vec::len);
        sheet.hours("ipv4", "address", subnets as u64, "public IPv4 address");
        sheet.usage("data sent to the internet", "transfer", "internet", "GB");
    }
    sheet.usage("load balancer capacity units", "alb-lcu", "lcu", "LCU-hour");
}

/// `CloudFront` is paid by what it delivers; the first TB and ten million requests of a month are free.
pub(super) fn cdn(_: &Ask<'_>, sheet: &mut Sheet<'_>) {
    let what = "data delivered in North America and Europe beyond 1 TB";
    sheet.usage(what, "cloudfront", "north-america-and-europe", "GB");
}

/// A hosted zone.
pub(super) fn zone(_: &Ask<'_>, sheet: &mut Sheet<'_>) {
    sheet.months("route53", "zone", 1, "hosted zone");
    sheet.usage("queries", "route53-queries", "standard", "million");
}

/// SES is paid by the mail.
pub(super) fn mail(_: &Ask<'_>, sheet: &mut Sheet<'_>) {
    sheet.usage("mails", "ses", "sent", "1,000");
}
