"""Options as a user types them."""

from pathlib import Path

import pytest

from profiler.backends.options import backend_options, parse_options
from profiler.backends.registry import BACKENDS, creator
from profiler.command import main
from profiler.errors import BackendUnavailable, ExtraMissing


def create(
    *,
    threads: int = 1,
    noise: float = 0.5,
    layout: str = "nchw",
    tf32: bool = True,
    workspace_mib: int | None = None,
    calibration: Path | str | None = None,
) -> None:
    """What a backend would take."""


def refusal(*texts):
    with pytest.raises(BackendUnavailable) as refused:
        parse_options("torch", create, texts)
    return str(refused.value)


def test_texts_become_what_the_backend_declares():
    texts = ("threads=2", "noise=0.25", "layout=nhwc", "tf32=off", "workspace_mib=64")

    options = parse_options("torch", create, (*texts, "calibration=images"))

    assert options == {
        "threads": 2,
        "noise": 0.25,
        "layout": "nhwc",
        "tf32": False,
        "workspace_mib": 64,
        "calibration": "images",
    }


def test_only_the_first_equals_sign_separates():
    options = parse_options("torch", create, ["layout=name=value"])

    assert options == {"layout": "name=value"}


def test_an_option_the_backend_does_not_have_is_refused_with_those_it_has():
    assert refusal("colour=red") == (
        "torch has no option 'colour'; it has threads, noise, layout, tf32, workspace_mib, "
        "calibration"
    )


@pytest.mark.parametrize("text", ["threads", "threads="])
def test_a_text_without_a_value_is_refused(text):
    assert refusal(text) == f"option {text!r} of torch; write name=value"


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("threads=two", "a whole number"),
        ("workspace_mib=0.5", "a whole number"),
        ("noise=loud", "a number"),
        ("tf32=1", "on or off"),
    ],
)
def test_a_value_of_another_type_is_refused_with_what_is_needed(text, needed):
    assert f"option {text} of torch; {needed} is needed" in refusal(text)


def test_an_option_given_twice_is_refused():
    assert refusal("threads=2", "threads=3") == "option threads of torch is given twice; keep one"


def test_threads_are_an_option_like_any_other():
    assert backend_options("simulated", ["seed=3"], threads=2) == {"threads": 2, "seed": 3}


def test_one_thread_is_what_a_backend_takes_anyway():
    assert backend_options("simulated") == {}


def test_an_unknown_backend_is_refused_with_those_there_are():
    with pytest.raises(BackendUnavailable, match="no backend is called 'tflite'; there are onnx"):
        backend_options("tflite")


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_default_of_every_backend_can_be_left_out_and_threads_be_named(backend):
    try:
        creator(backend)
    except ExtraMissing as error:
        pytest.skip(str(error))

    assert backend_options(backend, ["threads=1"]) == {"threads": 1}


def test_profile_takes_options(capsys):
    status = main(
        [
            "profile",
            "--backend",
            "simulated",
            "--option",
            "noise=0.25",
            "--candidate",
            "3x3_SpaConv",
        ]
    )

    assert status == 0
    assert "noise=0.25" in capsys.readouterr().out


def test_profile_refuses_an_option_in_one_line(capsys):
    status = main(["profile", "--backend", "simulated", "--option", "colour=red"])

    error = capsys.readouterr().err
    assert status == 2
    assert error.count("\n") == 1
    assert "simulated has no option 'colour'; it has threads, noise, seed" in error
