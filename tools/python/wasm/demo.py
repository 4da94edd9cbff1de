"""The demo page: one file that runs the comparison in the reader's own browser."""

from __future__ import annotations

import base64
import gzip
import json
import pathlib
from typing import Any

import jinja2
from markupsafe import Markup

from sampler import Refused, Sampler
from tool import REPOSITORY, ToolError, read_text, write_text
from workload import WORKLOADS, Workload, load_workload, workload_names

from .modules import MODULE, TYPED_MODULE
from .bundle import REMEDY, bundle

SOURCES = REPOSITORY / "harness/wasm/demo"
TEMPLATE = "demo.html.j2"
VARIANTS = (
    "switch_loop",
    "switch_outlined",
    "switch_superinstructions_64_top",
    "tail_call",
    "tail_call_typed",
    "tail_call_outlined",
    "call_table",
    "trampoline",
)
"""What the page compares. Those that a browser lacks it names."""
CHOSEN = ("fib", "sieve", "mandelbrot", "quicksort", "dijkstra", "brainfuck", "lz", "every_opcode")
"""The programs of a run below a minute: calls, tight loops, arithmetic, conditions on random data, jumps from the stack, an
interpreter, copy loops, and all opcodes."""
REFERENCE = "switch_loop"


def write_demo(
    output: pathlib.Path, modules: pathlib.Path, program: pathlib.Path, library: pathlib.Path
) -> None:
    """Writes the page with the modules of a folder. The states that runs must end in are those of a native library,
    run by the program dispatchbench. Raises ToolError."""
    programs = _programs(program, library)
    data = {
        "modules": {"typed": _packed(modules / TYPED_MODULE), "plain": _packed(modules / MODULE)},
        "variants": VARIANTS,
        "programs": programs,
        "chosen": CHOSEN,
    }
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(SOURCES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    text = environment.get_template(TEMPLATE).render(
        styles=Markup(read_text(SOURCES / "demo.css", REMEDY).strip()),
        data=_script_json(data),
        worker=Markup(bundle(SOURCES / "worker.mjs")),
        page=Markup(bundle(SOURCES / "page.mjs")),
        chosen_count=len(CHOSEN),
        program_count=len(programs),
    )
    write_text(output, text)


def _programs(program: pathlib.Path, library: pathlib.Path) -> list[dict[str, Any]]:
    """Every workload, with the digest of the state that it ends in natively."""
    workloads = [load_workload(WORKLOADS / name) for name in workload_names()]
    with Sampler([program, "serve"]) as sampler:
        sampler.load(library)
        return [_program(sampler, workload) for workload in workloads]


def _program(sampler: Sampler, workload: Workload) -> dict[str, Any]:
    number = sampler.program(
        workload.name, workload.rom, workload.input, workload.arguments, workload.frames
    )
    run = sampler.run(REFERENCE, number)
    if isinstance(run, Refused):
        raise ToolError(f"{REFERENCE} refuses {workload.name}: {run.reason}")
    state = sampler.state()
    if wrong := workload.difference(state.output, state.error, state.exit_code):
        raise ToolError(f"{workload.name}: {REFERENCE} gives a {wrong}; see 'dispatchbench verify'")
    return {
        "name": workload.name,
        "rom": _base64(workload.rom),
        "input": _base64(workload.input),
        "args": [_base64(argument) for argument in workload.arguments],
        "frames": workload.frames,
        "instructions": workload.instructions,
        "digest": run.digest,
    }


def _packed(path: pathlib.Path) -> str:
    """A module, compressed, as text."""
    try:
        return _base64(gzip.compress(path.read_bytes(), mtime=0))
    except OSError as error:
        raise ToolError(f"{path}: can't be read ({error.strerror}); see build.log there") from error


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _script_json(value: Any) -> Markup:
    """JSON that can't end the script element that it stands in."""
    return Markup(json.dumps(value, separators=(",", ":")).replace("<", "\\u003c"))
