"""The label of a binary answer is 0 or 1 where these are the classes, and otherwise the class's name."""

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.http.response_schemas import batch_model, single_model
from app.settings import Settings
from predictor.tasks import find_tasks
from tests.support.artefacts import write_artefact
from tests.support.servers.prometheus import parse_samples, total
from tests.support.task_files import write_task

ROW = {"age": 50.0, "paid": 0}
CLASSES = {
    "named": ("stays", "leaves"),
    "numbered": ("0", "1"),
    "reversed": ("1", "0"),
    "quoted": ('no "reply"', "été {1}"),
}
LABELS = {**CLASSES, "numbered": (0, 1)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tasks")
    for name, classes in CLASSES.items():
        write_task(folder, name, classes)
    return folder


@pytest.fixture(scope="module")
def tasks(folder):
    return find_tasks([str(folder)])


@pytest.fixture(scope="module")
def client(folder, tasks, tmp_path_factory):
    models = tmp_path_factory.mktemp("models")
    for name in CLASSES:
        write_artefact(models, tasks[name])
    return TestClient(create_app(Settings(models_dir=models, tasks=(str(folder),))))


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize(("threshold", "index"), [(1, 0), (0, 1)])
def test_the_label_names_the_class(client, name, threshold, index):
    path = f"/predict/{name}"

    single = client.post(f"{path}?threshold={threshold}", json=ROW).json()
    batch = client.post(f"{path}/batch?threshold={threshold}", json={"instances": [ROW, ROW]}).json()

    assert single["label"] == LABELS[name][index]
    assert [row["label"] for row in batch["predictions"]] == [LABELS[name][index]] * 2
    assert isinstance(single["probability"], float)


@pytest.mark.parametrize("name", CLASSES)
def test_a_prediction_set_names_the_classes(client, name):
    path = f"/predict/{name}"

    full = client.post(f"{path}?error_rate=0.001", json=ROW).json()
    batch = client.post(f"{path}/batch?error_rate=0.001", json={"instances": [ROW, ROW]}).json()

    assert full["prediction_set"] == list(LABELS[name])
    assert [row["prediction_set"] for row in batch["predictions"]] == [list(LABELS[name])] * 2


@pytest.mark.parametrize("name", CLASSES)
def test_the_metrics_count_the_class(folder, tasks, tmp_path, name):
    write_artefact(tmp_path, tasks[name])
    client = TestClient(create_app(Settings(models_dir=tmp_path, tasks=(str(folder),))))
    for threshold in (0, 1, 1):
        client.post(f"/predict/{name}?threshold={threshold}", json=ROW)

    samples = parse_samples(client.get("/metrics").text)

    counts = [total(samples, "predictions_total", model=name, label=label) for label in CLASSES[name]]
    assert counts == [2, 1]


@pytest.mark.parametrize("name", CLASSES)
def test_the_document_lists_the_labels_and_says_which_one_the_threshold_gives(client, name):
    schemas = client.get("/openapi.json").json()["components"]["schemas"]

    properties = schemas[f"{name.capitalize()}Prediction"]["properties"]
    assert properties["label"]["enum"] == list(LABELS[name])
    assert properties["prediction_set"]["items"]["enum"] == list(LABELS[name])
    assert properties["label"]["description"].index(CLASSES[name][1].split('"')[0]) < properties["label"][
        "description"
    ].index("probability >= threshold")
    assert "leaving" in properties["probability"]["description"]


@pytest.mark.parametrize("name", CLASSES)
def test_the_answers_are_as_documented(client, tasks, name):
    single = client.post(f"/predict/{name}", json=ROW)
    batch = client.post(f"/predict/{name}/batch", json={"instances": [ROW]})

    parsed = single_model(tasks[name]).model_validate_json(single.content)
    parsed_batch = batch_model(tasks[name]).model_validate_json(batch.content)
    assert parsed.model_dump(mode="json") == single.json()
    assert parsed_batch.model_dump(mode="json") == batch.json()


@pytest.mark.parametrize("name", CLASSES)
def test_the_models_names_its_classes_in_their_order(client, name):
    assert client.get(f"/models/{name}").json()["classes"] == list(CLASSES[name])
