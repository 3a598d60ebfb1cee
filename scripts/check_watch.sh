#!/bin/sh
# What monitors are given (deploy/watch): the rules, what fires them, the example of a configuration, the dashboards.
set -eu
cd "$(dirname "$0")/.."
if ! command -v promtool >/dev/null 2>&1; then
    echo "promtool is missing. As root: apt-get install --no-install-recommends prometheus" >&2
    exit 1
fi
asked=$(mktemp --suffix=.yml)
trap 'rm -f "$asked"' EXIT
.venv/bin/python scripts/dashboards.py "$asked"
promtool check rules --lint=all --lint-fatal deploy/watch/alert-rules.yml
promtool check rules "$asked"
promtool check config deploy/watch/prometheus.yml
cd deploy/watch
promtool test rules alert-rules.test.yml
