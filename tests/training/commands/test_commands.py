"""The command line: its flags, its exit statuses and its output."""

import pytest

from tests.support.training.made_up import QUICK
from training.__main__ import main
from training.commands.arguments import build_parser
from training.commands.recipe_flags import choose_recipe
from training.commands.train import choose_device, choose_out
from training.errors import UsageError
from training.recipes import find_task_recipes

RECIPES_BY_TASK = find_task_recipes()


def parse(*words: str):
    return build_parser(RECIPES_BY_TASK).parse_args(words)


def recipe_of(task: str, *flags: str):
    data = [] if RECIPES_BY_TASK[task].builtin_data else ["--data", "people.csv"]
    return choose_recipe(RECIPES_BY_TASK[task], parse(task, *data, *flags))


@pytest.mark.parametrize(
    ("flags", "setting", "value"),
    [
        (["--hidden", "24", "12"], "hidden", (24, 12)),
        (["--hidden"], "hidden", ()),
        (["--epochs", "7"], "epochs", 7),
        (["--patience", "9"], "patience", 9),
        (["--monitor", "roc_auc"], "monitor", "roc_auc"),
        (["--loss", "squared_error"], "loss", "squared_error"),
        (["--positive-weight", "2.5"], "positive_weight", 2.5),
        (["--batch-size", "1"], "batch_size", 1),
        (["--batch-size", "full"], "batch_size", "full"),
        (["--optimizer", "sgd"], "optimizer", "sgd"),
        (["--learning-rate", "0.5"], "learning_rate", 0.5),
        (["--schedule", "cosine"], "schedule", "cosine"),
        (["--seed", "3"], "seed", 3),
    ],
)
@pytest.mark.parametrize("name", ["production", "lecture"])
def test_a_flag_changes_its_setting_and_no_other(name, flags, setting, value):
    plain = recipe_of("stroke", "--recipe", name)

    changed = recipe_of("stroke", "--recipe", name, *flags)

    assert getattr(changed, setting) == value
    assert changed.model_dump(exclude={setting, "name"}) == plain.model_dump(exclude={setting, "name"})
    assert changed.name == (name if setting == "seed" else f"{name}, changed")


def test_a_flag_with_the_recipes_own_value_changes_nothing():
    plain = recipe_of("stroke")

    assert recipe_of("stroke", "--monitor", plain.monitor, "--epochs", str(plain.epochs)) == plain


def test_the_number_of_folds_follows_the_validation_split():
    assert recipe_of("iris", "--folds", "4").split.folds == 4
    assert recipe_of("iris", "--recipe", "lecture", "--validation", "folds", "--folds", "3").split.folds == 3
    assert recipe_of("iris", "--validation", "random").split.folds == 1


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--epochs", "0"], "--epochs: must be at least 1."),
        (["--epochs", "1" + "0" * 40], "--epochs: must be at most"),
        (["--monitor-epochs", "0"], "--monitor-epochs: must be at least 1."),
        (["--folds", "1"], "--validation: the validation split `folds` needs at least 2 folds"),
        (["--folds", "0"], "--folds: must be at least 1."),
        (
            ["--validation", "last", "--folds", "3"],
            "--validation: several folds need the validation split `folds`",
        ),
        (
            ["--recipe", "lecture", "--validation", "folds"],
            "--validation: the validation split `folds` needs at least 2",
        ),
        (["--validation", "none"], "early stopping needs validation rows"),
        (["--validation", "none", "--patience", "0"], "need validation rows"),
        (["--positive-weight", "1e7"], "--positive-weight: must be at most 1e+06."),
        (["--hidden", "8", "20000"], "--hidden: must be at most 10000."),
        (["--seed", str(2**63)], "--seed: must be less than"),
        (["--out", ""], "--out: must name a folder"),
        (["--epochs", "many"], "--epochs"),
        (["--patience", "-1"], "--patience"),
        (["--learning-rate", "0"], "--learning-rate"),
        (["--learning-rate", "nan"], "--learning-rate"),
        (["--learning-rate", "inf"], "--learning-rate"),
        (["--positive-weight", "inf"], "--positive-weight"),
        (["--positive-weight", "-1"], "--positive-weight"),
        (["--weight-decay", "nan"], "--weight-decay"),
        (["--batch-size", "0"], "--batch-size: must be a whole number from 1, or full"),
        (["--batch-size", "some"], "--batch-size: must be a whole number from 1, or full"),
        (["--batch-size", "\uff12"], "--batch-size"),
        (["--hidden", "0"], "--hidden: must be at least 1."),
        (["--loss", "accuracy"], "--loss"),
        (["--monitor", "luck"], "--monitor"),
        (["--optimizer", "magic"], "--optimizer"),
        (["--schedule", "never"], "--schedule"),
        (["--seed", "-1"], "--seed"),
        (["--recipe", "secret"], "--recipe"),
        (["--device", "abacus"], "--device"),
        (["--epoch", "3"], "--epoch"),
    ],
)
def test_a_bad_flag_ends_with_status_2_and_one_line_that_names_it(tmp_path, capsys, flags, named):
    status = exit_status("stroke", "--data", str(tmp_path / "people.csv"), *flags)

    error = capsys.readouterr().err
    assert status == 2
    assert error.count("\n") == 1
    assert named in error


@pytest.mark.parametrize("words", [[], ["weather"], ["stroke"]])
def test_an_incomplete_command_ends_with_status_2_and_one_line(capsys, words):
    status = exit_status(*words)

    assert status == 2
    assert capsys.readouterr().err.count("\n") == 1


def exit_status(*words: str) -> int:
    try:
        return main(list(words))
    except SystemExit as end:
        return int(end.code or 0)


@pytest.mark.parametrize("task", RECIPES_BY_TASK)
def test_help_lists_every_flag_of_the_contract(capsys, task):
    status = exit_status(task, "--help")

    printed = capsys.readouterr().out
    flags = (
        "data recipe out seed device hidden epochs patience monitor loss positive-weight batch-size "
        "optimizer learning-rate schedule"
    )
    assert status == 0
    assert all(f"--{flag} " in printed for flag in flags.split())
    for name, recipe in RECIPES_BY_TASK[task].recipes.items():
        assert f"{name}: {recipe.learning_rate}" in " ".join(printed.split())


def test_only_the_production_recipe_is_published_where_the_server_reads():
    assert out_of() == out_of("--seed", "5") == out_of("--epochs", "500") == "models"
    assert out_of("--recipe", "lecture") == out_of("--epochs", "7") == "experiments"
    assert (
        out_of("--recipe", "lecture", "--out", "here") == out_of("--epochs", "7", "--out", "here") == "here"
    )


def out_of(*flags: str) -> str:
    return str(choose_out(parse("iris", *flags), recipe_of("iris", *flags)))


@pytest.mark.parametrize("below", ["", "deep/er", "a" * 5000])
def test_an_out_that_cannot_be_a_folder_is_refused_before_training(tmp_path, capsys, below):
    (tmp_path / "file").write_text("not a folder")

    status = main(["iris", "--out", str(tmp_path / "file" / below), "--epochs", "1000000"])

    assert status == 2
    assert capsys.readouterr().err.startswith("--out: ")


def test_networks_larger_than_the_server_reads_are_refused_before_training(tmp_path, capsys):
    status = main(["iris", "--out", str(tmp_path), "--hidden", "10000", "10000"])

    assert status == 2
    assert capsys.readouterr().err.startswith("--hidden: the networks have 3818 MiB of weights")


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried")]
)
def test_too_little_memory_ends_with_status_1_and_one_line(tmp_path, capsys, monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr("training.commands.train.train", fail)

    assert main(["iris", "--out", str(tmp_path), *QUICK]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_paths_are_printed_unchanged(tmp_path, capsys):
    out = tmp_path / "[bold]models[" / ("long" * 30)

    main(["iris", "--out", str(out), *QUICK])

    assert f"Wrote {out / 'iris' / '1'} in" in capsys.readouterr().out


def test_requesting_a_missing_gpu_is_a_usage_error(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)

    with pytest.raises(UsageError, match="--device cuda"):
        choose_device("cuda")

    assert choose_device("auto") == choose_device("cpu") == "cpu"


@pytest.mark.parametrize(
    "flags",
    [
        ["--hidden"],
        ["--validation", "random"],
        ["--recipe", "lecture", "--validation", "none"],
        ["--recipe", "lecture", "--loss", "squared_error", "--optimizer", "sgd", "--batch-size", "full"],
    ],
)
def test_an_iris_run_prints_its_epochs_metrics_and_folder(tmp_path, capsys, flags):
    status = main(["iris", "--out", str(tmp_path), *QUICK, *flags])

    printed = capsys.readouterr().out
    assert status == 0
    assert "epoch    1  loss" in printed
    assert "3 epochs; the weights are those of epoch 3." in printed
    assert f"Wrote {tmp_path / 'iris' / '1'}" in printed.replace("\n", "")
    assert "\x1b" not in printed
    card = (tmp_path / "iris" / "1" / "card.md").read_text("utf-8")
    is_calibrated = "lecture" not in flags
    assert ("The probabilities are not calibrated" in printed) is not is_calibrated
    assert ("and not calibrated" in card) is not is_calibrated


@pytest.mark.parametrize(
    "flags", [["--hidden", "--epochs", "60", "--batch-size", "32"], ["--recipe", "lecture"]]
)
def test_a_stroke_run_prints_the_confusion_matrix_at_each_operating_point(
    tmp_path, capsys, made_up_csv, flags
):
    status = main(["stroke", "--data", str(made_up_csv), "--out", str(tmp_path), *QUICK, *flags])

    printed = capsys.readouterr().out
    assert status == 0
    assert "lecture_0.3" in printed
    assert "[[TN, FP], [FN, TP]]" in printed
