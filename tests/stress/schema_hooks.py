"""A hook for schemathesis: a rule of the service that an OpenAPI document cannot express."""

import schemathesis

MUTUALLY_EXCLUSIVE = {"threshold", "operating_point"}


@schemathesis.hook
def filter_case(_context, case):
    """Drop valid cases with both parameters, because the server accepts only one of them."""
    is_valid = case.meta is None or case.meta.generation.mode.is_positive
    return not (is_valid and set(case.query or {}) >= MUTUALLY_EXCLUSIVE)
