"""The control server: Drupal's own commands, and the only timers of the platform."""

from __future__ import annotations

import gzip

import pytest

from client import Visitor
from host import wait
from lab import Lab

TIMERS = ("cron", "search-index", "xmlsitemap", "prewarm", "social", "maintenance", "dump")


@pytest.fixture(scope="module")
def released(lab: Lab, deployed: str) -> str:
    """The release on the control server, too, as `drucloud deploy` brings it there; and Drupal is installed."""
    Visitor(lab.webs[0].address).get("/state")
    lab["control"].run("drucloud-update", deployed)
    return deployed


def asked(lab: Lab) -> list[str]:
    """What drush was asked to do, from the first to the last."""
    said = lab["services"].run(
        "mariadb", "--batch", "--skip-column-names", "drupal", "--execute",
        "SELECT message FROM watchdog ORDER BY wid",
    )
    return said.splitlines()


def test_database(lab: Lab) -> None:
    """The control server has made the database and the site's user with RDS's master secret, which no other has."""
    assert lab["control"].run("systemctl", "is-active", "drucloud-database.service").strip() == "active"
    users = lab["services"].run(
        "mariadb", "--batch", "--skip-column-names", "--execute", "SHOW GRANTS FOR drupal_site@'%'"
    )
    assert "ON `drupal`.*" in users and "ALL PRIVILEGES" not in users and "GRANT OPTION" not in users


def test_nodes(lab: Lab) -> None:
    """`drucloud-nodes` finds the web nodes by their tags."""
    assert set(lab["control"].run("drucloud-nodes").split()) == {web.address for web in lab.webs}


def test_update(lab: Lab, released: str) -> None:
    """`drucloud-update` runs the updates of the database for a release; again it does the same and succeeds."""
    before = len(asked(lab))
    lab["control"].run("drucloud-update", released)
    since = asked(lab)[before:]
    assert any("updatedb" in line for line in since) and any("deploy:hook" in line for line in since), since


def test_shared_files(lab: Lab, released: str) -> None:
    """The control server has the same files as the web nodes."""
    lab.webs[0].run("sh", "-c", "date >/srv/files/public/seen-by-control.txt")
    assert lab["control"].run("cat", "/srv/files/public/seen-by-control.txt")


@pytest.mark.parametrize("name", TIMERS)
def test_timer(lab: Lab, released: str, name: str) -> None:
    """The timer waits for its time, and its job succeeds."""
    control = lab["control"]
    assert control.run("systemctl", "is-active", f"drucloud-{name}.timer").strip() == "active"
    control.run("systemctl", "start", f"drucloud-{name}.service")


@pytest.mark.parametrize(("name", "words"), [
    ("cron", "cron"), ("search-index", "search-api:index"), ("xmlsitemap", "xmlsitemap:regenerate"),
])
def test_job(lab: Lab, released: str, name: str, words: str) -> None:
    """The job runs drush with the right words, as the user that the files belong to."""
    before = len(asked(lab))
    lab["control"].run("systemctl", "start", f"drucloud-{name}.service")
    assert any(words in line.split() for line in asked(lab)[before:])


def test_no_timer_elsewhere(lab: Lab) -> None:
    """No web node has a timer of the site: cron runs once and not on every node."""
    for web in lab.webs:
        listed = web.run("systemctl", "list-timers", "--all", "--no-legend", "--plain")
        assert not [line for line in listed.splitlines() if any(f"drucloud-{name}.timer" in line for name in TIMERS)]


def test_prewarm(lab: Lab, released: str) -> None:
    """The pre-warmer asks every node for the pages of the site map: the next visitor gets a HIT."""
    for web in lab.webs:
        web.run("drucloud-purge")
    lab["control"].run("systemctl", "start", "drucloud-prewarm.service")
    for web in lab.webs:
        assert Visitor(web.address).get("/node/10")["X-Cache"] == "HIT"


def test_dump(lab: Lab, released: str) -> None:
    """A dump of the database is in the bucket, and whole."""
    lab["control"].run("systemctl", "start", "drucloud-dump.service")
    s3, bucket = lab.cloud.client("s3"), lab.cloud.bucket()
    found = s3.list_objects_v2(Bucket=bucket, Prefix="dumps/").get("Contents", [])
    assert found
    newest = max(found, key=lambda entry: entry["LastModified"])
    text = gzip.decompress(s3.get_object(Bucket=bucket, Key=newest["Key"])["Body"].read()).decode()
    assert "CREATE TABLE `node`" in text and "-- Dump completed" in text


def test_failed_job(lab: Lab, released: str) -> None:
    """A job that fails is told to CloudWatch, so that an alarm can fire."""
    control, watch = lab["control"], lab.cloud.client("cloudwatch")

    def told() -> bool:
        listed = watch.list_metrics(MetricName="FailedUnits")["Metrics"]
        return any("xmlsitemap" in dimension["Value"] for metric in listed for dimension in metric["Dimensions"])

    control.run("mv", "/usr/local/sbin/drucloud-job", "/usr/local/sbin/drucloud-job.away")
    try:
        assert control.attempt("systemctl", "start", "drucloud-xmlsitemap.service").returncode != 0
        wait("the failure is told", 60, told)
    finally:
        control.run("mv", "/usr/local/sbin/drucloud-job.away", "/usr/local/sbin/drucloud-job")
        control.run("systemctl", "reset-failed")
