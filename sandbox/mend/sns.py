"""Topics and subscriptions (SNS) as AWS documents them: idempotent creation, mail waits for confirmation.

In moto an email subscription is confirmed at once. Here ConfirmSubscription takes the endpoint as its token.
"""

from __future__ import annotations

import json
import re
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import camelcase_to_underscores
from moto.sns.models import SNSBackend
from moto.sns.responses import SNSResponse

from mend.core import add, patch, refuse

CONFIRMED_BY_HAND = ("email", "email-json", "http", "https")
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
SETTABLE = {
    "DeliveryPolicy",
    "DisplayName",
    "Policy",
    "TracingConfig",
    "KmsMasterKeyId",
    "SignatureVersion",
    "FifoTopic",
    "ContentBasedDeduplication",
    "ArchivePolicy",
    "FifoThroughputScope",
    *(
        f"{kind}{what}"
        for kind in ("HTTP", "Firehose", "Lambda", "Application", "SQS")
        for what in ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
    ),
}
OWN = {"DeliveryPolicy", "DisplayName", "Policy", "KmsMasterKeyId", "FifoTopic", "ContentBasedDeduplication"}


def attributes_of(topic: Any) -> dict[str, str]:
    """What was set of a topic."""
    return topic.__dict__.setdefault("mend_attributes", {})  # type: ignore[no-any-return]


def pending(subscription: Any) -> bool:
    return str(subscription.attributes.get("PendingConfirmation")).lower() == "true"


def shown(subscription: Any) -> dict[str, Any]:
    return {
        "SubscriptionArn": "PendingConfirmation" if pending(subscription) else subscription.arn,
        "Owner": subscription.owner,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "TopicArn": subscription.topic_arn,
    }


def check_attributes(names: Any) -> None:
    for name in names:
        if name not in SETTABLE:
            refuse("InvalidParameter", f"Invalid parameter: AttributeName Reason: {name}")


def install() -> None:
    @add(SNSResponse, "_get_tags")
    def get_tags(self: Any) -> dict[str, str]:
        # TagResource, CreateTopic: a tag without a value has an empty one.
        tags = {t["Key"]: t.get("Value") or "" for t in self._get_param("Tags", []) or []}
        if any(key.lower().startswith("aws:") for key in tags):
            text = "Invalid parameter: Tags Reason: aws: prefixed tag key names are reserved"
            refuse("InvalidParameter", text)
        return tags

    @patch(SNSResponse, "create_topic")
    def create_topic(original: Any, self: Any) -> ActionResult:
        # CreateTopic: the same again gives the same ARN; other attributes or tags are InvalidParameter.
        given = {k: str(v) for k, v in (self._get_param("Attributes") or {}).items()}
        check_attributes(given)
        arn = f"arn:{self.partition}:sns:{self.region}:{self.current_account}:{self._get_param('Name')}"
        existing, tags = self.backend.topics.get(arn), self._get_tags()
        if existing is not None:
            have = attributes_of(existing)
            if any(have.get(name, "") != value for name, value in given.items()):
                text = "Invalid parameter: Attributes Reason: Topic already exists with different attributes"
                refuse("InvalidParameter", text)
            if tags and tags != dict(existing._tags):
                text = "Invalid parameter: Tags Reason: Topic already exists with different tags"
                refuse("InvalidParameter", text)
            return ActionResult({"TopicArn": arn})
        result = original(self)
        attributes_of(self.backend.topics[arn]).update(given)
        return result

    @patch(SNSResponse, "set_topic_attributes")
    def set_topic_attributes(original: Any, self: Any) -> ActionResult:
        # SetTopicAttributes: known attributes only; an empty value takes one away.
        name, value = self._get_param("AttributeName"), self._get_param("AttributeValue") or ""
        check_attributes([name])
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        if name == "Policy" and not value:
            topic._policy_json = topic._create_default_topic_policy(
                self.backend.region_name, topic.account_id, topic.name
            )
            attributes_of(topic).pop(name, None)
            return EmptyResult()
        if name == "Policy":
            check_policy(value)
        if name in OWN:
            plain = value.lower() == "true" if name in ("FifoTopic", "ContentBasedDeduplication") else value
            setattr(topic, camelcase_to_underscores(name), plain)
        attributes_of(topic)[name] = value
        return EmptyResult()

    @patch(SNSResponse, "get_topic_attributes")
    def get_topic_attributes(original: Any, self: Any) -> ActionResult:
        # GetTopicAttributes: what was set, and how many subscriptions are pending and confirmed.
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        answer = original(self).result["Attributes"]
        mine = [s for s in self.backend.subscriptions.values() if s.topic is topic]
        answer["SubscriptionsPending"] = str(sum(1 for s in mine if pending(s)))
        answer["SubscriptionsConfirmed"] = str(sum(1 for s in mine if not pending(s)))
        answer["SubscriptionsDeleted"] = "0"
        answer |= {k: v for k, v in attributes_of(topic).items() if k not in OWN and v}
        if not answer.get("DeliveryPolicy"):
            answer.pop("DeliveryPolicy", None)
        return ActionResult({"Attributes": answer})

    @patch(SNSBackend, "subscribe")
    def subscribe(original: Any, self: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
        # Subscribe: what a person has to confirm is pending; the same again gives the same subscription.
        self.get_topic(topic_arn)
        if protocol in ("email", "email-json") and not ADDRESS.fullmatch(endpoint or ""):
            refuse("InvalidParameter", "Invalid parameter: Email address")
        if protocol in ("http", "https") and not (endpoint or "").startswith(f"{protocol}://"):
            refuse("InvalidParameter", "Invalid parameter: Endpoint must match the specified protocol")
        before = set(self.subscriptions)
        made = original(self, topic_arn, endpoint, protocol)
        if made.arn not in before and protocol in CONFIRMED_BY_HAND:
            made.attributes["PendingConfirmation"] = "true"
            made.attributes["ConfirmationWasAuthenticated"] = "false"
        return made

    @patch(SNSResponse, "subscribe")
    def subscribe_answer(original: Any, self: Any) -> ActionResult:
        # Subscribe: `pending confirmation` instead of an ARN, unless ReturnSubscriptionArn.
        arn = original(self).result["SubscriptionArn"]
        waits = pending(self.backend.subscriptions[arn]) and not self._get_param("ReturnSubscriptionArn")
        return ActionResult({"SubscriptionArn": "pending confirmation" if waits else arn})

    @add(SNSResponse, "confirm_subscription")
    def confirm_subscription(self: Any) -> ActionResult:
        # ConfirmSubscription: the token of the sandbox is the endpoint.
        topic, token = self.backend.get_topic(self._get_param("TopicArn")), self._get_param("Token")
        for each in self.backend.subscriptions.values():
            if each.topic is topic and each.endpoint == token:
                each.attributes["PendingConfirmation"] = "false"
                return ActionResult({"SubscriptionArn": each.arn})
        refuse("InvalidParameter", "Invalid parameter: Token")

    @patch(SNSBackend, "unsubscribe")
    def unsubscribe(original: Any, self: Any, arn: str) -> Any:
        # Unsubscribe: a pending subscription cannot be deleted, it goes by itself or with its topic.
        if (arn or "").count(":") != 6:
            refuse("InvalidParameter", "Invalid parameter: SubscriptionArn Reason: not a subscription's ARN")
        if arn in self.subscriptions and pending(self.subscriptions[arn]):
            text = "Invalid parameter: SubscriptionArn Reason: This subscription is pending confirmation"
            refuse("InvalidParameter", text)
        return original(self, arn)

    for name in ("list_subscriptions", "list_subscriptions_by_topic"):
        listed(name)

    @patch(SNSResponse, "list_topics")
    def list_topics(original: Any, self: Any) -> ActionResult:
        # ListTopics: pages of 100, and no token after the last.
        result = original(self).result
        topics, token = list(self.backend.topics), result.get("NextToken")
        if token is not None and int(token) >= len(topics):
            result["NextToken"] = None
        return ActionResult(result)

    for name in ("list_tags_for_resource", "tag_resource", "untag_resource"):
        not_found(name)



def check_policy(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        refuse("InvalidParameter", "Invalid parameter: Policy Error: null")


def listed(name: str) -> None:
    """ListSubscriptions*: PendingConfirmation in place of the ARN."""

    @patch(SNSResponse, name)
    def operation(original: Any, self: Any) -> ActionResult:
        result = original(self).result
        found = [shown(s) for s in result["Subscriptions"]]
        token = result.get("NextToken") if len(found) == 100 else None
        return ActionResult({"Subscriptions": found, "NextToken": token})


def not_found(name: str) -> None:
    """Tag operations: ResourceNotFound with status 404."""

    @patch(SNSResponse, name)
    def operation(original: Any, self: Any) -> ActionResult:
        if self._get_param("ResourceArn") not in self.backend.topics:
            refuse("ResourceNotFound", "Resource does not exist", 404)
        return original(self)  # type: ignore[no-any-return]
