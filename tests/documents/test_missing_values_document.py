"""The example of docs/missing-values.md runs."""

import re

from tests.documents.answers import ROOT


def test_the_example_gives_the_columns_that_are_drawn():
    document = (ROOT / "docs" / "missing-values.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", document, flags=re.DOTALL)
    names: dict[str, object] = {}

    exec(f"{example}\ninputs = choose_inputs(recipe, TASK.features)", names)  # noqa: S102 (the example is ours)

    assert [column.name for column in names["inputs"].imputed_by("draws")] == ["bmi"]  # type: ignore[attr-defined]
