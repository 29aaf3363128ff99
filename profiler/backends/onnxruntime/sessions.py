"""
Opening sessions, and refusing those that are not what they say.

Asked for a provider it cannot use, ONNX Runtime opens a session on the CPU and writes a line to
its log; asked for one that has no kernels, it even lists that provider first.  So every session
is asked which of its nodes run where, which it can tell from 1.24 on; older releases are told to
fail instead.

All sessions share one arena of main memory: a session of its own keeps the largest activation it
ever needed, and a few hundred of them would not fit.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import onnxruntime as ort

from profiler.backends.foreign import said
from profiler.backends.onnxruntime.providers import Provider, ProviderOptions
from profiler.backends.onnxruntime.settings import Settings
from profiler.errors import BackendFailed, BackendUnavailable, OperationUnsupported

_LEVELS = {
    "none": ort.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "basic": ort.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "extended": ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    "all": ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
}
_TELLS_NODES = hasattr(ort.InferenceSession, "get_provider_graph_assignment_info")


def require_provider(provider: Provider) -> None:
    """
    Check that the installed build has a provider.

    Raises:
        BackendUnavailable: names the provider, what the build has and what brings it.
    """
    built = ort.get_available_providers()
    if provider.ort_name not in built:
        raise BackendUnavailable(
            f"onnxruntime {ort.__version__} was built with {', '.join(built)}, without "
            f"{provider.ort_name}; to have it: {provider.brought_by}"
        )
    if provider.shares and not _TELLS_NODES:
        raise BackendUnavailable(
            f"onnxruntime {ort.__version__} does not tell what it leaves of a graph to "
            f"{provider.ort_name}; 1.24 and later do"
        )


def open_session(
    model: bytes,
    settings: Settings,
    key: str,
    placed: ProviderOptions,
    profile: Path | None = None,
) -> ort.InferenceSession:
    """
    Return a session all of whose nodes run where they should.

    Args:
        model: in ONNX.
        settings: how it runs.
        key: of the operation, for errors.
        placed: further options of the provider: which GPU, and the stream to use.
        profile: what the file begins with that tells of its executions until profiling is ended;
            None writes none.

    Raises:
        OperationUnsupported: the provider has no kernel for a node.
        BackendFailed: the session could not be built.
    """
    _share_arena()
    provider = (settings.chosen.ort_name, {**settings.told, **placed})
    try:
        session = ort.InferenceSession(
            model, _options(settings, profile), providers=[provider], enable_fallback=0
        )
    except ort.capi.onnxruntime_pybind11_state.NotImplemented as error:
        raise OperationUnsupported(f"onnxruntime has no kernel for {key}: {said(error)}") from error
    except Exception as error:
        raise BackendFailed(f"onnxruntime could not build {key}: {said(error)}") from error
    if settings.chosen.name != "cpu":
        _require_nodes(session, settings.chosen, key)
    return session


def _require_nodes(session: ort.InferenceSession, provider: Provider, key: str) -> None:
    if provider.ort_name not in session.get_providers():
        raise BackendFailed(
            f"onnxruntime could not start {provider.ort_name} and would run {key} on "
            f"{session.get_providers()[0]}; its log names the library or the GPU that is missing"
        )
    if not _TELLS_NODES:
        return
    taken, left = _nodes(session, provider)
    if left and not provider.shares:
        raise OperationUnsupported(
            f"{provider.ort_name} has no kernel for {', '.join(left)} of {key}; onnxruntime would "
            "run them on the CPU"
        )
    if not taken:
        raise OperationUnsupported(f"{provider.ort_name} takes no node of {key}")


def _nodes(
    session: ort.InferenceSession, provider: Provider
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the kinds of nodes *provider* runs, and those others run."""
    taken: set[str] = set()
    left: set[str] = set()
    for part in session.get_provider_graph_assignment_info():
        kinds = taken if part.ep_name == provider.ort_name else left
        kinds.update(node.op_type for node in part.get_nodes())
    return tuple(sorted(taken)), tuple(sorted(left))


def _options(settings: Settings, profile: Path | None) -> ort.SessionOptions:
    options = ort.SessionOptions()
    if profile is not None:
        options.enable_profiling = True
        options.profile_file_prefix = str(profile)
    options.intra_op_num_threads = settings.threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = _LEVELS[settings.optimisation]
    options.log_severity_level = 3
    options.add_session_config_entry("session.use_env_allocators", "1")
    if settings.chosen.name != "cpu":
        demand = "record_ep_graph_assignment_info" if _TELLS_NODES else "disable_cpu_ep_fallback"
        options.add_session_config_entry(f"session.{demand}", "1")
    return options


@cache
def _share_arena() -> None:
    """Register the arena all sessions of this process allocate from."""
    memory = ort.OrtMemoryInfo(
        "Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT
    )
    ort.create_and_register_allocator(memory, None)
