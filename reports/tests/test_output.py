"""Where files are written: nothing is destroyed, nothing is left half done, and no third-party package is needed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from dispatchbench_reports.output import write_all
from dispatchbench_reports.problems import Unwritable
from dispatchbench_reports.program_end import Terminated

REPORTS = Path(__file__).parents[1]


def test_files_can_be_written_without_third_party_packages(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path; from dispatchbench_reports.output import write_all; "
        f"write_all({{Path({str(tmp_path / 'found')!r}): b'text'}})"
    )
    # Neither site packages nor a user's own.
    subprocess.run([sys.executable, "-S", "-s", "-c", script], check=True, cwd=REPORTS)
    assert (tmp_path / "found").read_bytes() == b"text"


def devices_can_be_made(folder: Path) -> bool:
    try:
        os.mknod(folder / "probe", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except OSError:
        return False
    return True


def test_a_device_is_written_to_and_stays_a_device(tmp_path: Path) -> None:
    if not devices_can_be_made(tmp_path):
        pytest.skip("only root can make a device")
    write_all({tmp_path / "probe": b"text"})
    assert stat.S_ISCHR(os.stat(tmp_path / "probe").st_mode)
    full = tmp_path / "full"
    os.mknod(full, stat.S_IFCHR | 0o666, os.makedev(1, 7))
    with pytest.raises(Unwritable, match="No space left"):
        write_all({tmp_path / "other": b"text", full: b"text"})
    assert stat.S_ISCHR(os.stat(full).st_mode)
    assert not (tmp_path / "other").exists()


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    write_all({pipe: b"text" * 100_000})
    reader.join()
    assert found == [b"text" * 100_000]
    assert stat.S_ISFIFO(os.stat(pipe).st_mode)


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    target = tmp_path / "folder" / "target"
    (tmp_path / "middle").symlink_to("folder/target")
    (tmp_path / "link").symlink_to(tmp_path / "middle")
    for text in (b"one", b"two"):  # The first makes the target.
        write_all({tmp_path / "link": text})
        assert (tmp_path / "link").is_symlink() and target.read_bytes() == text
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(Unwritable, match="circle"):
        write_all({tmp_path / "circle": b"text"})


def test_an_open_file_that_the_kernel_shows_is_written_to_in_place(tmp_path: Path) -> None:
    with (tmp_path / "open").open("wb+") as stream:
        (tmp_path / "link").symlink_to(f"/proc/self/fd/{stream.fileno()}")
        write_all({tmp_path / "link": b"text"})
        assert stream.read() == b"text"


def test_a_directory_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(Unwritable, match="it is a directory"):
        write_all({tmp_path / "file": b"text", tmp_path / "folder": b"text"})
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_modes_are_those_of_the_old_file_or_of_any_new_one(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"")
    old.chmod(0o640)
    before = os.umask(0o027)
    try:
        write_all({old: b"text", new: b"text"})
    finally:
        os.umask(before)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert stat.S_IMODE(new.stat().st_mode) == 0o640


@pytest.mark.parametrize("stops", [KeyboardInterrupt, Terminated, OSError(28, "no space")])
def test_whatever_stops_writing_the_old_file_is_whole_and_no_other_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stops: BaseException
) -> None:
    (tmp_path / "a").write_bytes(b"old")
    replace = os.replace

    def stopped(source: str, target: str) -> None:
        if Path(target).name == "b":
            raise stops
        replace(source, target)

    monkeypatch.setattr(os, "replace", stopped)
    with pytest.raises((KeyboardInterrupt, Terminated, Unwritable)):
        write_all({tmp_path / "b": b"new", tmp_path / "a": b"new"})
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_file_too_large_for_the_disk_leaves_the_old_one_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    script = (
        "import resource, signal; from pathlib import Path\n"
        "from dispatchbench_reports.output import write_all\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        f"write_all({{Path({str(path)!r}): bytes(5000)}})"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=REPORTS, capture_output=True)
    assert b"Unwritable" in done.stderr
    assert path.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1


def test_writers_of_one_file_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "file"
    texts = [bytes([letter]) * 200_000 for letter in b"abcd"]
    writers = [threading.Thread(target=partial(write_all, {path: text})) for text in texts]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert path.read_bytes() in texts
    assert list(tmp_path.iterdir()) == [path]
