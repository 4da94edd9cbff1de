"""Lets `python3 -m dispatchbench_reports` run the command line."""

import sys

from dispatchbench_reports.command_line import main

sys.exit(main())
