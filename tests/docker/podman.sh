#!/usr/bin/env bash
# podman as an engine on a machine that has neither systemd nor cgroups of version 2, such as a virtual
# machine of a CI.  Its images are its own, below $HNA_ENGINE_STORE.
set -euo pipefail
store=${HNA_ENGINE_STORE:?name a folder for the images}
podman=(
    podman --root "$store/root" --runroot "$store/run" --tmpdir "$store/tmp"
    --storage-driver overlay --cgroup-manager cgroupfs --runtime runc --network-backend netavark
)
command=$1
shift
case $command in
    build)
        # pip is told in the build what it is told here: which certificates, which folder of wheels.
        mkdir -p "$store"
        wheels=$(pip config get global.find-links 2> /dev/null || true)
        certificates=/etc/ssl/certs/ca-certificates.crt
        printf '[global]\ncert = /etc/pip.pem\n%s\n' "${wheels:+find-links = $wheels}" > "$store/pip.conf"
        mounts=(--volume "$store/pip.conf:/etc/pip.conf:ro" --volume "$certificates:/etc/pip.pem:ro")
        [[ -d $wheels ]] && mounts+=(--volume "$wheels:$wheels:ro")
        # HEALTHCHECK is known to Docker's format only; without --pull=never it asks registries first.
        exec "${podman[@]}" build --isolation chroot --pull=never --network host --format docker \
            "${mounts[@]}" "$@"
        ;;
    run | create)
        # The default limits are above what a machine without CAP_SYS_RESOURCE may set; the default log is
        # journald's.
        exec "${podman[@]}" "$command" --log-driver k8s-file \
            --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "$@"
        ;;
    *) exec "${podman[@]}" "$command" "$@" ;;
esac
