"""What a person does with a browser and with curl, done by a program."""

from html.parser import HTMLParser
from typing import Any

import httpx
from woocommerce.oauth import OAuth


class Person:
    """Uses the service over its API, and both pretend sides by their controls. Raises on any refusal.

    `store_key` is key and secret of the shop's REST API, for those who work in the shop.
    """

    def __init__(
        self,
        *,
        service_url: str,
        api_key: str,
        allegro_url: str,
        store_url: str,
        store_key: tuple[str, str] = ("", ""),
    ) -> None:
        self.allegro_url, self.store_url, self._store_key = allegro_url, store_url, store_key
        self._client = httpx.Client(timeout=60)
        self._api = httpx.Client(
            base_url=f"{service_url}/api/v1", headers={"Authorization": f"Bearer {api_key}"}, timeout=120
        )

    def close(self) -> None:
        self._client.close()
        self._api.close()

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the service's API and return its answer."""
        answer = self._api.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json()

    def file(self, path: str) -> bytes:
        """Fetch a file over the service's API."""
        answer = self._api.get(path)
        answer.raise_for_status()
        return answer.content

    def direct(self, method: str, url: str, body: dict[str, Any] | None = None) -> Any:
        """Move something in the pretend world."""
        answer = self._client.request(method, url, json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def in_shop(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Do something in the shop itself, as its owner does in WordPress."""
        key, secret = self._store_key
        url = f"{self.store_url}/wp-json/wc/v3{path}"
        # Over plain http WooCommerce takes no key in clear.
        signed = OAuth(url=url, consumer_key=key, consumer_secret=secret, version="wc/v3", method=method)
        return self.direct(method, signed.get_oauth_url(), body)

    def accept_at_allegro(self, authorize_url: str) -> str:
        """Open the address, press "allow", follow the browser back, and return the page that it ends on."""
        consent = self._client.get(authorize_url)
        consent.raise_for_status()
        form = _Form(consent.text)
        sent = self._client.post(httpx.URL(authorize_url).join(form.action), data=form.fields | {"decision": "allow"})
        page = self._client.get(sent.headers["location"])
        page.raise_for_status()
        return page.text


class _Form(HTMLParser):
    """The form of a page: where it goes, and its hidden fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.action = found.get("action") or ""
        elif tag == "input" and found.get("type") == "hidden":
            self.fields[found.get("name") or ""] = found.get("value") or ""
