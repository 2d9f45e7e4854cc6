"""An Allegro seller account and its connection."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.settings import Settings


class Environment(StrEnum):
    PRODUCTION = "production"
    SANDBOX = "sandbox"


class LinkState(StrEnum):
    """Where an account stands with Allegro's authorisation."""

    NEVER = "never"
    CONNECTED = "connected"
    REAUTH_REQUIRED = "reauth_required"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True)
class Location:
    """Where the goods are; Allegro wants it on every offer."""

    country_code: str = "PL"
    province: str = ""
    city: str = ""
    postal_code: str = ""


@dataclass(frozen=True)
class Connection:
    """The account's authorisation. `problem` is what a person should read while something is wrong, else "".

    `scope` is the space-separated permissions that Allegro granted. `missing_permissions` are Allegro scopes that a
    call was refused for.
    """

    state: LinkState = LinkState.NEVER
    login: str = ""
    scope: str = ""
    allegro_user_id: str = ""
    token_expires_at: datetime | None = None
    problem: str = ""
    missing_permissions: tuple[str, ...] = ()
    checked_at: datetime | None = None

    @property
    def is_ok(self) -> bool:
        return self.state is LinkState.CONNECTED and not self.problem


@dataclass(frozen=True)
class Account:
    """One Allegro seller account. Its client secret and its tokens stay in the database."""

    id: int
    name: str
    environment: Environment
    app_name: str
    client_id: str
    client_secret_set: bool
    allegro_login: str
    location: Location
    default_currency: str
    enabled: bool
    shadow: bool
    settings: Settings = field(default_factory=Settings)
    connection: Connection = field(default_factory=Connection)


# What each feature needs to be allowed at Allegro, and how the seller reads it.
PERMISSIONS: dict[str, str] = {
    "allegro:api:profile:read": "read the account's profile (connection check)",
    "allegro:api:orders:read": "read orders (import of orders)",
    "allegro:api:orders:write": "change orders (status and parcel numbers)",
    "allegro:api:sale:offers:read": "read offers (stock and price sync)",
    "allegro:api:sale:offers:write": "change offers (stock and price sync, listing)",
    "allegro:api:sale:settings:read": "read delivery price lists and policies (listing)",
    "allegro:api:shipments:read": "read parcels and their labels (Ship with Allegro)",
    "allegro:api:shipments:write": "make and cancel parcels (Ship with Allegro)",
}


def connection_detail(connection: Connection) -> str:
    """The sentence beside `OK` or `No connection`."""
    if connection.problem:
        return connection.problem
    match connection.state:
        case LinkState.CONNECTED:
            return f"Connected as {connection.login}."
        case LinkState.NEVER:
            return "Not authorised yet. Start the authorisation of this account and accept it at Allegro."
        case LinkState.DISCONNECTED:
            return "Disconnected. Authorise the account again to connect it."
        case LinkState.REAUTH_REQUIRED:
            return "Allegro no longer accepts the authorisation. Authorise the account again."


def why_nothing_is_sent(account: Account) -> str:
    """Why nothing may be changed at Allegro for the account, as a sentence; "" where it may."""
    if not account.enabled:
        return f"Account {account.name} is switched off. Set its `enabled` to true first."
    if account.shadow:
        return f"Account {account.name} only watches (`shadow`): nothing is sent. Set its `shadow` to false first."
    if account.connection.state is not LinkState.CONNECTED:
        return f"Account {account.name} has no connection to Allegro: {connection_detail(account.connection)}"
    return ""


def permissions_detail(missing: tuple[str, ...]) -> str:
    """What is missing and what to do, or "" when nothing is."""
    if not missing:
        return ""
    wanted = "; ".join(f"{PERMISSIONS.get(scope, scope)} ({scope})" for scope in missing)
    return (
        f"Allegro does not let the application: {wanted}. Tick the permission in the application's settings at "
        "apps.developer.allegro.pl, then authorise the account again."
    )
