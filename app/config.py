"""What the operator sets: environment variables with the prefix `BRIDGE_`, also read from `.env`.

Nobody else reads the environment. Every variable stands in `.env.example` with its default.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AnyHttpUrl, Field, SecretStr, TypeAdapter, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.errors import BridgeError

_HTTP_URL = TypeAdapter(AnyHttpUrl)
Url = str


class ConfigInvalid(BridgeError):
    """An environment variable is missing or cannot be used; the message names each one."""


class Config(BaseSettings):
    """One attribute per environment variable; `BRIDGE_DATABASE_URL` is `database_url`."""

    model_config = SettingsConfigDict(
        env_prefix="BRIDGE_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    # Where everything is remembered: sqlite:///file.db or postgresql+psycopg://user:password@host/name
    database_url: str = "sqlite:///bridge.db"
    # Encrypts secrets at rest. One or several, comma-separated, newest first: old ones still decrypt.
    secret_key: Annotated[tuple[SecretStr, ...], NoDecode]
    # Bearer keys of the JSON API. One or several, comma-separated.
    api_key: Annotated[tuple[SecretStr, ...], NoDecode]
    # Where `serve` listens.
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    # How the outside reaches the service: gives the application address and the webhook address.
    public_url: Url = "http://localhost:8000"
    # The WooCommerce store and its REST API keys.
    store_url: Url | None = None
    store_key: SecretStr | None = None
    store_secret: SecretStr | None = None
    # auto: header on https (query where the host strips it), OAuth 1.0a on plain http.
    store_auth: Literal["auto", "header", "query", "oauth1"] = "auto"
    # Signs the store's webhooks; without it the webhook endpoint is off. One or several, comma-separated, newest first:
    # the store is given the newest, and deliveries signed with an old one are still taken.
    store_webhook_secret: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    # Parallel calls to the store.
    store_concurrency: int = Field(default=4, ge=1, le=64)
    # How long one call to the store may take. WordPress is slow when it sends mail while it makes an order.
    store_timeout: float = Field(default=60, gt=0, le=600)
    # How long after a lost answer the store may still be making the order (PHP's own time limit).
    # Until then nobody may conclude that the order was not made.
    store_settle: float = Field(default=120, ge=0, le=3600)
    # Replace Allegro's addresses in every environment, for a simulator.
    allegro_api_url: Url | None = None
    allegro_auth_url: Url | None = None
    allegro_upload_url: Url | None = None
    # How long after an offer was sent Allegro's list of offers may not show it yet, when its answer was lost.
    # Until then nobody may conclude that the offer was not made.
    allegro_settle: float = Field(default=180, ge=0, le=86400)
    # Seconds between two runs.
    orders_every: float = Field(default=30, gt=0)
    sweep_every: float = Field(default=600, gt=0)
    stock_every: float = Field(default=600, gt=0)
    prices_every: float = Field(default=600, gt=0)
    # How long a job's work stays reserved for a process that has died.
    lease_seconds: float = Field(default=30, ge=1, le=600)
    # Raw exchanges with Allegro and the store, for accounts that switched event_logging on.
    event_log_dir: Path = Path("event-log")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"

    @field_validator("secret_key", "api_key", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = _parts(value)
        if not parts:
            raise ValueError("must not be empty")
        if any(len(part) < 16 for part in parts):
            raise ValueError("must have at least 16 characters; `woo-allegro keys` makes one")
        return tuple(SecretStr(part) for part in parts)

    @field_validator("store_webhook_secret", mode="before")
    @classmethod
    def _split_or_none(cls, value: object) -> object:
        return tuple(SecretStr(part) for part in _parts(value)) if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
        return value

    @field_validator("public_url", mode="before")
    @classmethod
    def _empty_is_default(cls, value: object) -> object:
        return value or "http://localhost:8000"

    @field_validator("store_key", "store_secret", mode="after")
    @classmethod
    def _empty_is_unset(cls, value: SecretStr | None) -> SecretStr | None:
        return value if value and value.get_secret_value() else None

    @field_validator(
        "public_url", "store_url", "allegro_api_url", "allegro_auth_url", "allegro_upload_url", mode="before"
    )
    @classmethod
    def _address(cls, value: object) -> object:
        if value is None or value == "":
            return None
        return str(_HTTP_URL.validate_python(value)).rstrip("/")

    @property
    def application_url(self) -> str:
        """The redirect URI that the seller copies into Allegro's form."""
        return f"{self.public_url}/oauth/allegro/callback"

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """What signs the store's webhooks, newest first; empty while webhooks are off."""
        return tuple(secret.get_secret_value() for secret in self.store_webhook_secret)

    @property
    def webhook_url(self) -> str:
        """Where the store delivers its webhooks."""
        return f"{self.public_url}/webhooks/woocommerce"


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def load_config() -> Config:
    """Read the environment and `.env`. Raises `ConfigInvalid` with one line per variable that is wrong."""
    try:
        return Config()
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = "BRIDGE_" + str(problem["loc"][0]).upper()
            text = "is not set" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
            lines.append(f"{name} {text}")
        remedy = "Set it in the environment or in .env; .env.example explains each one."
        raise ConfigInvalid("\n".join([*lines, remedy])) from None
