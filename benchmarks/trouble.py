"""What keeps a measurement from being made, said in one line."""


class Unavailable(Exception):
    """One contender or part cannot be measured here; the run goes on and reports it."""


class CannotMeasure(Exception):
    """Nothing can be measured here; the text says what to do."""
