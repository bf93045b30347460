//! Monitoring, mail and shared files of EFS: from nothing to nothing, mended by `up` where somebody has changed
//! them by hand, and what is told of domains whose DNS is elsewhere.

use aws_sdk_cloudwatch::types::{ComparisonOperator, Statistic};
use aws_sdk_efs::types::{BackupPolicy, Status};

use crate::account::Account;
use crate::hands::done;
use crate::sandbox::Sandbox;

const STACK: &str = "stack: watched
region: us-east-1
network: { nat: single }
site: { domain: www.example.org }
load_balancer: { https: off }
web: { scale: { min: 1, max: 1 } }
database: none
files: { engine: efs }
mail: { dmarc: reject }
monitoring: { email: ops@example.org }
";

/// A sandbox and the stack in a file.
fn begin() -> (Sandbox, Account, String) {
    let sandbox = Sandbox::start();
    let path = sandbox.path("watched.yaml");
    std::fs::write(&path, STACK).expect("the stack");
    let account = Account::of(&sandbox);
    (sandbox, account, path.to_str().expect("a plain path").to_owned())
}

/// The zone of the site's domain, which somebody has.
fn zone(account: &Account) {
    account.wait(async {
        done!(account.route53().create_hosted_zone().name("example.org").caller_reference("theirs"));
    });
}

/// Changes by hand, one to each kind of resource.
async fn hands(account: &Account) {
    let (cloudwatch, sns, efs) = (account.cloudwatch(), account.sns(), account.efs());
    let alarm = "watched-sandbox-monitoring-alarm-web-errors";
    let there = done!(cloudwatch.describe_alarms().alarm_names(alarm)).metric_alarms.unwrap_or_default();
    let call = cloudwatch.put_metric_alarm().alarm_name(alarm).namespace("AWS/ApplicationELB");
    let call = call.set_alarm_description(there[0].alarm_description.clone()).metric_name("RequestCount");
    let call = call.statistic(Statistic::Sum).period(60).evaluation_periods(1).threshold(1.0);
    done!(call.comparison_operator(ComparisonOperator::GreaterThanThreshold));
    let dashboard = "watched_sandbox_monitoring_dashboard";
    done!(cloudwatch.put_dashboard().dashboard_name(dashboard).dashboard_body(r#"{"widgets": []}"#));
    let topic = done!(sns.list_topics()).topics.unwrap_or_default().remove(0).topic_arn.expect("an ARN");
    let confirmed = done!(sns.confirm_subscription().topic_arn(topic).token("ops@example.org"));
    done!(sns.unsubscribe().subscription_arn(confirmed.subscription_arn.expect("an ARN")));
    let group = "/drucloud/watched/sandbox/monitoring.logs.web";
    done!(account.logs().put_retention_policy().log_group_name(group).retention_in_days(1));
    let signing = account.ses().put_email_identity_dkim_attributes().email_identity("example.org");
    done!(signing.signing_enabled(false));
    let system = done!(efs.describe_file_systems()).file_systems.unwrap_or_default().remove(0).file_system_id;
    let off = BackupPolicy::builder().status(Status::Disabled).build().expect("a policy");
    done!(efs.put_backup_policy().file_system_id(&system).backup_policy(off));
    let targets = done!(efs.describe_mount_targets().file_system_id(&system)).mount_targets;
    let target = targets.unwrap_or_default().remove(0).mount_target_id;
    done!(efs.delete_mount_target().mount_target_id(target));
    let group = account.autoscaling().disable_metrics_collection();
    done!(group.auto_scaling_group_name("watched-sandbox-web-group"));
}

#[test]
fn there_and_back_and_mended_in_between() {
    let (sandbox, account, stack) = begin();
    zone(&account);
    let before = account.census();
    let shown = sandbox.up(&stack, "sandbox");
    assert!(!shown.out.contains("Enter the records"), "{}", shown.out);
    sandbox.settled(&stack, "sandbox");
    let made = account.census();
    account.wait(hands(&account));
    let plan = sandbox.run(&["plan", &stack, "--env", "sandbox"]).with(2);
    for text in [
        "monitoring.alarm.web-errors  CloudWatch alarm: drifted in AWS",
        "monitoring.email  SNS subscription: drifted in AWS",
        "monitoring.logs.web  CloudWatch log group: drifted in AWS",
        "mail.identity  SES identity: drifted in AWS",
        "files.system  EFS file system: drifted in AWS",
        "web.group  Autoscaling group: drifted in AWS",
        "monitoring.dashboard  CloudWatch dashboard",
    ] {
        assert!(plan.out.contains(text), "{text}: {}", plan.out);
    }
    sandbox.up(&stack, "sandbox");
    sandbox.settled(&stack, "sandbox");
    assert_eq!(account.census(), made, "nothing twice, nothing missing");
    sandbox.destroy(&stack, "sandbox");
    assert_eq!(account.census(), before);
}

#[test]
fn what_to_enter_elsewhere_is_told() {
    let (sandbox, account, stack) = begin();
    let before = account.census();
    let shown = sandbox.up(&stack, "sandbox");
    let told = sandbox.run(&["output", "--stack-file", &stack, "--env", "sandbox"]).with(0);
    for text in [
        "Enter the records where their DNS is",
        "www.example.org  ",
        "._domainkey.example.org  CNAME  ",
        "MX     10 feedback-smtp.us-east-1.amazonses.com",
        "TXT    v=spf1 include:amazonses.com ~all",
        "TXT    v=DMARC1; p=reject;",
    ] {
        assert!(shown.out.contains(text) && told.out.contains(text), "{text}: {}{}", shown.out, told.out);
    }
    sandbox.settled(&stack, "sandbox");
    sandbox.destroy(&stack, "sandbox");
    assert_eq!(account.census(), before);
}

#[test]
fn an_identity_that_another_environment_has_is_used_as_it_is() {
    let (sandbox, account, stack) = begin();
    zone(&account);
    let two = format!("{STACK}environments: {{ one: {{}}, two: {{ files: none, monitoring: none }} }}\n");
    std::fs::write(&stack, two).expect("the stack");
    sandbox.up(&stack, "one");
    let plan = sandbox.run(&["plan", &stack, "--env", "two"]).with(2);
    assert!(!plan.out.contains("mail.identity") && !plan.out.contains("mail.dkim"), "{}", plan.out);
    sandbox.destroy(&stack, "one");
    sandbox.run(&["plan", &stack, "--env", "two"]).with(2).says("mail.identity");
}
