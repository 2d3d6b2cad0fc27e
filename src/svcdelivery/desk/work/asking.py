"""Rows beside the work's own: when each requester was last asked how it was, and the actions that were raised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from svcdelivery.desk.command.rows import ACTIONS
from svcdelivery.facts import Fact
from svcdelivery.improvement import CorrectiveActionRaised, fold_action
from svcdelivery.satisfaction import SurveyInvited
from svcdelivery.storage.protocol import Record, Unit
from svcdelivery.timeline import Instant, format_instant, parse_instant

__all__ = ["last_invited", "rows_beside"]

_INVITATION = "invitation"


def last_invited(unit: Unit, requester: str) -> Instant | None:
    """Answer when a requester was last asked how it was, None if never."""
    row = unit.records.get(_INVITATION, requester) if requester else None
    return None if row is None else parse_instant(row.data["invited_at"])


def rows_beside(recorded: Iterable[Fact[Any]]) -> Iterator[Record]:
    """Answer the rows of what was recorded beside the course of an item."""
    for fact in recorded:
        match fact.body:
            case SurveyInvited(requester=requester, token=token):
                data = {"invited_at": format_instant(fact.occurred_at), "token": token}
                yield Record(kind=_INVITATION, id=requester, stream=fact.stream, version=fact.version, data=data)
            case CorrectiveActionRaised():
                action = fold_action((fact,))
                assert action is not None, "a raised action folds"
                yield ACTIONS.row(action)
            case _:  # whatever else is recorded has no row beside the work's own
                pass
