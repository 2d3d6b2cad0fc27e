"""Incidents at the desk: how they are resolved, and those that are handled as major."""

from __future__ import annotations

from typing import Any

from svcdelivery.agreement import AgreementRevision
from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.work.casework import Case
from svcdelivery.desk.work.items import WorkDesk
from svcdelivery.desk.work.linking import workaround_in_place
from svcdelivery.errors import InvalidValueError
from svcdelivery.identity import Actor
from svcdelivery.system import RunStatus, fold_maintenance, fold_run, maintenance_stream, run_stream
from svcdelivery.work import INCIDENT, Incident, IncidentRecorded, Work, commands

__all__ = ["IncidentDesk"]


class IncidentDesk(WorkDesk[Incident]):
    """Incidents."""

    _kind = INCIDENT
    _receipt = IncidentRecorded

    def resolve(
        self,
        id: str,
        *,
        outcome: str = "",
        run: str = "",
        workaround_of: str = "",
        maintenance: str = "",
        by: Actor,
        key: str,
    ) -> Outcome[Incident]:
        """Make the service work again; the satisfaction invitation goes out in the same transaction.

        Args:
            run: The run of a procedure that did it; it must be finished, and have been for this incident.
            workaround_of: The problem whose workaround did it. The incident is linked to it as its cause, and rests on
                the workaround until it is closed or opened again.
            maintenance: The maintenance request that did it; it must be done, and have been for this incident.

        Raises:
            InvalidValueError: No such run or maintenance, or a problem without a workaround in place.
            NotFoundError: No such problem.
        """
        said = {"outcome": outcome}
        means = {"run": run, "workaround_of": workaround_of, "maintenance": maintenance}
        said |= {name: given for name, given in means.items() if given}
        ask = Ask(action="resolve", id=id, by=by, key=key, said=said)
        if run:
            self._check_run(run, self._kind.stream(id))
        if maintenance:
            self._check_maintenance(maintenance, self._kind.stream(id))

        def make(work: Work, case: Case) -> Any:
            problem = workaround_in_place(case.unit, workaround_of) if workaround_of else ""
            return commands.resolve(work, outcome=outcome, run=run, workaround_of=problem, maintenance=maintenance)

        return self._act(ask, make)

    def declare_major(self, id: str, *, ground: str, plan: str | None = None, by: Actor, key: str) -> Outcome[Incident]:
        """Handle an open incident as a major one; from now on its audiences are told by a communication plan.

        Args:
            plan: A plan of the agreement; without it, the only one there is, or none.

        Raises:
            InvalidValueError: No ground, a plan the agreement does not have, or several to choose from.
            TransitionRefusedError: It is one already, or is open no longer.
        """

        def make(work: Work, case: Case) -> Any:
            assert isinstance(work, Incident), "an incident's command"
            return commands.declare_major(work, ground=ground, plan=_plan(case.terms, plan))

        ask = Ask(action="declare_major", id=id, by=by, key=key, said={"ground": ground, "plan": plan})
        return self._act(ask, make)

    def stand_down(self, id: str, *, ground: str, by: Actor, key: str) -> Outcome[Incident]:
        """Handle a major incident as others are again; what is owed to its audiences goes by the usual duties.

        Raises:
            InvalidValueError: No ground.
            TransitionRefusedError: It is no major incident, or is closed.
        """

        def make(work: Work, _case: Case) -> Any:
            assert isinstance(work, Incident), "an incident's command"
            return commands.stand_down(work, ground=ground)

        return self._act(Ask(action="stand_down", id=id, by=by, key=key, said={"ground": ground}), make)

    def _check_run(self, id: str, item: str) -> None:
        with self._engine.read_unit() as unit:
            found = fold_run(unit.journal.load(run_stream(id)))
        if found is None or found.item != item or found.status is not RunStatus.FINISHED:
            raise InvalidValueError(what=f"a finished run for `{item}`", value=id, path="run")

    def _check_maintenance(self, id: str, item: str) -> None:
        with self._engine.read_unit() as unit:
            found = fold_maintenance(unit.journal.load(maintenance_stream(id)))
        if found is None or found.item != item or found.done_at is None:
            raise InvalidValueError(what=f"maintenance done for `{item}`", value=id, path="maintenance")


def _plan(terms: AgreementRevision, plan: str | None) -> str:
    plans = terms.plans
    if plan is None and len(plans) <= 1:
        return next(iter(plans), "")
    if plan not in plans:
        known = ", ".join(f"`{name}`" for name in plans) or "the agreement has none"
        raise InvalidValueError(what="a communication plan", value=plan, path="plan", hint=known)
    return plan
