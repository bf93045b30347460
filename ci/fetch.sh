#!/usr/bin/env bash
# Fetches the plan that was saved on the pull request of the commit which is being deployed: `fetch.sh FOLDER`.
#
# It must have been uploaded by a run of this repository for the very last commit of that pull request: a fork may
# upload what it likes under any name. GITHUB_TOKEN needs `actions: read` and `pull-requests: read`.
set -euo pipefail

out=$1
name=${DRUCLOUD_ARTIFACT:?the name of the artifact}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  printf '%s\n' "$1" "run \`drucloud plan\` and \`drucloud up\` by hand, or open a pull request again" >&2
  exit 1
}

# The token is read from a file, so that no list of processes shows it.
printf 'Authorization: Bearer %s\nAccept: application/vnd.github+json\n' "$GITHUB_TOKEN" >"$work/headers"
call() {
  curl --silent --show-error --fail-with-body --retry 3 --max-time 300 --location --header "@$work/headers" "$@"
}

repository=$GITHUB_API_URL/repos/$GITHUB_REPOSITORY
call "$repository/commits/$GITHUB_SHA/pulls" >"$work/pulls.json"
head=$(jq --raw-output 'map(select(.merged_at != null)) | first | .head.sha // empty' "$work/pulls.json")
[[ -n $head ]] || fail "no merged pull request has the commit $GITHUB_SHA, so no plan of it was reviewed"

call "$repository/actions/artifacts?per_page=100&name=$name" >"$work/artifacts.json"
url=$(jq --raw-output --arg head "$head" '
  .artifacts
  | map(select(.expired | not)
      | select(.workflow_run.head_sha == $head)
      | select(.workflow_run.head_repository_id == .workflow_run.repository_id))
  | sort_by(.created_at) | last | .archive_download_url // empty' "$work/artifacts.json")
[[ -n $url ]] || fail "there is no artifact \`$name\` of the commit $head"

call --output "$work/plan.zip" "$url"
mkdir -p "$out"
unzip -q -o "$work/plan.zip" saved.json -d "$out"
