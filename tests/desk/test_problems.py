"""Problems at the desk: incidents and the problem that causes them tell each other, in one transaction."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from svcdelivery.errors import (
    InvalidValueError,
    KeyReused,
    NotFoundError,
    NotPermittedError,
    ServiceDeliveryError,
    TransitionRefusedError,
)
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.work import Linked, LinkKind, Mistaken, Resolved, causes_of
from svcdelivery.work.problem import ProblemRecord, ProblemStatus, fold_problem
from tests.desk.world import ANN, BOB, OLGA, World, keys


def known_error(world: World, workaround: str = "restart the queue") -> str:
    """Answer the id of a known error."""
    problems = world.desk.problems
    id = problems.record(summary="mail stops each Monday", services=["email"], by=BOB, key=next(keys)).record.id
    problems.declare_known_error(id, cause="the queue fills", workaround=workaround, by=BOB, key=next(keys))
    return id


def resolve(world: World, incident: str, **rest: Any) -> Any:
    return world.desk.incidents.resolve(incident, by=BOB, key=next(keys), **rest)


def check(world: World, id: str) -> ProblemRecord:
    """Insist that the problem's row is what its facts say, and answer it."""
    with world.store.unit("main", write=False) as unit:
        folded = fold_problem(unit.journal.load(f"problem:{id}"))
    problem = world.desk.problems.get(id)
    assert problem == folded
    return problem


class TestWorkarounds:
    def test_an_incident_says_which_known_error_it_was_resolved_around(self, world: World) -> None:
        """Linked as its cause, told to the problem, one transaction."""
        id, incident = known_error(world), world.started_incident()
        outcome = resolve(world, incident, outcome="restarted", workaround_of=id)
        assert outcome.record.workaround_of == outcome.record.rests_on == f"problem:{id}"
        bodies = [fact.body for fact in outcome.facts]
        assert [b.workaround_of for b in bodies if isinstance(b, Resolved)] == [f"problem:{id}"]
        assert [(b.kind, b.item) for b in bodies if isinstance(b, Linked)] == [(LinkKind.CAUSED_BY, f"problem:{id}")]
        problem = check(world, id)
        assert problem.incidents == problem.on_workaround == (f"incident:{incident}",)
        world.check(f"incident:{incident}")

    def test_the_known_error_stays_open_until_there_is_a_fix_and_nothing_rests_on_the_workaround(
        self, world: World
    ) -> None:
        """Each refusal says why; closing the incident makes the way free."""
        id, incident = known_error(world), world.started_incident()
        resolve(world, incident, workaround_of=id)
        problems = world.desk.problems
        with pytest.raises(TransitionRefusedError, match="needs a fix"):
            problems.close(id, by=BOB, key=next(keys))
        problems.resolve(id, fix="a larger queue", by=BOB, key=next(keys))
        before = problems.get(id)
        with pytest.raises(TransitionRefusedError, match=f"not closed: incident:{incident}"):
            problems.close(id, by=BOB, key=next(keys))
        assert check(world, id) == before
        world.desk.incidents.close(incident, by=BOB, key=next(keys))
        assert problems.close(id, by=BOB, key=next(keys)).record.status is ProblemStatus.CLOSED
        check(world, id)

    def test_an_incident_opened_again_rests_on_it_no_longer(self, world: World) -> None:
        """And resolved another way it does not rest on it again."""
        id, incident = known_error(world), world.started_incident()
        resolve(world, incident, workaround_of=id)
        world.desk.incidents.reopen(incident, ground="stopped again", by=ANN, key=next(keys))
        assert check(world, id).on_workaround == ()
        assert resolve(world, incident).record.workaround_of == ""
        problem = check(world, id)
        assert (problem.on_workaround, problem.incidents) == ((), (f"incident:{incident}",))

    def test_a_resolution_that_never_was_lifts_it(self, world: World) -> None:
        """Read from the record as corrected."""
        id, incident = known_error(world), world.started_incident()
        facts = resolve(world, incident, workaround_of=id).facts
        (version,) = [fact.version for fact in facts if isinstance(fact.body, Resolved)]
        world.desk.incidents.correct(incident, Mistaken(version), ground="wrong incident", by=BOB, key=next(keys))
        assert check(world, id).on_workaround == ()

    def test_without_a_workaround_in_place_nothing_is_resolved_around_it(self, world: World) -> None:
        """None known, withdrawn, fixed, or no such problem."""
        incident = world.started_incident()
        with pytest.raises(NotFoundError, match="unknown problem"):
            resolve(world, incident, workaround_of="nothing")
        id = known_error(world, workaround="")
        with pytest.raises(InvalidValueError, match="document one first"):
            resolve(world, incident, workaround_of=id)
        problems = world.desk.problems
        problems.document_workaround(id, text="restart", by=BOB, key=next(keys))
        problems.withdraw_workaround(id, ground="loses mails", by=BOB, key=next(keys))
        with pytest.raises(InvalidValueError, match="document one first"):
            resolve(world, incident, workaround_of=id)
        problems.document_workaround(id, text="restart twice", by=BOB, key=next(keys))
        problems.resolve(id, fix="a larger queue", by=BOB, key=next(keys))
        with pytest.raises(InvalidValueError, match="it is resolved"):
            resolve(world, incident, workaround_of=id)
        assert world.desk.incidents.get(incident).status.value == "in_progress"


class TestLinks:
    def test_an_incident_is_linked_to_the_problem_that_caused_it(self, world: World) -> None:
        """Both sides know; a mistaken link is taken back on both."""
        id, incident = known_error(world), world.incident()
        link = world.desk.incidents.link
        link(incident, kind=LinkKind.CAUSED_BY, to=f"problem:{id}", by=BOB, key=next(keys))
        assert check(world, id).incidents == (f"incident:{incident}",)
        assert causes_of(world.desk.incidents.facts(incident)) == (f"problem:{id}",)
        (fact,) = [f for f in world.desk.incidents.facts(incident) if isinstance(f.body, Linked)]
        world.desk.incidents.correct(incident, Mistaken(fact.version), ground="another", by=BOB, key=next(keys))
        assert check(world, id).incidents == ()

    def test_only_as_a_cause_only_of_incidents_and_only_of_what_was_not_given_up(self, world: World) -> None:
        """A problem is no duplicate and no request's cause."""
        id, incident, request = known_error(world), world.incident(), world.request()
        incidents = world.desk.incidents
        with pytest.raises(NotFoundError):
            incidents.link(incident, kind=LinkKind.DUPLICATE_OF, to=f"problem:{id}", by=BOB, key=next(keys))
        with pytest.raises(NotFoundError):
            world.desk.requests.link(request, kind=LinkKind.CAUSED_BY, to=f"problem:{id}", by=BOB, key=next(keys))
        none = world.desk.problems.record(summary="a suspicion", by=BOB, key=next(keys)).record.id
        world.desk.problems.cancel(none, note="a misunderstanding", by=BOB, key=next(keys))
        with pytest.raises(InvalidValueError, match="not given up"):
            incidents.link(incident, kind=LinkKind.CAUSED_BY, to=f"problem:{none}", by=BOB, key=next(keys))


class TestCommands:
    def test_asked_again_the_first_answer_stands(self, world: World) -> None:
        """Also later, and also for a problem that got its id from the desk."""
        said = {"summary": "mail stops", "services": ["email"], "by": BOB, "key": next(keys)}
        first = world.desk.problems.record(**said)
        world.time.advance(hours=1)
        again = world.desk.problems.record(**said)
        assert (again.replayed, again.record, again.facts) == (True, first.record, first.facts)
        with pytest.raises(KeyReused):
            world.desk.problems.record(**{**said, "summary": "something else"})
        with pytest.raises(InvalidValueError, match="a free id"):
            world.desk.problems.record(summary="x", id=first.record.id, by=BOB, key=next(keys))

    def test_they_are_the_providers_own_people_s(self, world: World) -> None:
        """The denial is on record, the problem as it was."""
        id = known_error(world)
        before = check(world, id)
        with pytest.raises(NotPermittedError):
            world.desk.problems.resolve(id, fix="mine", by=ANN, key=next(keys))
        with pytest.raises(NotPermittedError):
            world.desk.problems.record(summary="mine", by=ANN, key=next(keys))
        assert check(world, id) == before
        with pytest.raises(NotFoundError, match="unknown problem `nothing`"):
            world.desk.problems.investigate("nothing", by=BOB, key=next(keys))

    def test_known_errors_are_found_by_service(self, world: World) -> None:
        """Those resolved are known errors no longer."""
        first, second = known_error(world), known_error(world)
        other = world.desk.problems.record(summary="paper jams", services=["print"], by=BOB, key=next(keys)).record.id
        world.desk.problems.investigate(other, owner="olga", by=OLGA, key=next(keys))
        world.desk.problems.resolve(second, fix="a larger queue", by=BOB, key=next(keys))
        assert [problem.id for problem in world.desk.problems.known_errors()] == [first]
        assert world.desk.problems.known_errors(service="print") == ()
        (found,) = world.desk.problems.find(status="under_investigation").items
        assert (found.id, found.owner) == (other, "olga")


class ProblemMachine(RuleBasedStateMachine):
    """Incidents and problems in any order: each problem knows exactly those it caused and those resting on it."""

    @initialize()
    def begin(self) -> None:
        self.world = World(MemoryStore())
        self.problems = [known_error(self.world) for _ in range(2)]
        self.incidents = [self.world.started_incident() for _ in range(3)]

    def attempt(self, command: Any, *args: Any, **said: Any) -> None:
        try:
            command(*args, by=BOB, key=next(keys), **said)
        except (TransitionRefusedError, InvalidValueError):
            pass
        except ServiceDeliveryError as error:
            raise AssertionError(f"refused otherwise than by its status: {error}") from error

    @rule(incident=st.integers(0, 2), problem=st.integers(0, 1), how=st.sampled_from(["link", "around", "fix"]))
    def help(self, incident: int, problem: int, how: str) -> None:
        id, of, desk = self.incidents[incident], self.problems[problem], self.world.desk.incidents
        if how == "link":
            self.attempt(desk.link, id, kind=LinkKind.CAUSED_BY, to=f"problem:{of}")
        else:
            self.attempt(desk.resolve, id, **({"workaround_of": of} if how == "around" else {}))

    @rule(incident=st.integers(0, 2), reopen=st.booleans())
    def go_on(self, incident: int, reopen: bool) -> None:
        desk, id = self.world.desk.incidents, self.incidents[incident]
        self.attempt(desk.reopen if reopen else desk.close, id, **({"ground": "again"} if reopen else {}))

    @rule(problem=st.integers(0, 1), action=st.sampled_from(["resolve", "close", "reopen", "withdraw_workaround"]))
    def settle(self, problem: int, action: str) -> None:
        said = {"resolve": {"fix": "x"}, "withdraw_workaround": {"ground": "x"}, "reopen": {"note": "x"}}
        self.attempt(getattr(self.world.desk.problems, action), self.problems[problem], **said.get(action, {}))

    @precondition(lambda self: hasattr(self, "world"))
    @invariant()
    def both_sides_tell_the_same(self) -> None:
        for id in self.problems:
            problem, stream = check(self.world, id), f"problem:{id}"
            incidents = [self.world.desk.incidents.get(incident) for incident in self.incidents]
            assert set(problem.on_workaround) == {f"incident:{i.id}" for i in incidents if i.rests_on == stream}
            facts = {f"incident:{i.id}": self.world.desk.incidents.facts(i.id) for i in incidents}
            assert set(problem.incidents) == {item for item, told in facts.items() if stream in causes_of(told)}
            if problem.status is ProblemStatus.CLOSED:
                assert not problem.on_workaround


TestProblemMachine = ProblemMachine.TestCase
TestProblemMachine.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
