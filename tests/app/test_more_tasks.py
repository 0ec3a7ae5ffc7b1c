"""More tasks than the shipped ones: where their files are, and a mistake in one of them."""

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import SettingRefused, Settings
from predictor.schema.errors import DefinitionInvalid
from tests.support.payloads import row_of
from tests.support.servers.processes import command, run_to_its_end
from tests.support.task_files import replace, write_task


def client_of(models, own_tasks, **settings) -> TestClient:
    return TestClient(create_app(Settings(models_dir=models, tasks=(str(own_tasks),), **settings)))


def test_a_mistake_in_a_task_file_is_one_line_and_the_other_tasks_are_served(own_models, own_tasks, caplog):
    path = write_task(own_tasks, "broken")
    line = replace(path, "from typing import Annotated", "import nothing_of_that_name")

    with client_of(own_models, own_tasks, thresholds={"broken": 0.5}) as client:
        answer = client.post("/predict/iris", json=row_of("iris"))

    assert answer.status_code == 200
    (record,) = [record for record in caplog.records if str(path) in record.getMessage()]
    assert record.levelname == "ERROR"
    assert f"{path}, line {line}: " in record.getMessage()


def test_where_models_are_required_a_mistake_in_a_task_file_stops_the_start(own_models, own_tasks):
    replace(write_task(own_tasks, "broken"), "TASK = Task", "TUSK = Task")

    with pytest.raises(DefinitionInvalid, match=r"broken\.py, line \d+: it defines no TASK"):
        client_of(own_models, own_tasks, require_models=True)


@pytest.mark.parametrize("name", ["/nothing/here", "nothing_of_that_name", "nothing.of.that.name", "json"])
def test_a_name_that_is_no_folder_or_package_of_tasks_stops_the_start(own_models, name):
    with pytest.raises(SettingRefused, match=r"^APP_TASKS: ") as refused:
        client_of(own_models, name)

    assert name in str(refused.value)


def test_a_folder_without_tasks_stops_the_start_with_status_3_and_one_line(own_models, tmp_path):
    ended = run_to_its_end(command("--tasks", tmp_path), own_models)

    assert (ended.returncode, ended.stderr.count("\n")) == (3, 1)
    assert ended.stderr.startswith("APP_TASKS: ")
