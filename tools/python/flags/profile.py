"""Profile-guided optimisation: an instrumented library, its training, and the flags that use the profile.

The profile is written as the process of `dispatchbench serve` ends: it leaves main() and so runs what the library has
registered for its end. Nothing in the harness knows of profiles.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence

from libraries.compiler import Compiler
from sampler import Refused, Sampler
from tool import REPOSITORY, ToolError, finished, make_folder, output_of
from workload import WORKLOADS, Workload, load_workload

from .flag_sets import PGO

INSTRUMENT = "-fprofile-generate"
LIBRARY = "dispatchbench_backends.so"


def profile_flags(
    compiler: Compiler,
    output: pathlib.Path,
    harness: pathlib.Path,
    training: Sequence[str],
    backends: str,
    jobs: int,
) -> tuple[str, ...]:
    """Builds an instrumented library of the backends that match, trains it with these workloads, and returns the flags that use its profile.

    Raises ToolError if the compiler can't do that, with what it said.
    """
    folder = output / "training" / compiler.label
    make_folder(folder)
    library = _instrumented(compiler, folder / "build", backends, jobs)
    raw = folder / "raw"
    shutil.rmtree(raw, ignore_errors=True)
    make_folder(raw)
    _train(library, raw, harness, [load_workload(WORKLOADS / name) for name in training])
    if compiler.family == "clang":
        return _clang_flags(compiler, folder, raw)
    return _gcc_flags(compiler, output, folder, raw)


def _instrumented(
    compiler: Compiler, build: pathlib.Path, backends: str, jobs: int
) -> pathlib.Path:
    """Builds the library that counts what it executes. Ninja builds again only what has changed. Nobody reads its machine
    code, so it isn't audited."""
    configure: list[str | pathlib.Path] = [
        *("cmake", "-S", REPOSITORY / "backends", "-B", build, "-G", "Ninja"),
        "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
        f"-DCMAKE_CXX_COMPILER={compiler.path}",
        f"-DCMAKE_MODULE_LINKER_FLAGS={INSTRUMENT}",
        f"-DDISPATCHBENCH_LABEL={compiler.label}-training",
        f"-DDISPATCHBENCH_BACKENDS={backends}",
        "-DDISPATCHBENCH_AUDIT=OFF",
        f"-DDISPATCHBENCH_BACKEND_FLAGS={INSTRUMENT}",
    ]
    make: list[str | pathlib.Path] = ["cmake", "--build", build, "-j", str(jobs)]
    for command in (configure, make):
        done = finished(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if done.returncode != 0:
            log = build.with_suffix(".log")
            log.write_text(done.stdout, encoding="utf-8")
            said = [line for line in done.stdout.splitlines() if re.search("error|ERROR", line)]
            raise ToolError(
                f"the instrumented library can't be built: {said[0].strip() if said else 'see the log'} ({log})"
            )
    return build / LIBRARY


def _train(
    library: pathlib.Path, raw: pathlib.Path, harness: pathlib.Path, workloads: Iterable[Workload]
) -> None:
    """Runs every backend on every workload and holds the output against the expected one: a profile of a wrong run is
    worth nothing."""
    environment = os.environ | {
        "LLVM_PROFILE_FILE": str(raw / "%m.profraw"),
        "GCOV_PREFIX": str(raw),
    }
    with Sampler([harness, "serve"], environment=environment) as sampler:
        backends = [backend["name"] for backend in sampler.load(library)["backends"]]
        for workload in workloads:
            number = sampler.program(
                workload.name, workload.rom, workload.input, workload.arguments, workload.frames
            )
            for backend in backends:
                if isinstance(sampler.run(backend, number), Refused):
                    continue
                state = sampler.state()
                wrong = workload.difference(state.output, state.error, state.exit_code)
                if wrong:
                    raise ToolError(f"instrumented, {backend} is wrong on {workload.name}: {wrong}")


def _digest(files: Iterable[pathlib.Path]) -> str:
    """A new profile gets a new name, so that what was built with the old one is built again."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _relative(path: pathlib.Path, output: pathlib.Path) -> str:
    """As compilers of a library see it, which run in OUTPUT/LABEL: results name no folder of this machine."""
    return f"../{path.relative_to(output)}"


def _clang_flags(compiler: Compiler, folder: pathlib.Path, raw: pathlib.Path) -> tuple[str, ...]:
    files = sorted(raw.glob("*.profraw"))
    if not files:
        raise ToolError("training has left no profile")
    merged = folder / "merged.profdata"
    program = _profdata(compiler)
    output_of(
        [program, "merge", "-o", merged, *files],
        missing="ci/setup installs llvm-19; for another clang, its llvm package",
    )
    profile = folder / f"{_digest([merged])}.profdata"
    merged.rename(profile)
    return (f"-fprofile-use={_relative(profile, folder.parents[1])}",)


def _profdata(compiler: Compiler) -> str:
    """llvm-profdata of the compiler's version: profiles are no format for exchange."""
    name = re.sub(r"clang\+\+", "llvm-profdata", compiler.path.name)
    beside = compiler.path.with_name(name)
    return str(beside) if beside.exists() else name


def _gcc_flags(
    compiler: Compiler, output: pathlib.Path, folder: pathlib.Path, raw: pathlib.Path
) -> tuple[str, ...]:
    """g++ looks for a profile under the name of the object it makes, slashes as "#"."""
    build = raw / str(folder.resolve() / "build").lstrip("/")
    files = sorted(build.rglob("*.gcda"))
    if not files:
        raise ToolError("training has left no profile")
    profile = folder / _digest(files)
    make_folder(profile)
    objects = output.resolve() / f"{compiler.label}-{PGO}"
    for file in files:
        name = str(objects / file.relative_to(build)).replace("/", "#")
        shutil.copy(file, profile / name)
    return (f"-fprofile-use={_relative(profile, output)}",)
