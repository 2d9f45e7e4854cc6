"""The operator's settings."""

import os
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from app.config import Config, ConfigInvalid, load_config

_ROOT = Path(__file__).resolve().parents[1]
_KEY, _OTHER_KEY = "a-key-of-24-characters-1", "a-key-of-24-characters-2"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no `.env` of the machine that runs the tests."""
    for name in [name for name in os.environ if name.startswith("BRIDGE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two variables that have no default."""
    monkeypatch.setenv("BRIDGE_SECRET_KEY", _KEY)
    monkeypatch.setenv("BRIDGE_API_KEY", _OTHER_KEY)


def _refusal() -> str:
    with pytest.raises(ConfigInvalid) as caught:
        load_config()
    return str(caught.value)


def test_what_must_be_set_is_named_all_at_once() -> None:
    assert _refusal().splitlines() == [
        "BRIDGE_SECRET_KEY is not set",
        "BRIDGE_API_KEY is not set",
        "Set it in the environment or in .env; .env.example explains each one.",
    ]


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("SECRET_KEY", "", "BRIDGE_SECRET_KEY must not be empty"),
        ("SECRET_KEY", " , ", "BRIDGE_SECRET_KEY must not be empty"),
        ("SECRET_KEY", "short", "BRIDGE_SECRET_KEY must have at least 16 characters"),
        ("API_KEY", f"{_KEY},short", "BRIDGE_API_KEY must have at least 16 characters"),
        ("STORE_URL", "kubki.pl", "BRIDGE_STORE_URL "),
        ("STORE_URL", "ftp://kubki.pl", "BRIDGE_STORE_URL "),
        ("PUBLIC_URL", "not a url", "BRIDGE_PUBLIC_URL "),
        ("DATABASE_URL", "mysql://localhost/bridge", "BRIDGE_DATABASE_URL must begin with sqlite:/// or postgresql"),
        ("DATABASE_URL", "nonsense", "BRIDGE_DATABASE_URL must begin with sqlite:/// or postgresql"),
        ("PORT", "99999", "BRIDGE_PORT "),
        ("PORT", "eight", "BRIDGE_PORT "),
        ("STORE_AUTH", "telepathy", "BRIDGE_STORE_AUTH "),
        ("ORDERS_EVERY", "0", "BRIDGE_ORDERS_EVERY "),
        ("LOG_LEVEL", "loud", "BRIDGE_LOG_LEVEL "),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(f"BRIDGE_{name}", value)
    first, *rest = _refusal().splitlines()
    assert first.startswith(complaint)
    assert len(rest) == 1


@pytest.mark.usefixtures("keys")
def test_a_refused_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_SECRET_KEY", "tooshort")
    assert "tooshort" not in _refusal()


@pytest.mark.usefixtures("keys")
def test_a_key_does_not_show_where_the_settings_are_printed() -> None:
    assert _KEY not in repr(load_config())


@pytest.mark.usefixtures("keys")
def test_several_keys_are_separated_by_commas_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_SECRET_KEY", f" {_OTHER_KEY} ,{_KEY},")
    monkeypatch.setenv("BRIDGE_STORE_WEBHOOK_SECRET", "new, old")
    config = load_config()
    assert [key.get_secret_value() for key in config.secret_key] == [_OTHER_KEY, _KEY]
    assert config.webhook_secrets == ("new", "old")


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("address", ["https://kubki.pl/sklep", "https://kubki.pl/sklep/", "https://kubki.pl/sklep//"])
def test_an_address_has_no_slash_at_its_end(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    for name in ("STORE_URL", "PUBLIC_URL", "ALLEGRO_API_URL"):
        monkeypatch.setenv(f"BRIDGE_{name}", address)
    config = load_config()
    assert config.store_url == config.allegro_api_url == "https://kubki.pl/sklep"
    assert config.application_url == "https://kubki.pl/sklep/oauth/allegro/callback"
    assert config.webhook_url == "https://kubki.pl/sklep/webhooks/woocommerce"


@pytest.mark.usefixtures("keys")
def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STORE_URL", "STORE_KEY", "STORE_SECRET", "STORE_WEBHOOK_SECRET", "ALLEGRO_API_URL"):
        monkeypatch.setenv(f"BRIDGE_{name}", "")
    config = load_config()
    assert (config.store_url, config.store_key, config.store_secret) == (None, None, None)
    assert (config.store_webhook_secret, config.allegro_api_url) == ((), None)


@pytest.mark.usefixtures("keys")
def test_an_empty_public_address_is_the_default_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_PUBLIC_URL", "")
    assert load_config().public_url == "http://localhost:8000"


@pytest.mark.usefixtures("keys")
def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("BRIDGE_PORT=8001\nBRIDGE_HOST=0.0.0.0\nANOTHER_PROGRAMS=1\n")
    monkeypatch.setenv("BRIDGE_PORT", "8002")
    config = load_config()
    assert (config.port, config.host) == (8002, "0.0.0.0")


def _example() -> dict[str, str]:
    lines = (_ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _default(name: str) -> str:
    value = Config.model_fields[name].default
    return "" if value in (None, (), PydanticUndefined) else str(value)


def test_the_example_lists_every_variable_with_its_default() -> None:
    assert _example() == {f"BRIDGE_{name.upper()}": _default(name) for name in Config.model_fields}


def test_the_example_works_once_the_two_keys_are_filled_in() -> None:
    example = _example() | {"BRIDGE_SECRET_KEY": _KEY, "BRIDGE_API_KEY": _OTHER_KEY}
    Path(".env").write_text("\n".join(f"{name}={value}" for name, value in example.items()))
    config = load_config()
    for name in Config.model_fields.keys() - {"secret_key", "api_key"}:
        assert getattr(config, name) == Config.model_fields[name].default, name


def test_every_variable_is_explained() -> None:
    """A comment stands above each paragraph of the example."""
    paragraphs = (_ROOT / ".env.example").read_text().strip().split("\n\n")
    assert all(paragraph.startswith("# ") for paragraph in paragraphs)
