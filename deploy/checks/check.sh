#!/bin/sh
# What operators are given is right: images' files, compose, chart, units, migrations. Every check runs, and any failure fails the
# whole. Needs no daemon, no registry and no cluster.
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=""
tools=deploy/checks/.venv/bin
out=results/deploy
mkdir -p "$out"

check() {
    name=$1
    shift
    printf '\n▸ %s\n' "$name"
    "$@" || failed="$failed, $name"
}

render() {
    for values in deploy/chart/ci/*.yaml; do
        "$tools/helm" lint --strict --quiet deploy/chart --values "$values" || return 1
        "$tools/helm" template citydesk deploy/chart --namespace city --values "$values" >"$out/$(basename "$values")" || return 1
    done
}

kubernetes() { # resources of operators (CloudNativePG, Prometheus) have no schema here, and are told of as warnings
    "$tools/kubernetes-validate" --strict --quiet --no-warn "$out"/*.yaml
}

caddyfile() {
    CITYDESK_HOST=city.example CITYDESK_ACME_EMAIL=operator@city.example \
        "$tools/caddy" validate --adapter caddyfile --config deploy/compose/Caddyfile >"$out/caddy.log" 2>&1 || {
        cat "$out/caddy.log"
        return 1
    }
    "$tools/caddy" fmt deploy/compose/Caddyfile | diff deploy/compose/Caddyfile -
}

units() {
    if ! command -v systemd-analyze >/dev/null; then
        echo "no systemd-analyze here"
        return 0
    fi
    # Programs lie where the product will be installed, and not here.
    said=$(systemd-analyze verify --man=no deploy/systemd/*.service deploy/systemd/*.target deploy/systemd/*.timer 2>&1 | grep -v 'is not executable: No such file or directory')
    [ -z "$said" ] || {
        echo "$said"
        return 1
    }
    systemd-analyze security --offline=yes --no-pager --threshold=20 deploy/systemd/*.service >"$out/security.txt" 2>&1 || {
        grep 'Overall' "$out/security.txt"
        return 1
    }
}

"$tools/python" deploy/checks/fetch_helm.py || exit 1
check "images" "$tools/hadolint" deploy/image/Dockerfile deploy/image/bot.Dockerfile
check "compose" "$tools/check-jsonschema" --quiet --builtin-schema vendor.compose-spec deploy/compose/compose.yml
check "proxy" caddyfile
check "chart" render
check "resources of Kubernetes" kubernetes
check "units of systemd" units
check "migrations" .venv/bin/python scripts/migrations.py "$tools/squawk" "$out/migrations"
check "what all of it must hold" .venv/bin/python -m pytest -q -p no:schemathesis tests/deploy

if [ -n "$failed" ]; then
    printf '\nFailed: %s\n' "${failed#, }" >&2
    exit 1
fi
printf '\nAll checks passed.\n'
