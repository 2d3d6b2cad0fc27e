"""The dispatch: every notice gets away or is accounted for, whatever providers, workers and clocks do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import LatePolicy, SurveyTerms
from svcdelivery.desk import DispatchReport, ServiceDesk
from svcdelivery.errors import InvalidValueError, NotDeliveredError
from svcdelivery.escalation.notices import (
    NoticeDelivered,
    NoticeDropped,
    NoticeFailed,
    OneChannel,
    Outgoing,
    RateLimit,
    RateRule,
    notices_stream,
)
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Store, Unit
from svcdelivery.testing.notifier import RecordingNotifier
from tests.desk.around import Around
from tests.desk.test_escalating import ROSTER, Desk, level, policy
from tests.desk.world import ANN, BOB, DIRECTORY, keys


class Sending(Desk):
    """A desk that also delivers."""

    def __init__(self, store: Store, *policies: Any, notifier: Any = None, **more: Any) -> None:
        self.notifier = RecordingNotifier() if notifier is None else notifier
        self.more = more
        super().__init__(store, *(policies or (policy(),)), survey=SurveyTerms())

    def again(self, store: Store) -> ServiceDesk:
        """Answer another desk of the same tenant, that delivers by the same notifier."""
        return ServiceDesk(
            store, time=self.time, directory=DIRECTORY, roster=ROSTER, contacts=OneChannel("recording"),
            notifiers=(self.notifier,), **self.more,
        )  # fmt: skip

    def came(self, id: str, *kinds: type) -> list[Any]:
        """Answer what became of the notices about an incident."""
        with self.store.unit("main", write=False) as unit:
            facts = unit.journal.load(notices_stream(f"incident:{id}"))
        return [fact.body for fact in facts if isinstance(fact.body, kinds)]


def paged(desk: Sending, minutes: int = 5) -> str:
    id = desk.incident()
    desk.time.advance(minutes=minutes)
    desk.desk.watch.run()
    return id


def test_what_waits_is_delivered_once_and_recorded(store: Store) -> None:
    """With the key of the firing, by its channel, in the words of its kind."""
    desk = Sending(store)
    id = paged(desk)
    assert desk.desk.dispatch.next_due() == desk.time.now()
    assert desk.desk.dispatch.run().delivered == 1
    assert desk.desk.dispatch.run() == DispatchReport()
    assert desk.desk.dispatch.next_due() is None
    ((key, sent),) = desk.notifier.accepted.items()
    assert key == sent.key == f"incident:{id}|page@acme-1/1|1.0.0|role:agent|recording|bob"
    assert (sent.address, dict(sent.attributes)["kind"]) == ("bob", "page")
    (delivered,) = desk.came(id, NoticeDelivered)
    assert (delivered.key, delivered.channel, delivered.recipient) == (key, "recording", "bob")
    desk.check(f"incident:{id}")


def test_a_provider_that_fails_is_asked_again_with_the_same_key_later_and_later(store: Store) -> None:
    """Each failure is on record; the first success ends it."""
    desk = Sending(store)
    id = paged(desk)
    desk.notifier.failing = 3
    for wait in (0, 30, 60, 120):
        desk.time.advance(seconds=wait - 1 if wait else 0)
        assert desk.desk.dispatch.run().parcels == (0 if wait else 1)
        desk.time.advance(seconds=1 if wait else 0)
        desk.desk.dispatch.run()
    assert [body.gave_up for body in desk.came(id, NoticeFailed)] == [False] * 3
    assert len(desk.came(id, NoticeDelivered)) == 1
    assert desk.notifier.repeats == 3


def test_after_ten_failures_or_a_refusal_for_good_it_is_given_up(store: Store) -> None:
    """And that is on record."""
    desk = Sending(store)
    id = paged(desk)
    desk.notifier.failing = 100
    for _ in range(20):
        desk.desk.dispatch.run()
        desk.time.advance(hours=1)
    assert [body.gave_up for body in desk.came(id, NoticeFailed)] == [False] * 9 + [True]
    assert desk.waiting() == []


@pytest.mark.parametrize(
    ("error", "attempts"),
    [
        (NotDeliveredError(channel="recording", address="bob", problem="no such mailbox", again=False), 1),
        (InvalidValueError(what="a mailbox", value="bob"), 1),
        (LookupError("a bug"), 10),
    ],
)
def test_whatever_a_notifier_raises_the_others_go_out(store: Store, error: Exception, attempts: int) -> None:
    """One address that cannot be served keeps nobody from being told."""

    class Picky(RecordingNotifier):
        def send(self, notice: Outgoing) -> None:
            if notice.address == "bob":
                raise error
            super().send(notice)

    desk = Sending(store, policy("page", level("person:bob", "person:olga")), notifier=Picky())
    id = paged(desk)
    for _ in range(12):
        desk.desk.dispatch.run()
        desk.time.advance(hours=1)
    assert [sent.address for sent in desk.notifier.accepted.values()] == ["olga"]
    assert len(desk.came(id, NoticeFailed)) == attempts
    assert desk.came(id, NoticeFailed)[-1].gave_up


def test_a_worker_that_stalls_past_its_lease_settles_nothing(store: Store) -> None:
    """Another one sends it again under the same key; the provider accepts it once."""
    desk: Sending

    class Stalling(RecordingNotifier):
        def send(self, notice: Outgoing) -> None:
            super().send(notice)
            if self.attempts[notice.key] == 1:
                desk.time.advance(minutes=6)
                assert desk.again(store).dispatch.run(owner="second").delivered == 1

    desk = Sending(store, notifier=Stalling())
    id = paged(desk)
    assert desk.desk.dispatch.run(owner="first").delivered == 0
    assert len(desk.came(id, NoticeDelivered)) == 1
    assert desk.notifier.repeats == 1


def test_without_a_notifier_for_its_channel_a_message_waits(store: Store) -> None:
    """For whoever has one."""
    desk = Sending(store, notifier=RecordingNotifier(channel="pager"))
    paged(desk)
    assert desk.desk.dispatch.run() == DispatchReport()
    assert len(desk.waiting()) == 1


def test_several_pages_about_one_item_to_one_person_are_one(store: Store) -> None:
    """In the words of the oldest, under a key of its own."""
    desk = Sending(store, policy("a", level("person:bob")), policy("b", level("person:bob", "person:olga")))
    id = paged(desk)
    report = desk.desk.dispatch.run()
    assert (report.delivered, report.count("merged")) == (2, 1)
    assert sorted(len(body.stands_for) for body in desk.came(id, NoticeDelivered)) == [0, 2]
    assert desk.waiting() == []


def test_a_page_put_together_with_one_that_may_have_been_sent_is_told_all_the_same(store: Store) -> None:
    """The provider knows the first one's key already, and would take what stands for both for a repeat."""

    class Dying(RecordingNotifier):
        def send(self, notice: Outgoing) -> None:
            super().send(notice)
            if sum(self.attempts.values()) == 1:
                raise SystemExit

    desk = Sending(store, policy("page", level("person:bob"), level("person:bob")), notifier=Dying())
    paged(desk)
    with pytest.raises(SystemExit):
        desk.desk.dispatch.run()
    desk.time.advance(minutes=15)
    desk.desk.watch.run()
    assert len(desk.waiting()) == 2
    desk.again(store).dispatch.run()
    assert len(desk.notifier.accepted) == 2
    assert desk.waiting() == []


def test_a_newer_status_takes_the_place_of_an_older_one_and_messages_stay(store: Store) -> None:
    """What somebody wrote is never dropped."""
    desk = Sending(store)
    id = desk.started_incident()
    desk.desk.subscriptions.subscribe("boss", audience="management", by=BOB, key=next(keys))
    for number in range(3):
        desk.desk.incidents.tell(id, audience="management", text=f"news {number}", by=BOB, key=next(keys))
        desk.desk.incidents.post(id, text=f"to you {number}", by=BOB, key=next(keys))
    report = desk.desk.dispatch.run()
    texts = sorted(sent.text for sent in desk.notifier.accepted.values())
    assert texts == ["news 2", "to you 0", "to you 1", "to you 2"]
    assert report.count("dropped") == len(desk.came(id, NoticeDropped)) == 2


def test_pages_about_one_service_are_put_into_one_where_that_is_asked_for(store: Store) -> None:
    """One notice for bob, with a line an item."""
    desk = Sending(store, policy("page", level("person:bob")), digest=True)
    ids = [desk.incident() for _ in range(3)]
    desk.time.advance(minutes=5)
    desk.desk.watch.run()
    assert desk.desk.dispatch.run().delivered == 1
    ((key, sent),) = desk.notifier.accepted.items()
    assert key.startswith("digest|")
    assert sent.subject == "3 items need you"
    assert all(f"incident {id}" in sent.text for id in ids)
    assert desk.waiting() == []


def test_nobody_is_told_more_often_than_their_channel_allows(store: Store) -> None:
    """What goes beyond waits until it may go out."""
    limit = {"recording": RateLimit([RateRule(2, timedelta(minutes=10))])}
    desk = Sending(store, policy("page", level("person:bob")), limits=limit)
    for _ in range(5):
        desk.incident()
    desk.time.advance(minutes=5)
    desk.desk.watch.run()
    sent = []
    for _ in range(40):
        desk.desk.dispatch.run()
        sent.append(len(desk.notifier.accepted))
        desk.time.advance(minutes=1)
    assert sent[0] == sent[9] == 2
    assert sent[10] == sent[19] == 4
    assert sent[20] == 5
    assert desk.notifier.repeats == 0


def test_a_survey_that_is_over_is_not_sent(store: Store) -> None:
    """It was reopened before anybody delivered the question."""
    desk = Sending(store)
    id = desk.started_incident()
    desk.desk.incidents.resolve(id, by=BOB, key=next(keys))
    desk.desk.incidents.reopen(id, ground="again", by=ANN, key=next(keys))
    desk.desk.dispatch.run()
    assert [body.kind for body in desk.came(id, NoticeDropped)] == ["survey"]
    assert all("rate" not in sent.text for sent in desk.notifier.accepted.values())


class Killed(BaseException):
    """The process is gone."""


class Deadly(Around):
    """Kills the process before or after the commit of chosen writes."""

    def __init__(self, store: Store, deaths: list[int]) -> None:
        super().__init__(store)
        self.deaths, self.writes = set(deaths), 0

    @contextmanager
    def unit(self, tenant: str, *, write: bool = True) -> Iterator[Unit]:
        """Open a unit that may be the last."""
        self.writes += write
        with self._store.unit(tenant, write=write) as unit:
            yield unit
            if write and self.writes * 2 in self.deaths:
                raise Killed
        if write and self.writes * 2 + 1 in self.deaths:
            raise Killed


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    deaths=st.lists(st.integers(2, 60), max_size=8, unique=True),
    failing=st.integers(0, 3),
    losing=st.integers(0, 3),
)
def test_whoever_dies_when_ever_no_notice_is_lost_and_each_is_accepted_once(
    deaths: list[int], failing: int, losing: int
) -> None:
    """Watch and dispatch are killed before and after their commits, providers fail and lose answers."""
    store = MemoryStore()
    levels = (level("person:bob", wait=3), level("person:olga", "person:boss"))
    desk = Sending(store, policy("page", *levels, late=LatePolicy.FIRE_ALL))
    desk.notifier.failing, desk.notifier.losing = failing, losing
    ids = [desk.incident() for _ in range(2)]
    mortal = Deadly(store, deaths)
    for _ in range(40):
        desk.time.advance(minutes=1)
        try:
            worker = desk.again(mortal)
            worker.watch.run()
            worker.dispatch.run()
        except Killed:
            pass
    desk.time.advance(hours=2)
    desk.desk.watch.run()
    desk.desk.dispatch.run()
    assert desk.waiting() == []
    told = [(sent.address, dict(sent.attributes)["item"]) for sent in desk.notifier.accepted.values()]
    assert sorted(told) == sorted((name, f"incident:{id}") for name in ("bob", "boss", "olga") for id in ids)
    for id in ids:
        recorded = [body.key for body in desk.came(id, NoticeDelivered)]
        assert sorted(recorded) == sorted(set(recorded))
        assert len(recorded) == 3
        desk.check(f"incident:{id}")
