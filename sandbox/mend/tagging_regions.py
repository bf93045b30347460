"""GetResources gives what is global in one region only, buckets in their own, email identities as they are.

Otherwise an environment in one region would find another's buckets and distributions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.core.resource_tagging import TaggedResource
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend
from moto.s3.models import s3_backends
from moto.sesv2.models import SESV2Backend

from mend.core import patch

HOME = "us-east-1"


def region_of(account: str, arn: str) -> str | None:
    """Where a resource without a region in its ARN is listed; None for anywhere."""
    service, name = arn.split(":")[2], arn.rpartition(":")[2]
    if service == "cloudfront":
        return HOME
    if service == "s3":
        bucket = s3_backends[account]["aws"].buckets.get(name)
        return bucket.region_name if bucket is not None else None
    return None


def install() -> None:
    @patch(ResourceGroupsTaggingAPIBackend, "_get_resources_generator")
    def in_region(original: Any, self: Any, *args: Any, **kwargs: Any) -> Iterator[TaggedResource]:
        # GetResources: CloudFront in us-east-1, buckets in their region.
        for resource in original(self, *args, **kwargs):
            if region_of(self.account_id, resource.arn) in (None, self.region_name):
                yield resource

    @patch(SESV2Backend, "iter_tagged_resources")
    def of_ses(original: Any, self: Any) -> Iterator[TaggedResource]:
        # GetResources: an email identity's ARN says identity.
        for resource in original(self):
            if resource.resource_type != "ses:email-identity":
                yield resource
        for identity in list(self.core_backend.email_identities.values()):
            arn = getattr(identity, "arn", None)
            if arn:
                tags = self.core_backend.tagger.get_tag_dict_for_resource(arn)
                yield TaggedResource(arn, tags, "ses:identity")
