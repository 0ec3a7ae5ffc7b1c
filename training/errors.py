"""The errors that end a training run early.

TrainingError                  exit status 1: the run failed
├── UsageError                 exit status 2: the command or the data must be changed
└── StoppedAfterPublication    exit status 130: Ctrl-C came after the model was written
"""


class TrainingError(Exception):
    """The run failed; the message names the reason and what became of the previous model."""

    exit_status = 1


class UsageError(TrainingError):
    """The command or the data must be changed; the message names what and where."""

    exit_status = 2


class StoppedAfterPublication(TrainingError):
    """Ctrl-C came after the model was written; the message names the folder."""

    exit_status = 130
