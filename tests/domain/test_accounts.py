"""What a person reads about an account's connection."""

import pytest

from app.domain.accounts import Connection, LinkState, connection_detail, permissions_detail


@pytest.mark.parametrize(
    ("connection", "is_ok", "says"),
    [
        (Connection(LinkState.CONNECTED, login="kubki"), True, "Connected as kubki."),
        (Connection(LinkState.CONNECTED, login="kubki", problem="Allegro is silent."), False, "Allegro is silent."),
        (Connection(), False, "Not authorised yet."),
        (Connection(LinkState.DISCONNECTED), False, "Disconnected."),
        (Connection(LinkState.REAUTH_REQUIRED), False, "no longer accepts"),
    ],
)
def test_a_connection_is_ok_only_while_nothing_is_wrong_and_says_what_is(
    connection: Connection, is_ok: bool, says: str
) -> None:
    assert connection.is_ok is is_ok
    assert says in connection_detail(connection)


@pytest.mark.parametrize("state", LinkState)
def test_every_state_of_a_connection_has_a_sentence(state: LinkState) -> None:
    assert connection_detail(Connection(state)).endswith(".")


def test_nothing_is_said_about_permissions_while_none_is_missing() -> None:
    assert permissions_detail(()) == ""


def test_missing_permissions_are_named_with_what_they_are_for_and_what_to_do() -> None:
    text = permissions_detail(("allegro:api:orders:read", "allegro:api:of:tomorrow"))
    assert "read orders (import of orders) (allegro:api:orders:read)" in text
    assert "allegro:api:of:tomorrow (allegro:api:of:tomorrow)" in text
    assert "apps.developer.allegro.pl" in text
