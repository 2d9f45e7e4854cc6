"""How a call proves to the store that it holds a REST key."""

import secrets
from collections.abc import Generator, Mapping
from typing import Literal
from urllib.parse import quote, unquote

import httpx
from woocommerce.oauth import OAuth

Mode = Literal["auto", "header", "query", "oauth1"]
# What `auth_for` gives, for those who only pass it on.
StoreAuth = httpx.Auth


def auth_for(store_url: str, mode: Mode, key: str, secret: str) -> httpx.Auth:
    """The way that fits the store. Keep the result for the life of the process: it learns.

    `auto` never sends the key in clear over plain http, where WooCommerce takes OAuth 1.0a only; over https it starts
    with the header and changes to the query where the host strips the header.
    """
    if mode == "header":
        return httpx.BasicAuth(key, secret)
    if mode == "query":
        return QueryAuth(key, secret)
    if mode == "oauth1" or httpx.URL(store_url).scheme != "https":
        return OAuth1Auth(key, secret)
    return HeaderThenQueryAuth(key, secret)


class QueryAuth(httpx.Auth):
    """Key and secret as query parameters."""

    def __init__(self, key: str, secret: str) -> None:
        self._params = {"consumer_key": key, "consumer_secret": secret}

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        yield self.signed(request)

    def signed(self, request: httpx.Request) -> httpx.Request:
        """The request with the key in its address."""
        return _with_url(request, request.url.copy_merge_params(self._params))


class HeaderThenQueryAuth(httpx.Auth):
    """Basic auth; once the store has seen no key and then took it from the query, the query from then on.

    A request that was answered 401 had no effect, so that repeating it, also a POST, does no harm.
    """

    requires_response_body = True

    def __init__(self, key: str, secret: str) -> None:
        self._header = httpx.BasicAuth(key, secret)
        self._query = QueryAuth(key, secret)
        self._is_stripped = False

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        with_query = self._query.signed(request)
        if not self._is_stripped:
            response = yield next(self._header.auth_flow(request))
            # `woocommerce_rest_cannot_view`, `..._create`: nobody was recognised. A wrong secret says otherwise.
            if response.status_code != 401 or b"woocommerce_rest_cannot_" not in response.content:
                return
        response = yield with_query
        self._is_stripped = self._is_stripped or response.status_code != 401


class OAuth1Auth(httpx.Auth):
    """OAuth 1.0a with HMAC-SHA256, for stores on plain http: the secret itself never travels."""

    def __init__(self, key: str, secret: str) -> None:
        self._key = key
        self._secret = secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        signer = _Signer(str(request.url), self._key, self._secret, method=request.method)
        yield _with_url(request, httpx.URL(signer.get_oauth_url()))


class _Signer(OAuth):  # type: ignore[misc] # the package has no types
    @staticmethod
    def normalize_parameters(params: Mapping[str, object]) -> dict[str, str]:
        # The package leaves "/" as it is, the store encodes it (RFC 3986) before it compares; SKUs have slashes.
        return {_twice_encoded(name): _twice_encoded(str(value)) for name, value in params.items()}

    @staticmethod
    def generate_nonce() -> str:
        # The package has 10^8 nonces, and the store refuses one that it saw within 15 minutes.
        return secrets.token_hex(20)


def _twice_encoded(text: str) -> str:
    return quote(unquote(text), safe="~").replace("%", "%25")


def _with_url(request: httpx.Request, url: httpx.URL) -> httpx.Request:
    return httpx.Request(
        request.method, url, headers=request.headers, content=request.content or None, extensions=request.extensions
    )
