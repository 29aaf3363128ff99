"""What ``hna onboard`` has loaded when it has shown a table: looked at in a real process."""

import subprocess
import sys

FORBIDDEN = {"torch", "fastapi", "sqlalchemy", "starlette", "uvicorn", "scipy", "sklearn"}
ONLY_FOR_A_JOB = {"onnx", "onnxruntime"}

LOADED = """
import sys
from profiler.command import main
status = main(sys.argv[1:])
from device_agents.onboarding import onboarding, showing
print(" ".join({name.partition(".")[0] for name in sys.modules}))
"""


def test_a_board_that_is_onboarded_needs_neither_tensors_nor_a_web_framework(tmp_path):
    arguments = ["onboard", "--server", "http://127.0.0.1:9", "--backend", "onnxruntime"]

    done = subprocess.run(
        [
            *(sys.executable, "-c", LOADED, *arguments),
            *("--share-device", "--state-dir", str(tmp_path)),
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    modules = set(done.stdout.split())
    assert "no server answers" in done.stderr
    assert {"device_agents", "numpy"} <= modules
    assert not modules & FORBIDDEN
    assert not modules & ONLY_FOR_A_JOB
