#!/usr/bin/env bash
# What the GitHub action and the GitLab template run: `run.sh plan|apply|drift`.
#
# Everything comes from the environment, because text from a pull request must never become part of a script:
#   DRUCLOUD        the program                       [drucloud]
#   DRUCLOUD_STACK  the stack file                    [stacks/drucloud.yaml]
#   DRUCLOUD_ENV    the environment of the stack
#   DRUCLOUD_ARGS   more arguments for `drucloud plan`, separated by spaces
#   DRUCLOUD_EXPIRES  how long a saved plan is good   [7d]
#   DRUCLOUD_OUT    the folder of what is written     [drucloud-plan]
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
program=${DRUCLOUD:-drucloud}
stack=${DRUCLOUD_STACK:-stacks/drucloud.yaml}
out=${DRUCLOUD_OUT:-drucloud-plan}

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

# An output of the step, where somebody wants it.
output() {
  if [[ -n ${GITHUB_OUTPUT:-} ]]; then
    printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
  fi
}

summary() {
  if [[ -n ${GITHUB_STEP_SUMMARY:-} && -f $out/plan.md ]]; then
    cat "$out/plan.md" >>"$GITHUB_STEP_SUMMARY"
  fi
}

# Plans in every format; its exit code is in `code` afterwards. What an earlier run wrote must not be shown again.
plan() {
  mkdir -p "$out"
  rm -f "$out"/plan.{md,json,html} "$out"/{gitlab,saved}.json
  local -a more
  read -r -a more <<<"${DRUCLOUD_ARGS:-}"
  code=0
  "$program" plan "$stack" --env "$DRUCLOUD_ENV" \
    --markdown "$out/plan.md" --json "$out/plan.json" --html "$out/plan.html" --gitlab "$out/gitlab.json" \
    "$@" ${more[@]+"${more[@]}"} || code=$?
  summary
  case $code in
    0) output changes false ;;
    2) output changes true ;;
  esac
}

[[ -n ${DRUCLOUD_ENV:-} ]] || fail "DRUCLOUD_ENV is empty: name the environment of the stack"

case ${1:-} in
  plan)
    plan --out "$out/saved.json" --expires "${DRUCLOUD_EXPIRES:-7d}"
    # A plan that is blocked (3) is worth its comment as well.
    if [[ -f $out/plan.md ]]; then
      "$here/comment.sh" "$out/plan.md"
    fi
    [[ $code == 2 ]] || exit "$code"
    ;;
  apply)
    [[ -f $out/saved.json ]] || "$here/fetch.sh" "$out"
    "$program" apply "$out/saved.json"
    ;;
  drift)
    plan
    if [[ $code == 2 ]]; then
      printf '%s\n' "AWS is not as $stack says for $DRUCLOUD_ENV: see the plan above" >&2
    fi
    exit "$code"
    ;;
  *)
    fail "usage: run.sh plan|apply|drift"
    ;;
esac
