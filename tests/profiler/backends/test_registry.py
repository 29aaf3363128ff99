"""Backends and their variants by name."""

import pytest

from profiler.backends.registry import BACKENDS, VARIANTS, Variant, open_backend, why_unavailable
from profiler.command import main
from profiler.errors import BackendUnavailable


def test_every_backend_has_a_variant():
    assert {variant.backend for variant in VARIANTS} == set(BACKENDS)


def test_variants_have_different_labels():
    labels = [variant.label for variant in VARIANTS]

    assert len(set(labels)) == len(labels)


def test_a_label_is_what_one_types():
    variant = Variant(backend="torch", options={"device": "cuda", "mode": "eager"})

    assert variant.label == "torch device=cuda mode=eager"


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.label)
def test_a_variant_can_be_opened_or_says_in_one_line_why_not(variant):
    reason = why_unavailable(variant.backend, **variant.options)

    if reason is None:
        assert open_backend(variant.backend, **variant.options).name == variant.backend
    else:
        assert reason and "\n" not in reason


def test_options_decide_what_is_unavailable():
    assert why_unavailable("simulated") is None
    assert why_unavailable("simulated", noise=-1.0) == (
        "noise=-1.0; a relative standard deviation is >= 0"
    )


def test_a_backend_nobody_knows_is_refused_with_those_there_are():
    with pytest.raises(BackendUnavailable, match=", ".join(BACKENDS)):
        open_backend("tflite")


def test_doctor_says_of_each_variant_what_opening_it_says(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")

    assert main(["doctor"]) == 0

    rows = [line.split("│") for line in capsys.readouterr().out.splitlines() if "│" in line]
    told = {label.strip(): (can.strip(), why.strip()) for _, label, can, why, _ in rows}
    for variant in VARIANTS:
        reason = why_unavailable(variant.backend, **variant.options)
        assert told[variant.label][0] == ("no" if reason else "yes")
        assert reason is None or told[variant.label][1] == reason
