"""The law of stock: no piece is sold twice, except where the other side could not have been told yet.

Buyers on both sides, a person who counts, runs of the jobs with purchases and other jobs' runs in between, killed
processes and faults of both sides, in whatever order. At every moment each offer shows at most what would be left if
nothing had been sold that Allegro could not be told of. It could be told of a sale once a run of the stock job has come
to its end without a fault that began after it, or, of a purchase at Allegro, looked at the journal or sent something
after it. Sales beyond the stock are counted: `LAW_EXAMPLES=300 pytest -n 0 -rP tests/sync/offers/test_law.py`.
"""

import os
import shutil
import sys
from collections import Counter as Tally
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from app.config import Config
from app.sandbox.world import Sandbox
from tests.sync.offers.trade import Step, Trade

_BUY = st.tuples(st.just("buy"), st.integers(0, 2), st.sampled_from((1, 1, 2)), st.booleans())
_HAPPENS = st.one_of(
    _BUY,
    _BUY,
    st.tuples(st.just("shop"), st.sampled_from((1, 1, 2)), st.booleans()),
    st.tuples(st.sampled_from(("pay", "cancel")), st.integers(0, 3)),
    st.tuples(st.just("count"), st.integers(1, 3)),
)
_OTHER_RUNS = dict.fromkeys(("stock", "nudge", "offers"), ("orders", "orders_sweep"))


def _runs(job: str) -> st.SearchStrategy[Step]:
    """Runs of the job with something in between: buyers, or a job that may run at the same time."""
    other = st.tuples(st.just("run"), st.sampled_from(_OTHER_RUNS.get(job, ("stock", "nudge", "offers"))))
    between = st.tuples(st.integers(1, 9), st.one_of(_HAPPENS, _HAPPENS, other))
    kill_at = st.one_of(st.none(), st.none(), st.none(), st.integers(1, 9))
    return st.tuples(st.just("run"), st.just(job), st.lists(between, max_size=2), kill_at)


_FAULTS: list[tuple[str, str, dict[str, Any]]] = [
    *[
        ("allegro", "drop_after", {"times": 3, "skip": skip, "method": method, "path_prefix": "/sale/"})
        for method in ("PUT", "PATCH", "POST")
        for skip in (0, 1)
    ],
    ("allegro", "drop", {"times": 3, "path_prefix": "/sale/"}),
    ("allegro", "drop", {"times": 3, "skip": 3}),
    ("allegro", "drop", {"times": 3, "method": "PATCH"}),
    ("allegro", "command_tasks_new", {}),
    ("allegro", "command_partial", {}),
    ("allegro", "command_lies", {}),
    ("allegro", "command_task_missing", {}),
    ("allegro", "command_counts_zero", {}),
    ("allegro", "commands_reversed", {}),
    ("allegro", "edit_conflict", {}),
    ("allegro", "edit_refused", {}),
    ("allegro", "edit_processing", {}),
    ("allegro", "edit_fails_later", {}),
    ("allegro", "activation_lags", {}),
    ("allegro", "bulk_command_refused", {}),
    ("allegro", "offers_list_stale", {}),
    ("allegro", "events_drop", {}),
    ("allegro", "events_drop", {"type": "BOUGHT"}),
    ("allegro", "events_delay", {}),
    ("allegro", "events_shuffle", {}),
    ("allegro", "events_repeat", {}),
    ("allegro", "server_error", {"times": 3, "skip": 4}),
    ("allegro", "unavailable", {}),
    ("store", "order_commit_then_drop", {"times": 1}),
    ("store", "order_error_before", {"times": 1}),
    ("store", "order_error_after", {"times": 1}),
    ("store", "unavailable", {}),
    ("store", "drop", {"times": 3, "skip": 1}),
    ("store", "empty_list", {"path_prefix": "/products"}),
    ("store", "cached", {"heeds_no_cache": True}),
]

_STEP = st.one_of(
    _HAPPENS,
    _HAPPENS,
    _runs("stock"),
    _runs("nudge"),
    st.one_of(_runs("orders"), _runs("orders_sweep"), _runs("offers")),
    st.sampled_from(_FAULTS).map(lambda fault: ("fault", *fault)),
    st.one_of(st.just(("calm",)), st.just(("restart",)), st.sampled_from((1, 5, 11, 90)).map(lambda m: ("wait", m))),
)

_SOLD_WHILE_SENDING: list[Step] = [
    ("shop", 1, False),
    ("run", "stock", ((3, ("buy", 0, 1, False)),)),
    ("buy", 1, 2, True),
    ("run", "nudge", ((2, ("buy", 0, 1, True)), (3, ("run", "orders")))),
    ("run", "stock"),
]
_HELD_BACK: list[Step] = [
    ("buy", 0, 1, False),
    ("run", "orders"),
    ("run", "stock"),
    ("buy", 1, 2, True),
    ("buy", 2, 1, True),
    ("shop", 1, True),
    ("run", "orders_sweep", ((5, ("run", "nudge")),)),
    ("cancel", 0),
    ("run", "stock"),
]
_KILLED: list[Step] = [
    ("buy", 2, 2, True),
    ("run", "stock", (), 4),
    ("fault", "allegro", "drop_after", {"times": 3, "path_prefix": "/sale/"}),
    ("run", "orders", (), 4),
    ("run", "stock"),
    ("calm",),
    ("run", "nudge"),
    ("count", 2),
    ("run", "stock", ((3, ("buy", 2, 1, False)),)),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.timeout(0 if "LAW_EXAMPLES" in os.environ else 300)
def test_no_piece_is_sold_twice_except_before_the_other_side_could_be_told(
    world: Sandbox, config: Config, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    examples, tally = count(), Tally[str]()
    template = request.getfixturevalue("_sqlite_template")

    @example(stock=4, returns_stock=False, steps=_SOLD_WHILE_SENDING)
    @example(stock=3, returns_stock=True, steps=_HELD_BACK)
    @example(stock=5, returns_stock=False, steps=_KILLED)
    @given(
        stock=st.sampled_from((3, 4, 2, 6, 5, 1, 0)),
        returns_stock=st.booleans(),
        steps=st.lists(_STEP, min_size=8, max_size=16),
    )
    @settings(
        max_examples=int(os.environ.get("LAW_EXAMPLES", "2")),
        derandomize="LAW_EXAMPLES" not in os.environ,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    def trade(stock: int, returns_stock: bool, steps: list[Step]) -> None:
        world.reset()
        world.store.pretend_https = True
        path = tmp_path / f"law-{next(examples)}.db"
        shutil.copy(template, path)
        here = config.model_copy(update={"database_url": f"sqlite:///{path}"})
        with closing(Trade(world, here, stock, returns_stock)) as one:
            for step in steps:
                one.do(*step)
                one.check()
            one.settle()
            tally.update(one.tally)
            for what in one.tally:
                event(what)

    trade()
    sys.stdout.write(f"{next(examples)} examples: {dict(tally)}\n")
