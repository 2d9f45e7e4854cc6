"""The command `woo-allegro`."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
import uvicorn
from rich.console import Console
from rich.table import Table

from app import logs
from app.api.deps import Services
from app.api.status import get_status
from app.config import load_config
from app.db import accounts, migrate
from app.demo.story import run_demo
from app.domain.runs import Run, RunState
from app.errors import BridgeError
from app.main import build, create_app
from app.security import new_key
from app.sync.connect import Check

app = typer.Typer(
    help="Keeps one WooCommerce store in step with Allegro seller accounts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
out = Console()
_OK, _FAILED, _MISUSED = 0, 1, 2


@app.command()
def serve() -> None:
    """Start the service: the API, the scheduler and the jobs. Migrates the database first."""
    config = load_config()
    logs.configure(config.log_level, config.log_format)
    service = create_app(config)
    # A database that does not answer is a sentence here; inside the server it would be a traceback.
    service.state.services.database.ping()
    uvicorn.run(service, host=config.host, port=config.port, log_config=None, access_log=False)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Do it once, check both sides, and exit.")] = False,
) -> None:
    """Start a pretend Allegro, a pretend store and the real service, and show a purchase arrive."""
    raise typer.Exit(run_demo(once=once))


@app.command()
def run(
    job: Annotated[str, typer.Argument(help="The job's name; `woo-allegro status` lists them.")],
    account: Annotated[int | None, typer.Option(help="Only this account's id.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")] = False,
) -> None:
    """Run one job now and show its report."""
    with _services() as services:
        run_id = services.runner.queue(job, account, dry_run=dry_run)
        report = services.runner.run_queued(run_id)
    _show_run(report)
    raise typer.Exit(_OK if report.state is RunState.DONE and not report.failed else _FAILED)


@app.command()
def status() -> None:
    """Show how everything stands, as the API's `status` does."""
    with _services() as services:
        out.print_json(json.dumps(get_status(services).model_dump(mode="json")))


@app.command()
def doctor() -> None:
    """Check the configuration, the database, the store and every account, and say what to do."""
    with _services() as services:
        checks = [Check("database", ok=True, detail="It answers and has all migrations.")]
        config = services.config
        if config.store_url is None or config.store_key is None or config.store_secret is None:
            checks.append(
                Check("store", ok=False, detail="Set BRIDGE_STORE_URL, BRIDGE_STORE_KEY, BRIDGE_STORE_SECRET.")
            )
        else:
            checks += [Check(f"store: {each.name}", each.ok, each.detail) for each in services.tester.test()]
        with services.database.reading() as session:
            present = accounts.every(session)
        for account in present:
            for each in services.connector.test(account.id):
                checks.append(Check(f"account {account.name}: {each.name}", each.ok, each.detail))
    for check in checks:
        out.print(f"[{'green' if check.ok else 'red'}]{'ok  ' if check.ok else 'FAIL'}[/] {check.name}: {check.detail}")
    raise typer.Exit(_OK if all(check.ok for check in checks) else _FAILED)


@app.command()
def keys() -> None:
    """Print new random keys, as lines for `.env`."""
    for name in ("BRIDGE_SECRET_KEY", "BRIDGE_API_KEY", "BRIDGE_STORE_WEBHOOK_SECRET"):
        typer.echo(f"{name}={new_key()}")


@contextmanager
def _services() -> Iterator[Services]:
    """The built service on a migrated database, with nothing scheduled."""
    config = load_config()
    # What a command prints is its answer; its log tells of trouble only.
    logs.configure("warning" if config.log_level == "info" else config.log_level, config.log_format)
    services = build(config)
    migrate.upgrade(services.database)
    try:
        yield services
    finally:
        services.close()


def _show_run(run: Run) -> None:
    table = Table("what", "from", "to", "result", "why", title=f"{run.job}: {run.state}")
    for change in run.changes:
        table.add_row(change.what, change.before, change.after, change.result, change.why)
    out.print(table)
    out.print(f"seen {run.seen}, planned {run.planned}, done {run.done}, skipped {run.skipped}, failed {run.failed}")
    if run.error:
        out.print(run.error, style="red")


def cli() -> None:
    """Run the command; an error of ours is a sentence, not a traceback."""
    try:
        app()
    except BridgeError as error:
        typer.echo(str(error), err=True)
        sys.exit(_MISUSED)


if __name__ == "__main__":
    cli()
