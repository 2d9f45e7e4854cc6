"""What needs a person, over the API."""

from fastapi.testclient import TestClient

from app.api.deps import Services
from app.db import alerts
from tests.api.answers import good, problem, refused_fields


def raise_alert(services: Services, subject: str, account_id: int | None = None) -> None:
    with services.database.transaction() as session:
        alerts.open_alert(
            session,
            "order_failed",
            account_id=account_id,
            subject=subject,
            title=f"{subject} was refused",
            remedy="Mend it.",
            now=services.now(),
        )


def test_alerts_come_newest_first_page_by_page_with_their_remedy(
    api: TestClient, services: Services, account: int
) -> None:
    for subject in ("order 1", "order 2", "order 3"):
        raise_alert(services, subject, account)
    raise_alert(services, "store")
    first = good(api.get("alerts", params={"limit": "3"}))
    assert [each["subject"] for each in first["items"]] == ["store", "order 3", "order 2"]
    rest = good(api.get("alerts", params={"cursor": first["next_cursor"]}))
    assert rest["next_cursor"] is None
    (oldest,) = rest["items"]
    assert oldest == {
        "id": oldest["id"],
        "kind": "order_failed",
        "account_id": account,
        "subject": "order 1",
        "title": "order 1 was refused",
        "remedy": "Mend it.",
        "opened_at": oldest["opened_at"],
        "resolved_at": None,
    }
    of_account = good(api.get("alerts", params={"account_id": str(account)}))["items"]
    assert [each["subject"] for each in of_account] == ["order 3", "order 2", "order 1"]


def test_a_resolved_alert_keeps_its_time_and_is_no_longer_open(api: TestClient, services: Services) -> None:
    raise_alert(services, "order 1")
    raise_alert(services, "order 2")
    newest = good(api.get("alerts"))["items"][0]["id"]
    resolved = good(api.post(f"alerts/{newest}/resolve"))
    assert resolved["resolved_at"].endswith("Z")
    assert good(api.post(f"alerts/{newest}/resolve")) == resolved
    assert [each["subject"] for each in good(api.get("alerts", params={"open": "true"}))["items"]] == ["order 1"]
    assert good(api.get("status"))["alerts"] == 1


def test_an_alert_or_an_account_that_does_not_exist_is_not_found(api: TestClient) -> None:
    problem(api.post("alerts/9/resolve"), 404)
    problem(api.get("alerts", params={"account_id": "9"}), 404)
    assert refused_fields(api.get("alerts", params={"open": "perhaps"})) == {"open"}
