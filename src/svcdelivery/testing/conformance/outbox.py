"""Scenarios of messages and marks: what goes out with the facts, and how far followers of the feed have come."""

from __future__ import annotations

from functools import partial

from svcdelivery.errors import InvalidValueError
from svcdelivery.storage.protocol import Message, Parcel, Unit
from svcdelivery.testing.conformance.kit import START, Lab, Scenario, expect, later, refused, scenario, texts, write

__all__ = ["SCENARIOS"]

SCENARIOS: list[Scenario] = []


def _message(id: str, *, due: int = 0, topic: str = "mail", data: object = None) -> Message:
    return Message(id=id, topic=topic, stream="a", due_at=later(due), data=data)


def _ids(messages: object) -> list[str]:
    return [message.id for message in messages]  # type: ignore[attr-defined]


def _claim(unit: Unit, *, now: int, until: int, limit: int = 100, topics: tuple[str, ...] = ()) -> list[Parcel]:
    claim = unit.outbox.claim
    return list(claim(later(now), now=later(now), until=later(until), owner="w", topics=topics, limit=limit))


@scenario(SCENARIOS, "outbox")
def messages_come_back_equal_and_in_order(lab: Lab) -> None:
    """Messages wait in the order of their instants, that one included; at one instant, as they were put."""
    data = {"é": "e\u0301", "list": [1, None, True]}
    with lab.unit() as unit:
        unit.outbox.put([_message("z", data=data), _message("b"), _message("late", due=5)])
        unit.outbox.put([_message("a"), _message("early", due=-1)])
        expect(_ids(unit.outbox.waiting(later(4))), ["early", "z", "b", "a"], "messages due by then")
    with lab.unit(write=False) as unit:
        expect(_ids(unit.outbox.waiting(later(5))), ["early", "z", "b", "a", "late"], "messages due on the instant")
        expect(_ids(unit.outbox.waiting(later(5), limit=2)), ["early", "z"], "the two earliest")
        expect(unit.outbox.waiting(later(5))[1], _message("z", data=data), "a message as it was put")
        expect(unit.outbox.next_due(), later(-1), "the earliest instant")
    with lab.unit("other", write=False) as unit:
        expect((_ids(unit.outbox.waiting(later(9))), unit.outbox.next_due()), ([], None), "another tenant's messages")


@scenario(SCENARIOS, "outbox")
def data_of_messages_are_kept_as_they_were(lab: Lab) -> None:
    """Changing what was given to `put` afterwards changes no message."""
    data = {"list": [1]}
    with lab.unit() as unit:
        unit.outbox.put([_message("m", data=data)])
        data["list"].append(2)
        expect(unit.outbox.waiting(later(0))[0].data, {"list": [1]}, "data within the unit")
        (parcel,) = _claim(unit, now=0, until=5)
    data["list"].append(3)
    expect(parcel.message.data, {"list": [1]}, "data of what was lent")
    with lab.unit(write=False) as unit:
        expect(unit.outbox.waiting(later(0))[0].data, {"list": [1]}, "data after the commit")


@scenario(SCENARIOS, "outbox")
def a_message_waits_once(lab: Lab) -> None:
    """A message whose id waits already is left as it is; once delivered, the id is free again."""
    with lab.unit() as unit:
        unit.outbox.put([_message("m", data=1), _message("m", data=2)])
    with lab.unit() as unit:
        unit.outbox.put([_message("m", due=-9, data=3), _message("n")])
        expect([m.data for m in unit.outbox.waiting(later(0))], [1, None], "what waits")
        (parcel, _) = _claim(unit, now=0, until=5)
        expect(unit.outbox.settle(parcel), True, "settling")
        unit.outbox.put([_message("m", data=4)])
        expect([m.data for m in unit.outbox.waiting(later(0))], [None, 4], "what waits after the delivery")


@scenario(SCENARIOS, "outbox")
def messages_commit_with_their_facts_or_not_at_all(lab: Lab) -> None:
    """A unit that raises leaves neither its facts nor its messages; one that ends leaves both."""

    def fail() -> None:
        with lab.unit() as unit:
            unit.journal.append([write("a", "lost")], key="k", intent="i", now=START)
            unit.outbox.put([_message("lost")])
            raise InvalidValueError(what="a value", value="the unit is made to fail")

    refused(InvalidValueError, fail, "a unit that raises")
    with lab.unit() as unit:
        expect(_ids(unit.outbox.waiting(later(9))), [], "messages of a unit that raised")
        unit.journal.append([write("a", "1")], key="k", intent="i", now=START)
        unit.outbox.put([_message("sent")])
    with lab.unit(write=False) as unit:
        expect((texts(unit.journal.load("a")), _ids(unit.outbox.waiting(later(0)))), (["1"], ["sent"]), "what is left")


@scenario(SCENARIOS, "outbox")
def a_message_is_lent_to_one_worker(lab: Lab) -> None:
    """A lent message is nobody else's until its lease ends; then it has a higher fence, and the first cannot settle."""
    with lab.unit() as unit:
        unit.outbox.put([_message("m"), _message("n", due=1)])
    with lab.unit() as unit:
        (stalled,) = _claim(unit, now=0, until=5, limit=1)
        expect((stalled.message, stalled.attempts), (_message("m"), 1), "the message that is lent")
        expect((stalled.owner, stalled.until), ("w", later(5)), "to whom and until when")
    with lab.unit() as unit:
        expect(_ids(p.message for p in _claim(unit, now=4, until=9)), ["n"], "what is free before the lease ends")
        (holder,) = _claim(unit, now=5, until=8)
        expect((holder.message.id, holder.attempts), ("m", 2), "what is free when it ends")
        expect(holder.fence > stalled.fence, True, "that fences grow")
        expect(_ids(unit.outbox.waiting(later(5))), ["m", "n"], "what waits, lent or not")
    with lab.unit() as unit:
        expect(unit.outbox.settle(stalled), False, "settling by the first worker")
        expect(unit.outbox.defer(stalled, later(99)), False, "deferring by the first worker")
        expect(unit.outbox.settle(holder), True, "settling by the second")
        expect(unit.outbox.settle(holder), False, "settling again")
        refused(InvalidValueError, partial(_claim, unit, now=3, until=3), "a lease that ends at once")


@scenario(SCENARIOS, "outbox")
def a_deferred_message_is_tried_again_then(lab: Lab) -> None:
    """A message given back is due at the new instant, with its attempts counted on."""
    with lab.unit() as unit:
        unit.outbox.put([_message("m", data="x")])
    with lab.unit() as unit:
        (parcel,) = _claim(unit, now=0, until=50)
        expect(unit.outbox.defer(parcel, later(7)), True, "deferring, long before the lease ends")
        expect(_claim(unit, now=6, until=20), [], "claims before the new instant")
        (again,) = _claim(unit, now=7, until=20)
        expect((again.attempts, again.message), (2, _message("m", due=7, data="x")), "the second attempt")
        expect(unit.outbox.settle(parcel), False, "settling the first attempt")


@scenario(SCENARIOS, "outbox")
def workers_ask_for_their_topics(lab: Lab) -> None:
    """With topics, only messages of these are answered and lent."""
    with lab.unit() as unit:
        unit.outbox.put([_message("1", topic="mail"), _message("2", topic="hook"), _message("3", topic="sms")])
        expect(_ids(unit.outbox.waiting(later(0), topics=["hook", "mail"])), ["1", "2"], "messages of two topics")
        expect(_ids(unit.outbox.waiting(later(0), topics=["sms"], limit=1)), ["3"], "the first message of a topic")
        lent = _claim(unit, now=0, until=5, topics=("hook",), limit=1)
        expect(_ids(p.message for p in lent), ["2"], "what is lent of one")
        expect(_ids(p.message for p in _claim(unit, now=0, until=5)), ["1", "3"], "what is lent of the rest")


@scenario(SCENARIOS, "marks")
def marks_are_kept_per_follower(lab: Lab) -> None:
    """A follower's mark is 0 until it is put, belongs to its tenant, and may go on or back."""
    lab.append(write("a", "1", "2", "3"))
    lab.append(write("a", "1"), tenant="other")
    with lab.unit() as unit:
        expect(unit.marks.get("mailer"), 0, "the mark of a new follower")
        unit.marks.put("mailer", 2)
        unit.marks.put("Mailer", 1)
        expect(unit.marks.get("mailer"), 2, "a mark within its unit")
    with lab.unit() as unit:
        expect((unit.marks.get("mailer"), unit.marks.get("Mailer")), (2, 1), "marks after the commit")
    with lab.unit("other", write=False) as unit:
        expect(unit.marks.get("mailer"), 0, "the mark in another tenant")
    with lab.unit() as unit:
        unit.marks.put("mailer", 0)
    with lab.unit(write=False) as unit:
        expect(unit.marks.get("mailer"), 0, "a mark that was put back")


@scenario(SCENARIOS, "marks")
def marks_lie_within_the_journal(lab: Lab) -> None:
    """A mark below 0, or past where the journal ends, is refused; the unit's own facts count."""
    with lab.unit() as unit:
        refused(InvalidValueError, lambda: unit.marks.put("f", 1), "a mark past an empty journal")
        unit.journal.append([write("a", "1", "2")], key="k", intent="i", now=START)
        refused(InvalidValueError, lambda: unit.marks.put("f", 3), "a mark past the end")
        refused(InvalidValueError, lambda: unit.marks.put("f", -1), "a mark below 0")
        refused(InvalidValueError, lambda: unit.marks.put("", 1), "a follower without a name")
        unit.marks.put("f", 2)
    with lab.unit(write=False) as unit:
        expect(unit.marks.get("f"), 2, "the mark")


@scenario(SCENARIOS, "marks")
def a_mark_is_undone_with_its_unit(lab: Lab) -> None:
    """What a follower wrote and how far it came commit together, so it handles each fact once."""
    lab.append(write("a", "1", "2"))

    def fail() -> None:
        with lab.unit() as unit:
            unit.marks.put("f", 2)
            raise InvalidValueError(what="a value", value="the unit is made to fail")

    refused(InvalidValueError, fail, "a unit that raises")
    with lab.unit(write=False) as unit:
        expect(unit.marks.get("f"), 0, "the mark")
