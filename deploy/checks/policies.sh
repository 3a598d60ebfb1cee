#!/bin/sh
# The rendered chart by the policies of checkov, in an environment of its own. `make check-deploy` renders it.
set -eu
cd "$(dirname "$0")/../.."
uv=$(.venv/bin/python -c 'from scripts.bootstrap import find_uv; print(find_uv())')
UV_PROJECT_ENVIRONMENT=.venv-policies "$uv" sync --locked --quiet --group policy --project deploy/checks
exec deploy/checks/.venv-policies/bin/checkov --config-file deploy/checks/checkov.yaml --directory results/deploy
