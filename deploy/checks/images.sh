#!/usr/bin/env bash
# Builds both images with buildah, without a daemon and without a registry, and tries them: `make image-check`.
#
# BASE: an image to build on; by default Debian with Python 3.13, made here by mmdebstrap from Debian's own archive.
# MODEL: fingerprint of the model in .desk/models; by default that of the files as they are. Needs root and 6 GB of disk.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
out=results/images
mkdir -p "$out"
out=$(realpath "$out")
declare -a containers=()

say() { printf '▸ %s\n' "$1"; }

need() {
    local missing=()
    for one in buildah mmdebstrap; do command -v "$one" >/dev/null || missing+=("$one"); done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ]; then
        echo "As root: apt-get install buildah netavark crun mmdebstrap" >&2
        exit 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q && apt-get install -y -q --no-install-recommends buildah netavark crun mmdebstrap
}

b() { buildah --root "$out/storage" --runroot "$out/run" --storage-driver vfs "$@"; }

most=$(ulimit -Hu) # a machine without more rights may give no more processes than it has itself
[ "$most" = unlimited ] && most=-1
limits=(--ulimit nofile=20000:20000 --ulimit "nproc=$most:$most")

build() {
    local began=$SECONDS name=$1
    shift
    b build --isolation chroot --network host --pull=never --format docker \
        "${limits[@]}" --tag "$name" "$@" >"$out/$name.log" 2>&1 ||
        { tail -30 "$out/$name.log" >&2; exit 1; }
    say "$name: $((SECONDS - began)) s, $(b images --format '{{.Size}}' "localhost/$name")"
}

base() { # Debian with Python, of its own archive
    if [ ! -s "$out/base/base.tar" ]; then
        say "a base from Debian's archive"
        mkdir -p "$out/base"
        mmdebstrap --quiet --variant=minbase --include=python3.13,python3.13-venv,ca-certificates,tzdata trixie "$out/base/base.tar"
    fi
    printf 'FROM scratch\nADD base.tar /\n' >"$out/base/Dockerfile"
    build citydesk-base --file "$out/base/Dockerfile" "$out/base"
    BASE=localhost/citydesk-base
}

both() {
    [ -n "${BASE:-}" ] || base
    local ca revision arguments
    ca=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
    revision=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
    arguments=(--build-arg "BASE=$BASE" --build-arg "REVISION=$revision" --secret "id=ca,src=$ca")
    build citydesk "${arguments[@]}" --file deploy/image/Dockerfile .
    build citydesk-bot "${arguments[@]}" --build-arg "MODEL=$MODEL" --file deploy/image/bot.Dockerfile .
}

clean() {
    [ ${#containers[@]} -eq 0 ] || b rm "${containers[@]}" >/dev/null 2>&1 || true
}
trap clean EXIT

need
MODEL=${MODEL:-$(.venv/bin/python -c 'import pathlib; from desk.app.model import fingerprint; print(fingerprint(pathlib.Path()))')}
[ "${1:-}" = --built ] || both

say "the product: version, files as they are, nothing to write but its folders"
product=$(b from "${limits[@]}" --pull=never localhost/citydesk)
bot=$(b from "${limits[@]}" --pull=never localhost/citydesk-bot)
containers+=("$product" "$bot")
in_product() { b run --isolation chroot --network host --env DESK_SECRET_KEY="$secret" --volume "$out/prepared:/prepared" "$product" -- "$@"; }
secret=$(head -c 36 /dev/urandom | base64)
install --directory --owner 10001 --group 10001 --mode 0700 "$out/prepared"
in_product desk --version
in_product desk check >"$out/check.log" || { grep -A1 '^✗' "$out/check.log" >&2; exit 1; }
for image in "$product" "$bot"; do
    # shellcheck disable=SC2016 # $(id -u) is the container's
    b run --isolation chroot --network host "$image" -- sh -c '
        [ "$(id -u)" = 10001 ] || { echo "runs as $(id -u)" >&2; exit 1; }
        found=$(find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /var/tmp -o -path /run/lock -o -path /data -o -path /prepared \) -prune -o -writable ! -type l -print 2>/dev/null | head)
        [ -z "$found" ] || { echo "can be written: $found" >&2; exit 1; }'
done

in_product desk bot --prepare /prepared
[ "$(cat "$out/prepared/model")" = "$MODEL.tar.gz" ] || { echo "The image's files make another model." >&2; exit 1; }
say "an installation of both, with the engines of this checkout"
run=(buildah --root "$out/storage" --runroot "$out/run" --storage-driver vfs run --isolation chroot --network host)
.venv/bin/python deploy/checks/first_resident.py "$out/prepared" "$secret" \
    "${run[@]}" --volume "$out/prepared:/prepared" "$product" -- \
    and "${run[@]}" --volume "$out/prepared:/prepared:ro" "$bot" -- || {
    for log in product bot doctor; do tail -n 20 "$out/$log.log" >&2; done
    exit 1
}
