"""The README is true: each of its commands is run as a reader would, in order, and does what the text says."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.config import Config
from app.demo.person import Person
from app.demo.programs import Program, free_port, wait_until
from app.domain.listings import ListingState
from app.domain.order_log import LogState
from app.domain.settings import Settings
from app.sync import health, tokens, webhooks
from app.sync.catalogue import notices as catalogue_notices
from app.sync.offers import notices as offer_notices
from app.sync.offers import price_notices
from app.sync.orders import notices, overselling
from app.sync.shipping import notices as shipping_notices

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```bash\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
COMMANDS = [line for block in BLOCKS for line in block.splitlines()]
INSTALL = "python3 -m venv "
# What Allegro asks for in the reader's category beside what the README names.
MORE_PARAMETERS = [
    {"parameter_id": "130001", "source": "attribute", "attribute": "pa_kolor"},
    {"parameter_id": "130011", "source": "attribute", "attribute": "pa_material"},
    {"parameter_id": "130012", "source": "attribute", "attribute": "pa_pojemnosc"},
    {"parameter_id": "224017", "source": "sku"},
]
NEW_MUG = {
    "name": "Kubek porcelanowy z lisem 300 ml",
    "sku": "KUB-005",
    "regular_price": "45.00",
    "manage_stock": True,
    "stock_quantity": 12,
    "weight": "0.3",
    "description": "<p>Kubek z lisem.</p>",
    "categories": [{"id": 16}],
    "attributes": [
        {"name": "Kolor", "options": ["Biały"]},
        {"name": "Materiał", "options": ["Porcelana"]},
        {"name": "Pojemność", "options": ["300 ml"]},
    ],
}


@dataclass
class Reader:
    """Somebody who follows the README in a directory of their own, with an Allegro and a store that are pretended.

    `own` is what the text tells the reader to put in, by its name in the command.
    """

    directory: Path
    world: dict[str, str]
    env: dict[str, str]
    own: dict[str, Any]
    answers: dict[str, Any] = field(default_factory=dict)
    service: subprocess.Popen[bytes] | None = None

    def follow(self, command: str) -> None:
        """Do what the line says; fails when it does not work."""
        if command.endswith("woo-allegro serve"):
            self._serve(command)
            return
        done = subprocess.run(
            ["bash", "-c", self._in_my_case(command)],
            check=False,
            cwd=self.directory,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
        if command.startswith("curl "):
            answer = json.loads(done.stdout)
            assert not {"title", "status", "detail"} <= set(answer), f"{command}\n{answer}"
            self.answers[command] = answer
            self._learn(command, answer)
            if "authorize_url" in answer:
                self._accept(answer["authorize_url"])
        elif command.endswith("woo-allegro keys"):
            self._fill_in(done.stdout)

    def stop(self) -> None:
        if self.service is not None:
            self.service.send_signal(signal.SIGTERM)
            assert self.service.wait(30) in (0, -signal.SIGTERM)

    def _in_my_case(self, command: str) -> str:
        """The names and keys that the text tells the reader to put in."""
        mine = command.replace('"My application"', json.dumps(self.world["app_name"]))
        mine = mine.replace('"my-login"', json.dumps(self.world["login"]))
        mine = mine.replace('{"parameter_id": "..."}', ", ".join(json.dumps(each) for each in MORE_PARAMETERS))
        mine = re.sub(r'"(\w+)": (\[?)"\.\.\."', lambda at: f'"{at[1]}": {at[2]}{json.dumps(self.own[at[1]])}', mine)
        mine = re.sub(r"(\w+)=\.\.\.", lambda at: f"{at[1]}={self.own[at[1]]}", mine)
        assert "..." not in mine, f"the README leaves something open that the text does not name: {command}"
        return mine

    def _learn(self, command: str, answer: dict[str, Any]) -> None:
        """The ids that a reader looks for in an answer."""
        if "/allegro-categories" in command:
            leaf = next(each["id"] for each in answer["items"] if each["name"] == "Kubki")
            self.own |= {"category_id": leaf, "allegro_category_id": leaf}
        elif command.endswith("/category-mappings") and "PUT" not in command:
            suggested = [each for each in answer["items"] if each["suggested_category_id"]]
            self.own["store_category_id"] = suggested[0]["store_category_id"]
        elif command.endswith("/listing-options"):
            self.own["shipping_rates_id"] = answer["shipping_rates"][0]["id"]
            self.own["return_policy_id"] = answer["return_policies"][0]["id"]
            self.own["implied_warranty_id"] = answer["implied_warranties"][0]["id"]
            self.own["responsible_producer_id"] = answer["responsible_producers"][0]["id"]

    def _fill_in(self, keys: str) -> None:
        path = self.directory / ".env"
        port = free_port(0)
        url = f"http://localhost:{port}"
        mine = dict(line.split("=", 1) for line in keys.splitlines()) | {
            "BRIDGE_PORT": str(port),
            "BRIDGE_PUBLIC_URL": url,
            "BRIDGE_STORE_URL": self.world["store_url"],
            "BRIDGE_STORE_KEY": self.world["store_key"],
            "BRIDGE_STORE_SECRET": self.world["store_secret"],
            "BRIDGE_ALLEGRO_API_URL": self.world["allegro_url"],
            "BRIDGE_ALLEGRO_AUTH_URL": self.world["allegro_url"],
            "BRIDGE_ALLEGRO_UPLOAD_URL": self.world["allegro_url"],
        }
        # As a reader would: the lines that the text speaks of, and no other.
        lines = [(line.partition("=")[0], line) for line in path.read_text().splitlines()]
        assert mine.keys() <= {name for name, _ in lines}, "a printed key has no line in the example"
        path.write_text("\n".join(f"{name}={mine[name]}" if name in mine else line for name, line in lines))
        self.env |= {"BRIDGE_URL": url, "BRIDGE_API_KEY": mine["BRIDGE_API_KEY"]}

    def _serve(self, command: str) -> None:
        with (self.directory / "serve.log").open("wb") as log:
            self.service = subprocess.Popen(command.split(), cwd=self.directory, env=self.env, stdout=log, stderr=log)

        def is_ready() -> bool:
            assert self.service is not None
            assert self.service.poll() is None, (self.directory / "serve.log").read_text()
            try:
                return httpx.get(f"{self.env['BRIDGE_URL']}/ready").status_code == 200
            except httpx.TransportError:
                return False

        wait_until(is_ready, seconds=60, what="the service's start")

    def _accept(self, authorize_url: str) -> None:
        person = Person(
            service_url=self.env["BRIDGE_URL"],
            api_key=self.env["BRIDGE_API_KEY"],
            allegro_url=self.world["allegro_url"],
            store_url=self.world["store_url"],
            store_key=(self.world["store_key"], self.world["store_secret"]),
        )
        address = next(answer for answer in self.answers.values() if "application_url" in answer)["application_url"]
        person.direct("POST", f"{person.allegro_url}/_sandbox/redirect-uris", {"uri": address})
        assert "Connected" in person.accept_at_allegro(authorize_url)
        bought = person.direct("POST", f"{person.allegro_url}/_sandbox/purchases", {"lines": [{"sku": "KUB-001"}]})
        self.own["order_ids"] = bought["checkout_form_id"]
        picture = {"src": f"{person.store_url}/wp-content/uploads/2026/11/lis-900x900.png"}
        self.own["product_ids"] = person.in_shop("POST", "/products", NEW_MUG | {"images": [picture]})["id"]
        person.close()

    def ask(self, path: str) -> Any:
        """What the service says of the account now."""
        return httpx.get(
            f"{self.env['BRIDGE_URL']}/api/v1/accounts/1{path}",
            headers={"Authorization": f"Bearer {self.env['BRIDGE_API_KEY']}"},
        ).json()

    def answer(self, part: str) -> Any:
        """What the README's command with this part was answered."""
        (found,) = [answer for command, answer in self.answers.items() if part in command]
        return found


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    (tmp_path / ".env.example").write_text((ROOT / ".env.example").read_text())
    # The reader's own virtual environment is the one that runs this test.
    (tmp_path / ".venv").symlink_to(Path(sys.prefix), target_is_directory=True)
    env = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    with Program("app.sandbox", directory=tmp_path) as sandbox:
        world = json.loads(sandbox.first_line())
        own = {"client_id": world["client_id"], "client_secret": world["client_secret"]}
        somebody = Reader(tmp_path, world, env, own)
        yield somebody
        somebody.stop()


def test_the_two_commands_are_those_that_the_ci_runs() -> None:
    run, test = [line for line in COMMANDS if line.startswith(INSTALL)]
    assert run.endswith("/woo-allegro demo")
    assert test.endswith("/pytest")
    ci = (ROOT / ".ci" / "run").read_text()
    assert f"grep '^{INSTALL}' README.md" in ci
    assert 'bash -c "$tests"' in ci
    assert 'bash -c "$demo --once"' in ci


def test_every_other_command_works_in_the_order_in_which_it_is_read(reader: Reader) -> None:
    commands = [line for line in COMMANDS if not line.startswith(INSTALL)]
    assert len(commands) > 10
    for command in commands:
        assert re.match(r"(curl -s |\.venv/bin/woo-allegro |cp -n )", command), f"no test knows how to run: {command}"
        reader.follow(command)
    assert reader.answer('"allegro_login"')["client_secret_set"] is True
    assert reader.answer("accounts/1/test")["status"] == "OK"
    assert reader.answer("store/test")["status"] == "OK"
    assert reader.answer("authorize/device")["user_code"]
    assert reader.answer('"import_orders": true')["import_orders"] is True
    planned = reader.answer("jobs/orders/run")
    assert (planned["dry_run"], planned["done"], planned["failed"]) == (True, 0, 0)
    planned = reader.answer("jobs/stock/run")
    assert (planned["dry_run"], planned["done"], planned["failed"]) == (True, 0, 0)
    assert planned["seen"] > 0
    assert reader.answer("/pending-relists")["items"] == []
    assert reader.answer("/offer-links/1/history")["now"]
    assert reader.answer("/pending-actions/confirm")["items"] == []
    assert reader.answer('"push_prices"')["push_prices"] is True
    assert reader.answer("/held-prices/release")["items"] == []
    [planned] = reader.answer('"template_id": 1, "dry_run": true')["items"]
    assert planned["can_be_listed"], planned["errors"]
    [started] = reader.answer('"template_id": 1}')["items"]
    assert started["sku"] == planned["sku"] == NEW_MUG["sku"]
    assert reader.answer("/listings?limit=200")["items"]
    assert reader.answer("/status")["status"] == "OK"
    assert reader.answer("/alerts")["items"] == []
    in_store = {"in_store": 1}
    planned = reader.answer('{"missing": true, "dry_run": true}')
    assert (planned["dry_run"], planned["orders"], planned["counts"]) == (True, 0, in_store)
    assert [item["action"] for item in planned["items"]] == ["keep"]
    assert reader.answer('{"missing": true}')["counts"] == in_store
    assert reader.answer('"order_ids"')["counts"] == in_store
    assert reader.answer('"since"')["orders"] == 0
    assert reader.answer('"2026-10-01", "dry_run"')["preview"]["counts"] == {}
    assert reader.answer('"import_orders_from": "2026-10-01"}')["import_orders_from"] == "2026-10-01"
    [order] = reader.ask("/orders")["items"]
    assert order["state"] == "imported"
    wait_until(lambda: reader.ask("/listings")["counts"] == {"listed": 1}, seconds=60, what="the listing's end")


def test_the_table_of_the_configuration_names_every_variable_with_its_default() -> None:
    table = README.split("## Configuration")[1].split("\n## ")[0]
    rows = {name: row for row in table.splitlines() for name in re.findall(r"`(BRIDGE_[A-Z_]+)`", row)}
    assert set(rows) == {f"BRIDGE_{name.upper()}" for name in Config.model_fields}
    for name, info in Config.model_fields.items():
        default = info.default
        if isinstance(default, str | int | float | Path) and default != 0:
            assert f"`{default}`" in rows[f"BRIDGE_{name.upper()}"]


def test_the_table_of_the_settings_is_that_of_the_api() -> None:
    table = README.split("## Settings")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == {name.name for name in fields(Settings)}


def test_every_state_of_an_order_is_explained() -> None:
    table = README.split("### States of an order")[1].split("\n#")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    assert named == {state.value for state in LogState}


def test_every_state_of_a_listing_is_explained() -> None:
    table = README.split("#### States of a listing")[1].split("\n#")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    assert named == {state.value for state in ListingState}


def test_the_table_of_the_alerts_has_every_kind() -> None:
    table = README.split("### Alerts")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)
    named = [kind for row in rows for kind in re.findall(r"`(\w+)`", row)]
    modules = (notices, offer_notices, price_notices, catalogue_notices, shipping_notices)
    words = [(name, value) for module in modules for name, value in vars(module).items()]
    told = [value for name, value in words if name.isupper() and not name.startswith("_")]
    kinds = {value for value in told if isinstance(value, str)}
    kinds |= {health.ALLEGRO_REFUSES, health.STORE_REFUSES, health.ALLEGRO_SILENT, health.STORE_SILENT}
    assert sorted(named) == sorted(kinds | {tokens.ALERT_KIND, overselling.OVERSOLD, webhooks.WEBHOOKS_DISABLED})


def test_no_other_place_opens_alerts_than_those_whose_kinds_are_compared() -> None:
    sources = {path.relative_to(ROOT).as_posix(): path.read_text() for path in (ROOT / "app").rglob("*.py")}
    openers = {path for path, text in sources.items() if "alerts.open_alert(" in text}
    assert openers == {
        "app/sync/catalogue/notices.py",
        "app/sync/offers/notices.py",
        "app/sync/offers/price_notices.py",
        "app/sync/orders/notices.py",
        "app/sync/orders/overselling.py",
        "app/sync/shipping/notices.py",
        "app/sync/health.py",
        "app/sync/tokens.py",
        "app/sync/webhooks.py",
    }
