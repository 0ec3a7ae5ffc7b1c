"""`make documents`: write the responses of the shipped models into the documents."""

from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from tests.documents.answers import DOCUMENTS, ROOT, refresh

client = TestClient(create_app(Settings(models_dir=ROOT / "models")))
for document in DOCUMENTS:
    document.write_text(refresh(document.read_text("utf-8"), client), "utf-8")
