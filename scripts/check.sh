#!/bin/sh
# Style, types, layers, texts, documentation: every check runs, and any failure fails the whole.
set -u
cd "$(dirname "$0")/.." || exit 1
failed=""

check() {
    name=$1
    shift
    printf '\n▸ %s\n' "$name"
    "$@" || failed="$failed, $name"
}

check "ruff" .venv/bin/python -m ruff check .
check "format" .venv/bin/python -m ruff format --check .
check "types" .venv/bin/python -m mypy
if [ -z "${CITYDESK_ASSERTED:-}" ]; then # .ci/run: the architecture ring, which runs there too, asserts these
    check "layers" .venv/bin/lint-imports --no-cache
    check "generated pages" .venv/bin/python scripts/reference.py check
fi
check "cities, services, texts" .venv/bin/python -m desk check

if [ -n "$failed" ]; then
    printf '\nFailed: %s\n' "${failed#, }" >&2
    exit 1
fi
printf '\nAll checks passed.\n'
