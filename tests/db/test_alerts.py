"""Alerts are open once."""

from datetime import timedelta

import pytest

from app.db import alerts
from app.db.engine import Database
from tests.db.conftest import NOW, add_account, race

_LATER = NOW + timedelta(hours=1)


def _open(
    database: Database, *, account_id: int | None = None, subject: str = "store", title: str = "It broke."
) -> bool:
    with database.transaction() as session:
        return alerts.open_alert(
            session, "store_down", account_id=account_id, subject=subject, title=title, remedy="Mend it.", now=NOW
        )


def _resolve(database: Database, *, account_id: int | None = None) -> bool:
    with database.transaction() as session:
        return alerts.resolve(session, "store_down", account_id=account_id, subject="store", now=_LATER)


@pytest.mark.parametrize("of_an_account", [True, False])
def test_an_alert_of_one_kind_about_one_subject_is_open_once(database: Database, of_an_account: bool) -> None:
    account_id = add_account(database, "Main") if of_an_account else None
    assert _open(database, account_id=account_id)
    assert not _open(database, account_id=account_id, title="It is still broken.")
    with database.reading() as session:
        (alert,) = alerts.page(session, before_id=None, limit=10)
        assert alerts.count_open(session) == 1
    assert (alert.title, alert.account_id, alert.opened_at) == ("It is still broken.", account_id, NOW)


def test_other_subjects_and_other_accounts_have_alerts_of_their_own(database: Database, account_id: int) -> None:
    assert _open(database)
    assert _open(database, subject="another")
    assert _open(database, account_id=account_id)
    with database.reading() as session:
        assert alerts.open_subjects(session, "store_down", None) == {"store", "another"}
        assert alerts.open_subjects(session, "store_down", account_id) == {"store"}
        assert alerts.open_subjects(session, "else", None) == set()


def test_what_is_over_is_resolved_and_may_happen_again(database: Database) -> None:
    _open(database)
    assert _resolve(database)
    assert not _resolve(database)
    assert _open(database)
    with database.reading() as session:
        newest, first = alerts.page(session, before_id=None, limit=10)
        assert [alert.id for alert in alerts.page(session, before_id=None, limit=10, open_only=True)] == [newest.id]
        assert [alert.id for alert in alerts.page(session, before_id=newest.id, limit=10)] == [first.id]
    assert (first.resolved_at, newest.resolved_at) == (_LATER, None)


def test_resolving_an_alert_of_one_account_leaves_the_others(database: Database, account_id: int) -> None:
    _open(database)
    assert not _resolve(database, account_id=account_id)
    assert _resolve(database)


def test_a_person_can_resolve_an_alert_and_a_second_time_changes_nothing(database: Database) -> None:
    _open(database)
    with database.transaction() as session:
        (alert,) = alerts.page(session, before_id=None, limit=1)
        assert alerts.resolve_by_id(session, alert.id, now=NOW).resolved_at == NOW
    with database.transaction() as session:
        assert alerts.resolve_by_id(session, alert.id, now=_LATER).resolved_at == NOW
        with pytest.raises(alerts.AlertNotFound, match="no alert 999"):
            alerts.resolve_by_id(session, 999, now=NOW)


def test_the_alerts_of_one_account_can_be_listed(database: Database, account_id: int) -> None:
    _open(database)
    _open(database, account_id=account_id)
    with database.reading() as session:
        found = alerts.page(session, before_id=None, limit=10, account_id=account_id)
    assert [alert.account_id for alert in found] == [account_id]


def test_eight_jobs_that_find_the_same_trouble_open_one_alert(database: Database) -> None:
    outcomes = race(
        database,
        lambda session: alerts.open_alert(
            session, "store_down", account_id=None, subject="store", title="It broke.", remedy="Mend it.", now=NOW
        ),
    )
    assert sorted(outcomes, key=str) == [*[False] * 7, True]


def test_an_alert_that_a_person_resolved_is_put_away_and_one_that_says_something_else_is_not(
    database: Database,
) -> None:
    def is_put_away(title: str = "It broke.") -> bool:
        with database.reading() as session:
            return alerts.is_put_away(
                session, "store_down", account_id=None, subject="store", title=title, remedy="Mend it."
            )

    assert not is_put_away()
    _open(database)
    assert not is_put_away()
    _resolve(database)
    assert is_put_away()
    assert not is_put_away("It broke again.")
    _open(database)
    with database.transaction() as session:
        alerts.resolve(session, "store_down", account_id=None, subject="store", now=_LATER, remedy="It is mended.")
    assert not is_put_away()


def test_what_alerts_were_ever_about_outlives_them(database: Database, account_id: int) -> None:
    _open(database, subject="over")
    _open(database, account_id=account_id)
    _resolve(database, account_id=account_id)
    with database.reading() as session:
        assert alerts.subjects(session, "store_down", account_id) == {"store"}
        assert alerts.subjects(session, "store_down", None) == {"over"}
        assert alerts.subjects(session, "else", None) == set()
