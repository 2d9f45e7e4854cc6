"""Accounts: one per Allegro seller."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import AfterValidator, BaseModel, SecretStr, StrictBool, StringConstraints

from app.api.deps import AccountId, Cursor, Limit, ServicesDep
from app.api.fields import Change, Name, Page, RequestBody, Secret, Text, UtcTime, left_out, page_of
from app.channels.allegro.session import user_agent
from app.channels.errors import Misconfigured
from app.db import accounts, tokens
from app.db.accounts import NewAccount
from app.domain.accounts import Account, Environment, LinkState, Location, connection_detail

router = APIRouter(tags=["accounts"])

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


def _usable_app_name(name: str) -> str:
    # Allegro demands the registered name in the User-Agent, so something of it must be left there.
    try:
        user_agent(name, "1", "https://example.com")
    except Misconfigured as error:
        raise ValueError(str(error)) from None
    return name


AppName = Annotated[Name, AfterValidator(_usable_app_name)]


class LocationFields(RequestBody):
    country_code: Country = "PL"
    province: Text = ""
    city: Text = ""
    postal_code: Text = ""


class AccountNew(RequestBody):
    name: Name
    environment: Literal["production", "sandbox"] = "production"
    app_name: AppName
    client_id: Name
    client_secret: Secret
    allegro_login: Name
    location: LocationFields = LocationFields()
    default_currency: Currency = "PLN"
    enabled: StrictBool = True
    shadow: StrictBool = False


class LocationChange(Change):
    country_code: Country = left_out()
    province: Text = left_out()
    city: Text = left_out()
    postal_code: Text = left_out()


class AccountChange(Change):
    """Only what is given changes. A new client id or secret disconnects nothing; the next authorisation uses it.

    Another login or environment means another seller, so it does disconnect.
    """

    name: Name = left_out()
    environment: Literal["production", "sandbox"] = left_out()
    app_name: AppName = left_out()
    client_id: Name = left_out()
    client_secret: Secret = left_out()
    allegro_login: Name = left_out()
    location: LocationChange = left_out()
    default_currency: Currency = left_out()
    enabled: StrictBool = left_out()
    shadow: StrictBool = left_out()


class AccountAnswer(BaseModel):
    """`connection` is `OK` or `No connection`, `connection_detail` the reason; the client secret never comes out."""

    id: int
    name: str
    environment: str
    app_name: str
    client_id: str
    client_secret_set: bool
    allegro_login: str
    location: LocationFields
    default_currency: str
    enabled: bool
    shadow: bool
    connection: Literal["OK", "No connection"]
    connection_detail: str
    missing_permissions: list[str]
    login: str | None
    token_expires_at: UtcTime | None
    application_url: str


def connection_word(account: Account) -> Literal["OK", "No connection"]:
    return "OK" if account.connection.is_ok else "No connection"


def _answer(account: Account, services: ServicesDep) -> AccountAnswer:
    connection, location = account.connection, account.location
    return AccountAnswer(
        id=account.id,
        name=account.name,
        environment=account.environment,
        app_name=account.app_name,
        client_id=account.client_id,
        client_secret_set=account.client_secret_set,
        allegro_login=account.allegro_login,
        location=LocationFields(
            country_code=location.country_code,
            province=location.province,
            city=location.city,
            postal_code=location.postal_code,
        ),
        default_currency=account.default_currency,
        enabled=account.enabled,
        shadow=account.shadow,
        connection=connection_word(account),
        connection_detail=connection_detail(connection),
        missing_permissions=list(connection.missing_permissions),
        login=connection.login or None,
        token_expires_at=connection.token_expires_at,
        application_url=services.config.application_url,
    )


@router.get("/accounts")
def list_accounts(services: ServicesDep, limit: Limit = 50, cursor: Cursor = None) -> Page[AccountAnswer]:
    with services.database.reading() as session:
        found = accounts.every(session, after_id=cursor or 0, limit=limit + 1)
    return page_of([_answer(each, services) for each in found], [each.id for each in found], limit)


@router.post("/accounts", status_code=201)
def create_account(body: AccountNew, services: ServicesDep) -> AccountAnswer:
    new = NewAccount(
        name=body.name,
        environment=Environment(body.environment),
        app_name=body.app_name,
        client_id=body.client_id,
        client_secret_encrypted=services.box.encrypt(body.client_secret.get_secret_value()),
        allegro_login=body.allegro_login,
        location=Location(**body.location.model_dump()),
        default_currency=body.default_currency,
        enabled=body.enabled,
        shadow=body.shadow,
    )
    with services.database.transaction() as session:
        account = accounts.get(session, accounts.add(session, new, now=services.now()))
    services.scheduler.call_the_roll()
    return _answer(account, services)


@router.get("/accounts/{account_id}")
def get_account(account_id: AccountId, services: ServicesDep) -> AccountAnswer:
    with services.database.reading() as session:
        return _answer(accounts.get(session, account_id), services)


@router.patch("/accounts/{account_id}")
def change_account(account_id: AccountId, body: AccountChange, services: ServicesDep) -> AccountAnswer:
    values = body.given()
    secret: SecretStr | None = values.pop("client_secret", None)
    if secret is not None:
        values["client_secret_encrypted"] = services.box.encrypt(secret.get_secret_value())
    with services.database.transaction() as session:
        old = accounts.get(session, account_id)
        if "location" in values:
            values["location"] = replace(old.location, **body.location.given())
        accounts.update(session, account_id, values)
        new = accounts.get(session, account_id)
        if new.connection.state is LinkState.CONNECTED and _is_another_seller(old, new):
            tokens.disconnect(session, account_id)
            new = accounts.get(session, account_id)
        return _answer(new, services)


def _is_another_seller(old: Account, new: Account) -> bool:
    return new.environment is not old.environment or new.allegro_login.casefold() != new.connection.login.casefold()


@router.delete("/accounts/{account_id}", status_code=204, response_class=Response)
def delete_account(account_id: AccountId, services: ServicesDep) -> None:
    with services.database.transaction() as session:
        accounts.remove(session, account_id)
    services.scheduler.call_the_roll()
