"""GetResources finds caches, media, mail, monitoring and file systems, each where it is listed."""

from __future__ import annotations

from typing import Any

from conftest import REGION
from parts import certificate, network
from test_cloudfront import configuration
from test_sns_cloudwatch import alarm
from watch_parts import watcher

TAGS = [{"Key": "stack", "Value": "s"}, {"Key": "empty", "Value": ""}]


def found(client: Any, region: str, *kinds: str) -> set[str]:
    api = client("resourcegroupstaggingapi", region=region)
    pages = api.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": "stack", "Values": ["s"]}], ResourceTypeFilters=list(kinds)
    )
    arns = [r["ResourceARN"].split(":", 5) for p in pages for r in p["ResourceTagMappingList"]]
    return {f"{a[2]}:{a[5].replace(':', '/').split('/')[0]}" for a in arns}


def test_every_kind(client: Any) -> None:
    net, cache = network(client), client("elasticache")
    cache.create_cache_subnet_group(
        CacheSubnetGroupName="c", CacheSubnetGroupDescription="d", SubnetIds=net.subnets, Tags=TAGS
    )
    cache.create_cache_parameter_group(
        CacheParameterGroupName="p", CacheParameterGroupFamily="memcached1.6", Description="d", Tags=TAGS
    )
    cache.create_cache_cluster(
        CacheClusterId="c",
        Engine="memcached",
        CacheNodeType="cache.t4g.small",
        CacheSubnetGroupName="c",
        Tags=TAGS,
    )
    cache.create_replication_group(
        ReplicationGroupId="r",
        ReplicationGroupDescription="d",
        Engine="valkey",
        CacheNodeType="cache.t4g.small",
        CacheSubnetGroupName="c",
        Tags=TAGS,
    )
    where = {"LocationConstraint": REGION, "Tags": TAGS}
    client("s3").create_bucket(Bucket="media", CreateBucketConfiguration=where)
    cdn = client("cloudfront", region="us-east-1")
    given = {"DistributionConfig": configuration(), "Tags": {"Items": TAGS}}
    cdn.create_distribution_with_tags(DistributionConfigWithTags=given)
    client("sesv2").create_email_identity(EmailIdentity="example.org", Tags=TAGS)
    client("sns").create_topic(Name="t", Tags=TAGS)
    client("efs").create_file_system(CreationToken="t", Tags=TAGS)
    watcher(client).put_metric_alarm(**alarm(), Tags=TAGS)
    arn = certificate(client)
    client("acm").add_tags_to_certificate(CertificateArn=arn, Tags=TAGS)
    group = client("logs")
    group.create_log_group(logGroupName="g", tags={"stack": "s"})
    assert found(client, REGION) == {
        "elasticache:subnetgroup",
        "elasticache:parametergroup",
        "elasticache:cluster",
        "elasticache:replicationgroup",
        "s3:media",
        "ses:identity",
        "sns:t",
        "elasticfilesystem:file-system",
        "cloudwatch:alarm",
        "acm:certificate",
        "logs:log-group",
    }
    assert found(client, "us-east-1") == {"cloudfront:distribution"}
    assert found(client, REGION, "elasticache:cluster", "s3") == {"elasticache:cluster", "s3:media"}
