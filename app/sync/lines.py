"""The lines to the outside: clients for the store and for each account, over connections that all runs share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Protocol

from app.channels.allegro.auth import AllegroOAuth
from app.channels.allegro.client import AllegroClient
from app.channels.allegro.hosts import HOSTS, Hosts
from app.channels.allegro.limits import Caller
from app.channels.allegro.session import AllegroSession, user_agent
from app.channels.documents import Documents
from app.channels.http import Transport
from app.channels.pacing import Priority
from app.channels.woocommerce.auth import StoreAuth, auth_for
from app.channels.woocommerce.client import StoreClient
from app.channels.woocommerce.session import Lists, StoreSession
from app.config import Config
from app.db import accounts
from app.db.engine import Database
from app.domain.accounts import Account, Environment
from app.errors import BridgeError
from app.logs import EventLog, Exchange
from app.security import SecretBox
from app.sync.tokens import AccountTokens, TokenKeeper

VERSION = version("woo-allegro-bridge")


class StoreNotConfigured(BridgeError):
    """The operator has not told the service which store it belongs to."""

    def __init__(self) -> None:
        super().__init__(
            "No store is configured. Set BRIDGE_STORE_URL, BRIDGE_STORE_KEY and BRIDGE_STORE_SECRET and restart."
        )


class Answered(Protocol):
    """Told the name of a channel each time it answers well."""

    def __call__(self, channel: str, /) -> None: ...


def writing(channel: str) -> str:
    """What `Answered` is told as well when the call that went well was a change."""
    return f"{channel} (write)"


def nobody(_channel: str) -> None:
    """For calls whose success nobody keeps account of."""


@dataclass
class Lines:
    """Makes clients. Built once; every client shares its transport's pool, rate limit and blocks."""

    config: Config
    database: Database
    box: SecretBox
    event_log: EventLog
    allegro_transport: Transport
    store_transport: Transport
    now: Callable[[], datetime]

    def __post_init__(self) -> None:
        self.tokens = TokenKeeper(self.database, self.box, self.oauth_of, self.now)
        self._store_lists = Lists()
        self._store_auth = None if self.config.store_url is None else self._auth(self.config.store_url)

    def hosts_of(self, environment: Environment) -> Hosts:
        """Allegro's addresses, or the simulator's where the operator named one."""
        real, config = HOSTS[environment], self.config
        return Hosts(
            api=config.allegro_api_url or real.api,
            auth=config.allegro_auth_url or real.auth,
            upload=config.allegro_upload_url or real.upload,
        )

    def oauth_of(self, account_id: int) -> AllegroOAuth:
        with self.database.reading() as session:
            account = accounts.get(session, account_id)
            secret = self.box.decrypt(accounts.client_secret_encrypted(session, account_id))
        return AllegroOAuth(
            self.allegro_transport,
            self.hosts_of(account.environment).auth,
            account.client_id,
            secret,
            recorder=self._recorder(account, nobody),
        )

    def allegro(
        self,
        account: Account,
        *,
        answered: Answered = nobody,
        access_token: str | None = None,
        priority: Priority = Priority.ORDERS,
    ) -> AllegroClient:
        """A client that speaks for the account; with `access_token`, for whoever that token belongs to.

        `priority` says what its calls are for, and who goes first where Allegro's limits are short.
        """
        hosts = self.hosts_of(account.environment)
        session = AllegroSession(
            self.allegro_transport,
            hosts.api,
            # The address behind the plus sign is whom Allegro may turn to: the one who runs this copy.
            user_agent(account.app_name, VERSION, self.config.public_url),
            _Fixed(access_token) if access_token else AccountTokens(self.tokens, account.id),
            Caller(account.client_id, account.id, priority),
            recorder=self._recorder(account, answered),
            upload_url=hosts.upload,
        )
        return AllegroClient(session)

    def store(self, account: Account | None = None, *, answered: Answered = nobody) -> StoreClient:
        """A client of the one store; what it says is logged with the account it works for."""
        if self._store_auth is None:
            raise StoreNotConfigured
        session = StoreSession(
            self.store_transport,
            self._store_url(),
            self._store_auth,
            recorder=self._recorder(account, answered),
            timeout_seconds=self.config.store_timeout,
            lists=self._store_lists,
        )
        return StoreClient(session)

    def documents(self) -> Documents:
        """What the store's orders name by an address. Nothing of it is recorded: addresses and documents are personal.

        Most of it is made by the store as it is asked for, so it counts among the calls that the store gets at a time.
        """
        return Documents(self.store_transport, self._store_url())

    def close(self) -> None:
        self.allegro_transport.close()
        self.store_transport.close()
        self.event_log.close()

    def _store_url(self) -> str:
        if self.config.store_url is None:
            raise StoreNotConfigured
        return self.config.store_url

    def _auth(self, store_url: str) -> StoreAuth | None:
        key, secret = self.config.store_key, self.config.store_secret
        if key is None or secret is None:
            return None
        return auth_for(store_url, self.config.store_auth, key.get_secret_value(), secret.get_secret_value())

    def _recorder(self, account: Account | None, answered: Answered) -> Callable[[Exchange], None]:
        def record(exchange: Exchange) -> None:
            if exchange.status is not None and 200 <= exchange.status < 300:
                answered(exchange.channel)
                if exchange.method != "GET":
                    answered(writing(exchange.channel))
            if account is not None and account.settings.event_logging:
                self.event_log.record(account.id, exchange)

        return record


class _Fixed:
    """One token that cannot be renewed: it has just been issued and is not stored yet."""

    def __init__(self, token: str) -> None:
        self._token = token

    def access_token(self) -> str:
        return self._token

    def renewed(self, rejected_access_token: str) -> str:
        return rejected_access_token
