from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest

from app.api.deps import Services
from app.config import Config
from app.db import accounts, tokens
from app.db.tokens import StoredTokens
from app.domain.accounts import Connection, LinkState, connection_detail
from app.sandbox.world import Sandbox
from app.sync.connect import Outcome
from app.sync.tokens import NotAuthorized
from tests.conftest import connect
from tests.sync.steps import account_of, change, open_kinds

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SELLER, OTHER = "kubki-shop", "inny-sprzedawca"


@dataclass(frozen=True)
class Link:
    """Everything that says whether an account is connected, to be compared before and after."""

    connection: Connection
    stored: StoredTokens


def link_of(services: Services, account: int) -> Link:
    with services.database.reading() as session:
        return Link(accounts.get(session, account).connection, tokens.read(session, account))


def consent(services: Services, world: Sandbox, account: int, decision: str = "allow", login: str = SELLER) -> str:
    """A person decides at Allegro; the address that the browser is sent back to."""
    return world.allegro.consent(services.connector.start_browser(account).authorize_url, decision, login)


def come_back(services: Services, address: str) -> Outcome:
    """The browser arrives at the application address."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    return services.connector.finish_browser(
        state=query.get("state", ""), code=query.get("code", ""), error=query.get("error", "")
    )


def said(outcome: Outcome) -> str:
    """What the person reads; nothing was connected, and it says how to go on."""
    assert (outcome.connected, outcome.title) == (False, "Not connected")
    assert outcome.text.endswith("Start the authorisation again.")
    return outcome.text


def test_consent_connects_the_account_as_its_seller(services: Services, world: Sandbox, stranger: int) -> None:
    outcome = come_back(services, consent(services, world, stranger))
    assert outcome.connected
    assert "'Kubki' is connected as kubki-shop" in outcome.text
    connection = account_of(services, stranger).connection
    assert (connection.state, connection.login, connection.is_ok) == (LinkState.CONNECTED, SELLER, True)
    assert "allegro:api:orders:read" in connection.scope.split()
    assert services.lines.tokens.access_token(stranger)


@pytest.mark.parametrize("was_connected", [False, True])
def test_a_wrong_login_is_named_and_connects_nothing(
    services: Services, world: Sandbox, account: int, was_connected: bool
) -> None:
    if not was_connected:
        services.connector.disconnect(account)
    before = link_of(services, account)
    text = said(come_back(services, consent(services, world, account, login=OTHER)))
    assert "You authorised as inny-sprzedawca" in text
    assert "belongs to kubki-shop" in text
    assert link_of(services, account) == before


def test_a_denied_consent_says_so_and_connects_nothing(services: Services, world: Sandbox, stranger: int) -> None:
    before = link_of(services, stranger)
    assert "declined at Allegro" in said(come_back(services, consent(services, world, stranger, "deny")))
    assert link_of(services, stranger) == before
    assert ("authorization_code", "issued") not in world.allegro.token_requests[1:]


def test_a_code_that_is_older_than_ten_seconds_is_refused_in_plain_words(
    services: Services, world: Sandbox, stranger: int
) -> None:
    before = link_of(services, stranger)
    address = consent(services, world, stranger)
    world.clock.advance(11)
    assert "good for ten seconds" in said(come_back(services, address))
    assert link_of(services, stranger) == before


def test_the_way_back_can_be_used_once(services: Services, world: Sandbox, stranger: int) -> None:
    address = consent(services, world, stranger)
    assert come_back(services, address).connected
    connected = link_of(services, stranger)
    assert "used already" in said(come_back(services, address))
    assert link_of(services, stranger) == connected


def test_a_way_back_that_is_used_twice_at_once_is_used_once(services: Services, world: Sandbox, stranger: int) -> None:
    address = consent(services, world, stranger)
    with ThreadPoolExecutor(4) as browsers:
        outcomes = [future.result() for future in [browsers.submit(come_back, services, address) for _ in range(4)]]
    assert sorted(outcome.connected for outcome in outcomes) == [False, False, False, True]
    assert len([kind for kind, _ in world.allegro.token_requests if kind == "authorization_code"]) == 2
    assert account_of(services, stranger).connection.is_ok


@pytest.mark.parametrize("state", ["", "somebody-elses-state", "ż" * 400])
def test_a_state_that_was_never_given_out_is_refused(
    services: Services, world: Sandbox, stranger: int, state: str
) -> None:
    before = link_of(services, stranger)
    outcome = services.connector.finish_browser(state=state, code="a-code", error="")
    assert "does not belong to an authorisation that was started here" in said(outcome)
    assert link_of(services, stranger) == before
    assert len(world.allegro.token_requests) == 1


def test_an_authorisation_that_took_too_long_has_expired(services: Services, world: Sandbox, stranger: int) -> None:
    before = link_of(services, stranger)
    started = services.connector.start_browser(stranger)
    world.clock.advance(601)
    assert "longer than ten minutes" in said(come_back(services, world.allegro.consent(started.authorize_url)))
    assert link_of(services, stranger) == before


def test_a_newer_authorisation_voids_the_older_one(services: Services, world: Sandbox, stranger: int) -> None:
    older = consent(services, world, stranger)
    newer = consent(services, world, stranger)
    assert "a newer authorisation was started" in said(come_back(services, older))
    assert come_back(services, newer).connected


def test_an_application_address_that_is_not_registered_is_seen_at_allegro(
    services: Services, world: Sandbox, stranger: int
) -> None:
    before = link_of(services, stranger)
    world.allegro.accounts.application.redirect_uris.clear()
    with pytest.raises(ValueError, match="not registered"):
        consent(services, world, stranger)
    assert link_of(services, stranger) == before


def test_an_error_that_allegro_reports_is_passed_on(services: Services, world: Sandbox, stranger: int) -> None:
    state = parse_qs(urlsplit(services.connector.start_browser(stranger).authorize_url).query)["state"][0]
    outcome = services.connector.finish_browser(state=state, code="", error="temporarily_unavailable")
    assert "temporarily_unavailable" in said(outcome)


def test_the_same_seller_cannot_be_connected_twice(services: Services, world: Sandbox, account: int) -> None:
    change(services, account, name="Pierwsze")
    with pytest.raises(AssertionError, match="connected already, as the account 'Pierwsze'"):
        connect(services, world, name="Drugie")
    second = account + 1
    assert account_of(services, second).connection == Connection()
    services.connector.disconnect(account)
    assert come_back(services, consent(services, world, second)).connected
    text = said(come_back(services, consent(services, world, account)))
    assert "every order would be imported twice" in text


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("token_endpoint_down", "did not answer"),
        ("token_answer_lost", "did not answer"),
        ("token_unavailable", "503"),
        ("token_too_many_requests", "fewer calls"),
    ],
)
def test_trouble_on_the_way_to_the_tokens_connects_nothing(
    services: Services, world: Sandbox, stranger: int, fault: str, words: str
) -> None:
    before = link_of(services, stranger)
    address = consent(services, world, stranger)
    world.allegro.faults.switch_on(fault)
    assert words in said(come_back(services, address))
    assert link_of(services, stranger) == before


def test_a_network_that_is_down_connects_nothing(
    services: Services, world: Sandbox, stranger: int, config: Config, unused_tcp_address: str
) -> None:
    before = link_of(services, stranger)
    address = consent(services, world, stranger)
    services.lines.config = config.model_copy(update={"allegro_auth_url": unused_tcp_address})
    assert "Allegro could not be reached" in said(come_back(services, address))
    assert link_of(services, stranger) == before


def test_tokens_whose_owner_cannot_be_asked_for_are_not_kept(services: Services, world: Sandbox, stranger: int) -> None:
    before = link_of(services, stranger)
    address = consent(services, world, stranger)
    world.allegro.faults.switch_on("unavailable", path_prefix="/me")
    assert "Allegro could not be reached" in said(come_back(services, address))
    assert link_of(services, stranger) == before


def test_a_wrong_client_secret_is_named(services: Services, world: Sandbox, stranger: int) -> None:
    before = link_of(services, stranger)
    change(services, stranger, client_secret_encrypted=services.box.encrypt("wrong"))
    assert "client id and secret" in said(come_back(services, consent(services, world, stranger)))
    assert link_of(services, stranger) == before


# --- test and disconnect ----------------------------------------------------------------------------------------------


def failed_checks(services: Services, account: int) -> dict[str, str]:
    return {check.name: check.detail for check in services.connector.test(account) if not check.ok}


def test_every_check_of_a_healthy_account_is_good(services: Services, world: Sandbox, account: int) -> None:
    checks = services.connector.test(account)
    assert [check.name for check in checks[:2]] == ["authorisation", "read orders"]
    assert len(checks) == 2 + 8
    assert all(check.ok and check.detail for check in checks)
    assert world.allegro.bad_user_agents == []


def test_a_missing_permission_is_named_with_what_to_do(services: Services, world: Sandbox, account: int) -> None:
    world.allegro.faults.switch_on("scope_missing", scope="allegro:api:orders:read")
    detail = failed_checks(services, account)["read orders"]
    assert "read orders (import of orders)" in detail
    assert "apps.developer.allegro.pl" in detail
    assert "authorise the account again" in detail
    connection = account_of(services, account).connection
    assert connection.missing_permissions == ("allegro:api:orders:read",)
    assert not connection.is_ok
    assert open_kinds(services) == ["allegro_refuses"]

    world.allegro.faults.clear()
    assert failed_checks(services, account) == {}
    assert account_of(services, account).connection.is_ok
    assert open_kinds(services) == []


def test_a_permission_that_was_not_granted_is_named_before_a_job_needs_it(services: Services, world: Sandbox) -> None:
    world.allegro.faults.switch_on("scope_missing", scope="allegro:api:orders:write")
    account = connect(services, world, name="Kubki")
    failed = failed_checks(services, account)
    assert list(failed) == ["allegro:api:orders:write"]
    assert "change orders" in failed["allegro:api:orders:write"]


def test_a_revoked_authorisation_fails_the_test_with_what_to_do(
    services: Services, world: Sandbox, account: int
) -> None:
    world.allegro.revoke()
    assert "Authorise the account again" in failed_checks(services, account)["authorisation"]
    assert account_of(services, account).connection.state is LinkState.REAUTH_REQUIRED


def test_the_test_of_an_account_that_was_never_connected_says_so(services: Services, stranger: int) -> None:
    assert "Authorise it first" in failed_checks(services, stranger)["authorisation"]


@pytest.mark.parametrize(
    ("name", "registered"),
    [("Żółty Kubek 2 – Łódź", "Zolty Kubek 2 Lodz"), ("  Kubki i spółka  ", "Kubki i spolka")],
)
def test_allegro_accepts_the_user_agent_of_a_name_with_spaces_and_diacritics(
    services: Services, world: Sandbox, account: int, name: str, registered: str
) -> None:
    world.allegro.accounts.application.name = registered
    change(services, account, app_name=name)
    assert failed_checks(services, account) == {}
    assert world.allegro.bad_user_agents == []


def test_a_name_that_is_not_the_registered_one_is_told_apart_from_other_trouble(
    services: Services, world: Sandbox, account: int
) -> None:
    change(services, account, app_name="Cudza aplikacja")
    assert "User-Agent" in failed_checks(services, account)["authorisation"]
    assert open_kinds(services) == ["allegro_refuses"]


def test_disconnecting_forgets_the_tokens_and_keeps_the_account(
    services: Services, world: Sandbox, account: int
) -> None:
    services.connector.disconnect(account)
    link = link_of(services, account)
    assert (link.stored.access_encrypted, link.stored.refresh_encrypted, link.stored.previous_refresh_encrypted) == (
        "",
        "",
        "",
    )
    assert link.connection.state is LinkState.DISCONNECTED
    assert "Disconnected" in connection_detail(link.connection)
    with pytest.raises(NotAuthorized):
        services.lines.tokens.access_token(account)
    assert come_back(services, consent(services, world, account)).connected
