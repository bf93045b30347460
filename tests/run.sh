#!/usr/bin/env bash
# All tests, cheapest first. Needs cargo, a C compiler and python3 with venv; installs the rest itself.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s (%ds)\n' "$1" "$SECONDS"; }

# A sandbox of its own: tests never meet an environment that somebody has created with `make up`.
DRUCLOUD_SANDBOX_DIR=$(mktemp -d "${TMPDIR:-/tmp}/drucloud-test.XXXXXX")
export DRUCLOUD_SANDBOX_DIR DRUCLOUD_SANDBOX_PACKAGES="$PWD/.sandbox"
finish() {
  python3 sandbox/ctl.py stop >/dev/null || true
  rm -rf "$DRUCLOUD_SANDBOX_DIR"
}
trap finish EXIT

step "format"
cargo fmt --check

step "lints"
cargo clippy --locked --all-targets -- --deny warnings

step "build"
cargo build --locked --all-targets

step "sandbox"
python3 sandbox/ctl.py start
eval "$(python3 sandbox/ctl.py env)"
export AWS_REGION=us-east-1

step "unit, simulation and emulator tests"
if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --locked
else
  cargo test --locked
fi

step "the emulator's own tests"
"$DRUCLOUD_SANDBOX_PACKAGES/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r sandbox/tests/requirements.txt
"$DRUCLOUD_SANDBOX_PACKAGES/venv/bin/python" -m pytest -q sandbox/tests

step "the scripts of CI, and the files that GitHub and GitLab read"
"$DRUCLOUD_SANDBOX_PACKAGES/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r tests/ci/requirements.txt
"$DRUCLOUD_SANDBOX_PACKAGES/venv/bin/python" -m pytest -q tests/ci

step "templates and playbooks, by the programs that read them"
"$DRUCLOUD_SANDBOX_PACKAGES/venv/bin/python" -m pytest -q -rs tests/templates tests/machines

step "done"
