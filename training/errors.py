"""What ends a training run early.

TrainingError           exit status 1: the run itself could not end well
├── UserMistake         exit status 2: the command or the data must be changed
└── StoppedTooLate      exit status 130: Ctrl-C came when the model was written already
"""


class TrainingError(Exception):
    """The run could not end well; one sentence says why, and what became of the previous model."""

    exit_status = 1


class UsageError(TrainingError):
    """The command or the data must be changed; one sentence says what and where."""

    exit_status = 2


class StoppedTooLate(TrainingError):
    """Ctrl-C came when the model was written already; one sentence says where it is."""

    exit_status = 130
