"""The files that GitHub and GitLab read: held against their schemas, and the scripts against shellcheck."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = sorted((ROOT / "ci").glob("*.sh"))
FENCE = re.compile(r"^```yaml\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples() -> list[tuple[str, str]]:
    """Every example of docs/ci.md with the name of its file."""
    return FENCE.findall((ROOT / "docs" / "ci.md").read_text())


def check(schema: str, file: Path) -> None:
    call = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(file)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def load(text: str) -> dict:
    return YAML(typ="safe").load(text)


def test_shellcheck_is_content() -> None:
    assert SCRIPTS
    done = subprocess.run([Path(sys.executable).parent / "shellcheck", *SCRIPTS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_schemas_are_content(tmp_path: Path) -> None:
    check("github-actions", ROOT / "action.yml")
    check("gitlab-ci", ROOT / "ci" / "gitlab.yml")
    found = examples()
    assert len(found) >= 4, [name for name, _ in found]
    for index, (name, text) in enumerate(found):
        file = tmp_path / f"{index}.yml"
        file.write_text(text)
        check("gitlab-ci" if "gitlab" in name else "github-workflows", file)


def test_a_wrong_file_is_found(tmp_path: Path) -> None:
    file = tmp_path / "action.yml"
    file.write_text("name: x\ndescription: y\nruns: { using: composite, steps: [{ run: echo }] }\n")
    with pytest.raises(AssertionError):
        check("github-actions", file)


def test_nothing_foreign_becomes_a_script() -> None:
    """GitHub writes `${{ }}` into a script before it is run: it may stand in `env`, `if` and `with` only."""
    texts = [(ROOT / "action.yml").read_text()] + [text for name, text in examples() if "github" in name]
    for text in texts:
        for step in steps(load(text)):
            assert "${{" not in step.get("run", ""), step


def steps(document: dict) -> list[dict]:
    if "runs" in document:
        return document["runs"]["steps"]
    return [step for job in document["jobs"].values() for step in job["steps"]]


def test_the_examples_use_the_inputs_that_there_are() -> None:
    inputs = load((ROOT / "action.yml").read_text())["inputs"]
    required = {name for name, one in inputs.items() if one.get("required")}
    used = [step for name, text in examples() if "github" in name
            for step in steps(load(text)) if "drucloud" in step.get("uses", "")]
    assert {step["with"]["mode"] for step in used} == {"plan", "apply", "drift"}
    for step in used:
        assert required <= set(step["with"]) <= set(inputs), step


def test_no_example_has_a_key() -> None:
    text = (ROOT / "docs" / "ci.md").read_text()
    assert "AWS_SECRET_ACCESS_KEY" not in "".join(text for _, text in examples())
    for name, text in examples():
        if "github" in name:
            assert load(text)["permissions"]["id-token"] == "write", name


def test_the_jobs_of_gitlab_have_what_the_scripts_read() -> None:
    template = load((ROOT / "ci" / "gitlab.yml").read_text())
    run = (ROOT / "ci" / "run.sh").read_text()
    for name in ("DRUCLOUD_STACK", "DRUCLOUD_ENV", "DRUCLOUD_OUT"):
        assert name in template["variables"] and name in run, name
    assert template[".drucloud-plan"]["artifacts"]["reports"] == {"terraform": "$DRUCLOUD_OUT/gitlab.json"}


def test_who_previews_does_not_apply() -> None:
    template = load((ROOT / "ci" / "gitlab.yml").read_text())
    assert template[".drucloud"]["variables"]["AWS_ROLE_ARN"] == "$DRUCLOUD_ROLE"
    assert template["drucloud:apply"]["variables"]["AWS_ROLE_ARN"] == "$DRUCLOUD_APPLY_ROLE"
    own = [name for name, job in template.items() if "AWS_ROLE_ARN" in job.get("variables", {})]
    assert own == [".drucloud", "drucloud:apply"]


def test_a_preview_is_for_pull_requests_of_this_repository_and_one_at_a_time() -> None:
    texts = {name: load(text) for name, text in examples()}
    job = texts[".github/workflows/plan.yml"]["jobs"]["plan"]
    assert job["if"] == "github.event.pull_request.head.repo.full_name == github.repository"
    assert "${{ matrix.env }}" in job["concurrency"]["group"], "environments do not end each other"
    assert "concurrency" in texts[".github/workflows/apply.yml"]


def test_another_source_is_another_program(tmp_path: Path) -> None:
    names = ["build.rs", "Cargo.lock", "Cargo.toml"]
    folders = ["playbooks", "prices", "src", "stacks", "templates"]
    for name in names + [f"{folder}/one file" for folder in folders]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "target").mkdir()

    def version() -> str:
        return subprocess.run([ROOT / "ci" / "version.sh", tmp_path], capture_output=True, text=True, check=True).stdout

    first = version()
    assert re.fullmatch(r"[0-9a-f]{32}\n", first)
    (tmp_path / "target" / "drucloud").write_text("x")
    assert version() == first
    (tmp_path / "prices" / "one file").write_text("y")
    second = version()
    (tmp_path / "src" / "one file").rename(tmp_path / "src" / "another")
    assert len({first, second, version()}) == 3
    missing = [name for name in names + folders if not (ROOT / name).exists()]
    assert missing == []
