"""How commands start: with few packages, without traces, and with a message where a package is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tool_under_test import REPOSITORY, run_tool

COMMANDS = ("audit", "count", "layouts", "model", "per_opcode", "verdict_trials")
# Everything that Debian packages for measuring, charts and counting bring, except what reads machine code.
OTHER_PACKAGES = ("numpy", "scipy", "matplotlib", "jinja2", "jsonschema", "unicorn")


def launch_without(
    packages: tuple[str, ...], command: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Starts a command in a Python that lacks these packages."""
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({packages!r})); "
        f"sys.path.insert(0, {str(REPOSITORY / 'tools/python')!r}); "
        "import launch; sys.exit(launch.launch(sys.argv[1], sys.argv[2:]))"
    )
    return subprocess.run(
        [sys.executable, "-c", program, command, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("command", [*(f"tools/{name}" for name in COMMANDS), "ci/gate"])
def test_every_command_helps(command: str) -> None:
    finished = run_tool(command, "--help")
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.startswith(f"usage: {command} ")


@pytest.mark.parametrize("command", ["audit", "layouts", "gate"])
def test_what_builds_need_does_without_the_packages_of_reports(command: str) -> None:
    finished = launch_without(OTHER_PACKAGES, command, "--help")
    assert finished.returncode == 0, finished.stderr


def test_counting_x86_64_does_without_the_emulator() -> None:
    finished = launch_without(("unicorn",), "count", "--library", "missing.so")
    assert finished.returncode == 1
    assert finished.stderr.startswith("tools/count: missing.so: can't be read")


def test_counting_aarch64_says_that_the_emulator_is_missing() -> None:
    finished = launch_without(("unicorn",), "count", "--target", "aarch64")
    assert finished.returncode == 1
    assert "can't be loaded" in finished.stderr and "python3-unicorn" in finished.stderr


def test_a_missing_package_is_named_with_its_remedy() -> None:
    finished = launch_without(("capstone",), "audit", "missing.so")
    assert finished.returncode == 1
    assert finished.stdout == "" and finished.stderr.startswith("audit: import of capstone halted")
    assert "ci/setup" in finished.stderr
