//! The dashboard: the state of every alarm, and below it what visitors, machines, database and cache do.

use serde_json::{Value, json};

use crate::aws::kinds::dashboard::Dashboard;
use crate::model::spec::Text;

use super::alarms::{CDN_REGION, cdn_dimensions};
use super::metric::{Metric, metric};
use super::watched::Watched;

/// The columns of a dashboard, those of a graph and its height.
const COLUMNS: u32 = 24;
const WIDTH: u32 = 8;
const HEIGHT: u32 = 6;

/// A page that fills from left to right.
struct Page<'a> {
    region: &'a str,
    widgets: Vec<Value>,
    x: u32,
    y: u32,
}

impl Page<'_> {
    fn place(&mut self, kind: &str, size: (u32, u32), properties: &Value) {
        let (width, height) = size;
        self.widgets.push(json!({
            "type": kind, "x": self.x, "y": self.y, "width": width, "height": height, "properties": properties,
        }));
    }

    /// A heading, below all that was placed.
    fn heading(&mut self, text: &str) {
        self.next_row();
        self.place("text", (COLUMNS, 1), &json!({"markdown": format!("## {text}")}));
        self.y += 1;
    }

    /// A graph of lines with labels, if there are any.
    fn graph(&mut self, title: &str, lines: &[(String, Metric)]) {
        self.graph_in(self.region, title, lines);
    }

    fn graph_in(&mut self, region: &str, title: &str, lines: &[(String, Metric)]) {
        if lines.is_empty() {
            return;
        }
        if self.x + WIDTH > COLUMNS {
            self.next_row();
        }
        let metrics: Vec<Value> = lines.iter().map(|(label, metric)| metric.line(label)).collect();
        let properties = json!({
            "title": title, "region": region, "view": "timeSeries", "stacked": false, "period": 300,
            "metrics": metrics,
        });
        self.place("metric", (WIDTH, HEIGHT), &properties);
        self.x += WIDTH;
    }

    fn next_row(&mut self) {
        if self.x > 0 {
            (self.x, self.y) = (0, self.y + HEIGHT);
        }
    }
}

/// The dashboard of a stack.
pub fn dashboard(region: &str, watched: &Watched, alarms: &[Text]) -> Dashboard {
    let mut page = Page { region, widgets: Vec::new(), x: 0, y: 0 };
    if !alarms.is_empty() {
        // A row of the widget shows some eight alarms (100 of them are its most).
        let alarms = &alarms[..alarms.len().min(100)];
        let height = 2 + u32::try_from(alarms.len().div_ceil(8)).unwrap_or(1);
        page.place("alarm", (COLUMNS, height), &json!({"title": "Alarms", "alarms": alarms}));
        page.y += height;
    }
    visitors(&mut page, watched);
    machines(&mut page, watched);
    database(&mut page, watched);
    cache(&mut page, watched);
    Dashboard { widgets: page.widgets }
}

fn visitors(page: &mut Page<'_>, watched: &Watched) {
    if watched.balancers.is_empty() && watched.distributions.is_empty() {
        return;
    }
    page.heading("Visitors");
    for balancer in &watched.balancers {
        let own = [("LoadBalancer", balancer.output("arn_suffix"))];
        let elb = |label: &str, name, statistic| {
            (label.to_owned(), metric("AWS/ApplicationELB", name, &own, statistic))
        };
        page.graph("Requests", &[elb("requests", "RequestCount", "Sum")]);
        page.graph(
            "Errors",
            &[
                elb("load balancer", "HTTPCode_ELB_5XX_Count", "Sum"),
                elb("web nodes", "HTTPCode_Target_5XX_Count", "Sum"),
            ],
        );
        page.graph(
            "Seconds to an answer",
            &[elb("half", "TargetResponseTime", "p50"), elb("all but 1 %", "TargetResponseTime", "p99")],
        );
    }
    for cdn in &watched.distributions {
        let own = cdn_dimensions(cdn);
        let line = |label: &str, name, statistic| {
            (label.to_owned(), metric("AWS/CloudFront", name, &own, statistic))
        };
        page.graph_in(CDN_REGION, "CDN: requests", &[line("requests", "Requests", "Sum")]);
        let errors = [line("4xx", "4xxErrorRate", "Average"), line("5xx", "5xxErrorRate", "Average")];
        page.graph_in(CDN_REGION, "CDN: errors, percent", &errors);
    }
}

fn machines(page: &mut Page<'_>, watched: &Watched) {
    if watched.groups.is_empty() && watched.instances.is_empty() {
        return;
    }
    page.heading("Machines");
    for group in &watched.groups {
        let own = [("AutoScalingGroupName", group.output("name"))];
        let nodes = |label: &str, name| (label.to_owned(), metric("AWS/AutoScaling", name, &own, "Average"));
        page.graph(
            "Web nodes",
            &[
                nodes("in service", "GroupInServiceInstances"),
                nodes("wanted", "GroupDesiredCapacity"),
                nodes("at most", "GroupMaxSize"),
            ],
        );
        let cpu = metric("AWS/EC2", "CPUUtilization", &own, "Average");
        page.graph("Web nodes: processors, percent", &[("mean".to_owned(), cpu)]);
    }
    let each = |namespace, name, statistic| {
        let line = |instance: &super::watched::Thing| {
            let own = [("InstanceId", instance.output("id"))];
            (instance.address.to_string(), metric(namespace, name, &own, statistic))
        };
        watched.instances.iter().map(line).collect::<Vec<_>>()
    };
    page.graph("Servers: processors, percent", &each("AWS/EC2", "CPUUtilization", "Average"));
    page.graph("Servers: disks, percent used", &each("CWAgent", "disk_used_percent", "Maximum"));
}

fn database(page: &mut Page<'_>, watched: &Watched) {
    if watched.databases.is_empty() {
        return;
    }
    page.heading("Database");
    let each = |metrics: &[(&str, &'static str)]| {
        let mut lines = Vec::new();
        for database in &watched.databases {
            let own = [("DBInstanceIdentifier", database.output("id"))];
            let line = |(label, name): &(&str, &'static str)| {
                (
                    format!("{} {label}", database.address).trim_end().to_owned(),
                    metric("AWS/RDS", name, &own, "Average"),
                )
            };
            lines.extend(metrics.iter().map(line));
        }
        lines
    };
    page.graph("Processors, percent", &each(&[("", "CPUUtilization")]));
    page.graph("Connections", &each(&[("", "DatabaseConnections")]));
    page.graph("Free storage, bytes", &each(&[("", "FreeStorageSpace")]));
    page.graph("Free memory, bytes", &each(&[("", "FreeableMemory")]));
    page.graph("Seconds of an operation", &each(&[("read", "ReadLatency"), ("write", "WriteLatency")]));
    page.graph("Operations a second", &each(&[("read", "ReadIOPS"), ("write", "WriteIOPS")]));
}

fn cache(page: &mut Page<'_>, watched: &Watched) {
    if watched.cache_nodes.is_empty() {
        return;
    }
    page.heading("Cache");
    for (title, name, statistic) in [
        ("Processors, percent", "CPUUtilization", "Average"),
        ("Evictions", "Evictions", "Sum"),
        ("Entries", "CurrItems", "Average"),
        ("Connections", "CurrConnections", "Average"),
        ("Free memory, bytes", "FreeableMemory", "Average"),
    ] {
        let line = |node: &super::watched::CacheNode| {
            (node.word.clone(), metric("AWS/ElastiCache", name, &node.dimensions(), statistic))
        };
        page.graph(title, &watched.cache_nodes.iter().map(line).collect::<Vec<_>>());
    }
}
