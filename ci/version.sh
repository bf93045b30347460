#!/usr/bin/env bash
# What the program is built from, as one word: `version.sh FOLDER`. Another source has another.
set -euo pipefail

cd "$1"
find build.rs Cargo.lock Cargo.toml playbooks prices src stacks templates -type f -print0 |
  LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-32
