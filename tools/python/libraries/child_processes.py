"""Several pieces of work at a time, each in a process of its own, which ends when this one does."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from dispatchbench_reports.program_end import Terminated
from tool import ToolError

Task = TypeVar("Task")
Result = TypeVar("Result")


def results_of(
    tasks: Sequence[Task], work: Callable[[Task], Result], at_a_time: int
) -> Iterator[tuple[Task, Result]]:
    """Each task with what `work` makes of it, in the order in which they are done. Raises ToolError if a process dies;
    whatever ends the iteration ends the processes and what they have started."""
    processes = multiprocessing.get_context("fork")  # They share what has been loaded.
    waiting = list(tasks)
    running: dict[
        multiprocessing.connection.Connection,
        tuple[Task, multiprocessing.context.ForkProcess],
    ] = {}
    try:
        while waiting or running:
            while waiting and len(running) < at_a_time:
                task = waiting.pop(0)
                receiver, sender = processes.Pipe(duplex=False)
                process = processes.Process(target=_answer, args=(sender, work, task))
                process.start()
                sender.close()
                running[receiver] = task, process
            for ready in multiprocessing.connection.wait(list(running)):
                assert isinstance(ready, multiprocessing.connection.Connection)
                task, process = running.pop(ready)
                try:
                    result = ready.recv()
                except EOFError as error:
                    process.join()
                    raise ToolError(
                        f"a process that was at work ended with exit code {process.exitcode}"
                    ) from error
                process.join()
                yield task, result
    finally:
        for _, process in running.values():
            process.terminate()
        for _, process in running.values():
            process.join()


def _answer(
    sender: multiprocessing.connection.Connection, work: Callable[[Task], Result], task: Task
) -> None:
    try:
        sender.send(work(task))
    except (KeyboardInterrupt, Terminated):
        sys.exit(1)  # Whoever started it says so.
