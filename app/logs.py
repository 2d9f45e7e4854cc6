"""What the service says about itself, and the event log: raw exchanges, for people. No secrets in either."""

import json
import logging
import re
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

log = structlog.get_logger(__name__)

HIDDEN = "[hidden]"
_MAX_BODY_CHARACTERS = 20_000
_SHORTEST_SECRET = 6

# Names under which secrets travel, in lower case with "-" written as "_".
_SECRET_NAMES = frozenset(
    {
        "access_token",
        "api_key",
        "authorization",
        "client_secret",
        "code",
        "code_challenge",
        "code_verifier",
        "consumer_key",
        "consumer_secret",
        "cookie",
        "device_code",
        "id_token",
        "password",
        "proxy_authorization",
        "refresh_token",
        "secret",
        "secret_key",
        "set_cookie",
        "state",
        "token",
        "user_code",
        "x_wc_webhook_signature",
    }
)
_SECRET_SUFFIXES = ("_secret", "_token", "_password")
_LONG_NAMES = sorted(_SECRET_NAMES - {"code", "state", "token", "secret"}, key=len, reverse=True)
_NAMES = "|".join(_LONG_NAMES).replace("_", "[_-]")
# `name=value` in a query or a form; also where the query itself is percent-encoded inside another one.
# The short names are ordinary words as well, so they count only where a parameter begins.
_IN_QUERY = re.compile(
    rf"(?i)((?:(?<![a-z0-9])(?:{_NAMES}|oauth_\w+|\w+_secret)|(?:^|[?&]|%3f|%26)(?:code|state|token|secret))"
    r"(?:=|%3d))([^&\s\"'<>]+)"
)
# `"name": "value"` in JSON text, also in JSON inside a JSON string.
_IN_JSON = re.compile(rf'(?i)(\\*"(?:{_NAMES}|oauth_\w+|\w+_secret|token|secret)\\*"\s*:\s*\\*")[^"\\]*')
_ANYWHERE = (
    re.compile(r"(?i)\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{6,}"),
    re.compile(r"\b(c[ks]_)[0-9A-Za-z]{8,}"),
    re.compile(r"()\beyJ[\w-]+\.[\w-]+\.?[\w-]*"),  # a JSON web token, as Allegro's access tokens are
)


def redact(value: Any) -> Any:
    """The value with every secret replaced by `[hidden]`: in nested data, headers, URLs, forms and free text."""
    if isinstance(value, str):
        return _redact_text(value)
    if isinstance(value, bytes):
        return _redact_text(value.decode(errors="replace"))
    if isinstance(value, Mapping):
        return {str(key): HIDDEN if _is_secret(str(key), value) else redact(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item) for item in value]
    return value


def _is_secret(name: str, siblings: Mapping[Any, Any]) -> bool:
    plain = name.lower().replace("-", "_")
    if plain == "code":
        # Beside a message it is the code of an error, else it may be an authorisation code.
        return "message" not in siblings
    if plain == "state":
        # A word of many meanings; the one of OAuth stands beside these.
        return not siblings.keys().isdisjoint({"code", "redirect_uri", "code_challenge"})
    return plain in _SECRET_NAMES or plain.startswith("oauth_") or plain.endswith(_SECRET_SUFFIXES)


def _redact_text(text: str) -> str:
    text = _IN_QUERY.sub(rf"\1{HIDDEN}", text)
    text = _IN_JSON.sub(rf"\1{HIDDEN}", text)
    for pattern in _ANYWHERE:
        text = pattern.sub(rf"\1{HIDDEN}", text)
    return text


def _redact_body(text: str) -> str:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return _redact_text(text)
    if isinstance(parsed, dict | list):
        return json.dumps(redact(parsed), ensure_ascii=False)
    return _redact_text(text)


def _without_sent_secrets(text: str, exchange: "Exchange") -> str:
    """The answer without the secrets of its request: refusals quote the code or the token that they refuse."""
    sent = f"?{exchange.request_body}", exchange.url
    for secret in (unquote(match[2]) for part in sent for match in _IN_QUERY.finditer(part)):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    return text


class _ServiceHandler(logging.StreamHandler[Any]):
    """The one handler that `configure` puts on the root logger."""


def _redacted(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    kept = {name: event[name] for name in ("_record", "_from_structlog") if name in event}
    return {**redact({name: item for name, item in event.items() if name not in kept}), **kept}


def configure(level: str, form: Literal["console", "json"]) -> None:
    """Log to standard error, from `level` (debug, info, warning, error) up; libraries' logs go the same way."""
    number = logging.getLevelNamesMapping()[level.upper()]
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(default=str, ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    # Tracebacks become text before secrets are hidden, because an error's message may carry an address with a key.
    after: list[Processor] = [structlog.processors.format_exc_info, _redacted, renderer]
    handler = _ServiceHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *after],
        )
    )
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, _ServiceHandler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(number)
    # They write a line with the whole address for each call.
    for chatty in ("httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # A repeated read is nobody's concern; one that fails for good is reported by whoever wanted it.
    logging.getLogger("stamina").setLevel(logging.ERROR)
    # It warns at every tick of a job whose last run still goes on; `status` says that better.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            *before[:-1],
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


@dataclass(frozen=True)
class Exchange:
    """One call to the outside and what came back; `status` is None and `error` tells why when nothing did.

    It holds secrets as they were sent; only what `EventLog` writes is free of them.
    """

    at: datetime
    channel: str
    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: str
    status: int | None
    response_headers: Mapping[str, str]
    response_body: str
    elapsed_ms: float
    trace_id: str
    error: str


class _RotatingFile(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - the name is logging's
        # A full disk must not undo the call that was to be logged: its answer is still on its way to the caller.
        log.warning("the event log cannot be written", file=self.baseFilename, reason=str(sys.exc_info()[1]))


class EventLog:
    """Raw exchanges as JSON lines, one rotating file per account. Safe to use from several threads."""

    def __init__(self, directory: Path, max_bytes: int = 10_000_000, files: int = 5) -> None:
        """`files` older files of `max_bytes` each are kept beside the current one. Nothing is made on disk yet."""
        self._directory = directory
        self._max_bytes = max_bytes
        self._files = files
        self._handlers: dict[int | None, _RotatingFile] = {}
        self._lock = threading.Lock()

    def record(self, account_id: int | None, exchange: Exchange) -> None:
        """Write one exchange without its secrets; None stands for the store on its own."""
        entry = redact(asdict(exchange))
        entry["at"] = exchange.at.isoformat()
        # Cut after the secrets are hidden: half a secret would not be recognised.
        entry["request_body"] = _redact_body(exchange.request_body)[:_MAX_BODY_CHARACTERS]
        answer = _without_sent_secrets(exchange.response_body, exchange)
        entry["response_body"] = _redact_body(answer)[:_MAX_BODY_CHARACTERS]
        line = json.dumps(entry, ensure_ascii=False, default=str)
        try:
            handler = self._handler(account_id)
        except OSError as error:
            log.warning("the event log cannot be written", directory=str(self._directory), reason=str(error))
            return
        handler.handle(logging.makeLogRecord({"msg": line}))

    def entries(self, account_id: int | None, limit: int) -> list[dict[str, Any]]:
        """The last `limit` exchanges, newest last."""
        lines = deque((line for text in self.text(account_id) for line in text.splitlines()), maxlen=limit)
        return [json.loads(line) for line in lines]

    def text(self, account_id: int | None) -> Iterator[str]:
        """Everything that is kept, oldest first, line by line."""
        current = self._path(account_id)
        with ExitStack() as stack:
            with self._lock:
                # Opened at once, so that a rotation in the middle of a download neither repeats nor omits a file.
                paths = [current.with_name(f"{current.name}.{age}") for age in range(self._files, 0, -1)] + [current]
                opened = [stack.enter_context(path.open(encoding="utf-8")) for path in paths if path.exists()]
            for file in opened:
                yield from file

    def close(self) -> None:
        with self._lock:
            for handler in self._handlers.values():
                handler.close()
            self._handlers.clear()

    def _path(self, account_id: int | None) -> Path:
        return self._directory / ("store.jsonl" if account_id is None else f"account-{account_id}.jsonl")

    def _handler(self, account_id: int | None) -> _RotatingFile:
        with self._lock:
            if account_id not in self._handlers:
                self._directory.mkdir(parents=True, exist_ok=True)
                self._handlers[account_id] = _RotatingFile(
                    self._path(account_id),
                    maxBytes=self._max_bytes,
                    backupCount=self._files,
                    encoding="utf-8",
                    delay=True,
                )
            return self._handlers[account_id]
