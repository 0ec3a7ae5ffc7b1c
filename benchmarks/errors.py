"""Why a measurement is not possible, as one line."""


class Unavailable(Exception):
    """One server or part cannot be measured here; the run continues and reports it."""


class CannotMeasure(Exception):
    """Nothing can be measured here; the text says what to do."""
