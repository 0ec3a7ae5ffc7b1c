"""What schemathesis cannot read in an OpenAPI document, which has no word for it."""

import schemathesis

EITHER = {"threshold", "operating_point"}


@schemathesis.hook
def filter_case(_context, case):
    """Take no request for a good one that has two parameters of which it may have either."""
    is_meant_well = case.meta is None or case.meta.generation.mode.is_positive
    return not (is_meant_well and set(case.query or {}) >= EITHER)
