"""
An ARM machine in a folder: aarch64 CPython, its libraries, and what an agent depends on.

    HNA_ARM=1 python tests/end_to_end/arm/root.py

builds it and prints where it is.  Debian's packages are unpacked and wheels are installed for
another platform, so nothing of the machine itself changes and no administrator is needed to
build.  QEMU's user mode runs it; the latencies it gives say nothing about any ARM processor.

What is built is named by what it is built from, next to its older versions, and appears whole or
not at all.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from profiler.errors import HnaError

CHECKOUT = Path(__file__).parents[3]
PYTHON = "3.11"
EMULATOR = "qemu-aarch64-static"
TO_RUN = ("unshare", "mount", "env")
TO_BUILD = ("apt-get", "dpkg-deb")
DEBIAN = (
    f"python{PYTHON}-minimal libpython{PYTHON}-minimal libpython{PYTHON}-stdlib libc6 libstdc++6 "
    "libgcc-s1 libgomp1 zlib1g libexpat1 libssl3 libffi8 libbz2-1.0 liblzma5 libsqlite3-0 "
    "libcrypt1 libuuid1 libreadline8 libtinfo6 libncursesw6 libdb5.3 libtirpc3 libnsl2 "
    "libgssapi-krb5-2 libkrb5-3 libk5crypto3 libcom-err2 libkrb5support0 libkeyutils1 media-types"
).split()
"""The interpreter, what its modules link to, and what ONNX Runtime's wheel does not bring."""
WHEELS = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014")
"""Kinds of wheel that Debian 12's C library loads; pip wants each by name."""

INTERPRETER = f"""\
#!/bin/sh
# Runs the ARM interpreter. -0 makes it take this file for itself, so that the processes it starts
# from sys.executable are emulated too, without any help of the kernel's.
arm=${{0%/bin/*}}
PYTHONHOME=$arm/system/usr exec "$arm/bin/{EMULATOR}" -0 "$0" -L "$arm/system" \\
    "$arm/system/usr/bin/python{PYTHON}" "$@"
"""
# ONNX Runtime reads the processors from /sys and crashes on those of another architecture.
HIDE_SYS = 'mount -t tmpfs tmpfs /sys && exec "$@"'
PERMISSION = "emulating ARM needs root or user namespaces, to hide /sys: "


class ArmAbsentError(HnaError):
    """There is no ARM root here and none can be had or run; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmRoot:
    """
    A finished root.

    Args:
        folder: where it is.
    """

    folder: Path

    @property
    def site(self) -> Path:
        """The wheels of an agent's dependencies."""
        return self.folder / "site"

    def command(self, arguments: Sequence[str], *, home: Path, project: Path) -> tuple[str, ...]:
        """
        Return the command that runs Python with *arguments*, and with nothing of this process.

        Args:
            arguments: of the interpreter.
            home: the user's folder there.
            project: where this project is installed.
        """
        environment = ("PATH=/usr/bin:/bin", f"HOME={home}", f"PYTHONPATH={project}:{self.site}")
        python = str(self.folder / "bin" / "python3")
        return (*hidden(), "env", "-i", *environment, python, *arguments)


def hidden() -> tuple[str, ...]:
    """Return the beginning of a command that is to run without seeing /sys."""
    options = () if os.geteuid() == 0 else ("--map-root-user",)
    return ("unshare", "--mount", *options, "sh", "-c", HIDE_SYS, "sh")


def arm_root() -> ArmRoot:
    """
    Return the root in the cache, built first if there is none and ``HNA_ARM`` is 1.

    Raises:
        ArmAbsentError: there is none and there will be none.
        HnaError: pip cannot install what the project depends on for aarch64.
    """
    _require_host()
    folder = default_cache() / f"aarch64-{_recipe()}"
    if not folder.exists():
        if os.environ.get("HNA_ARM") != "1":
            raise ArmAbsentError(
                f"no {folder}; HNA_ARM=1 builds it and downloads about 140 MB for it"
            )
        _build(folder)
    return ArmRoot(folder=folder)


def default_cache() -> Path:
    """Return ``HNA_ARM_CACHE``, or a folder of the user's cache (XDG base directories)."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("HNA_ARM_CACHE") or caches / "hna-arm").absolute()


def _require_host() -> None:
    if os.environ.get("HNA_ARM") == "0":
        raise ArmAbsentError("HNA_ARM=0 asks for no emulated ARM")
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise ArmAbsentError(f"ARM is emulated on x86-64 Linux; this is {platform.machine()}")
    _require(TO_RUN)
    _run([*hidden(), "true"], PERMISSION)


def _require(programs: Sequence[str]) -> None:
    for name in programs:
        if shutil.which(name) is None:
            raise ArmAbsentError(f"{name} is not installed; every Debian system has it")


def _recipe() -> str:
    """Return what names a root: a digest of everything it is built from."""
    pins = (CHECKOUT / "constraints.txt").read_text().split()
    names = _with_dependencies(_agent())
    versions = sorted(pin for pin in pins if canonicalize_name(pin.partition("==")[0]) in names)
    return hashlib.sha256(repr((INTERPRETER, DEBIAN, _agent(), versions)).encode()).hexdigest()[:12]


def _with_dependencies(requirements: Sequence[str]) -> set[str]:
    """Return the names that *requirements* lead to; a pin of another package changes no root."""
    names: set[str] = set()
    wanted = [Requirement(text) for text in requirements]
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        if name not in names and (not requirement.marker or requirement.marker.evaluate()):
            names.add(name)
            wanted += [Requirement(text) for text in distribution(name).requires or ()]
    return names


def _agent() -> list[str]:
    """Return what an agent depends on: the project's dependencies without any extra."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    return [str(requirement) for requirement in project["dependencies"]]


def _build(folder: Path) -> None:
    """Build beside *folder* and rename; whoever renames first wins."""
    _require(TO_BUILD)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-") as beside:
        new = Path(beside) / "new"
        (new / "bin").mkdir(parents=True)
        _unpack_debian(new, Path(beside) / "apt")
        _install_wheels(new / "site")
        (new / "bin" / "python3").write_text(INTERPRETER)
        (new / "bin" / "python3").chmod(0o755)
        try:
            new.rename(folder)
        except OSError:
            if not folder.exists():
                raise


def _unpack_debian(new: Path, apt: Path) -> None:
    """Unpack packages with apt's lists in a folder of their own: the system's stay as they are."""
    installed = shutil.which(EMULATOR)
    emulator = () if installed else ("qemu-user-static:amd64",)
    _download([*DEBIAN, *emulator], apt)
    for package in sorted(apt.glob("*.deb")):
        if package.name.startswith("qemu"):
            _run(["dpkg-deb", "-x", str(package), str(apt / "qemu")], "unpacking QEMU: ")
        else:
            _run(["dpkg-deb", "-x", str(package), str(new / "system")], "unpacking a package: ")
    shutil.copy2(installed or apt / "qemu" / "usr" / "bin" / EMULATOR, new / "bin" / EMULATOR)


def _download(packages: Sequence[str], apt: Path) -> None:
    for name in ("lists", "cache/archives"):
        (apt / name / "partial").mkdir(parents=True)
    options = (
        "-oAPT::Architecture=arm64",
        "-oAPT::Architectures=arm64,amd64",
        "-oAPT::Update::Error-Mode=any",  # or a server that is away is a warning
        f"-oDir::State::Lists={apt / 'lists'}",
        f"-oDir::Cache={apt / 'cache'}",
    )
    _run(["apt-get", *options, "update"], "reading Debian's lists failed: ", apt)
    why = "downloading Debian 12's packages for arm64 failed: "
    _run(["apt-get", *options, "download", *packages], why, apt)


def _install_wheels(site: Path) -> None:
    platforms = [f"--platform={kind}_aarch64" for kind in WHEELS]
    interpreter = ["--only-binary=:all:", "--implementation=cp", f"--python-version={PYTHON}"]
    pins = ["-c", str(CHECKOUT / "constraints.txt")]
    _pip([*platforms, *interpreter, *pins, "--target", str(site), *_agent()])


def install_project(target: Path) -> None:
    """
    Install this checkout's packages and commands, without dependencies, in *target*.

    From a copy: a build leaves traces in the tree that it is made of.
    """
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("profiler", "lut_server", "device_agents", "search"):
            shutil.copytree(CHECKOUT / name, Path(scratch) / name)
        for name in ("pyproject.toml", "README.md"):
            shutil.copy2(CHECKOUT / name, scratch)
        _pip(["--no-deps", "--no-build-isolation", "--no-index", "--target", str(target), scratch])


def _pip(arguments: Sequence[str]) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # The network is there, or apt had failed: what fails here is a pin without a wheel, or a build.
    _run([*pip, *arguments], "pip failed: ", error=HnaError)


def _run(
    command: Sequence[str],
    why: str,
    folder: Path | None = None,
    error: type[HnaError] = ArmAbsentError,
) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        errors = (line for line in said if line.startswith(("E:", "ERROR:")))
        raise error(why + next(errors, said[-1]))


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{arm_root().folder}\n")
    except HnaError as missing:
        sys.exit(f"root.py: {missing}")
