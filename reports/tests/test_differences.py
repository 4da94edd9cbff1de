"""diff: two runs of one machine side by side."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from scipy import stats

from dispatchbench_reports.command_line import main
from dispatchbench_reports.differences import welch
from tests.conftest import WriteResults
from tests.synthetic import synthetic_results

BASE = synthetic_results(3, 2, ("clang",), 5, 3)


def slowed(factor: float) -> dict[str, Any]:
    head = copy.deepcopy(BASE)
    for row in head["benchmarks"]:
        if row["backend"] == "computed_goto":
            row["cpu_time"] *= factor
    return head


def test_welch_agrees_with_scipy() -> None:
    base, head = [1.0, 1.1, 1.05, 1.2], [1.3, 1.25, 1.5]
    import numpy as np

    found = welch(base, head)
    # A p-value of 5 % exactly when the bound of the 95 % interval is the hypothesis.
    assert found.low is not None
    shifted = np.log(head) - np.log(found.low)
    assert stats.ttest_ind(np.log(base), shifted, equal_var=False).pvalue == pytest.approx(0.05)


def test_a_slower_backend_is_told(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str]
) -> None:
    base, head = write_results(BASE, "base"), write_results(slowed(1.1), "head")
    assert main(["diff", base, head]) == 0
    output = capsys.readouterr().out
    lines = {line.split()[0]: line for line in output.splitlines() if "/clang" in line}
    assert len(lines) == 6
    assert "1.100 [" in lines["fib/computed_goto/clang"]
    assert lines["fib/computed_goto/clang"].endswith("slower")
    assert lines["fib/switch_loop/clang"].endswith("not resolved")
    assert "a hint, no verdict" in output


def test_a_benchmark_that_one_lacks_exits_with_2_unless_allowed(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str]
) -> None:
    fewer = copy.deepcopy(BASE)
    fewer["benchmarks"] = [row for row in fewer["benchmarks"] if row["backend"] != "computed_goto"]
    base, head = write_results(BASE, "base"), write_results(fewer, "head")
    for arguments in ([base, head], [head, base]):
        assert main(["diff", *arguments]) == 2
        assert "head.json" in capsys.readouterr().err
        assert main(["diff", *arguments, "--allow-missing"]) == 0
        assert "computed_goto/clang" in capsys.readouterr().out


def test_another_machine_exits_with_2(
    write_results: WriteResults, capsys: pytest.CaptureFixture[str]
) -> None:
    other = copy.deepcopy(BASE)
    other["context"]["dispatchbench"]["machine"]["fingerprint"] = "another"
    assert main(["diff", write_results(BASE, "base"), write_results(other, "head")]) == 2
    assert "fingerprint" in capsys.readouterr().err
