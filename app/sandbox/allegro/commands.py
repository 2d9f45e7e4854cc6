"""Commands that change many offers: accepted at once, executed later, and answered for task by task."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from app.sandbox.allegro.answers import ApiError, iso
from app.sandbox.allegro.offers import Offer
from app.sandbox.allegro.problems import Refused
from app.sandbox.allegro.quotas import Quotas
from app.sandbox.allegro.shelf import Shelf
from app.sandbox.faults import Fault

Body = dict[str, Any]
Kind = Literal["quantity", "price", "publication", "bulk"]

_ZERO_SECONDS = 60
_REVERSED_SECONDS = 30
_EVERY_SECOND = 2


@dataclass
class Task:
    """One change of one offer. `change` raises Refused where Allegro does not take it."""

    offer_id: str
    field: str
    change: Callable[[Offer, datetime], None]
    status: Literal["NEW", "SUCCESS", "FAIL"] = "NEW"
    refusal: Refused | None = None
    reported: bool = True

    def run(self, offers: dict[str, Offer], seller: str, now: datetime) -> None:
        try:
            offer = offers.get(self.offer_id)
            if offer is None or offer.seller != seller or offer.archived_at is not None:
                raise Refused("OFFER_NOT_FOUND", "The offer does not exist.")
            self.change(offer, now)
        except Refused as refusal:
            self.fail(refusal)
        else:
            self.status = "SUCCESS"

    def fail(self, refusal: Refused) -> None:
        self.status, self.refusal = "FAIL", refusal

    def view(self, kind: Kind) -> Body:
        refusal = self.refusal
        errors = [] if refusal is None else [ApiError(422, refusal.code, refusal.message, path=refusal.path)]
        subject: Body = {"offer": {"id": self.offer_id}, "field": self.field}
        if kind == "bulk":
            subject = {"subject": {"offerId": self.offer_id, "field": self.field}}
        return {
            **subject,
            "status": self.status,
            "message": refusal.message if refusal else None,
            "errors": [each for error in errors for each in error.body()["errors"]],
        }


@dataclass
class Command:
    """`first_report` is what the call that sent it was answered with, and what any repetition of it is."""

    kind: Kind
    id: str
    seller: str
    body: Body
    tasks: list[Task]
    created_at: datetime
    completed_at: datetime | None = None
    counts_from: datetime | None = None
    first_report: Body = field(default_factory=dict)

    def report(self, now: datetime) -> Body:
        counted = self._counted(now)
        return {
            "id": self.id,
            "createdAt": iso(self.created_at),
            "completedAt": iso(self.completed_at) if self.completed_at and counted else None,
            "taskCount": {
                "total": len(counted),
                "success": sum(task.status == "SUCCESS" for task in counted),
                "failed": sum(task.status == "FAIL" for task in counted),
            },
        }

    def page(self, offset: int, limit: int, now: datetime) -> list[Body]:
        shown = [task for task in self._counted(now) if task.reported]
        return [task.view(self.kind) for task in shown[offset : offset + limit]]

    def _counted(self, now: datetime) -> list[Task]:
        return [] if self.counts_from is not None and now < self.counts_from else self.tasks


class Commands:
    """`seconds` is how long commands wait before they are executed. Not safe by itself: callers hold the lock."""

    def __init__(self, shelf: Shelf, quotas: Quotas) -> None:
        self.shelf = shelf
        self.quotas = quotas
        self.reset()

    def reset(self) -> None:
        self.seconds = 0.0
        self.all: dict[tuple[str, Kind, str], Command] = {}
        self._held: list[Command] = []

    def accept(self, kind: Kind, seller: str, command_id: str, body: Body, tasks: Sequence[Task]) -> Body:
        """The report that answers it: nothing is counted yet. Sent again, it is answered alike and not repeated.

        Raises ApiError 409 where the id was used for something else, 429 for too many offers.
        """
        known = self.all.get((seller, kind, command_id))
        if known is not None:
            if known.body != body:
                raise ApiError(
                    409,
                    "COMMAND_ALREADY_REGISTERED_WITH_DIFFERENT_CONTENT",
                    f"The command {command_id} has been registered with different content.",
                )
            return known.first_report
        self.quotas.charge(kind, seller, len({task.offer_id for task in tasks}))
        now = self.shelf.clock.now()
        command = Command(kind, command_id, seller, body, list(tasks), now)
        uncounted = {"total": 0, "success": 0, "failed": 0}
        command.first_report = {**command.report(now), "taskCount": uncounted}
        self.all[(seller, kind, command_id)] = command
        zero = self._strike("command_counts_zero", command)
        if zero is not None:
            command.counts_from = now + timedelta(seconds=float(zero.args.get("seconds", _ZERO_SECONDS)))
        self._plan(command)
        return command.first_report

    def find(self, kind: Kind, seller: str, command_id: str) -> Command:
        """Raises ApiError 404."""
        self.shelf.agenda.catch_up()
        command = self.all.get((seller, kind, command_id))
        if command is None:
            raise ApiError(404, "COMMAND_NOT_FOUND", f"There is no command {command_id}.")
        return command

    def _strike(self, name: str, command: Command) -> Fault | None:
        """The fault, if it strikes this command: args `kind` and `offer_id` narrow which commands it counts."""
        faults = self.shelf.faults
        fault = faults.active().get(name)
        if fault is None or fault.args.get("kind", command.kind) != command.kind:
            return None
        offer_id = fault.args.get("offer_id")
        if offer_id is not None and all(task.offer_id != offer_id for task in command.tasks):
            return None
        return faults.strike(name)

    def _plan(self, command: Command) -> None:
        waits = self._strike("commands_reversed", command)
        if waits is None:
            self.shelf.agenda.after(self.seconds, lambda moment: self._execute(command, moment))
            return
        self._held.append(command)
        if len(self._held) == 1:
            self.shelf.agenda.after(float(waits.args.get("seconds", _REVERSED_SECONDS)), self._execute_held)

    def _execute_held(self, moment: datetime) -> None:
        held, self._held = self._held, []
        for command in reversed(held):
            self._execute(command, moment)

    def _execute(self, command: Command, moment: datetime) -> None:
        stuck = self._strike("command_tasks_new", command)
        missing = self._strike("command_task_missing", command)
        partial = self._strike("command_partial", command)
        lies = self._strike("command_lies", command)
        lost = None
        if missing is not None:
            lost = missing.args.get("offer_id", command.tasks[-1].offer_id)
        for place, task in enumerate(command.tasks, start=1):
            if _meant(stuck, task):
                continue
            if task.offer_id == lost:
                task.reported = False
            elif partial is not None and _meant(partial, task) and _nth(partial, place):
                task.fail(Refused(partial.args.get("code", "INTERNAL_SERVER_ERROR"), "The offer was not changed."))
            elif _meant(lies, task):
                task.status = "SUCCESS"
            else:
                task.run(self.shelf.offers, command.seller, moment)
        if all(task.status != "NEW" or not task.reported for task in command.tasks):
            command.completed_at = moment


def _nth(fault: Fault, place: int) -> bool:
    return "offer_id" in fault.args or place % int(fault.args.get("every", _EVERY_SECOND)) == 0


def _meant(fault: Fault | None, task: Task) -> bool:
    return fault is not None and fault.args.get("offer_id", task.offer_id) == task.offer_id
