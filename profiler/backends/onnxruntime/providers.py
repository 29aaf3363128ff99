"""
Execution providers: who computes inside ONNX Runtime, and what each needs to be told.

Loads no ONNX Runtime.  What is passed to a provider is what decides speed; ``device_id`` and the
stream are added where a session is opened and are part of no environment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from profiler.errors import BackendUnavailable

ProviderOptions = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """
    One execution provider.

    Args:
        name: what users call it.
        ort_name: what ONNX Runtime calls it.
        brought_by: what to install to have it.
        on_gpu: it computes on an NVIDIA GPU.
        shares: it is made to leave a part of most graphs to ONNX Runtime's own kernels, on the
            same processor; no other may leave anything to them.
        precisions: what it computes in.
        tf32: whether products in fp32 are rounded to 10 bits: ``either`` by choice, or ``on``.
    """

    name: str
    ort_name: str
    brought_by: str
    on_gpu: bool = False
    shares: bool = False
    precisions: tuple[str, ...] = ("fp32",)
    tf32: Literal["either", "on"] | None = None


_OWN_BUILD = "a build of onnxruntime of your own, configured with"
_HALF = ("fp32", "fp16")

PROVIDERS = {
    provider.name: provider
    for provider in (
        Provider(name="cpu", ort_name="CPUExecutionProvider", brought_by="pip install onnxruntime"),
        Provider(
            name="cuda",
            ort_name="CUDAExecutionProvider",
            brought_by="pip install onnxruntime-gpu, in place of onnxruntime",
            on_gpu=True,
            precisions=_HALF,
            tf32="either",
        ),
        Provider(
            name="tensorrt",
            ort_name="TensorrtExecutionProvider",
            brought_by="pip install onnxruntime-gpu, in place of onnxruntime, and TensorRT",
            on_gpu=True,
            precisions=_HALF,
            tf32="on",
        ),
        Provider(
            name="nv_tensorrt_rtx",
            ort_name="NvTensorRTRTXExecutionProvider",
            brought_by="pip install onnxruntime-trt-rtx, in place of onnxruntime",
            on_gpu=True,
            precisions=_HALF,
            tf32="on",
        ),
        Provider(
            name="openvino",
            ort_name="OpenVINOExecutionProvider",
            brought_by="pip install onnxruntime-openvino, in place of onnxruntime",
        ),
        Provider(
            name="acl",
            ort_name="ACLExecutionProvider",
            brought_by=f"{_OWN_BUILD} --use_acl",
            shares=True,
        ),
        Provider(
            name="xnnpack",
            ort_name="XnnpackExecutionProvider",
            brought_by=f"{_OWN_BUILD} --use_xnnpack",
            shares=True,
        ),
    )
}


def provider_named(name: str) -> Provider:
    """
    Return the provider users or ONNX Runtime call *name*.

    One this table does not hold is taken by ONNX Runtime's name for it, with its own defaults.

    >>> provider_named("DnnlExecutionProvider").name
    'DnnlExecutionProvider'

    Raises:
        BackendUnavailable: nobody calls a provider so.
    """
    known = PROVIDERS | {provider.ort_name: provider for provider in PROVIDERS.values()}
    if name in known:
        return known[name]
    if re.fullmatch(r"\w+ExecutionProvider", name):
        return Provider(
            name=name, ort_name=name, brought_by="the build of onnxruntime its maker offers"
        )
    raise BackendUnavailable(
        f"onnxruntime: provider {name!r}; choose one of {', '.join(PROVIDERS)}, or name another "
        "as onnxruntime does, such as DnnlExecutionProvider"
    )


def fixed_options(provider: Provider, precision: str, threads: int, tf32: str) -> ProviderOptions:
    """Return what this project tells *provider*, so that no release's default decides."""
    on = {"off": "0", "on": "1"}
    match provider.name:
        case "cuda":
            return {"cudnn_conv_algo_search": "EXHAUSTIVE", "use_tf32": on[tf32]}
        case "tensorrt":
            return {"trt_fp16_enable": "1" if precision == "fp16" else "0"}
        case "openvino":
            count = str(threads)
            fixed = {"device_type": "CPU", "precision": "FP32", "num_streams": "1"}
            return {**fixed, "num_of_threads": count}
        case "xnnpack":
            return {"intra_op_num_threads": str(threads)}
        case _:
            return {}


def parse_provider_options(text: str) -> ProviderOptions:
    """
    Return the options of a provider written as ``name=value``, several separated by semicolons.

    >>> parse_provider_options("enable_cuda_graph=1;prefer_nhwc=1")
    {'enable_cuda_graph': '1', 'prefer_nhwc': '1'}

    Raises:
        BackendUnavailable: a part without a name or a value, or a name that is there twice.
    """
    options: ProviderOptions = {}
    for part in filter(None, text.split(";")):
        name, _, value = part.partition("=")
        if not name or not value or name in options:
            raise BackendUnavailable(
                f"onnxruntime: provider option {part!r} of {text!r}; write name=value, each name "
                "once, separated by semicolons"
            )
        options[name] = value
    return options
