"""Problems: a workaround helps incidents, only a fix helps the problem."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from svcdelivery.errors import IntegrityError, InvalidValueError, TransitionRefusedError
from svcdelivery.facts import NewFact, from_plain, history, to_plain
from svcdelivery.timeline import from_micros
from svcdelivery.work.problem import (
    IncidentLinked,
    IncidentUnlinked,
    ProblemRecord,
    ProblemStatus,
    WorkaroundApplied,
    WorkaroundReleased,
    declare_known_error,
    document_workaround,
    fold_problem,
    investigate,
    problem_stream,
    record_problem,
    resolve_problem,
    settle,
    withdraw_workaround,
)
from tests.clock.worlds import BOB

RECORDED = record_problem(summary="mail stops each Monday", services=["email"], owner="workplace")
LINKED = IncidentLinked(item="incident:1", received_at=from_micros(0))
APPLIED, RELEASED = WorkaroundApplied(item="incident:1"), WorkaroundReleased(item="incident:1")


def folded(*bodies: Any) -> ProblemRecord:
    entries = [NewFact(body=b, actor=BOB, occurred_at=from_micros(n)) for n, b in enumerate((RECORDED, *bodies))]
    problem = fold_problem(history(problem_stream("p1"), entries))
    assert problem is not None
    assert from_plain(ProblemRecord, to_plain(problem)) == problem
    return problem


def known(*bodies: Any) -> tuple[Any, ...]:
    """The facts of a known error with a workaround, and what else happened."""
    error = declare_known_error(folded(), cause="the queue fills over the weekend")
    return error, document_workaround(folded(error), text="restart the queue"), *bodies


def test_its_course_is_that_of_the_practice() -> None:
    """Recorded, under investigation, known error, resolved, closed; each step keeps what was said."""
    course: list[Any] = [investigate(folded(), owner="bob")]
    course.append(declare_known_error(folded(*course), cause="the queue fills over the weekend"))
    assert folded(*course).is_known_error
    course.append(document_workaround(folded(*course), text="restart the queue"))
    course.append(resolve_problem(folded(*course), fix="a larger queue", change="CHG-7"))
    course.append(settle(folded(*course), "close"))
    problem = folded(*course)
    assert (problem.status, problem.owner, problem.fix, problem.change) == (
        ProblemStatus.CLOSED, "bob", "a larger queue", "CHG-7",
    )  # fmt: skip
    assert (problem.known_at, problem.resolved_at, problem.closed_at) == tuple(map(from_micros, (2, 4, 5)))
    again = folded(*course, settle(problem, "reopen", note="full again"))
    assert (again.status, again.reopened, again.resolved_at) == (ProblemStatus.UNDER_INVESTIGATION, 1, None)


def test_a_workaround_keeps_its_known_error_open() -> None:
    """It resolves incidents; the problem needs a fix, and the refusal says so."""
    problem = folded(*known(LINKED, APPLIED))
    assert (problem.status, problem.workaround) == (ProblemStatus.KNOWN_ERROR, "restart the queue")
    with pytest.raises(TransitionRefusedError, match="needs a fix") as caught:
        settle(problem, "close")
    assert "resolve" in caught.value.possible


def test_it_is_not_closed_while_an_incident_rests_on_its_workaround_alone() -> None:
    """The refusal names the incidents; closed or opened again they stand in the way no longer."""
    fixed = (*known(LINKED, APPLIED), resolve_problem(folded(*known()), fix="a larger queue"))
    with pytest.raises(TransitionRefusedError, match="workaround alone and not closed: incident:1"):
        settle(folded(*fixed), "close")
    many = (*fixed, *(WorkaroundApplied(item=f"incident:{n}") for n in range(2, 7)))
    with pytest.raises(TransitionRefusedError, match="incident:1, incident:2, incident:3 and 3 more"):
        settle(folded(*many), "close")
    released = folded(*fixed, RELEASED)
    assert (released.on_workaround, released.applied) == ((), 1)
    settle(released, "close")


def test_it_is_not_given_up_while_an_incident_rests_on_it() -> None:
    """A suspicion can be given up, what incidents rest on cannot."""
    settle(folded(), "cancel", note="a misunderstanding")
    looked = investigate(folded())
    tried = document_workaround(folded(looked), text="restart")
    with pytest.raises(TransitionRefusedError, match="workaround alone"):
        settle(folded(looked, tried, APPLIED), "cancel", note="no time")


def test_a_workaround_can_be_replaced_and_withdrawn() -> None:
    """Only one is in place at a time."""
    problem = folded(*known(document_workaround(folded(*known()), text="drop the oldest mails")))
    assert problem.workaround == "drop the oldest mails"
    gone = folded(*known(withdraw_workaround(problem, ground="mails were lost")))
    assert gone.workaround == ""
    with pytest.raises(TransitionRefusedError, match="no workaround is in place"):
        withdraw_workaround(gone, ground="again")
    with pytest.raises(TransitionRefusedError, match="it is recorded"):
        document_workaround(folded(), text="wait")


def test_links_come_and_go() -> None:
    """Told twice they count once."""
    second = evolve(LINKED, item="incident:2")
    assert folded(LINKED, second, LINKED).incidents == ("incident:1", "incident:2")
    assert folded(LINKED, second, IncidentUnlinked(item="incident:1")).incidents == ("incident:2",)


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_nothing_is_said_without_words(text: str) -> None:
    """Summary, cause, workaround, fix and the ground of giving up."""
    done = folded(*known())
    for said in (
        lambda: record_problem(summary=text),
        lambda: declare_known_error(folded(), cause=text),
        lambda: document_workaround(done, text=text),
        lambda: withdraw_workaround(done, ground=text),
        lambda: resolve_problem(done, fix=text),
        lambda: settle(folded(), "cancel", note=text),
    ):
        with pytest.raises(InvalidValueError, match="say it in words"):
            said()


def test_damaged_facts_are_told() -> None:
    """No fold without a beginning, none through a move there is not."""
    assert fold_problem(()) is None
    with pytest.raises(IntegrityError, match="does not begin with its recording"):
        fold_problem(history("problem:x", [NewFact(body=APPLIED, actor=BOB, occurred_at=from_micros(0))]))
    with pytest.raises(IntegrityError, match="cannot resolve while recorded"):
        folded(resolve_problem(folded(*known()), fix="x"))
