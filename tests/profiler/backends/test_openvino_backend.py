"""OpenVINO on this processor."""

import numpy as np
import pytest

from profiler.backends.registry import open_backend
from profiler.errors import BackendUnavailable
from profiler.operations import ResidualConv, probe_graph
from profiler.parameters import random_inputs, random_parameters

openvino = pytest.importorskip("openvino")

from profiler.backends.onnx_model import onnx_model  # noqa: E402

OPERATION = ResidualConv(channels_in=8, channels_out=8, height=16, width=16)


def test_it_computes_in_the_precision_the_environment_says():
    import onnxruntime

    graph = probe_graph(OPERATION)
    model = onnx_model(graph, random_parameters(graph, seed=0)).SerializeToString()
    feed = random_inputs(graph, seed=0)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])

    request = open_backend("openvino")._request(model)
    (ours,) = request.infer(feed).values()

    (expected,) = session.run(None, feed)
    np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-5)


def test_a_precision_the_processor_lacks_is_refused_with_those_it_has():
    able = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    if "FP16" in able:
        pytest.skip("this processor computes in half precision")

    with pytest.raises(BackendUnavailable, match="precision 'fp16', but this processor computes"):
        open_backend("openvino", precision="fp16")


def test_a_precision_nobody_has_is_refused_with_those_there_are():
    with pytest.raises(BackendUnavailable, match="precision 'int4'; choose one of fp32, fp16"):
        open_backend("openvino", precision="int4")
