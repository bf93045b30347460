#!/usr/bin/env bash
# Writes a plan as the comment of a pull or merge request: `comment.sh FILE`. The comment of the run before, known by
# the hidden marker in its first line, is written over. Where there is no request to comment on, nothing is done.
#
# GitHub: GITHUB_TOKEN (pull-requests: write). GitLab: DRUCLOUD_GITLAB_TOKEN, a project token with the scope `api`,
# because a job's own token must not write notes.
set -euo pipefail

file=$1
marker=$(head -n 1 "$file")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

[[ $marker == '<!-- drucloud:plan '*' -->' ]] || {
  printf '%s\n' "$file does not begin with the marker of a plan" >&2
  exit 1
}

# The token is read from a file, so that no list of processes shows it.
call() {
  local method=$1 url=$2
  shift 2
  local code=0
  curl --silent --show-error --fail-with-body --retry 3 --max-time 60 --header "@$work/headers" \
    --request "$method" --output "$work/answer" "$@" "$url" || code=$?
  if [[ $code != 0 ]]; then
    printf '%s %s was refused: ' "$method" "$url" >&2
    if [[ -f $work/answer ]]; then cat "$work/answer" >&2; fi
    printf '\n%s\n' "the token needs \`pull-requests: write\` (GitHub) or the scope \`api\` (GitLab)" >&2
    return "$code"
  fi
}

# The id of the first comment in a page of them that begins with our marker, on `key`.
find_in() {
  jq --raw-output --arg marker "$marker" \
    'map(select((.body // "") | startswith($marker))) | first | .id // empty' "$1"
}

# The id among all pages of a list.
find_comment() {
  local url=$1 page=1 id
  while :; do
    call GET "$url?per_page=100&page=$page"
    id=$(find_in "$work/answer")
    if [[ -n $id || $(jq length "$work/answer") -lt 100 ]]; then
      printf '%s' "$id"
      return
    fi
    page=$((page + 1))
  done
}

jq --null-input --rawfile body "$file" '{$body}' >"$work/comment.json"
send=(--header 'Content-Type: application/json' --data "@$work/comment.json")

if [[ -n ${GITHUB_EVENT_PATH:-} ]]; then
  number=$(jq --raw-output '.pull_request.number // empty' "$GITHUB_EVENT_PATH")
  [[ -n $number ]] || exit 0
  printf 'Authorization: Bearer %s\nAccept: application/vnd.github+json\n' "$GITHUB_TOKEN" >"$work/headers"
  base=$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues
  id=$(find_comment "$base/$number/comments")
  if [[ -n $id ]]; then
    call PATCH "$base/comments/$id" "${send[@]}"
  else
    call POST "$base/$number/comments" "${send[@]}"
  fi
elif [[ -n ${CI_MERGE_REQUEST_IID:-} && -n ${DRUCLOUD_GITLAB_TOKEN:-} ]]; then
  printf 'PRIVATE-TOKEN: %s\n' "$DRUCLOUD_GITLAB_TOKEN" >"$work/headers"
  base=$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes
  id=$(find_comment "$base")
  if [[ -n $id ]]; then
    call PUT "$base/$id" "${send[@]}"
  else
    call POST "$base" "${send[@]}"
  fi
fi
