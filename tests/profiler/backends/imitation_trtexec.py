"""
A stand-in for ``trtexec``: its options, files and log, without TensorRT.

Made after NVIDIA's reference "Command-Line Programs" (TensorRT 10) and the tool's published source
(samples/trtexec, samples/common: options, device, reporting).  It refuses options it does not know,
as the tool does; it computes outputs with ONNX Runtime and makes up the times.  HNA_TRTEXEC
changes what it does; HNA_TRTEXEC_CALLS names a file that gets a line for each call.
"""

# ruff: noqa: T201 - it is a program

import json
import os
import signal
import sys
import time
from pathlib import Path

KNOWN = {
    "--onnx", "--saveEngine", "--loadEngine", "--device", "--exportLayerInfo", "--exportTimes",
    "--exportOutput", "--loadInputs", "--profilingVerbosity", "--skipInference", "--stronglyTyped",
    "--builderOptimizationLevel", "--memPoolSize", "--timingCacheFile", "--noTF32", "--fp16",
    "--int8", "--iterations", "--avgRuns", "--duration", "--warmUp", "--useCudaGraph",
    "--noDataTransfers", "--useSpinWait", "--help",
}  # fmt: skip
DEVICE = """=== Device Information ===
Available Devices:
  Device 0: "NVIDIA GeForce RTX 4090" UUID: GPU-00010203-0405-0607-0809-0a0b0c0d0e0f
Selected Device: NVIDIA GeForce RTX 4090
Selected Device ID: 0
Selected Device UUID: GPU-00010203-0405-0607-0809-0a0b0c0d0e0f
Compute Capability: 8.9
SMs: 128
Device Global Memory: 24217 MiB
Shared Memory per SM: 100 KiB
Memory Bus Width: 384 bits (ECC disabled)
Application Compute Clock Rate: 2.52 GHz
Application Memory Clock Rate: 10.501 GHz"""
PLAN_MARK = b"ptrt"
COMPUTE_MS = 0.5


def say(text, level="I", stream=sys.stdout):
    for line in text.splitlines():
        print(f"[11/22/2026-20:00:00] [{level}] {line}", file=stream)


def fail(*texts):
    for text in texts:
        say(text, "E", sys.stderr)
    print("&&&& FAILED TensorRT.trtexec [TensorRT v100300] [b26]", file=sys.stderr)
    sys.exit(1)


def build(options, mode):
    if mode == "unsupported":
        fail("ModelImporter.cpp:926: ERROR: ModelImporter.cpp:195 In function parseNode:",
             "[6] Invalid Node - strange", "No importer registered for op: Unheard.",
             "Failed to parse onnx file")  # fmt: skip
    if mode == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if mode == "hang":
        time.sleep(60)
    model = Path(options["--onnx"]).read_bytes()
    if mode != "planless":
        Path(options["--saveEngine"]).write_bytes(PLAN_MARK + model)
    layer = {"Name": "a + b", "LayerType": "CaskConvolution", "Metadata": "[ONNX Layer: conv1]"}
    Path(options["--exportLayerInfo"]).write_text(json.dumps({"Layers": [layer], "Bindings": []}))
    if "--timingCacheFile" in options:
        Path(options["--timingCacheFile"]).write_bytes(b"timings")


def outputs(plan, options, mode):
    import numpy as np
    import onnxruntime as ort

    kinds = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
    session = ort.InferenceSession(plan, providers=["CPUExecutionProvider"])
    files = dict(pair.split(":") for pair in options["--loadInputs"].split(","))
    feed = {
        t.name: np.fromfile(files[t.name], dtype=kinds[t.type]).reshape(t.shape)
        for t in session.get_inputs()
    }
    spoil = 2.0 if mode == "wrong" else 1.0
    found = zip(session.get_outputs(), session.run(None, feed), strict=True)
    return [
        {"name": tensor.name, "dimensions": "x".join(map(str, tensor.shape)),
         "values": [float(f"{value * spoil:.6g}") for value in result.ravel()]}
        for tensor, result in found
    ]  # fmt: skip


def execute(options, mode):
    plan = Path(options["--loadEngine"]).read_bytes()
    if not plan.startswith(PLAN_MARK):
        fail("Serialization assertion stdVersionRead == kSERIALIZATION_VERSION failed.")
    keys = ("startEnqMs", "endEnqMs", "startH2dMs", "endH2dMs", "startComputeMs", "endComputeMs",
            "startD2hMs", "endD2hMs", "h2dMs", "d2hMs", "latencyMs")  # fmt: skip
    count = 0 if mode == "timeless" else int(options["--iterations"]) + 1
    times = [dict.fromkeys(keys, 0.0) | {"computeMs": COMPUTE_MS + i * 1e-6} for i in range(count)]
    Path(options["--exportTimes"]).write_text(json.dumps(times))
    if "--exportOutput" in options:
        written = outputs(plan[len(PLAN_MARK) :], options, mode)
        Path(options["--exportOutput"]).write_text(json.dumps(written))


def main():
    mode, arguments = os.environ.get("HNA_TRTEXEC", ""), sys.argv[1:]
    if "HNA_TRTEXEC_CALLS" in os.environ:
        with Path(os.environ["HNA_TRTEXEC_CALLS"]).open("a") as calls:
            calls.write(" ".join(arguments) + "\n")
    version = "v110400" if mode == "eleven" else "v100300"
    print(f"&&&& RUNNING TensorRT.trtexec [TensorRT {version}] [b26] # trtexec")
    removed = {"--stronglyTyped", "--fp16", "--int8", "--useCudaGraph", "--noDataTransfers"}
    known = KNOWN - removed | {"--noCudaGraph"} if mode == "eleven" else KNOWN
    options = dict(argument.partition("=")[::2] for argument in arguments)
    if "--help" in options:
        print("\n".join(f"  {option} ..." for option in sorted(known)))
        return
    unknown = sorted(options.keys() - known)
    if unknown:
        fail(f"Unknown option: {unknown[0]} {options[unknown[0]]}")
    if mode == "no_gpu":
        print("Cuda failure: CUDA driver version is insufficient", file=sys.stderr)
        sys.exit(1)
    say(DEVICE)
    if "--onnx" in options:
        build(options, mode)
    else:
        execute(options, mode)
    print(f"&&&& PASSED TensorRT.trtexec [TensorRT {version}] [b26] # trtexec")


if __name__ == "__main__":
    main()
