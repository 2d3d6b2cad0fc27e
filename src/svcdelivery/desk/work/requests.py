"""Service requests at the desk: what may be asked for of them alone."""

from __future__ import annotations

from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.work.items import WorkDesk
from svcdelivery.identity import Actor
from svcdelivery.work import REQUEST, RequestReceived, ServiceRequest, commands

__all__ = ["RequestDesk"]


class RequestDesk(WorkDesk[ServiceRequest]):
    """Service requests."""

    _kind = REQUEST
    _receipt = RequestReceived

    def accept(self, id: str, *, note: str = "", by: Actor, key: str) -> Outcome[ServiceRequest]:
        """Take a request on."""
        ask = Ask(action="accept", id=id, by=by, key=key, said={"note": note})
        return self._act(ask, lambda work, _: commands.accept(work, note=note))

    def reject(self, id: str, *, ground: str, by: Actor, key: str) -> Outcome[ServiceRequest]:
        """Turn a request down, and say why."""
        ask = Ask(action="reject", id=id, by=by, key=key, said={"ground": ground})
        return self._act(ask, lambda work, _: commands.reject(work, ground=ground))

    def fulfill(self, id: str, *, outcome: str = "", by: Actor, key: str) -> Outcome[ServiceRequest]:
        """Deliver what was asked for; the satisfaction invitation goes out in the same transaction."""
        ask = Ask(action="fulfill", id=id, by=by, key=key, said={"outcome": outcome})
        return self._act(ask, lambda work, _: commands.fulfill(work, outcome=outcome))
