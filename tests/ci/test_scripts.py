"""The scripts of `ci/`, run with a program that only notes its arguments and a forge on the loopback interface."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from server import Server

ROOT = Path(__file__).resolve().parent.parent.parent
MARKER = "<!-- drucloud:plan stack=drucloud env=prod -->"

# A drucloud that notes its arguments, writes what it is told to write and ends as it is told to.
STUB = """#!/usr/bin/env bash
printf '%s\\n' "$*" >>"$STUB_LOG"
while (($#)); do
  case $1 in
    --markdown) printf '%s\\n## %s\\n' "$STUB_MARKER" "$STUB_TEXT" >"$2" ;;
    --out) if [[ $STUB_CODE != 3 ]]; then echo '{}' >"$2"; fi ;;
    --json | --html | --gitlab) echo '{}' >"$2" ;;
  esac
  shift
done
exit "$STUB_CODE"
"""


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


class Job:
    """A job of CI in a folder of its own."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.forge = folder, server.forge
        (folder / "drucloud").write_text(STUB)
        (folder / "drucloud").chmod(0o755)
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "DRUCLOUD": str(folder / "drucloud"),
            "DRUCLOUD_ENV": "prod", "DRUCLOUD_OUT": str(folder / "out"), "STUB_LOG": str(folder / "log"),
            "STUB_MARKER": MARKER, "STUB_TEXT": "1 to add", "STUB_CODE": "2",
        }

    def github(self, server: Server, number: int | None = 7) -> Job:
        """In GitHub Actions, on a pull request or not."""
        event = {"pull_request": {"number": number}} if number else {}
        (self.folder / "event.json").write_text(json.dumps(event))
        self.environment |= {
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"), "GITHUB_API_URL": server.url,
            "GITHUB_REPOSITORY": "acme/site", "GITHUB_TOKEN": "secret-1", "GITHUB_SHA": "merge",
            "GITHUB_OUTPUT": str(self.folder / "output"), "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "DRUCLOUD_ARTIFACT": "drucloud-plan-drucloud-prod",
        }
        return self

    def gitlab(self, server: Server) -> Job:
        """In GitLab, on a merge request."""
        self.environment |= {
            "CI_API_V4_URL": server.url, "CI_PROJECT_ID": "42", "CI_MERGE_REQUEST_IID": "5",
            "DRUCLOUD_GITLAB_TOKEN": "secret-2",
        }
        return self

    def run(self, mode: str, code: int, **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([ROOT / "ci" / "run.sh", mode], env=self.environment | more, cwd=self.folder,
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == code, done.stderr
        return done

    def read(self, name: str) -> str:
        path = self.folder / name
        return path.read_text() if path.exists() else ""


@pytest.fixture
def job(tmp_path: Path, server: Server) -> Job:
    return Job(tmp_path, server)


def test_a_plan_is_written_commented_and_summed_up(job: Job, server: Server) -> None:
    job.github(server).run("plan", 0, DRUCLOUD_ARGS="--only web  --no-preflight")
    out = job.environment["DRUCLOUD_OUT"]
    assert job.read("log") == (
        f"plan stacks/drucloud.yaml --env prod --markdown {out}/plan.md --json {out}/plan.json --html {out}/plan.html "
        f"--gitlab {out}/gitlab.json --out {out}/saved.json --expires 7d --only web --no-preflight\n")
    assert job.read("output") == "changes=true\n"
    assert job.read("summary") == f"{MARKER}\n## 1 to add\n"
    assert [comment["body"] for comment in job.forge.comments] == [f"{MARKER}\n## 1 to add\n"]
    assert job.forge.tokens == {"Bearer secret-1"}


def test_the_comment_of_the_run_before_is_written_over(job: Job, server: Server) -> None:
    job.forge.comments = [{"id": number, "body": "somebody's words"} for number in range(250)]
    job.forge.comments[120] = {"id": 120, "body": MARKER.replace("prod", "dev") + "\nanother environment"}
    job.forge.comments[230] = {"id": 230, "body": f"{MARKER}\n## old"}
    job.github(server).run("plan", 0, STUB_TEXT="2 to add")
    assert len(job.forge.comments) == 250
    assert job.forge.comments[230]["body"] == f"{MARKER}\n## 2 to add\n"
    assert job.forge.comments[120]["body"].endswith("another environment")
    assert job.forge.calls[-1] == ("PATCH", "/repos/acme/site/issues/comments/230")


def test_text_of_a_plan_is_no_script(job: Job, server: Server) -> None:
    text = "$(touch owned) `touch owned` \"; touch owned; ' %s \\n"
    job.github(server).run("plan", 0, STUB_TEXT=text)
    assert job.forge.comments[0]["body"] == f"{MARKER}\n## {text}\n"
    assert not (job.folder / "owned").exists()


def test_codes_of_the_plan(job: Job, server: Server) -> None:
    job.github(server).run("plan", 0, STUB_CODE="0")
    assert job.read("output") == "changes=false\n"
    job.run("plan", 3, STUB_CODE="3")
    assert len(job.forge.comments) == 1, "a blocked plan is worth its comment, the same one"
    job.run("plan", 1, STUB_CODE="1")


def test_without_a_pull_request_nothing_is_commented(job: Job, server: Server) -> None:
    job.github(server, number=None).run("plan", 0)
    assert job.forge.calls == []
    Job(job.folder, server).run("plan", 0)
    assert "name the environment" in job.run("plan", 1, DRUCLOUD_ENV="").stderr
    assert "usage" in job.run("destroy", 1).stderr


def test_a_busy_forge_is_asked_again_and_a_refusal_is_told(job: Job, server: Server) -> None:
    job.forge.busy = 1
    job.github(server).run("plan", 0)
    assert len(job.forge.comments) == 1
    job.forge.closed = True
    done = job.run("plan", 22)
    assert "403" in done.stderr and "not accessible" in done.stdout + done.stderr, done


def test_gitlab_has_notes(job: Job, server: Server) -> None:
    job.gitlab(server).run("plan", 0)
    job.run("plan", 0, STUB_TEXT="3 to add")
    assert [comment["body"] for comment in job.forge.comments] == [f"{MARKER}\n## 3 to add\n"]
    assert job.forge.calls[-1] == ("PUT", "/projects/42/merge_requests/5/notes/1000")
    assert job.forge.tokens == {"secret-2"}


def artifact(server: Server, **more: object) -> dict[str, object]:
    run = {"head_sha": "head", "repository_id": 1, "head_repository_id": 1}
    return {"name": "drucloud-plan-drucloud-prod", "expired": False, "created_at": "2026-11-22T01:00:00Z",
            "workflow_run": run, "archive_download_url": f"{server.url}/archive/1/zip"} | more


def test_what_was_saved_on_the_pull_request_is_applied(job: Job, server: Server) -> None:
    job.forge.pulls = [{"merged_at": None, "head": {"sha": "x"}}, {"merged_at": "now", "head": {"sha": "head"}}]
    job.forge.artifacts = [artifact(server)]
    job.forge.saved = '{"drucloud_plan": 1}'
    job.github(server, number=None).run("apply", 0, STUB_CODE="0")
    assert job.read("log") == f"apply {job.environment['DRUCLOUD_OUT']}/saved.json\n"
    assert (job.folder / "out" / "saved.json").read_text() == '{"drucloud_plan": 1}'
    assert not (job.folder / "out" / "plan.md").exists(), "nothing else is taken out of the archive"


@pytest.mark.parametrize("wrong", [
    {"expired": True},
    {"name": "drucloud-plan-drucloud-dev"},
    {"workflow_run": {"head_sha": "another", "repository_id": 1, "head_repository_id": 1}},
    {"workflow_run": {"head_sha": "head", "repository_id": 1, "head_repository_id": 666}},
])
def test_another_plan_is_not_applied(job: Job, server: Server, wrong: dict[str, object]) -> None:
    job.forge.pulls = [{"merged_at": "now", "head": {"sha": "head"}}]
    job.forge.artifacts = [artifact(server, **wrong)]
    done = job.github(server, number=None).run("apply", 1)
    assert "there is no artifact" in done.stderr
    assert job.read("log") == "", "the program was not even started"


def test_a_commit_without_a_pull_request_is_not_applied(job: Job, server: Server) -> None:
    assert "no merged pull request" in job.github(server, number=None).run("apply", 1).stderr


def test_drift_fails_the_job(job: Job, server: Server) -> None:
    done = job.github(server, number=None).run("drift", 2)
    assert "AWS is not as stacks/drucloud.yaml says for prod" in done.stderr
    assert "--out" not in job.read("log") and job.forge.calls == []
    job.run("drift", 0, STUB_CODE="0")
