"""A release is built from the site's repository: with the deploy key, by SSH, from a host that is known by its key."""

from __future__ import annotations

import io
import tarfile
import uuid
from collections.abc import Iterator

import pytest

import repository
from client import Visitor
from lab import Lab


@pytest.fixture(scope="module")
def committed(lab: Lab, deployed: str) -> Iterator[str]:
    """A commit of the site that no machine has yet; afterwards the nodes serve what they did."""
    yield repository.commit(lab["services"], {"web/built.txt": f"{uuid.uuid4().hex}\n"})
    for web in lab.webs:
        web.run("drucloud-release", "activate", deployed)


def build(lab: Lab, *reference: str) -> str:
    """The commit that the control server has built."""
    return lab["control"].run("drucloud-build", *reference).split()[-1]


def test_build(lab: Lab, committed: str) -> None:
    """The branch of the stack is fetched, built with Composer and stored; the nodes serve it."""
    assert build(lab) == committed
    stored = lab.cloud.client("s3").get_object(Bucket=lab.cloud.bucket(), Key=f"releases/{committed}.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(stored["Body"].read())) as archive:
        names = {name.removeprefix("./") for name in archive.getnames()}
    assert {"web/index.php", "web/built.txt", "vendor/bin/drush", "vendor/composer/autoload_classmap.php"} <= names
    assert not [name for name in names if ".git/" in name]
    for web in lab.webs:
        web.run("drucloud-release", "activate", committed)
        assert Visitor(web.address).get("/").fact("release") == committed


def test_key_is_gone(lab: Lab, committed: str) -> None:
    """The deploy key is in memory while it is needed, and nowhere afterwards."""
    build(lab)
    # The first line of the key itself is the same in every key of its kind.
    secret = repository.deploy_key().splitlines()[2]
    found = lab["control"].attempt("grep", "-rlF", secret, "/run", "/etc", "/root", "/tmp", "/var/lib", "/var/log")
    assert found.stdout == ""


def test_again(lab: Lab, committed: str) -> None:
    """What is built is not built again; a tag and the commit's own name lead to the same."""
    for reference in ("main", committed, "v1"):
        done = lab["control"].attempt("drucloud-build", reference)
        assert done.returncode == 0, done.stderr
        if reference != "v1":
            assert done.stdout.split()[-1] == committed and "which is built" in done.stderr


def test_unknown_reference(lab: Lab, committed: str) -> None:
    """A branch that is not there is an error that says so."""
    done = lab["control"].attempt("drucloud-build", "no-such-branch")
    assert done.returncode == 1 and "`no-such-branch` is no branch, tag or commit" in done.stderr


def test_another_host(lab: Lab, committed: str) -> None:
    """A host that shows another key is not spoken with, and the error says so at once."""
    services = lab["services"]
    services.write(repository.KEY, repository.pair("other")[0], 0o600)
    services.run("systemctl", "restart", "ssh")
    try:
        done = lab["control"].attempt("drucloud-build", seconds=60)
        assert done.returncode == 1 and "has another key than the stack says" in done.stderr, done.stderr
    finally:
        services.write(repository.KEY, repository.pair("host")[0], 0o600)
        services.run("systemctl", "restart", "ssh")
    assert build(lab) == committed


def test_another_deploy_key(lab: Lab, committed: str) -> None:
    """A deploy key that the host does not take is an error that says so at once."""
    secrets = lab.cloud.client("secretsmanager")
    secrets.put_secret_value(SecretId="deploy-key", SecretString=repository.pair("other")[0])
    try:
        done = lab["control"].attempt("drucloud-build", seconds=60)
        assert done.returncode == 1 and "does not take the deploy key" in done.stderr, done.stderr
    finally:
        secrets.put_secret_value(SecretId="deploy-key", SecretString=repository.deploy_key())
    assert build(lab) == committed
