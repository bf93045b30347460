//! The alarms: each says what is wrong and where to look.

use std::collections::BTreeSet;

use crate::aws::kinds::alarm::Alarm;
use crate::model::spec::Text;
use crate::stack::monitoring::{Monitoring, Thresholds};
use crate::stack::text::DbInstanceType;

use super::super::Plot;
use super::metric::{Metric, metric};
use super::watched::{Thing, Watched};

/// More than the threshold.
const ABOVE: &str = "GreaterThanThreshold";
/// As much as the threshold or more.
const FROM: &str = "GreaterThanOrEqualToThreshold";
/// Less than the threshold.
const BELOW: &str = "LessThanThreshold";

/// Where `CloudFront` has its metrics, and nowhere else ("Viewing metrics", developer guide). An alarm sees the
/// metrics of its own region only.
pub const CDN_REGION: &str = "us-east-1";

/// How long something has to be so: so many periods of so many seconds.
#[derive(Clone, Copy)]
struct During(i32, i32);

const FIVE_MINUTES: During = During(1, 300);
const QUARTER: During = During(3, 300);

/// Alarms under construction.
struct Alarms<'a> {
    topic: &'a Text,
    all: Vec<(String, Alarm)>,
}

impl Alarms<'_> {
    /// An alarm that tells the topic, and again when it is over.
    fn add(&mut self, name: &str, about: &str, metric: &Metric, during: During, when: (&str, f64)) {
        let (During(periods, seconds), (comparison, threshold)) = (during, when);
        let told = BTreeSet::from([self.topic.clone()]);
        let alarm = Alarm {
            description: about.to_owned(),
            namespace: metric.namespace.to_owned(),
            metric: metric.name.to_owned(),
            dimensions: metric.dimensions(),
            statistic: metric.statistic.to_owned(),
            period_seconds: seconds,
            periods,
            datapoints: periods,
            comparison: comparison.to_owned(),
            threshold,
            missing: "missing".to_owned(),
            actions: told.clone(),
            ok_actions: told,
        };
        self.all.push((name.to_owned(), alarm));
    }

    /// The same for what is counted only when it happens: nothing counted is nothing wrong.
    fn count(&mut self, name: &str, about: &str, metric: &Metric, during: During, when: (&str, f64)) {
        self.add(name, about, metric, during, when);
        if let Some((_, alarm)) = self.all.last_mut() {
            "notBreaching".clone_into(&mut alarm.missing);
        }
    }
}

/// Every alarm, by name.
pub fn all(plot: &Plot<'_>, section: &Monitoring, watched: &Watched, topic: &Text) -> Vec<(String, Alarm)> {
    let mut alarms = Alarms { topic, all: Vec::new() };
    let at = &section.alarms;
    visitors(&mut alarms, at, watched);
    for group in &watched.groups {
        at_maximum(&mut alarms, group);
    }
    for database in &watched.databases {
        of_database(&mut alarms, plot, at, database);
    }
    for node in &watched.cache_nodes {
        let evictions = metric("AWS/ElastiCache", "Evictions", &node.dimensions(), "Sum");
        let about =
            "The cache drops entries for lack of memory. Take a larger `cache.node`, or more `nodes`.";
        let when = (ABOVE, f64::from(at.cache_evictions));
        alarms.add(&format!("{}-evictions", node.word), about, &evictions, FIVE_MINUTES, when);
    }
    for instance in &watched.instances {
        of_instance(&mut alarms, plot.region(), at, instance);
    }
    if plot.region() == CDN_REGION {
        for cdn in &watched.distributions {
            let errors = metric("AWS/CloudFront", "5xxErrorRate", &cdn_dimensions(cdn), "Average");
            let about =
                "Visitors get errors from the CDN. Look at the load balancer's and the web nodes' first.";
            alarms.count(
                &format!("{}-errors", cdn.word()),
                about,
                &errors,
                QUARTER,
                (ABOVE, f64::from(at.cdn_errors)),
            );
        }
    }
    alarms.all
}

/// The dimensions of a distribution's metrics.
pub fn cdn_dimensions(cdn: &Thing) -> [(&'static str, Text); 2] {
    [("DistributionId", cdn.output("id")), ("Region", "Global".into())]
}

fn visitors(alarms: &mut Alarms<'_>, at: &Thresholds, watched: &Watched) {
    let Some(balancer) = watched.balancers.first() else { return };
    let own = ("LoadBalancer", balancer.output("arn_suffix"));
    let many = (FROM, f64::from(at.errors));
    let errors = metric("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", std::slice::from_ref(&own), "Sum");
    let about = "The load balancer itself answers with errors: no web node is well, or none answers in time.";
    alarms.count("load-balancer-errors", about, &errors, FIVE_MINUTES, many);
    if let Some(group) = watched.targets.first() {
        let both = [own.clone(), ("TargetGroup", group.output("arn_suffix"))];
        let errors = metric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", &both, "Sum");
        let about = "The web nodes answer with errors. Look at the logs of PHP and of the site.";
        alarms.count("web-errors", about, &errors, FIVE_MINUTES, many);
        let unhealthy = metric("AWS/ApplicationELB", "UnHealthyHostCount", &both, "Maximum");
        let about =
            "A web node does not answer the load balancer. It is replaced; look at why if it goes on.";
        alarms.count("web-unhealthy", about, &unhealthy, During(5, 60), (ABOVE, 0.0));
    }
}

fn at_maximum(alarms: &mut Alarms<'_>, group: &Thing) {
    let Some(max) = group.number("/max") else { return };
    let own = [("AutoScalingGroupName", group.output("name"))];
    let nodes = metric("AWS/AutoScaling", "GroupInServiceInstances", &own, "Minimum");
    let about =
        "There are as many web nodes as there may be. Raise `web.scale.max` if the load is to be expected.";
    alarms.add(&format!("{}-at-maximum", group.word()), about, &nodes, QUARTER, (FROM, f64::from(max)));
}

fn of_database(alarms: &mut Alarms<'_>, plot: &Plot<'_>, at: &Thresholds, database: &Thing) {
    let own = [("DBInstanceIdentifier", database.output("id"))];
    let rds = |name, statistic| metric("AWS/RDS", name, &own, statistic);
    let word = database.word();
    let about = "The database is busy. Look at its slow queries, and at what the cache does not hold.";
    let when = (ABOVE, f64::from(at.database_cpu));
    alarms.add(&format!("{word}-cpu"), about, &rds("CPUUtilization", "Average"), QUARTER, when);
    if let Some(gib) = database.number("/storage/gib") {
        let bytes = f64::from(gib) * 1_073_741_824.0 * f64::from(at.database_storage) / 100.0;
        let about = "The database's disk is nearly full, and a full one stops it. Raise `database.storage`.";
        let when = (BELOW, bytes);
        alarms.add(
            &format!("{word}-storage"),
            about,
            &rds("FreeStorageSpace", "Minimum"),
            FIVE_MINUTES,
            when,
        );
    }
    if let Some(most) = connections(plot, at, database) {
        let about = "The database has nearly as many connections as it takes. Look for processes that hang.";
        let when = (ABOVE, f64::from(most));
        let metric = rds("DatabaseConnections", "Maximum");
        alarms.add(&format!("{word}-connections"), about, &metric, FIVE_MINUTES, when);
    }
}

/// How many connections are too many: as the stack says, else four fifths of what the engine takes, as far as
/// that is known.
fn connections(plot: &Plot<'_>, at: &Thresholds, database: &Thing) -> Option<u32> {
    let parameter = || {
        let settings = plot.environment.database.as_ref()?.settings();
        settings.get("max_connections")?.value.parse::<u32>().ok()
    };
    let by_class = || {
        let class = database.spec.get("class")?.as_str()?.parse::<DbInstanceType>().ok()?;
        // The defaults of the engines' parameter groups ("Quotas and constraints for Amazon RDS", user guide).
        let bytes_each = match database.spec.get("engine")?.as_str()? {
            "mariadb" => 25_165_760,
            _ => 12_582_880,
        };
        u32::try_from(u64::from(class.memory_gib()?) * 1_073_741_824 / bytes_each).ok()
    };
    at.database_connections.or_else(|| Some(parameter().or_else(by_class)? / 5 * 4))
}

fn of_instance(alarms: &mut Alarms<'_>, region: &str, at: &Thresholds, instance: &Thing) {
    let own = [("InstanceId", instance.output("id"))];
    let word = instance.word();
    let failed = metric("AWS/EC2", "StatusCheckFailed_System", &own, "Maximum");
    let about = "The hardware below the machine fails. AWS moves it to another; it comes back by itself.";
    alarms.add(&format!("{word}-recover"), about, &failed, During(2, 60), (ABOVE, 0.0));
    if let Some((_, alarm)) = alarms.all.last_mut() {
        let recover = format!("arn:{}:automate:{region}:ec2:recover", partition(region));
        alarm.actions.insert(recover.into());
    }
    let failed = metric("AWS/EC2", "StatusCheckFailed_Instance", &own, "Maximum");
    let about = "The machine does not answer AWS. Look at its console output; restart it if need be.";
    alarms.add(&format!("{word}-status"), about, &failed, During(5, 60), (ABOVE, 0.0));
    let used = metric("CWAgent", "disk_used_percent", &own, "Maximum");
    let about = "A disk of the machine is nearly full. Look at what grows, or enlarge its volume.";
    alarms.add(&format!("{word}-disk"), about, &used, QUARTER, (ABOVE, f64::from(at.disk)));
}

/// The partition that a region belongs to.
fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}
