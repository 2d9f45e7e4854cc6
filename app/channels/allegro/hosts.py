"""Allegro's addresses."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.accounts import Environment


@dataclass(frozen=True)
class Hosts:
    """Addresses without a path: of the API, of the authorisation pages, and for uploads."""

    api: str
    auth: str
    upload: str


HOSTS: Mapping[Environment, Hosts] = {
    Environment.PRODUCTION: Hosts(
        api="https://api.allegro.pl",
        auth="https://allegro.pl",
        upload="https://upload.allegro.pl",
    ),
    Environment.SANDBOX: Hosts(
        api="https://api.allegro.pl.allegrosandbox.pl",
        auth="https://allegro.pl.allegrosandbox.pl",
        upload="https://upload.allegro.pl.allegrosandbox.pl",
    ),
}
