"""The page: what each section is for, and its tables."""

from predictor.artefact.weights import DRAWS
from training.evaluation.folds.known_rows import KNOWN_ROWS, MIN_ROWS, find_known_rows, find_missing
from training.evaluation.folds.models import FITTED_DRAWS
from training.evaluation.folds.report.summary import summarise
from training.evaluation.folds.report.tables import (
    write_comparison,
    write_decision_curve,
    write_missing,
    write_settings,
    write_subgroups,
)
from training.evaluation.folds.results import Choice, Results
from training.evaluation.operating_points import choose_threshold, count_table
from training.preprocessing.inputs import choose_inputs

CHOICE = "Choice of the recipe"
STANDARD_ERRORS = (
    "Metrics are means over the folds. A difference is this recipe minus the other model on the same folds. "
    "In brackets is one standard error, twice: for independent folds, which is too small, and corrected for "
    "training rows that the folds share (Nadeau & Bengio 2003). With many models and metrics, some "
    "differences of two corrected standard errors are chance."
)
MISSING_VALUES = (
    "Mean answers on the rows in which a column is missing; each row is a test row once. A model that takes "
    "nothing from the fact that a value is missing answers about as this recipe does without that column, "
    "fitted to all rows. A mean answer that is far from that, towards the observed rate, comes from how the "
    "data was collected."
)


def write_page(results: Results) -> str:
    """Give the page as Markdown."""
    sections = [_introduce(results)]
    if results.choice is not None:
        sections.append(_write_choice(results, results.choice))
    for title, comparison in results.comparisons.items():
        sections.append(f"## {title}\n\n{write_comparison(comparison)}")
    if results.missing:
        answers = write_missing(results.missing)
        sections.append(f"## Rows with a missing value\n\n{MISSING_VALUES}\n\n{answers}")
    sections.append(_write_diagnostics(results))
    settings = write_settings(results.plan.baselines)
    sections.append(f"## Baselines\n\n{_describe_baselines(results)}\n\n{settings}")
    sections.append(f"## Summary\n\n{summarise(results.comparisons, results.missing)}")
    return "\n\n".join(sections)


def _introduce(results: Results) -> str:
    resampling, data = results.plan.resampling, results.data
    choice = (
        f"The section `{CHOICE}` is for choosing among recipes; the others report how this recipe does "
        "beside other models, and are not for choosing. The rows of the choice are in those folds, too, so "
        "its lead there is slightly optimistic. "
    )
    title = f"# {data.task.title}: the recipe `{results.recipe.name}` on {resampling.count} folds"
    folds = (
        f"{choice if results.choice else ''}Folds: {resampling}, over all {len(data.rows)} rows unless a "
        "section says otherwise. Whatever a model learns, including imputation, early stopping and "
        "calibration, it learns from the training rows of each fold alone."
    )
    quick = "" if results.plan.is_full else " --quick"
    generated = f"Written by `python -m training evaluate {data.task.name}{quick}`; do not edit."
    notes = [results.recipe.notes] if results.recipe.notes else []
    return "\n\n".join([title, generated, *notes, folds, _describe_rows(results), STANDARD_ERRORS])


def _describe_rows(results: Results) -> str:
    known, rows = int(find_known_rows(results.data).sum()), len(results.data.rows)
    if known == rows:
        return "No value is missing."
    text = f"{known} of the {rows} rows have every column known."
    if KNOWN_ROWS not in results.comparisons:
        return (
            f"{text} In some fold fewer than {MIN_ROWS} of them are of one class, too few for metrics of "
            "their own."
        )
    return (
        f"{text} On the others a model can gain from how the data was collected, where a missing value goes "
        "with the outcome; so the metrics on known rows stand first. A model that learns from all rows has "
        "the outcome's rate of all rows. Where that differs from the rate of known rows, it loses a little "
        "log loss and Brier score on those; its calibration intercept shows it."
    )


def _write_choice(results: Results, choice: Choice) -> str:
    features = results.data.task.features
    columns = [
        f"`{recipe.name}` has {len(choose_inputs(recipe, features).columns)} input columns"
        for recipe in results.recipes
    ]
    shows = "\n".join(
        f"- `{name}`: {text}."
        for name, text in results.task_recipes.compared.items()
        if name != results.recipe.name
    )
    return (
        f"## {CHOICE}\n\nThe same folds over the {len(choice.rows)} training and validation rows of this "
        f"recipe; its test rows are in no fold. The metrics are those of {choice.rows_title.lower()}. "
        f"{', '.join(columns)}.\n\nWhat each of the others shows:\n\n{shows}\n\n"
        f"{write_comparison(choice.comparison)}"
    )


def _write_diagnostics(results: Results) -> str:
    """Write subgroups and decision curve."""
    counts = count_table(results.scored)
    rules = results.recipe.operating_points
    points = {name: choose_threshold(rule, counts) for name, rule in rules.items()}
    curve = f"## Decision curve\n\n{write_decision_curve(results.scored, points.values())}"
    groupings = results.task_recipes.groupings
    if not groupings:
        return curve
    subgroups = write_subgroups(results.data, results.scored, groupings, points["default"])
    text = f"Every row is a test row once; the threshold is {points['default']:.4g}, the default one."
    return f"## Subgroups\n\n{text}\n\n{subgroups}\n\n{curve}"


def _name_columns(results: Results) -> str:
    """Name the columns of a baseline that has few."""
    every = choose_inputs(results.recipe, results.data.task.features).names
    known = [name for name in every if name not in find_missing(results.data)]
    if not known:
        return ""
    return f" `{len(known)} columns` are those of the recipe that are always known: {', '.join(known)}."


def _describe_baselines(results: Results) -> str:
    text = (
        "The baselines use every column unless their name says otherwise, as one-hot categories and "
        "standardised numbers, and are not calibrated. Settings that are not listed are the defaults of the "
        f"package.{_name_columns(results)}"
    )
    if not results.missing:
        return text
    like = " and ".join(f"`{name}`" for name in results.task_recipes.draws_like)
    return (
        f"{text} `known rows`: fitted to the rows with every column known. `mean imputation`: the mean "
        "replaces a missing number, the most frequent level a missing flag or category. `draws`: a missing "
        "value is drawn from training values of "
        f"{f'rows that are alike in {like}' if like else 'all rows'} (hot deck). A training row with a "
        f"missing value stands for {FITTED_DRAWS} random draws, each with weight 1/{FITTED_DRAWS}; the "
        f"probability of a test row is the mean over {DRAWS} quantiles of the drawn distribution."
    )
