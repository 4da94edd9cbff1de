"""Lets `python3 -m dispatchbench_reports` run the command line."""

import sys

from dispatchbench_reports.program_end import run_program


def main() -> int:
    """Loads and runs the command line, so that an interruption while it loads is no traceback either."""

    def load_and_run() -> int:
        from dispatchbench_reports.command_line import main as run

        return run()

    return run_program("dispatchbench_reports", load_and_run)


if __name__ == "__main__":
    sys.exit(main())
