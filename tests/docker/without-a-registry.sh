#!/usr/bin/env bash
# Runs the tests of the containers on a Debian machine that reaches no image registry: makes the images
# they stand on from Debian's packages and this machine's Python, then builds and runs ours.  As root.
#
#     bash tests/docker/without-a-registry.sh [arguments of pytest]
set -euo pipefail
cd "$(dirname "$0")/../.."
export HNA_ENGINE_STORE=${HNA_ENGINE_STORE:-/var/tmp/hna-containers}
python=${PYTHON:-python3}
engine=tests/docker/podman.sh

if ! command -v podman netavark debootstrap runc > /dev/null; then
    apt-get update -qq
    # netavark and aardvark-dns give containers a network and each other's names
    apt-get install -qq --yes --no-install-recommends \
        podman buildah runc netavark aardvark-dns iptables debootstrap
fi
"$python" -m pip install --quiet podman-compose

if ! "$engine" image exists localhost/python:base; then
    tree=$HNA_ENGINE_STORE/tree
    mkdir -p "$HNA_ENGINE_STORE"
    mirror=$(apt-cache policy | sed -n 's/.* \(http[^ ]*\) bookworm\/main .*/\1/p' | head -1)
    libraries=libbz2-1.0,libexpat1,libffi8,liblzma5,libncursesw6,libreadline8,libsqlite3-0,libssl3
    debootstrap --variant=minbase \
        --include=ca-certificates,libstdc++6,libuuid1,zlib1g,$libraries bookworm "$tree" "$mirror"
    umount --quiet "$tree/proc" "$tree/sys" || true
    # This machine's Python stands in for the official image's, without what was installed into it.
    home=$("$python" -c 'import sys; print(sys.base_prefix)')
    tar -C "$home" --exclude='*/site-packages/*' --exclude='*/test/*' --exclude='*.pyc' -cf - \
        bin lib include | tar -C "$tree/usr/local" -xf -
    chroot "$tree" ldconfig
    chroot "$tree" /usr/local/bin/python3 -m ensurepip > /dev/null 2>&1
    ln -sf python3 "$tree/usr/local/bin/python"
    tar -C "$tree" -cf - . | "$engine" import - localhost/python:base
    rm -rf "$tree"
fi
"$engine" build --build-arg BASE_IMAGE=localhost/python:base \
    --file tests/docker/postgres.Dockerfile --tag localhost/hna-postgres:test tests/docker

export HNA_CONTAINERS=1 HNA_ENGINE=$engine
export HNA_COMPOSE="$python -m podman_compose --podman-path $engine --in-pod false"
export HNA_PYTHON_IMAGE=localhost/python:base HNA_POSTGRES_IMAGE=localhost/hna-postgres:test
exec "$python" -m pytest tests/docker -s --timeout=1200 "$@"
