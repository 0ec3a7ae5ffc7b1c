"""Runs several commands of `python -m training` in one process, because importing torch takes seconds.

The argument is a JSON list of lists of arguments. The process ends with the first status that is not 0.
"""

import json
import sys

from training.__main__ import main


def run_commands(commands: list[list[str]]) -> int:
    return next((status for status in map(main, commands) if status), 0)


if __name__ == "__main__":
    sys.exit(run_commands(json.loads(sys.argv[1])))
