"""The client of the sampling protocol, on a host in Python, on hosts that misbehave, and against the native host."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

from sampler import HostError, Refused, Sample, Sampler
from tool import ToolError
from tool_under_test import HARNESS, LIBRARY
from workload import WORKLOADS, load_workload

STANDIN: list[str | pathlib.Path] = [
    sys.executable,
    pathlib.Path(__file__).with_name("standin_host.py"),
]
# |0100 ;echo .Console/vector DEO2 BRK  @echo .Console/read DEI .Console/write DEO BRK
ECHO = bytes.fromhex("a0010780103700801216801817") + b"\0"
STOP = bytes.fromhex("a0 83 0f 17 00")  # #830f DEO BRK
LOOP_FOREVER = bytes.fromhex("40 ff fd")  # &again !&again


@pytest.fixture(name="standin")
def loaded_standin() -> Iterator[Sampler]:
    """A sampler with the stand-in host, which has loaded its library."""
    with Sampler(STANDIN) as sampler:
        sampler.load(pathlib.Path(__file__))
        yield sampler


def misbehaving(*lines: str, then: str = "") -> Sampler:
    """A host that answers each request with the next of these lines, whatever it is asked, and then does `then`."""
    program = (
        f"import sys\nfor line in {lines!r}:\n sys.stdin.readline(); print(line, flush=True)\n"
    )
    return Sampler([sys.executable, "-c", program + f"sys.stdin.readline()\n{then}"])


def test_a_host_in_another_language_describes_its_library() -> None:
    with Sampler(STANDIN) as sampler:
        library = sampler.load(pathlib.Path(__file__))
    assert (library["label"], library["host"], library["language"]) == (
        "standin",
        "python",
        "python",
    )
    (backend,) = library["backends"]
    assert backend["name"] == backend["family"] == "python_model"
    assert not backend["budgeted"] and not backend["prepares"] and backend["audit"] is None


def test_a_program_runs_with_its_input_and_leaves_its_state(standin: Sampler) -> None:
    program = standin.program("echo", ECHO, b"hi")
    sample = standin.run("python_model", program)
    assert isinstance(sample, Sample)
    assert sample.wall >= sample.cpu * 0.5 > 0 and sample.prepare == 0
    state = standin.state()
    assert state.output == b"hi\0" and state.error == b""
    assert (state.wst, state.rst, state.exit_code, state.stopped) == (0, 0, 0, 0)
    assert state.console_vector == 0x0107
    assert state.ram[0x0100 : 0x0100 + len(ECHO)] == ECHO
    sizes = [len(state.ram), len(state.working_stack), len(state.return_stack)]
    assert [*sizes, len(state.device_page)] == [0x10000, 0x100, 0x100, 0x100]


def test_programs_are_numbered_and_every_run_starts_afresh(standin: Sampler) -> None:
    first, second = standin.program("echo", ECHO, b"x"), standin.program("stop", STOP)
    assert (first, second) == (0, 1)
    standin.run("python_model", second)
    assert (standin.state().exit_code, standin.state().stopped) == (3, 1)
    standin.run("python_model", first)
    assert (standin.state().exit_code, standin.state().output) == (0, b"x\0")


def test_added_steps_take_time(standin: Sampler) -> None:
    program = standin.program("stop", STOP)
    fast = standin.run("python_model", program)
    slow = standin.run("python_model", program, added_steps=1_000_000)
    assert isinstance(fast, Sample) and isinstance(slow, Sample)
    assert slow.cpu > fast.cpu + 1_000_000


def test_a_workload_has_its_expected_result(standin: Sampler) -> None:
    fib = load_workload(WORKLOADS / "fib")
    standin.run("python_model", standin.program("fib", fib.rom, fib.input))
    state = standin.state()
    assert fib.difference(state.output, state.error, state.exit_code) is None


def test_the_stand_in_measures_batches_as_google_benchmark_reports_them() -> None:
    rows = [
        {"name": f"{name}/python_model/standin", "backend": "python_model", "program": number}
        for number, name in enumerate(("echo", "stop"))
    ]
    requests = [
        {"request": "load", "library": __file__, "cpu": -1, "private": False, "shift_pages": 0},
        {"request": "program", "name": "echo", "rom": ECHO.hex(), "input": ""},
        {"request": "program", "name": "stop", "rom": STOP.hex(), "input": ""},
        {"request": "batch", "rows": rows, "repetitions": 3, "seed": 1, "flags": []},
    ]
    done = subprocess.run(
        STANDIN, input="\n".join(map(json.dumps, requests)), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()][3:]
    assert {answer["begin"] for answer in answers[:-1]} == {row["name"] for row in rows}
    assert answers[-1]["hardware_counters"] == {}
    batch = answers[-1]["batch"]
    assert batch["context"]["executable"] == "standin" and "T" in batch["context"]["date"]
    found = sorted((row["name"], row["repetition_index"]) for row in batch["benchmarks"])
    assert found == [(row["name"], index) for row in rows for index in range(3)]
    for row in batch["benchmarks"]:
        assert row["run_name"] == row["name"] and row["run_type"] == "iteration"
        assert (row["repetitions"], row["threads"], row["iterations"]) == (3, 1, 1)
        assert row["time_unit"] == "ns" and row["real_time"] > 0 and row["cpu_time"] > 0


def test_what_the_host_cannot_do_is_an_error_that_names_the_row_and_the_host_goes_on(
    standin: Sampler,
) -> None:
    endless, stop = standin.program("endless", LOOP_FOREVER), standin.program("stop", STOP)
    with pytest.raises(HostError, match="stop/nothing/standin: no backend nothing; there is"):
        standin.run("nothing", stop)
    with pytest.raises(HostError, match="endless/python_model/standin: no BRK after"):
        standin.run("python_model", endless)
    with pytest.raises(HostError, match="huge: .*a ROM has 1 to 65280 bytes"):
        standin.program("huge", bytes(0x10000))
    assert isinstance(standin.run("python_model", stop), Sample)


def test_a_library_that_cannot_be_loaded_is_named() -> None:
    with Sampler(STANDIN) as sampler, pytest.raises(HostError, match="loading /missing.so: "):
        sampler.load(pathlib.Path("/missing.so"))


def test_a_refused_program_is_no_error() -> None:
    answers = ('{"library": {"label": "x"}}', '{"program": 0}', '{"refused": "modifies itself"}')
    with misbehaving(*answers) as sampler:
        sampler.load(LIBRARY)
        found = sampler.run("jit", sampler.program("self_modifying", STOP))
    assert found == Refused("modifies itself")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("nonsense", "expected a line of JSON from the host, found 'nonsense"),
        ("[1]", "expected a JSON object from the host"),
        ('{"program": "0"}', 'expected the host to answer with program, found {"program": "0"}'),
        ('{"program": 7}', "the host numbered it 7, expected 0"),
        ('{"error": "no memory"}', "no memory"),
    ],
)
def test_an_answer_against_the_protocol_is_named_with_its_program(
    answer: str, message: str
) -> None:
    with misbehaving(answer) as sampler, pytest.raises(HostError) as caught:
        sampler.program("fib", STOP)
    assert str(caught.value).startswith("fib: ") and message in str(caught.value)


def test_a_host_that_dies_is_reported_with_what_it_said() -> None:
    died = "print('out of luck', file=sys.stderr); sys.exit(3)"
    with pytest.raises(HostError, match=r"(?s)fib: the host .* died \(exit code 3\):\nout of luck"):
        with misbehaving(then=died) as sampler:
            sampler.program("fib", STOP)
    with pytest.raises(HostError, match=r"died \(SIGKILL\), and said nothing on stderr"):
        with misbehaving(then="import os; os.kill(os.getpid(), 9)") as sampler:
            sampler.program("fib", STOP)


def test_a_host_that_fails_at_its_end_is_reported() -> None:
    with pytest.raises(HostError, match=r"(?s)ended with exit code 3:\nlate"):
        with misbehaving(then="print('late', file=sys.stderr); sys.exit(3)"):
            pass


def test_a_host_that_cannot_be_started_is_named() -> None:
    with pytest.raises(ToolError, match="/missing: can't be started"):
        Sampler(["/missing"])


def test_a_prefix_and_an_environment_are_the_hosts() -> None:
    answer = '{"library": {"label": "$ONLY"}}'
    script = f"read line; echo '{answer}' | /bin/sed s/.ONLY/$ONLY/; cat >&2"
    with Sampler(["-c", script], prefix=["/bin/sh"], environment={"ONLY": "here"}) as sampler:
        assert sampler.load(LIBRARY) == {"label": "here"}


def test_the_native_host_computes_what_the_model_does(standin: Sampler) -> None:
    with Sampler([HARNESS, "serve"]) as native:
        backends = [backend["name"] for backend in native.load(LIBRARY)["backends"]]
        for name, rom, text in (("echo", ECHO, b"hi"), ("stop", STOP, b"")):
            standin.run("python_model", standin.program(name, rom, text))
            program = native.program(name, rom, text)
            for backend in backends:
                native.run(backend, program)
                assert native.state() == standin.state(), f"{name}/{backend}"
