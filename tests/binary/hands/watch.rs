//! What watches and tells, mail, and certificates.

use aws_sdk_acm::types::{Filters, KeyAlgorithm, Tag};
use aws_sdk_cloudwatch::types::{ComparisonOperator, Statistic};

use super::{Hands, Meddling, done, meddle, only};

impl Hands {
    async fn certificate(&self) -> String {
        let keys = Filters::builder().key_types(KeyAlgorithm::EcPrime256v1).key_types(KeyAlgorithm::Rsa2048);
        let answer = done!(self.0.acm().list_certificates().includes(keys.build()));
        only(answer.certificate_summary_list, |certificate| certificate.certificate_arn())
    }

    async fn topic(&self) -> String {
        only(done!(self.0.sns().list_topics()).topics, |topic| topic.topic_arn())
    }

    async fn untag_certificate(&self, key: &str) {
        let tag = Tag::builder().key(key).build().expect("a tag");
        done!(
            self.0.acm().remove_tags_from_certificate().certificate_arn(self.certificate().await).tags(tag)
        );
    }
}

meddle! { WATCH, hands:
    "monitoring.alarm.web-errors" "alarm" "threshold" {
        let (cloudwatch, alarm) = (hands.0.cloudwatch(), "every-sandbox-monitoring-alarm-web-errors");
        let there = done!(cloudwatch.describe_alarms().alarm_names(alarm)).metric_alarms.unwrap_or_default();
        let call = cloudwatch.put_metric_alarm().alarm_name(alarm).namespace("AWS/ApplicationELB");
        let call = call.set_alarm_description(there[0].alarm_description.clone()).metric_name("RequestCount");
        let call = call.statistic(Statistic::Sum).period(60).evaluation_periods(1).threshold(1.0);
        done!(call.comparison_operator(ComparisonOperator::GreaterThanThreshold));
    }
    "monitoring.alarm.database-instance-cpu" "alarm" "actions" {
        let alarm = "every-sandbox-monitoring-alarm-database-instance-cpu";
        done!(hands.0.cloudwatch().disable_alarm_actions().alarm_names(alarm));
    }
    "monitoring.dashboard" "dashboard" "widgets" {
        let call = hands.0.cloudwatch().put_dashboard().dashboard_name("every_sandbox_monitoring_dashboard");
        done!(call.dashboard_body(r#"{"widgets": []}"#));
    }
    "monitoring.topic" "topic" "tags.team" {
        done!(hands.0.sns().untag_resource().resource_arn(hands.topic().await).tag_keys("team"));
    }
    "monitoring.email" "subscription" "protocol" {
        let call = hands.0.sns().confirm_subscription().topic_arn(hands.topic().await);
        let arn = done!(call.token("ops@example.org")).subscription_arn.expect("an ARN");
        done!(hands.0.sns().unsubscribe().subscription_arn(arn));
    }
    "monitoring.logs.web" "log_group" "retention_days" {
        let group = "/drucloud/every/sandbox/monitoring.logs.web";
        done!(hands.0.logs().put_retention_policy().log_group_name(group).retention_in_days(1));
    }
    "mail.identity" "email_identity" "signing" {
        let call = hands.0.ses().put_email_identity_dkim_attributes().email_identity("example.org");
        done!(call.signing_enabled(false));
    }
    "load_balancer.certificate" "certificate" "tags.team" {
        hands.untag_certificate("team").await;
    }
    "load_balancer.certificate.validation" "certificate_validation" "not there" {
        hands.untag_certificate("drucloud:validation:address").await;
    }
}
