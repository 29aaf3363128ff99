"""
ONNX to a TensorRT plan: the one place where engines are built.

A plan is the serialised engine; its SHA-256 is the identity of the build.  TensorRT builds for the
GPU of this machine, TensorRT-RTX for the kinds of GPU the settings name, or for every one it knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any

from profiler.atomic import write_atomically
from profiler.backends.tensorrt.layers import logged_layers
from profiler.backends.tensorrt.library import Library
from profiler.errors import BackendFailed, BackendUnavailable, OperationUnsupported
from profiler.measurement import Build

SMALLEST_PIXELS, LARGEST_PIXELS, LARGEST_BATCH = 32, 1024, 8
"""What an engine of free sizes must be able to run."""

NO_KERNEL = "Could not find any implementation"
"""How the builder says that no kernel computes a layer."""

NO_LAYER = "Plugin not found"
"""How the parser says that it does not know an operator, and nobody else does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSettings:
    """
    How to build.

    Args:
        optimisation: builder optimisation level, 0 to 5; higher searches longer.
        workspace_bytes: most scratch memory a layer may use; what the GPU has unless given.
        tf32: float32 convolutions may round their factors to 10 bits, as TensorRT does by default.
        timing_cache: file of kernel timings to begin with, updated by the build.
        capabilities: kinds of GPU TensorRT-RTX builds for, such as ``sm_89``; all it knows unless
            given.
        size: H and W in pixels for which an engine of free sizes is made fastest.

    Raises:
        BackendUnavailable: a level that does not exist.
    """

    optimisation: int = 3
    workspace_bytes: int | None = None
    tf32: bool = True
    timing_cache: Path | None = None
    capabilities: tuple[str, ...] = ()
    size: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.optimisation <= 5:
            raise BackendUnavailable(f"optimisation={self.optimisation}; levels go from 0 to 5")

    @property
    def options(self) -> tuple[str, ...]:
        """What an environment has to say about it."""
        told = {
            "optimisation": str(self.optimisation),
            "tf32": "on" if self.tf32 else "off",
            "timing_cache": "off" if self.timing_cache is None else "on",
        }
        if self.workspace_bytes is not None:
            told["workspace"] = str(self.workspace_bytes)
        return tuple(f"{name}={value}" for name, value in told.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    A serialised engine.

    Args:
        content: of the file.
        build: its identity, and what building took.
    """

    content: bytes
    build: Build


def build_plan(library: Library, model: bytes, what: str, settings: BuildSettings) -> Plan:
    """
    Build an engine.

    Args:
        library: that builds.
        model: ONNX, in the precision to compute in.
        what: names the model in errors.
        settings: how.

    Raises:
        OperationUnsupported: TensorRT has no layer or kernel for a node.
        BackendFailed: it cannot read the model, or fails to build the engine.
        BackendUnavailable: the settings ask for what this library or machine cannot do.
        RunInvalid: the timing cache could not be written.
    """
    start = perf_counter()
    library.said()
    builder = _builder(library)
    network = _parsed(library, builder, model, what)
    configuration = builder.create_builder_config()
    _configure(library, configuration, settings)
    _allow_sizes(builder, network, configuration, settings.size)
    cache = _begin_with(library, configuration, settings.timing_cache)
    built = builder.build_serialized_network(network, configuration)
    if built is None:
        raise _failure(library, what)
    _keep(configuration, settings.timing_cache)
    content = bytes(built)
    build = Build(
        id=sha256(content).hexdigest(),
        seconds=perf_counter() - start,
        layers=logged_layers(library.log.layers),
        timing_cache=cache,
    )
    return Plan(content=content, build=build)


def _builder(library: Library) -> Any:
    try:
        return library.module.Builder(library.log)
    except (RuntimeError, TypeError) as error:  # it returned nothing, as without a driver
        raise BackendUnavailable(f"{library.name} cannot build here: {library.why()}") from error


def _parsed(library: Library, builder: Any, model: bytes, what: str) -> Any:
    trt = library.module
    typed = 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    network = builder.create_network(typed)
    parser = trt.OnnxParser(network, library.log)
    if parser.parse(model):
        return network
    errors = [parser.get_error(index) for index in range(parser.num_errors)]
    if not errors:
        raise BackendFailed(f"{library.name} cannot read {what}: {library.why()}")
    reason = _reason(errors[0])
    if errors[0].code().name.startswith("UNSUPPORTED") or NO_LAYER in reason:
        raise OperationUnsupported(f"{library.name} has no layer for {what}: {reason}")
    raise BackendFailed(f"{library.name} cannot read {what}: {reason}")


def _reason(error: Any) -> str:
    operator, node, text = error.node_operator(), error.node_name(), str(error.desc()).strip()
    return f"{operator} node {node!r}: {text}" if operator else text


def _configure(library: Library, configuration: Any, settings: BuildSettings) -> None:
    trt = library.module
    configuration.builder_optimization_level = settings.optimisation
    # Layer names and what is in them, for the inspector; execution does not change.
    configuration.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    if not settings.tf32:
        configuration.clear_flag(trt.BuilderFlag.TF32)
    if settings.workspace_bytes is not None:
        pool = trt.MemoryPoolType.WORKSPACE
        configuration.set_memory_pool_limit(pool, settings.workspace_bytes)
    if settings.capabilities:
        configuration.num_compute_capabilities = len(settings.capabilities)
        for index, value in enumerate(_capabilities(library, settings.capabilities)):
            configuration.set_compute_capability(value, index)


def _capabilities(library: Library, names: Sequence[str]) -> list[Any]:
    if not library.is_rtx:
        raise BackendUnavailable("TensorRT builds for the GPU of this machine, and for no other")
    known = supported_capabilities(library)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise BackendUnavailable(
            f"TensorRT-RTX {library.version} has no kernels for {', '.join(unknown)}; it has them "
            f"for {', '.join(known)}"
        )
    kinds = library.module.ComputeCapability.__members__
    return [kinds[name.replace("_", "").upper()] for name in names]


def supported_capabilities(library: Library) -> tuple[str, ...]:
    """Return the kinds of GPU that TensorRT-RTX builds for, such as ``sm_89``."""
    kinds = library.module.ComputeCapability.__members__
    return tuple(name.replace("SM", "sm_") for name in kinds if name.startswith("SM"))


def _begin_with(library: Library, configuration: Any, path: Path | None) -> str | None:
    """Give the builder the timings in *path*; return their SHA-256, None where there are none."""
    if path is None:
        return None
    if library.is_rtx:
        raise BackendUnavailable(
            "TensorRT-RTX times no kernels and keeps no timing cache; leave timing_cache out"
        )
    content = timings_in(path)
    cache = configuration.create_timing_cache(content)
    if cache is None or not configuration.set_timing_cache(cache, ignore_mismatch=False):
        raise BackendUnavailable(
            f"{path} is no timing cache of this TensorRT on this GPU: {library.why()}; delete it"
        )
    return sha256(content).hexdigest() if content else None


def timings_in(path: Path) -> bytes:
    """
    Return what the timing cache at *path* holds; nothing where there is none yet.

    Raises:
        BackendUnavailable: it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise BackendUnavailable(f"timing cache {path} cannot be read: {error.strerror}") from error


def _keep(configuration: Any, path: Path | None) -> None:
    if path is not None:
        write_atomically(path, bytes(configuration.get_timing_cache().serialize()))


def _failure(library: Library, what: str) -> Exception:
    said = library.why()
    if NO_KERNEL in said:
        return OperationUnsupported(f"{library.name} has no kernel for {what}: {said}")
    return BackendFailed(f"{library.name} {library.version} could not build {what}: {said}")


def _allow_sizes(
    builder: Any, network: Any, configuration: Any, size: tuple[int, int] | None
) -> None:
    """Say which sizes an engine with a free dimension has to run."""
    image = network.get_input(0)
    if size is None or -1 not in tuple(image.shape):
        return
    channels, (height, width) = image.shape[1], size
    profile = builder.create_optimization_profile()
    profile.set_shape(
        image.name,
        (1, channels, min(SMALLEST_PIXELS, height), min(SMALLEST_PIXELS, width)),
        (1, channels, height, width),
        (LARGEST_BATCH, channels, max(LARGEST_PIXELS, height), max(LARGEST_PIXELS, width)),
    )
    configuration.add_optimization_profile(profile)
