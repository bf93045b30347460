"""A web node behind the CDN, with ModSecurity and with people who may update."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bundles import Bundle
from machine import Machine
from site_under_test import Site

EDGE = "130.176.0.1"
FORM = {"Content_Type": "application/x-www-form-urlencoded"}
INJECTION = "?id=1%27%20or%201=1--"


@pytest.fixture(scope="module")
def guarded(machine: Machine, bundles: list[Bundle], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    bundle = next(b for b in bundles if (b.stack, b.environment, b.role) == ("fixture", "guarded", "web"))
    with Site(machine, bundle, tmp_path_factory.mktemp("guarded")) as running:
        yield running


def test_the_visitor_is_whom_the_cdn_saw(guarded: Site) -> None:
    for given in ["203.0.113.5", "192.0.2.1, 203.0.113.5", "10.60.0.9,203.0.113.5", "nonsense, 203.0.113.5"]:
        told = guarded.get("/user", X_Forwarded_For=f"{given}, {EDGE}").told
        assert told["REMOTE_ADDR"] == "203.0.113.5" and told["HTTP_X_FORWARDED_FOR"] == "203.0.113.5", given
    assert guarded.get("/user", X_Forwarded_For=f"2001:db8::7, {EDGE}").told["REMOTE_ADDR"] == "2001:db8::7"


def test_the_scheme_is_what_the_visitor_speaks_with_the_cdn(guarded: Site) -> None:
    told = guarded.get("/user", CloudFront_Forwarded_Proto="https", X_Forwarded_Proto="http").told
    assert (told["HTTPS"], told["SERVER_PORT"]) == ("on", "443")
    told = guarded.get("/user", CloudFront_Forwarded_Proto="http", X_Forwarded_Proto="https").told
    assert "HTTPS" not in told and told["SERVER_PORT"] == "80"


@pytest.mark.parametrize("script", ["/update.php", "/update.php/selection", "/core/install.php"])
def test_only_some_may_update(guarded: Site, script: str) -> None:
    answer = guarded.get(script, X_Forwarded_For=f"192.0.2.5, {EDGE}")
    assert (answer.status, answer.body) == (200, f"ran {script.replace('/selection', '')}")
    for given in ["203.0.113.5", "192.0.2.5, 203.0.113.5", "192.0.3.5"]:
        assert guarded.get(script, X_Forwarded_For=f"{given}, {EDGE}").status == 404, given
    assert guarded.get(script, X_Forwarded_For="").status == 404
    assert guarded.get("/core/rebuild.php", X_Forwarded_For=f"192.0.2.5, {EDGE}").status == 404


def test_rules_judge_what_is_not_cached(guarded: Site) -> None:
    assert guarded.get(f"/user/login{INJECTION}").status == 403
    assert guarded.get("/contact", "POST", body="q=<script>alert(1)</script>", **FORM).status == 403
    assert guarded.get(f"/page{INJECTION}", Cookie="SESS0a1b=x").status == 403


def test_rules_cost_cached_pages_nothing(guarded: Site) -> None:
    answers = [guarded.get(f"/page{INJECTION}") for _ in range(2)]
    assert [(a.status, a.header("x-cache")) for a in answers] == [(200, "MISS"), (200, "HIT")]


def test_rules_let_people_work(guarded: Site) -> None:
    session = {"Cookie": "SSESS0a1b=x"}
    assert guarded.get("/user/login").status == 200
    body = "body[0][value]=<p>An <a href='/x'>ordinary</a> text</p>&form_id=node_page_form&op=Save"
    assert guarded.get("/node/1/edit", "POST", body=body, **FORM, **session).status == 200
    for method in ("PATCH", "DELETE"):
        answer = guarded.get("/jsonapi/node/page", method, body='{"data": {}}', Content_Type="application/vnd.api+json", **session)
        assert answer.status == 200, method


def test_without_php_a_judged_request_is_answered_too(guarded: Site) -> None:
    guarded.php(on=False)
    try:
        answer = guarded.get("/user")
        assert answer.status == 503 and answer.header("retry-after") == "10"
    finally:
        guarded.php(on=True)


def test_without_the_micro_cache_every_page_is_made(
    machine: Machine, bundles: list[Bundle], tmp_path_factory: pytest.TempPathFactory
) -> None:
    bundle = next(b for b in bundles if (b.stack, b.environment, b.role) == ("fixture", "uncached", "web"))
    with Site(machine, bundle, tmp_path_factory.mktemp("uncached")) as site:
        answers = [site.get("/page") for _ in range(2)]
    assert [answer.header("x-cache") for answer in answers] == [None, None]
    assert answers[0].header("x-made") != answers[1].header("x-made")
