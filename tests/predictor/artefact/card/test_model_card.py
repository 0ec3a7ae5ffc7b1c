import re
from dataclasses import replace

import pytest

from predictor.artefact.card.markdown_table import Markdown, format_cell, table
from predictor.artefact.card.model_card import write_card
from predictor.artefact.effects import Effect, ObservedRate
from predictor.artefact.reader import read_artefact
from predictor.artefact.records import FileRecord, Importance, NetBenefit, Subgroup
from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS


@pytest.fixture(scope="module")
def manifests(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {name: read_artefact(write_artefact(folder, task)).manifest for name, task in TASKS.items()}


def section(card, title):
    (text,) = re.findall(rf"^## {title}\n\n(.*?)(?=\n\n## |\Z)", card, flags=re.DOTALL | re.MULTILINE)
    return text


@pytest.mark.parametrize("task", TASKS)
def test_a_card_has_its_sections_in_order_and_none_that_is_empty(manifests, task):
    card = write_card(manifests[task], TASKS[task])

    assert re.findall(r"^## (.*)$", card, flags=re.MULTILINE) == [
        "Intended use",
        "Not for",
        "Limits",
        "Data",
        "Features",
        "Recipe",
        "Calibration",
        "Performance",
        "Operating points",
        "Uncertainty",
        "TRIPOD+AI",
    ]
    assert not re.search(r"^## .*\n+(## |\Z)", card, flags=re.MULTILINE)


@pytest.mark.parametrize("task", TASKS)
def test_every_row_of_a_table_has_as_many_cells_as_the_heading(manifests, task):
    card = write_card(manifests[task], TASKS[task])

    tables = re.findall(r"(?:^\|.*\n)+", card, flags=re.MULTILINE)
    assert len(tables) >= 5
    for text in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines()}) == 1


@pytest.mark.parametrize("task", TASKS)
def test_the_links_to_figures_are_relative_and_have_the_query_that_is_asked_for(manifests, task):
    files = manifests[task].files | {"figures/roc_and_pr.svg": FileRecord(sha256="0" * 64, bytes=1)}
    manifest = manifests[task].model_copy(update={"files": files})

    on_disk, over_http = write_card(manifest, TASKS[task]), write_card(manifest, TASKS[task], "?version=1")

    assert section(on_disk, "Figures") == (
        "ROC, confusion and calibration: test rows.\n\n![roc and pr](figures/roc_and_pr.svg)"
    )
    assert over_http.replace("?version=1", "") == on_disk


def test_a_card_without_texts_says_in_one_line_what_is_missing(manifests):
    task = replace(TASKS["stroke"], intended_use="", not_for="", limits="")

    card = write_card(manifests["stroke"], task)

    before_sections = card.partition("\n\n## ")[0].splitlines()
    assert before_sections[-1] == (
        "This task gives no text for: intended use, not for, limits; add them to the task's file. "
        "This version has no results for: decision curve, subgroups, importance, effects, "
        "observed rates, figures."
    )
    assert "\n\n\n" not in card
    last = section(card, r"TRIPOD\+AI")
    assert not re.search("Intended use|Not for|Limits|Subgroups", last)
    assert "| 27 | missing or unusual input, and excluded uses | Features |" in last


def test_a_card_of_several_classes_does_not_miss_a_decision_curve(manifests):
    assert "decision curve" not in write_card(manifests["iris"], TASKS["iris"])


def test_a_complete_card_misses_nothing(manifests):
    effect = Effect(
        column="age",
        outcome="stroke",
        rows=1,
        values=(1.0,),
        falls=0.0,
        mean=(0.1,),
        low=(0.1,),
        high=(0.1,),
        median_factor=1.0,
        high_factor=1.0,
    )
    rate = ObservedRate(column="age", values="1", at=1.0, rows=9, events=1, rate=0.1, interval=(0.0, 0.5))
    manifest = manifests["stroke"].model_copy(
        update={
            "effects": (effect,),
            "observed_rates": (rate,),
            "files": manifests["stroke"].files | {"figures/a.svg": FileRecord(sha256="0" * 64, bytes=1)},
            "subgroups": (Subgroup(by="sex", group="Other", rows=1, events=None),),
            "importance": (Importance(column="age", pr_auc=0.1, roc_auc=0.2),),
            "decision_curve": (NetBenefit(threshold=0.01, model=0.04, flag_all=0.03),),
        }
    )

    card = write_card(manifest, TASKS["stroke"])

    assert "This task" not in card
    assert "This version" not in card
    assert "\n\n\n" not in card
    assert "| Subgroups |" in section(card, r"TRIPOD\+AI")


def test_a_card_shows_used_columns_imputation_and_the_rarest_class(manifests):
    first, *others = manifests["stroke"].features
    unused = first.model_copy(update={"used": False})
    card = write_card(manifests["stroke"].model_copy(update={"features": (unused, *others)}), TASKS["stroke"])

    features = section(card, "Features").splitlines()
    assert [line for line in features if line.endswith("| no |")] == [
        "| gender | category |  | Female, Male, Other | refused | no |"
    ]
    assert any(line.startswith("| bmi | number |") and "| mean: 10 | yes" in line for line in features)
    assert "come from 10 held-out rows" in section(card, "Uncertainty")


def test_a_card_shows_subgroups_importance_and_the_decision_curve_if_the_manifest_has_them(manifests):
    manifest = manifests["stroke"].model_copy(
        update={
            "subgroups": (
                Subgroup(by="sex", group="Female", rows=90, events=12, figures={"roc_auc": 0.81234}),
                Subgroup(by="sex", group="Other", rows=1, events=None),
            ),
            "importance": (Importance(column="age", pr_auc=0.1, roc_auc=0.2),),
            "decision_curve": (NetBenefit(threshold=0.01, model=0.04, flag_all=0.03),),
        }
    )

    card = write_card(manifest, TASKS["stroke"])

    assert "| sex | Female | 90 | 12 | 0.8123 |" in section(card, "Subgroups")
    assert "| sex | Other | 1 | fewer than 10 |  |" in section(card, "Subgroups")
    assert "| age | 0.1 | 0.2 |" in section(card, "Importance")
    assert "| 0.01 | 0.04 | 0.03 |" in section(card, "Decision curve")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        ("text", "text"),
        (0, "0"),
        (10, "10"),
        (0.0, "0"),
        (100.0, "100"),
        (0.5, "0.5"),
        (0.123456, "0.1235"),
        (-0.00001, "0"),
        (1e-9, "0"),
        ("a|b", "a\\|b"),
        ("two\nlines", "two lines"),
        ("<b>*x*", "\\<b>\\*x\\*"),
    ],
)
def test_a_cell_is_formatted_without_needless_digits(cell, text):
    assert format_cell(cell) == text


def test_a_table_has_a_heading_a_rule_and_a_line_for_each_row():
    assert table(("a", "b"), [("x", 1), (None, 0.25)]) == "| a | b |\n| --- | --- |\n| x | 1 |\n|  | 0.25 |"


@pytest.mark.parametrize("task", TASKS)
def test_the_items_of_the_last_table_name_sections_of_this_card(manifests, task):
    card = write_card(manifests[task], TASKS[task])

    sections = set(re.findall(r"^## (.*)$", card, flags=re.MULTILINE))
    lines = section(card, r"TRIPOD\+AI").splitlines()[4:]
    assert len(lines) > 8
    for line in lines:
        where = line.split(" | ")[-1].removesuffix(" |")
        assert where.startswith("model.safetensors") or set(where.split(", ")) <= sections


@pytest.mark.parametrize(
    ("kind", "imputation", "fill", "text"),
    [
        ("integer", "median", 3.0, "median: 3"),
        ("number", "most_frequent", 0.25, "most frequent value: 0.25"),
        ("category", "most_frequent", "Other", "most frequent value: Other"),
        ("category", "category", None, "a category of its own"),
    ],
)
def test_the_table_of_features_says_how_a_missing_value_is_imputed(manifests, kind, imputation, fill, text):
    first, *others = manifests["stroke"].features
    column = first.column.model_copy(update={"kind": kind, "nullable": True})
    limits = {"minimum": 1.0, "maximum": 9.0, "imputation": imputation, "fill": fill}
    feature = first.model_copy(
        update={"column": column, "training": first.training.model_copy(update=limits)}
    )
    manifest = manifests["stroke"].model_copy(update={"features": (feature, *others)})

    row = section(write_card(manifest, TASKS["stroke"]), "Features").splitlines()[2]

    assert row.startswith(f"| gender | {kind} |")
    assert row.endswith(f"| {text} | yes |")
    assert ("| 1 to 9 |" in row) == (kind in {"integer", "number"})


def test_a_cell_of_a_table_is_text_unless_it_is_markdown():
    assert table(("flags",), [("`a|b`",), (Markdown("`a|b`"),)]).splitlines()[2:] == [
        r"| \`a\|b\` |",
        r"| `a\|b` |",
    ]
