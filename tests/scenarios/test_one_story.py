"""One story through the public face, on both stores: terms, a request and an incident, from receipt to explanation."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from svcdelivery import Actor, ServiceDesk, known_at, load_agreement, read_clocks, to_instant
from svcdelivery.clock import SpanKind, Verdict
from svcdelivery.errors import NotPermittedError
from svcdelivery.satisfaction import SurveyInvited, surveys_of
from svcdelivery.security import Person, StaticDirectory
from svcdelivery.storage.chain import entries_of, verify
from svcdelivery.storage.protocol import Store
from svcdelivery.timeline import to_zone
from tests.desk.world import HeldTime, stores

AGREEMENT = """\
svcdelivery: 1
agreement: {id: acme-2026, customer: acme, provider: northwind, revision: 1, effective: 2026-01-01}
zone: Europe/Paris
term: {from: 2026-01-01, until: 2027-01-01}
service_hours:
  office: {open: {mon-fri: ["08:30-12:30", "13:30-17:30"]}, closed: [2026-04-06], covers: 2026-2027}
priorities:
  ranked: [P1, P2]
  matrix: {high: {high: P1, low: P2}}
services:
  email:
    approved: {from: 2026-01-01}
    entitled: [everybody]
    delivered_by: ["role:agent"]
targets:
  response: {measure: first_response, within: PT2H, hours: office, pause_on: [customer], clause: "4.1"}
  resolution: {measure: resolution, kind: incident, within: PT8H, hours: office, pause_on: [customer], clause: "4.2"}
  fulfillment: {measure: fulfillment, kind: request, within: PT16H, hours: office, pause_on: [customer], clause: "4.3"}
updates:
  - {every: PT8H, hours: office, clause: "5.1"}
satisfaction: {scale: 5, expires: P14D}
reopening_window: P14D
"""
ANN, BOB, OLGA = Actor.end_user("ann"), Actor.staff("bob"), Actor.staff("olga")
PEOPLE = StaticDirectory([
    Person(id="ann", customer="acme"), Person(id="bob", roles={"agent"}), Person(id="olga"), Person(id="eve"),
])  # fmt: skip


def paris(text: str) -> datetime:
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=to_zone("Europe/Paris")))


@pytest.mark.parametrize("kind", stores)
def test_a_week_at_the_desk(kind: str, tmp_path: Path) -> None:
    """What was promised, what happened, who decided, what was late and why: all from one log."""
    document = tmp_path / "acme.yaml"
    document.write_text(AGREEMENT, encoding="utf-8")
    agreement = load_agreement(document)
    store: Store = stores[kind](tmp_path)
    time = HeldTime(paris("2026-04-02T09:00"))
    desk = ServiceDesk(store, time=time, directory=PEOPLE)
    registered = desk.agreements.register(agreement, by=OLGA, key="agreement")
    assert registered.record.agreement == agreement

    # Thursday: a request comes in; a stranger's does not.
    asked = {"customer": "acme", "service": "email", "impact": "high", "urgency": "low"}
    request = desk.requests.receive(requester="ann", by=ANN, key="r", **asked).record.id
    with pytest.raises(NotPermittedError, match=r"^not permitted$"):
        desk.requests.receive(requester="eve", by=Actor.end_user("eve"), key="x", **{**asked, "service": "coffee"})
    desk.requests.accept(request, by=BOB, key="r-accept")
    desk.requests.start(request, by=BOB, key="r-start")
    time.at = paris("2026-04-02T10:30")
    desk.requests.post(request, text="which mailbox?", by=BOB, key="r-ask")
    desk.requests.put_on_hold(request, reason="customer", by=BOB, key="r-hold")

    # An incident on Thursday afternoon; Friday evening it is resolved, Monday is a holiday.
    time.at = paris("2026-04-02T15:30")
    incident = desk.incidents.receive(requester="ann", by=ANN, key="i", **{**asked, "urgency": "high"}).record
    assert incident.priority == "P1"
    desk.incidents.assign(incident.id, team="mail", by=BOB, key="i-assign")
    desk.incidents.start(incident.id, by=BOB, key="i-start")
    thursday = time.at
    time.at = paris("2026-04-03T17:30")
    assert desk.watch.run().breaches == 2
    desk.incidents.resolve(incident.id, outcome="restarted", by=BOB, key="i-resolve")

    # Tuesday: the requester answers, the request goes on and is fulfilled, the incident is back.
    time.at = paris("2026-04-07T08:30")
    desk.requests.resume(request, by=BOB, key="r-resume")
    time.at = paris("2026-04-07T11:00")
    fulfilled = desk.requests.fulfill(request, by=BOB, key="r-fulfill")
    token = next(fact.body.token for fact in fulfilled.facts if isinstance(fact.body, SurveyInvited))
    desk.requests.answer_survey(request, token=token, score=5, by=ANN, key="r-answer")
    desk.requests.close(request, by=BOB, key="r-close")
    desk.incidents.reopen(incident.id, ground="gone again", by=ANN, key="i-reopen")
    time.at = paris("2026-04-07T12:00")
    desk.incidents.resolve(incident.id, outcome="replaced", by=BOB, key="i-resolve-2")

    # The request: two and a half hours before noon on Tuesday, one and a half on Thursday, the hold left out.
    (delivery,) = [r for r in desk.requests.readings(request) if r.measure == "fulfillment"]
    assert (delivery.verdict, delivery.elapsed) == (Verdict.MET, timedelta(hours=4))
    assert [span.reason for span in delivery.explanation.spans if span.kind is SpanKind.PAUSED] == ["on hold: customer"]
    (survey,) = surveys_of(desk.requests.facts(request))
    assert (survey.score, survey.latency) == (5, timedelta(0))

    # The incident: two hours on Thursday, eight on Friday, one more after it was reopened.
    (resolution,) = [r for r in desk.incidents.readings(incident.id) if r.measure == "resolution"]
    assert resolution.due_at == paris("2026-04-03T15:30")
    assert (resolution.verdict, resolution.elapsed) == (Verdict.BREACHED, timedelta(hours=11))
    assert resolution.overdue == timedelta(hours=3)
    text = str(resolution.explanation)
    assert text.startswith("resolution BREACHED: 11:00:00 of 8:00:00 used, 3:00:00 too late\n  acme-2026 revision 1")
    assert "was done until reopened" in text
    assert sorted(a.target for a in desk.actions.find().items) == ["resolution", "response"]

    # What we knew on Thursday is still what we knew on Thursday.
    facts = desk.incidents.facts(incident.id)
    then = next(r for r in read_clocks(agreement, known_at(facts, thursday), thursday) if r.measure == "resolution")
    assert (then.verdict, then.elapsed, then.due_at) == (Verdict.OPEN, timedelta(0), paris("2026-04-03T15:30"))

    # Every decision is on record, the log is whole, and the same call again changes nothing.
    with store.unit("main", write=False) as unit:
        decided = [fact.body for fact in unit.journal.load("security")]
        head = unit.feed.head()
        report = verify(entries_of(unit.feed), "main", head=head)
    assert report.sound
    assert report.checked == head.position
    assert [d.reason for d in decided if not d.allowed] == ["service_not_in_agreement"]
    assert desk.requests.fulfill(request, by=BOB, key="r-fulfill").record == fulfilled.record
    with store.unit("main", write=False) as unit:
        assert unit.feed.head() == head
    store.close()
