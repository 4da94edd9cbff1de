"""Simulated noise between runs, as logarithms of times, for power.py and the tests."""

from __future__ import annotations

from typing import Callable, Mapping

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]

DEVIATION = 0.004
OUTLIER = float(np.log(1.5))
OUTLIER_SHARE = 0.05
MODES = float(np.log(1.3))
SETTLING = 50
"""values that an autocorrelated series forgets its beginning in"""


def _normal(random: np.random.Generator, runs: int) -> Vector:
    return random.normal(0.0, DEVIATION, runs)


def _heavy_tailed(random: np.random.Generator, runs: int) -> Vector:
    return random.standard_t(3, runs) * DEVIATION


def _two_modes(random: np.random.Generator, runs: int) -> Vector:
    return _normal(random, runs) + MODES * (random.random(runs) < 0.5)


def _rare_mode(random: np.random.Generator, runs: int) -> Vector:
    return _normal(random, runs) + MODES * (random.random(runs) < 0.2)


def _outliers(random: np.random.Generator, runs: int) -> Vector:
    return _normal(random, runs) + OUTLIER * (random.random(runs) < OUTLIER_SHARE)


def _skewed(random: np.random.Generator, runs: int) -> Vector:
    return random.exponential(DEVIATION, runs)


def autoregressive(correlation: float) -> Callable[[np.random.Generator, int], Vector]:
    """AR(1) noise with the same deviation as the independent one."""

    def made(random: np.random.Generator, runs: int) -> Vector:
        innovations = random.normal(0.0, DEVIATION * np.sqrt(1 - correlation**2), runs + SETTLING)
        values = np.empty(runs + SETTLING)
        value = 0.0
        for index, innovation in enumerate(innovations):
            value = correlation * value + innovation
            values[index] = value
        return values[SETTLING:]

    return made


INDEPENDENT: Mapping[str, Callable[[np.random.Generator, int], Vector]] = {
    "normal": _normal,
    "heavy tails (Student's t, 3 degrees)": _heavy_tailed,
    "skewed (exponential)": _skewed,
    "two modes 30 % apart, half each": _two_modes,
    "two modes 30 % apart, one run in five": _rare_mode,
    "5 % outliers of +50 %": _outliers,
}
AUTOCORRELATED: Mapping[str, Callable[[np.random.Generator, int], Vector]] = {
    "autocorrelated, AR(1) 0.3": autoregressive(0.3),
    "autocorrelated, AR(1) 0.5": autoregressive(0.5),
    "autocorrelated, AR(1) 0.6": autoregressive(0.6),
}
SHAPES = {**INDEPENDENT, **AUTOCORRELATED}
