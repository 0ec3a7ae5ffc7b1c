"""What every problem document has in common."""


def assert_problem(answer, status):
    body = answer.json()
    assert answer.status_code == body["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["type"] == "about:blank"
    assert body["title"]
    assert body["detail"]
    assert ("errors" in body) == (status == 422)
