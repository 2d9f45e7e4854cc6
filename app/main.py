"""Builds everything once: configuration, database, clients, jobs, API, scheduler."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI

from app.api.app import create_api
from app.api.deps import Services
from app.channels.http import Transport
from app.config import Config
from app.db import listings, migrate
from app.db.engine import Database
from app.logs import EventLog
from app.scheduler import Scheduler
from app.security import SecretBox
from app.sync.catalogue.coverage import Surveyor
from app.sync.catalogue.tree import CategoryTree
from app.sync.connect import Connector
from app.sync.housekeeping import keep_house
from app.sync.jobs import Job
from app.sync.known_taxes import KnownTaxes
from app.sync.lines import Lines
from app.sync.linking import Linker
from app.sync.listing.describing import Describer
from app.sync.listing.desk import ListingDesk
from app.sync.listing.job import GoodsLister
from app.sync.matching import Matcher
from app.sync.nudges import Inbox
from app.sync.offers.job import OfferSync
from app.sync.offers.watching import watch_offers
from app.sync.orders.job import OrderImport
from app.sync.orders.reimport import Reimporter
from app.sync.runner import Runner
from app.sync.shipping.invoice_desk import InvoiceDesk
from app.sync.shipping.invoicing import INVOICES, invoices_since, send_invoices
from app.sync.shipping.job import TRACKING, Tracking, work_since
from app.sync.shipping.known_carriers import KnownCarriers
from app.sync.shipping.noting import TRACKING_NOTES, note_tracking, notes_since
from app.sync.shipping.papers import PaperDesk
from app.sync.shipping.parcel_desk import ParcelDesk
from app.sync.shipping.pickup_desk import PickupDesk
from app.sync.webhooks import StoreTester, watch

_WEBHOOKS_EVERY = 600.0
# What Allegro is at work on is asked after; without open listings nothing is asked.
_LISTINGS_EVERY = 10.0
_TRACKING_EVERY = 120.0
_TRACKING_NOTES_EVERY = 3600.0
_INVOICES_EVERY = 60.0
_HOUSEKEEPING_EVERY = 900.0


def utc_now() -> datetime:
    return datetime.now(UTC)


def build_jobs(config: Config, now: Callable[[], datetime] = utc_now) -> dict[str, Job]:
    """Every job of the service, by name."""
    taxes = KnownTaxes()
    orders, offers = OrderImport(taxes), OfferSync(taxes)
    jobs = (
        Job(
            "orders",
            orders.follow_journal,
            every_seconds=config.orders_every,
            lease="orders",
            is_wanted=lambda account: account.settings.import_orders,
        ),
        Job(
            "orders_sweep",
            orders.sweep,
            every_seconds=config.sweep_every,
            lease="orders",
            is_wanted=lambda account: account.settings.import_orders,
        ),
        Job(
            "stock",
            offers.keep_stock,
            every_seconds=config.stock_every,
            lease="offers",
            is_wanted=lambda account: account.settings.sync_stock,
        ),
        Job(
            "prices",
            offers.keep_prices,
            every_seconds=config.prices_every,
            lease="offers",
            is_wanted=lambda account: account.settings.sync_prices,
        ),
        Job(
            "offers",
            watch_offers,
            every_seconds=config.stock_every,
            lease="offers",
            is_wanted=lambda account: account.settings.sync_offers,
        ),
        Job(
            TRACKING,
            Tracking(KnownCarriers(now)).keep_tracking,
            every_seconds=_TRACKING_EVERY,
            lease=TRACKING,
            is_wanted=lambda _account: True,
            work_since=work_since,
        ),
        Job(
            TRACKING_NOTES,
            note_tracking,
            every_seconds=_TRACKING_NOTES_EVERY,
            lease=TRACKING_NOTES,
            is_wanted=lambda account: account.settings.tracking_notes,
            work_since=notes_since,
        ),
        Job(
            INVOICES,
            send_invoices,
            every_seconds=_INVOICES_EVERY,
            lease=INVOICES,
            is_wanted=lambda _account: True,
            work_since=invoices_since,
        ),
        Job(
            "listings",
            GoodsLister(taxes).list_goods,
            every_seconds=_LISTINGS_EVERY,
            lease="listings",
            is_wanted=lambda _account: True,
            work_since=lambda session, account_id, now: listings.due_since(session, account_id, now=now),
            takes_long=True,
        ),
        Job(
            "webhooks",
            watch,
            every_seconds=_WEBHOOKS_EVERY,
            lease="webhooks",
            is_wanted=lambda _account: True,
            per_account=False,
        ),
        Job(
            "housekeeping",
            keep_house,
            every_seconds=_HOUSEKEEPING_EVERY,
            lease="housekeeping",
            is_wanted=lambda _account: True,
            per_account=False,
        ),
    )
    return {job.name: job for job in jobs}


def build(config: Config, *, now: Callable[[], datetime] = utc_now) -> Services:
    """The whole service, not running yet. The database must have been migrated before it is used."""
    database = Database(config.database_url)
    box = SecretBox([key.get_secret_value() for key in config.secret_key])
    lines = Lines(
        config=config,
        database=database,
        box=box,
        event_log=EventLog(config.event_log_dir),
        allegro_transport=Transport(),
        store_transport=Transport(connections=config.store_concurrency),
        now=now,
    )
    runner = Runner(jobs=build_jobs(config, now), config=config, database=database, lines=lines, now=now)
    connector = Connector(database, box, lines, config.application_url, now)
    inbox = Inbox(database, now)
    tree = CategoryTree(database, lines, now)
    return Services(
        config=config,
        database=database,
        box=box,
        lines=lines,
        runner=runner,
        connector=connector,
        tester=StoreTester(config, database, lines, now),
        reimporter=Reimporter(database, lines, now),
        linker=Linker(database, lines, now),
        matcher=Matcher(database, lines, config.lease_seconds, now),
        tree=tree,
        surveyor=Surveyor(database, lines, tree, KnownTaxes(), now),
        listing_desk=ListingDesk(database, lines, tree, KnownTaxes(), timedelta(seconds=config.allegro_settle), now),
        carriers=KnownCarriers(now),
        parcel_desk=ParcelDesk(database, lines, now),
        invoice_desk=InvoiceDesk(database, box, now),
        paper_desk=PaperDesk(database, lines, now),
        pickup_desk=PickupDesk(database, lines, now),
        describer=Describer(database, lines, tree, now),
        inbox=inbox,
        scheduler=Scheduler(runner, connector, inbox, database, now),
        now=now,
    )


def create_app(config: Config) -> FastAPI:
    """The service as an ASGI application that migrates its database and starts its scheduler."""
    services = build(config)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        migrate.upgrade(services.database)
        services.scheduler.start()
        yield
        services.scheduler.stop()
        services.close()

    return create_api(services, lifespan=lifespan)
