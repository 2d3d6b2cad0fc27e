"""Problems of a report: how many are open, which are known errors, and what rests on their workarounds.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 7
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen

from svcdelivery.reporting.definitions import (
    INCIDENTS_ON_WORKAROUND,
    KNOWN_ERRORS,
    PROBLEMS,
    PROBLEMS_OPEN,
    WORKAROUNDS,
)
from svcdelivery.reporting.figures import Figure, count
from svcdelivery.storage.protocol import Unit
from svcdelivery.timeline import Instant
from svcdelivery.work.problem import ProblemRecord, ProblemStatus, fold_problem, problem_stream

__all__ = ["ProblemFigures", "problem_figures", "problems_as_of"]


@frozen(kw_only=True)
class ProblemFigures:
    """What the problems on record add up to.

    Attributes:
        counts: Recorded, open, known errors, those with a workaround, resolved; and incidents that rest on one.
        statuses: Every problem by its status.
        known_errors: Those still open, the oldest first.
    """

    counts: tuple[Figure, ...]
    statuses: tuple[tuple[str, int], ...]
    known_errors: tuple[ProblemRecord, ...]

    def to_data(self) -> dict[str, Any]:
        """Answer the figures for JSON."""
        return {
            "counts": [figure.to_data() for figure in self.counts],
            "by_status": dict(self.statuses),
            "known_errors": [
                {
                    "id": problem.id,
                    "summary": problem.summary,
                    "cause": problem.cause,
                    "workaround": problem.workaround,
                    "incidents": len(problem.incidents),
                    "on_workaround": len(problem.on_workaround),
                }
                for problem in self.known_errors
            ],
        }


def problems_as_of(unit: Unit, now: Instant, *, streams: Iterable[str]) -> tuple[ProblemRecord, ...]:
    """Answer the problems of a store as they stood at the instant of the report, by id.

    Args:
        streams: The names of all streams of the journal.
    """
    first = problem_stream("")
    named = sorted(stream for stream in streams if stream.startswith(first))
    folded = (fold_problem(f for f in unit.journal.load(stream) if f.occurred_at <= now) for stream in named)
    return tuple(problem for problem in folded if problem is not None)


def problem_figures(problems: Iterable[ProblemRecord]) -> ProblemFigures:
    """Answer the figures of problems."""
    recorded = tuple(problems)
    known = tuple(problem for problem in recorded if problem.is_known_error)
    worked_around = [problem for problem in known if problem.workaround]
    linked = sum(len(problem.incidents) for problem in recorded)
    resting = sum(len(problem.on_workaround) for problem in recorded)

    is_open = sum(problem.phase.is_open for problem in recorded)
    return ProblemFigures(
        counts=(
            count("problems recorded", len(recorded), len(recorded), of=PROBLEMS),
            count("open problems", is_open, len(recorded), of=PROBLEMS_OPEN),
            count("known errors", len(known), is_open, of=KNOWN_ERRORS),
            count("with a workaround", len(worked_around), len(known), of=WORKAROUNDS),
            count("incidents on a workaround", resting, linked, of=INCIDENTS_ON_WORKAROUND),
        ),
        statuses=tuple((status.value, sum(p.status is status for p in recorded)) for status in ProblemStatus),
        known_errors=tuple(sorted(known, key=lambda problem: (problem.known_at or problem.recorded_at, problem.id))),
    )
