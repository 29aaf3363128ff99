"""How ``trtexec`` is called: arguments of the two things it is asked for, and the files between."""

from __future__ import annotations

from dataclasses import dataclass

from profiler.backends.tensorrt.builder import BuildSettings
from profiler.backends.tensorrt.model import Feed
from profiler.backends.trtexec.tool import Tool

MODEL, PLAN, LAYERS, TIMES, OUTPUTS = "m.onnx", "m.plan", "layers.json", "times.json", "out.json"
"""Files in the folder of an operation, where the tool runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """
    How the tool is called.

    Args:
        device: number of the GPU.
        precision: of the models.
        settings: of the builder.
        cuda_graph: launch an execution as one CUDA graph.
    """

    device: int
    precision: str
    settings: BuildSettings
    cuda_graph: bool

    @property
    def options(self) -> tuple[str, ...]:
        """What an environment has to say about it."""
        return (*self.settings.options, f"cuda_graph={'on' if self.cuda_graph else 'off'}")

    def building(self, tool: Tool) -> list[str]:
        """Return the arguments that make a plan of the model."""
        typed = tool.known("--stronglyTyped") or tool.known(f"--{self.precision}")
        settings, further = self.settings, []
        if settings.timing_cache is not None:
            further.append(f"--timingCacheFile={settings.timing_cache.resolve()}")
        if settings.workspace_bytes is not None:
            further.append(f"--memPoolSize=workspace:{settings.workspace_bytes // 2**20}")
        return [
            f"--onnx={MODEL}",
            f"--saveEngine={PLAN}",
            f"--device={self.device}",
            f"--exportLayerInfo={LAYERS}",
            "--profilingVerbosity=detailed",
            *(tool.known("--skipInference") or ["--buildOnly"]),
            *tool.known(f"--builderOptimizationLevel={settings.optimisation}"),
            *([] if settings.tf32 else ["--noTF32"]),
            *typed,
            *further,
        ]

    def running(self, tool: Tool, inputs: Feed, executions: int) -> list[str]:
        """Return the arguments that execute the plan that many times and write each time."""
        named = ",".join(f"{name}:{name}.bin" for name in inputs)
        graph = "--useCudaGraph" if self.cuda_graph else "--noCudaGraph"
        return [
            f"--loadEngine={PLAN}",
            f"--device={self.device}",
            f"--loadInputs={named}",
            f"--iterations={executions}",
            f"--avgRuns={executions}",
            "--duration=0",
            "--warmUp=200",
            f"--exportTimes={TIMES}",
            *tool.known(graph, "--noDataTransfers", "--useSpinWait"),
        ]
