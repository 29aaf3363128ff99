"""Predictions of tables that others published, against the bar of a quadratic log-ridge."""

from dataclasses import replace

import numpy as np

from profiler.formats import About, read_tables
from profiler.prediction import fit_predictor, judge


def test_four_fifths_of_proxylessnas_predict_the_rest(data):
    path = data / "lut" / "proxyless_mobile_trim.yaml"
    about = About(source=path.name, device_model="pixel-1", runtime="tflite")
    (table,) = read_tables(path.read_bytes(), about)[1]
    order = np.random.default_rng(0).permutation(len(table.entries))

    judgements = []
    for fold in range(5):
        out = {int(index) for index in order[fold::5]}
        parts = [
            replace(table, entries=tuple(e for i, e in enumerate(table.entries) if (i in out) == t))
            for t in (False, True)
        ]
        judgements.append(judge(fit_predictor(parts[0]), parts[1]))

    tested = sum(judgement.tested for judgement in judgements)
    assert tested == len(table.entries)
    assert np.median([judgement.median_error for judgement in judgements]) < 0.063
    assert sum(j.within_10pct * j.tested for j in judgements) / tested > 0.81
