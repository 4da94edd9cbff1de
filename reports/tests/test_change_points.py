"""Changes of level: the best cuts, what is found, and how often nothing is found where nothing is."""

from __future__ import annotations

import itertools
import math
from typing import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatchbench_reports.choices import LAST
from dispatchbench_reports.histories.best_cuts import best_cuts
from dispatchbench_reports.histories.change_points import change_points
from dispatchbench_reports.histories.critical_values import TABLES
from dispatchbench_reports.histories.noise import Prior, autocorrelation, long_run_factor, pooled
from dispatchbench_reports.histories.noise_shapes import (
    AUTOCORRELATED,
    INDEPENDENT,
    SHAPES,
    autoregressive,
)
from dispatchbench_reports.histories.placing import noise_around, odd_runs
from dispatchbench_reports.histories.power import TWO_MODES, critical, false_alarms, power
from dispatchbench_reports.histories.visible_changes import runs_after, visible_change

NO_TWO_MODES = [name for name in SHAPES if name not in TWO_MODES]


def normal(levels: Sequence[tuple[int, float]], seed: int, noise: float = 0.004) -> list[float]:
    random = np.random.default_rng(seed)
    return [float(random.normal(level, noise)) for runs, level in levels for _ in range(runs)]


def test_a_step_is_found_where_it_is() -> None:
    assert change_points(normal([(10, 0.0), (10, 0.05)], seed=3)) == [10]


def test_two_steps_are_found() -> None:
    assert change_points(normal([(12, 0.0), (12, 0.1), (12, -0.05)], 4, 0.01)) == [12, 24]


@pytest.mark.parametrize(("levels", "shortest"), [(5, 8), (6, 8), (9, 12), (20, 20)])
def test_many_levels_in_turn_are_found(levels: int, shortest: int) -> None:
    more = 0
    for seed in range(10):
        made = [(shortest + number % 3, 0.1 * (number % 2)) for number in range(levels)]
        starts = [int(start) for start in np.cumsum([runs for runs, _ in made])[:-1]]
        found = change_points(normal(made, seed))
        assert set(starts) <= set(found)
        more += len(found) - len(starts)
    # Each of up to 200 levels is a series of its own, in which noise alone seldom looks like a change.
    assert more <= levels // 5


def test_an_odd_run_in_a_short_level_is_no_level_of_its_own() -> None:
    """Two odd runs and a usual one have the odd ones' median."""
    for seed in range(10):
        values = normal([(20, 0.0), (20, 0.1)], seed)
        values[8] = values[10] = 0.5
        assert change_points(values) == [20]


def test_one_odd_run_and_two_in_a_row_are_no_change() -> None:
    for odd in ([10], [10, 11], [19], [0], [5, 15]):
        values = normal([(20, 0.0)], seed=5, noise=0.002)
        for index in odd:
            values[index] = 0.5
        assert change_points(values) == []


def test_an_odd_run_beside_a_step_does_not_move_it() -> None:
    for odd, start in ((22, 24), (26, 24)):
        values = normal([(24, 0.0), (10, 0.05)], seed=8)
        values[odd] = 0.4
        assert change_points(values) == [start]


def test_three_runs_are_enough_for_a_large_step_and_two_are_not() -> None:
    assert change_points(normal([(30, 0.0), (3, 0.26)], seed=2)) == [30]
    assert change_points(normal([(30, 0.0), (2, 0.26)], seed=2)) == []
    assert change_points(normal([(3, 0.0), (3, 0.34)], seed=2)) == [3]


def test_short_and_constant_series_have_no_change() -> None:
    assert change_points([]) == []
    assert change_points([1.0, 2.0, 3.0]) == []
    assert change_points([1.0] * 30) == []
    assert change_points([1.0] * 29 + [1.02]) == []
    assert change_points([1.0] * 20 + [1.02] * 10) == [20]


@given(st.lists(st.integers(-50, 50), min_size=6, max_size=15))
@settings(deadline=None)
def test_the_best_cuts_leave_the_least_sum_of_squares(numbers: list[int]) -> None:
    """Checked against all cuts, tried one by one."""
    series = np.array(numbers, dtype=np.float64)
    series -= series.mean()

    def squares(cuts: Sequence[int]) -> float:
        bounds = (0, *cuts, len(series))
        parts = [series[begin:end] for begin, end in zip(bounds, bounds[1:])]
        return float(sum(np.sum((part - part.mean()) ** 2) for part in parts))

    for count, (cuts, remaining) in enumerate(best_cuts(series, 3), 1):
        bounds = (0, *cuts, len(series))
        assert len(cuts) == count
        assert all(end - begin >= 3 for begin, end in zip(bounds, bounds[1:]))
        tried = itertools.combinations(range(3, len(series) - 2), count)
        allowed = [
            squares(each)
            for each in tried
            if all(late - early >= 3 for early, late in zip(each, each[1:]))
        ]
        assert remaining == pytest.approx(min(allowed), abs=1e-6)
        assert squares(cuts) == pytest.approx(remaining, abs=1e-6)


def test_long_series_are_cut_as_short_ones_are() -> None:
    """Ends are looked at in blocks: a series longer than several of them has its cuts where they are."""
    values = np.array(normal([(150, 0.0), (40, 0.03), (110, 0.0)], seed=9))
    assert best_cuts(values - values.mean(), 3)[1][0] == (150, 190)


@pytest.mark.parametrize("name", INDEPENDENT)
def test_independent_noise_of_any_shape_has_a_change_in_at_most_2_of_100_series(name: str) -> None:
    # Fewer than 1 in 100 over thousands of series (reports/README.md); the seed is fixed, so this number is too.
    assert false_alarms(INDEPENDENT[name], 20, 100) <= 0.02
    assert false_alarms(INDEPENDENT[name], 40, 100) <= 0.02


def test_autocorrelated_noise_alarms_seldom() -> None:
    rates = {name: false_alarms(shape, 40, 100) for name, shape in AUTOCORRELATED.items()}
    assert rates["autocorrelated, AR(1) 0.3"] <= 0.04
    assert rates["autocorrelated, AR(1) 0.6"] <= 0.12


@pytest.mark.parametrize(
    ("lengths", "step", "outliers", "correlation"),
    [
        ((3, 3), 0.1, False, 0.0),
        ((5, 5), 0.05, False, 0.0),
        ((10, 10), 0.02, False, 0.0),
        ((30, 10), 0.05, True, 0.5),
        ((12, 10, 12), 0.05, False, 0.0),
        ((12, 10, 12), 0.2, True, 0.0),
        ((30, 10), 0.02, True, 0.0),
        ((30, 3), 0.2, False, 0.0),
        ((10, 10), 0.05, False, 0.5),
    ],
)
def test_steps_are_found_in_at_least_9_of_10_series(
    lengths: tuple[int, ...], step: float, outliers: bool, correlation: float
) -> None:
    assert power(lengths, step, outliers, correlation, 30) >= 0.9


def test_the_critical_values_are_those_of_the_simulation() -> None:
    """To within what 300 series of each shape can tell."""
    for runs, share in ((6, 0.009), (10, 0.0045), (25, 0.0025)):
        for changes, simulated in enumerate(critical(runs, 300, share, seed=31), 1):
            assert TABLES[changes][runs] == pytest.approx(simulated, abs=2.0)


def test_pooled_noise_is_that_of_the_series() -> None:
    """Variances drawn as Smyth's model says: their usual value and spread come back."""
    random = np.random.default_rng(4)
    true = 4.0 * 10 / random.chisquare(10, 400)
    found, freedom = pooled(list(true * random.chisquare(6, 400) / 6), [6.0] * 400)
    assert found == pytest.approx(4.0, rel=0.15)
    assert freedom == pytest.approx(10, rel=0.5)
    assert pooled([1.0] * 4, [6.0] * 4) == (0.0, 0.0)


def test_what_other_series_say_counts_at_most_as_much_as_the_own_runs() -> None:
    variance, freedom = Prior(variance=1.0, freedom=1000.0).moderated(4.0, 4.0)
    assert (variance, freedom) == (2.5, 8.0)


def test_noise_within_runs_keeps_a_lucky_step_from_counting() -> None:
    values = normal([(3, 0.0), (3, 0.05)], seed=1, noise=0.001)
    assert change_points(values) == [3]
    assert change_points(values, Prior(0.0, 0.0, floor=0.04)) == []


def test_autocorrelation_is_estimated_without_much_bias() -> None:
    for true in (0.0, 0.3, 0.6):
        shape = autoregressive(true)
        random = np.random.default_rng(3)
        found = []
        for _ in range(200):
            values = shape(random, 60)
            found.append(autocorrelation(values - values.mean(), 0))
        assert float(np.mean(found)) == pytest.approx(true, abs=0.05)
    assert long_run_factor(0.5) == pytest.approx(3.0)
    assert long_run_factor(-0.5) == 1.0


@pytest.mark.parametrize("name", NO_TWO_MODES)
@pytest.mark.parametrize("runs", [6, 10, 20, 40])
def test_what_is_said_to_be_visible_is_found_nine_times_in_ten(name: str, runs: int) -> None:
    """Of series that would get an all-clear, whose own noise says how large a step they would show."""
    random = np.random.default_rng([23, runs])
    after = runs_after(runs, LAST)
    found: list[bool] = []
    while len(found) < 60:
        noise = SHAPES[name](random, runs)
        values = noise.tolist()
        visible = visible_change(runs, LAST, noise_around(values, ()), odd_runs(values, ()))
        if math.isfinite(visible):
            slow = noise + visible * (np.arange(runs) >= runs - after)
            found.append(any(abs(c - runs + after) <= 2 for c in change_points(slow.tolist())))
    assert float(np.mean(found)) >= 0.88


def test_of_runs_that_jump_between_two_modes_nothing_small_is_said_to_be_visible() -> None:
    """A step of 5 % is lost among modes 30 % apart."""
    for runs in (20, 40, 100):
        random = np.random.default_rng(24)
        for _ in range(20):
            values = SHAPES["two modes 30 % apart, half each"](random, runs).tolist()
            noise = noise_around(values, ())
            assert visible_change(runs, LAST, noise, odd_runs(values, ())) > math.log(1.05)
