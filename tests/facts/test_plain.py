"""Plain forms: every registered fact and every agreement to plain data and back, one form for equal values."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from itertools import pairwise
from operator import neg
from typing import Any, get_args, get_origin, get_type_hints

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pendulum import DateTime

# Importing the rooms registers their facts.
from svcdelivery import (  # noqa: F401
    clock,
    communication,
    desk,
    escalation,
    improvement,
    satisfaction,
    schedule,
    security,
    system,
    work,
)
from svcdelivery.agreement import AgreementRevision, AgreementStatusChanged, Exclusion, RevisionRegistered, Term
from svcdelivery.errors import InvalidValueError, NotFoundError, ServiceDeliveryError, WrongTypeError
from svcdelivery.facts import body_of_type, canonical_bytes, digest, fact_type, from_plain, to_plain, type_of
from svcdelivery.facts.registry import _bodies
from svcdelivery.identity import Actor, ActorKind, identifier
from svcdelivery.quality import BurnRule
from svcdelivery.schedule import DeliverySchedule, Dependency, Link, LinkKind, Task
from svcdelivery.security import AccessRules, CatalogueService, Grant, RoleActions, SeparationOfDuties
from svcdelivery.security.breaches import (
    BreachPolicy,
    BreachResponse,
    BreachRule,
    BreachSettings,
    RuleResponse,
    Suppression,
)
from svcdelivery.security.vulnerability import (
    CvssScore,
    Epss,
    RemediationPoliciesSet,
    RemediationPolicy,
    RemediationRow,
    Severity,
)
from svcdelivery.storage.codec import decode_body, encode_body
from svcdelivery.system import (
    Act,
    Component,
    DeliveryApproach,
    MaintenanceKind,
    MaintenanceRequested,
    OnFailure,
    Procedure,
    ProcedureStep,
    ServiceApproach,
)
from svcdelivery.system.monitoring import (
    AbsenceDetector,
    BurnRateDetector,
    MonitoringRule,
    PastThreshold,
    RateDetector,
    Sample,
    SeasonalDetector,
)
from svcdelivery.testing.strategies import actors, identifiers, instants, revisions, service_hours, texts
from svcdelivery.timeline import from_micros, to_instant
from svcdelivery.work import (
    Closed,
    HappenedAt,
    MessagePosted,
    Mistaken,
    Observed,
    RequestReceived,
    Started,
    WasOnHold,
)

# The test kit has facts of its own, which no store of a user holds.
REGISTERED = {
    name: body
    for name, body in sorted(_bodies.items())
    if body.__module__.startswith("svcdelivery.") and not body.__module__.startswith("svcdelivery.testing.")
}

# Storage keeps these names and fields. Changing one is a conscious act: old stores must still be read.
STORED = {
    "access.break_glass_opened/1": "opening",
    "access.break_glass_reviewed/1": "opening conclusion",
    "access.granted/1": "grant",
    "access.revoked/1": "grant ground",
    "access.rules_set/1":
        "kinds roles break_glass_roles access_roles security_roles duties conflicting_roles catalogue "
        "grant_length_most review_within",
    "agreement.exclusion_authorized/1": "exclusion",
    "agreement.revision_registered/1": "revision digest",
    "agreement.status_changed/1": "action status ground open_clocks",
    "approach.registered/1": "approach",
    "clock.breach_exempted/1": "target cycle ground",
    "clock.breach_noticed/1": "target measure due_at cycle",
    "clock.time_excluded/1": "exclusion",
    "communication.subscribed/1": "subscription",
    "communication.unsubscribed/1": "person audience",
    "communication.status_told/1": "audience text next_by",
    "communication.update_due/1": "due_at audience",
    "communication.update_missed/1": "due_at audience",
    "communication.updates_ended/1": "",
    "improvement.implemented/1": "steps",
    "improvement.overdue/1": "due_at",
    "improvement.planned/1": "owner due_at verify_after note",
    "improvement.raised/1": "trigger item target owner summary breached_at due_at verify_after",
    "improvement.verified/1": "effective evidence",
    "improvement.waived/1": "ground until",
    "improvement.waiver_ended/1": "",
    "incident.recorded/1":
        "customer service requester agreement revision priority impact urgency summary channel",
    "incident.major_declared/1": "ground plan",
    "incident.major_stood_down/1": "ground",
    "incident.resolved/1": "outcome run workaround_of maintenance",
    "problem.incident_linked/1": "item received_at",
    "problem.incident_unlinked/1": "item",
    "problem.investigated/1": "owner note",
    "problem.known_error_declared/1": "cause",
    "problem.recorded/1": "summary services priority owner",
    "problem.resolved/1": "fix change",
    "problem.settled/1": "action note",
    "problem.workaround_applied/1": "item",
    "problem.workaround_documented/1": "text",
    "problem.workaround_released/1": "item",
    "problem.workaround_withdrawn/1": "ground",
    "request.fulfilled/1": "outcome",
    "order.received/1": "customer requester lines summary channel",
    "request.received/1":
        "customer service requester agreement revision priority impact urgency summary channel order",
    "satisfaction.reminded/1": "token number",
    "safety.event_recorded/1": "severity what item",
    "satisfaction.answered/1": "token score comment",
    "satisfaction.invited/1": "token requester scale expires_at",
    "satisfaction.withdrawn/1": "token",
    "security.decided/1":
        "allowed reason reasons action service agreement revision item grants obligations changes_at person requester",
    "component.asked/1": "verb argument run",
    "component.changed/1": "action status detail run",
    "component.controlled/1": "command ok detail",
    "component.output_collected/1": "output kind text",
    "component.output_disposed/1": "output disposition ground",
    "component.registered/1": "component",
    "component.supplied/1": "data ok detail",
    "procedure.registered/1": "procedure",
    "procedure.run_aborted/1": "ground",
    "procedure.run_begun/1": "procedure version digest item",
    "procedure.run_finished/1": "",
    "procedure.run_rolled_back/1": "",
    "procedure.step_begun/1": "step",
    "procedure.step_confirmed/1": "step",
    "procedure.step_done/1": "step result",
    "procedure.step_failed/1": "step ground",
    "procedure.step_refused/1": "step reason",
    "procedure.step_undone/1": "step result",
    "maintenance.completed/1": "result",
    "maintenance.planned/1": "owner plan start until",
    "maintenance.refused/1": "ground",
    "maintenance.requested/1": "summary kind components item run",
    "maintenance.started/1": "",
    "maintenance.verified/1": "effective evidence",
    "maintenance.withdrawn/1": "ground",
    "monitoring.action_proposed/1": "alert procedure automatic",
    "monitoring.action_refused/1": "alert ground",
    "monitoring.action_taken/1": "alert run",
    "monitoring.alert_ended/1": "alert ended_at",
    "monitoring.alert_raised/1": "alert probe began_at detail incident",
    "monitoring.rule_ended/1": "ground",
    "monitoring.rule_set/1": "rule",
    "monitoring.samples_taken/1": "samples",
    "readiness.judged/1": "revision go objections",
    "threshold.proposal_refused/1": "proposal reason",
    "threshold.proposed/1": "proposal metric value clear side method samples",
    "threshold.revised/1": "metric value clear side reason effective_at proposal",
    "training.completed/1": "person course completed_at expires_at qualifies_for evidence",
    "training.course_offered/1": "course",
    "training.need_raised/1": "person course ground due_at",
    "training.need_withdrawn/1": "person course ground",
    "schedule.dependency_arrived/1": "dependency arrived_at",
    "schedule.dependency_promised/1": "dependency promised_at",
    "schedule.planned/1": "schedule item ground",
    "schedule.task_finished/1": "task finished_at",
    "schedule.task_reestimated/1": "task remaining",
    "schedule.task_started/1": "task started_at",
    "security.incident_assessed/1": "functional_impact information_impact recoverability agreements customers",
    "security.incident_moved/1": "action note",
    "security.breach_policy_set/1": "policy",
    "security.finding_raised/1": "finding response raised",
    "security.findings_suppressed/1": "suppression",
    "security.incident_linked/1": "work findings vulnerability",
    "security.signed_in/1": "site",
    "security.party_notified/1": "agreement party text",
    "security.incident_reported/1": "summary agreements customers findings work vulnerability indicators",
    "standing.service_delivered/1": "duty agreement revision customer service requester period since until",
    "vulnerability.acceptance_ended/1": "",
    "vulnerability.accepted/1": "ground until",
    "vulnerability.assessed/1": "assessment",
    "vulnerability.closed/1": "",
    "vulnerability.detected/1": "title services aliases items versions found_by published_at",
    "vulnerability.fix_started/1": "",
    "vulnerability.fixed/1": "evidence",
    "vulnerability.not_affected/1": "justification impact",
    "vulnerability.planned/1": "owner plan",
    "vulnerability.policies_set/1": "policies",
    "vulnerability.reopened/1": "ground",
    "vulnerability.verified/1": "corrected evidence",
    "work.absorbed/1": "item received_at",
    "work.accepted/1": "note",
    "work.assigned/1": "team assignee",
    "work.cancelled/1": "ground",
    "work.closed/1": "note",
    "work.corrected/1": "correction ground",
    "work.imported/1": "source name digest profile columns rows items findings",
    "work.linked/1": "kind item received_at ground",
    "work.message_posted/1": "audience text",
    "work.observed/1": "kind status source_status hold_reason fields attributes received_at source row",
    "work.priority_changed/1": "priority impact urgency ground",
    "work.put_on_hold/1": "reason note",
    "work.rejected/1": "ground",
    "work.reopened/1": "ground",
    "work.resumed/1": "note",
    "work.started/1": "",
    "work.survivor_moved/1": "item is_done",
    "escalation.acknowledged/1": "note",
    "escalation.confirmed/1": "note",
    "escalation.ended/1": "policy",
    "notice.delivered/1": "key kind channel recipient stands_for",
    "notice.dropped/1": "key kind channel recipient ground",
    "notice.failed/1": "key kind channel recipient problem gave_up",
    "escalation.escalated/1": "policy ground",
    "escalation.fired/1": "key policy due_at disposition reason",
    "escalation.level_chosen/1": "policy level ground",
    "escalation.maintenance_began/1": "until ground",
    "escalation.maintenance_ended/1": "",
    "escalation.policy_replaced/1": "policy replacement agreement revision digest how ground",
    "escalation.snoozed/1": "until ground",
    "escalation.started/1": "policy agreement revision digest",
    "escalation.targets_resolved/1": "key policy recipients",
    "escalation.unacknowledged/1": "ground",
}  # fmt: skip


def any_value(hint: Any) -> st.SearchStrategy[Any]:
    """A strategy for a field's type, drawn from the type alone: so a new fact is tested without being named here.

    A value whose class has rules of its own, which random parts would seldom keep, has its entry in `VALUES`.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in VALUES:
        return VALUES[hint]
    if hint is int:
        return st.integers(-(2**62), 2**62)
    if hint in (bool, type(None)):
        return st.just(None) if hint is type(None) else st.booleans()
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    if isinstance(hint, type) and attrs.has(hint):
        return bodies(hint)
    if origin is frozenset:
        return st.frozensets(any_value(*arguments) if arguments != (str,) else identifiers(), max_size=3)
    if origin is tuple and get_origin(arguments[0]) is tuple:
        key, value = get_args(arguments[0])
        drawn = st.dictionaries(any_value(key), any_value(value), max_size=4)
        return drawn.map(lambda named: tuple(sorted(named.items())))
    if origin is tuple:
        return st.lists(any_value(arguments[0]), max_size=3).map(tuple)
    return st.one_of([any_value(argument) for argument in arguments])


def bodies(kind: type) -> st.SearchStrategy[Any]:
    """Values of a class, its names being identifiers."""
    hints = get_type_hints(kind)
    parts = {
        a.alias or a.name: identifiers()
        if hints[a.name] is str and a.converter is identifier
        else any_value(hints[a.name])
        for a in attrs.fields(kind)
        if a.init
    }
    return st.builds(kind, **parts)


terms = st.builds(
    lambda start, length: Term(start, None if length is None else start + length),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.none() | st.timedeltas(timedelta(microseconds=1), timedelta(days=9000)),
)
moments = st.none() | instants().map(to_instant)
some_names = st.frozensets(identifiers(), min_size=1, max_size=3)


@st.composite
def grants(draw: st.DrawFn) -> Grant:
    """Grants that nobody gives themselves, or delegates from themselves."""
    id, holder, source, granted_by = draw(st.lists(identifiers(), min_size=4, max_size=4, unique=True))
    return Grant(
        id=id,
        holder=holder,
        agreement=draw(identifiers()),
        service=draw(identifiers()),
        actions=draw(some_names),
        window=draw(terms),
        granted_by=draw(st.sampled_from(["", granted_by])),
        ground=draw(texts()),
        revoked_at=draw(st.none() | instants()),
        source=draw(st.sampled_from(["", source])),
    )


def listed(kind: type, **parts: Any) -> st.SearchStrategy[Any]:
    """Several values of a class, each under a name of its own, which is its first part."""
    name = next(iter(parts))
    return st.lists(st.builds(kind, **parts), unique_by=lambda value: getattr(value, name), max_size=3).map(tuple)


lengths = st.timedeltas(timedelta(microseconds=1), timedelta(days=400))
access_rules = st.builds(
    AccessRules,
    kinds=listed(RoleActions, role=st.sampled_from([kind.value for kind in ActorKind]), actions=some_names),
    roles=listed(RoleActions, role=identifiers(), actions=some_names),
    break_glass_roles=some_names,
    access_roles=some_names,
    security_roles=some_names,
    duties=listed(SeparationOfDuties, action=identifiers(), differs_from=some_names),
    conflicting_roles=st.lists(st.frozensets(identifiers(), min_size=2, max_size=3), max_size=2).map(tuple),
    catalogue=listed(CatalogueService, id=identifiers(), approved=st.lists(terms, max_size=2).map(tuple)),
    grant_length_most=st.none() | lengths,
    review_within=lengths,
)
acts = st.one_of(
    st.builds(Act, verb=st.sampled_from(["start", "stop", "collect", "check"]), component=identifiers()),
    st.builds(Act, verb=st.sampled_from(["supply", "control"]), component=identifiers(), argument=identifiers()),
)


def steps_saying(words: st.SearchStrategy[str]) -> st.SearchStrategy[list[ProcedureStep]]:
    """Answer the steps of a procedure, in such words."""
    step = st.builds(
        ProcedureStep,
        id=identifiers(),
        instruction=identifiers(),
        act=st.none() | acts,
        needs=st.lists(words, max_size=2).map(tuple),
        expects=words,
        timeout=st.none() | lengths,
        on_failure=st.sampled_from(OnFailure),
        four_eyes=st.booleans(),
        undo=st.none() | acts,
    )
    return st.lists(step, min_size=1, max_size=3, unique_by=lambda step: step.id)


procedures = st.builds(
    Procedure,
    id=identifiers(),
    title=texts(),
    version=st.integers(1, 9),
    qualification=texts(),
    steps=steps_saying(texts()),
)
named = st.lists(identifiers(), max_size=2).map(tuple)
approaches = st.builds(
    DeliveryApproach,
    agreement=identifiers(),
    version=st.integers(1, 9),
    roles=some_names,
    services=listed(ServiceApproach, service=identifiers(), role=identifiers(), procedures=named),
    priorities=st.none() | named,
    escalation=named,
    reopening_window=st.none() | lengths,
)
remediation_policies = st.builds(
    RemediationPolicy,
    id=identifiers(),
    version=texts(),
    valid=terms,
    rows=listed(
        RemediationRow,
        name=identifiers(),
        days=st.none() | st.integers(1, 400),
        exploited=st.none() | st.booleans(),
        severities=st.frozensets(st.sampled_from(Severity), max_size=2),
    ),
    zone=st.sampled_from(["UTC", "Europe/Paris"]),
)
shares = st.fractions(Fraction(1, 100), Fraction(99, 100))
burn_rules = st.builds(BurnRule, budget=shares, window=st.timedeltas(timedelta(hours=1), timedelta(days=9)))
detections = st.one_of(
    st.builds(PastThreshold, metric=identifiers(), samples_least=st.integers(1, 9)),
    st.builds(AbsenceDetector, name=identifiers(), longest=lengths, since=st.none() | instants().map(to_instant)),
    st.builds(RateDetector, name=identifiers(), per_hour=st.fractions(1, 100)),
    st.builds(BurnRateDetector, objective=shares, rules=st.lists(burn_rules, max_size=2).map(tuple)),
    st.builds(SeasonalDetector, season=st.just(timedelta(days=7)), step=st.just(timedelta(hours=1))),
)
rules_of_monitoring = st.builds(
    MonitoringRule,
    id=identifiers(),
    probe=identifiers(),
    detection=detections,
    agreement=identifiers(),
    service=identifiers(),
    requester=identifiers(),
    priority=st.none() | identifiers(),
    lookback=lengths,
    procedure=identifiers(),
    automatic=st.booleans(),
)


@st.composite
def schedules(draw: st.DrawFn) -> DeliverySchedule:
    """Schedules whose links lead from earlier tasks to later ones."""
    ids = draw(st.lists(identifiers(), min_size=2, max_size=4, unique=True))
    parts = {"duration": lengths, "hours": st.none() | service_hours(), "owner": texts(), "not_before": moments}
    links = [
        Link(before=before, after=after, kind=draw(st.sampled_from(LinkKind)), lag=draw(lengths | lengths.map(neg)))
        for before, after in pairwise(ids)
    ]
    waits = draw(st.lists(identifiers(), max_size=2, unique=True))
    return DeliverySchedule(
        start=draw(instants()),
        tasks=[draw(st.builds(Task, id=st.just(id), **parts)) for id in ids],
        links=links,
        dependencies=[Dependency(id=id, task=ids[0], owner=draw(texts()), promised_at=draw(moments)) for id in waits],
        finish_by=draw(moments),
    )


VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: texts(),
    DateTime: instants().map(to_instant),
    datetime: instants().map(to_instant),
    timedelta: lengths,
    Actor: actors(),
    AgreementRevision: revisions(hours=service_hours()),
    Term: terms,
    Fraction: st.fractions(-1000, 1000),
    CvssScore: st.sampled_from([Decimal("7.5"), None]).map(
        lambda score: CvssScore.of("AV:N/AC:L/Au:N/C:P/I:P/A:P", score)
    ),
    Epss: st.builds(Epss, probability=st.decimals(0, 1, places=5), percentile=st.decimals(0, 1, places=5)),
    RemediationPoliciesSet: st.lists(
        remediation_policies, max_size=2, unique_by=lambda policy: (policy.id, policy.version)
    ).map(RemediationPoliciesSet),
    RuleResponse: st.just(RuleResponse(BreachRule.PROBING, BreachResponse.NOTHING)),
    BreachSettings: st.builds(BreachSettings, denials=st.integers(1, 99), quiet_for=lengths),
    BreachPolicy: st.builds(
        BreachPolicy,
        settings=st.builds(BreachSettings, denials=st.integers(1, 99), quiet_for=lengths),
        incident_from=st.none() | st.sampled_from(Severity),
        rules=st.lists(
            st.builds(RuleResponse, st.sampled_from(BreachRule), st.sampled_from(BreachResponse)),
            max_size=2,
            unique_by=lambda one: one.rule,
        ),
        owner=identifiers(),
    ),
    Suppression: st.builds(
        Suppression, rule=st.sampled_from(BreachRule), until=instants(), ground=identifiers(), by=identifiers()
    ),
    Grant: grants(),
    AccessRules: access_rules,
    Act: acts,
    Procedure: procedures,
    DeliveryApproach: approaches,
    DeliverySchedule: schedules(),
    MonitoringRule: rules_of_monitoring,
    Sample: st.builds(Sample, id=identifiers(), probe=identifiers(), at=instants(), value=st.fractions(-1000, 1000)),
    MaintenanceRequested: st.builds(
        MaintenanceRequested,
        summary=texts(),
        kind=st.sampled_from(MaintenanceKind),
        components=named,
        item=texts(),
        run=texts(),
    ),
    Component: st.builds(
        Component,
        id=identifiers(),
        name=texts(),
        depends_on=st.lists(identifiers(), max_size=2).map(tuple),
        services=st.lists(identifiers(), max_size=2).map(tuple),
        driver=texts(),
        owner=texts(),
    ),
    Exclusion: st.builds(
        lambda start, length, **rest: Exclusion(start=start, until=datetime.__add__(to_instant(start), length), **rest),
        instants(),
        lengths,
        cause=identifiers(),
        services=st.frozensets(identifiers(), max_size=3),
        ground=texts(),
        clause=texts(),
        authorized_by=texts(),
    ),
    HappenedAt: st.builds(HappenedAt, st.integers(1, 9), instants()),
    Mistaken: st.builds(Mistaken, st.integers(1, 9)),
    WasOnHold: st.builds(
        lambda reason, since, length: WasOnHold(reason, since, datetime.__add__(to_instant(since), length)),
        identifiers(),
        instants(),
        st.timedeltas(timedelta(microseconds=1), timedelta(days=9)),
    ),
}


class TestRegisteredFacts:
    def test_their_names_and_fields_are_those_that_stores_hold(self) -> None:
        """A name or a field that changes makes old stores unreadable: it needs a new version of the type."""
        found = {name: " ".join(a.name for a in attrs.fields(body) if a.init) for name, body in REGISTERED.items()}
        assert found == STORED

    @pytest.mark.parametrize("name", REGISTERED)
    @settings(max_examples=15)
    @given(data=st.data())
    def test_reading_what_was_written_gives_the_fact(self, name: str, data: st.DataObject) -> None:
        """Through plain data, and through the bytes storage keeps."""
        kind = REGISTERED[name]
        body = data.draw(any_value(kind))
        assert from_plain(kind, to_plain(body)) == body
        assert decode_body(*encode_body(body)) == body
        assert type_of(body) == name
        assert body_of_type(name) is kind

    @pytest.mark.parametrize("name", REGISTERED)
    @settings(max_examples=15)
    @given(data=st.data())
    def test_equal_facts_and_only_they_have_equal_bytes(self, name: str, data: st.DataObject) -> None:
        """B077: so a digest stands for a value."""
        one, two = data.draw(any_value(REGISTERED[name])), data.draw(any_value(REGISTERED[name]))
        assert (canonical_bytes(one) == canonical_bytes(two)) == (one == two)
        assert (digest(one) == digest(two)) == (one == two)

    @settings(max_examples=25)
    @given(revisions(hours=service_hours()))
    def test_an_agreement_s_terms_come_back_equal(self, terms: AgreementRevision) -> None:
        """Service hours, targets, shares and entitlements included; the digest is that of the copy."""
        plain = json.loads(canonical_bytes(terms))
        copy = from_plain(AgreementRevision, plain)
        assert copy == terms
        assert copy.digest == terms.digest
        assert canonical_bytes(copy) == canonical_bytes(terms)


class TestCanonicalBytes:
    def test_they_are_compact_json_with_sorted_keys(self) -> None:
        """One encoding for storage, chain, digest and export."""
        received = RequestReceived(customer="ü", service="b", requester="c", agreement="d", revision=1)
        expected = '{"agreement":"d","customer":"ü","requester":"c","revision":1,"service":"b"}'
        assert canonical_bytes(received).decode() == expected

    def test_composed_and_decomposed_letters_stay_different(self) -> None:
        """B039: never merged silently."""
        one, two = Closed(note="\u00e9"), Closed(note="e\u0301")
        assert canonical_bytes(one) != canonical_bytes(two)

    @pytest.mark.parametrize(("empty", "other"), [("", None), (None, "")])
    def test_one_kind_of_nothing_is_never_read_as_another(self, empty: str | None, other: str | None) -> None:
        """A field is left out only when it has its default."""
        usual = {"customer": "a", "service": "b", "requester": "c", "agreement": "d", "revision": 1}
        one, two = RequestReceived(**usual, priority=empty), RequestReceived(**usual, priority=other)
        assert from_plain(RequestReceived, to_plain(one)) == one
        assert canonical_bytes(one) != canonical_bytes(two)

    def test_a_field_that_is_missing_and_one_that_moved_are_told_apart(self) -> None:
        """B077: `ab` beside `c` is not `a` beside `bc`."""
        one = AgreementStatusChanged(action="agree", status=_status(), ground="x")
        two = AgreementStatusChanged(action="agreex", status=_status(), ground="")
        assert canonical_bytes(one) != canonical_bytes(two)


def _status() -> Any:
    from svcdelivery.agreement import AgreementStatus

    return AgreementStatus.AGREED


class TestRefusals:
    @pytest.mark.parametrize(
        ("kind", "data", "error", "path"),
        [
            (Closed, {"nota": "x"}, InvalidValueError, ""),
            (Closed, {"note": 5}, WrongTypeError, "note"),
            (Closed, {"note": None}, WrongTypeError, "note"),
            (Closed, [], WrongTypeError, ""),
            (Closed, None, WrongTypeError, ""),
            (Closed, {1: "x"}, InvalidValueError, ""),
            (Closed, {1: "x", "nota": "y"}, InvalidValueError, ""),
            (MessagePosted, {"audience": "everybody"}, InvalidValueError, "audience"),
            (MessagePosted, {}, WrongTypeError, ""),
            (Observed, {"kind": "request", "status": "x", "row": 1.0}, WrongTypeError, "row"),
            (Observed, {"kind": "request", "status": "x", "row": True}, WrongTypeError, "row"),
            (Observed, {"kind": "request", "status": "x", "fields": [["a", "b"]]}, WrongTypeError, "fields"),
            (Observed, {"kind": "request", "status": "x", "fields": {"a": 1}}, WrongTypeError, "fields.a"),
            (Observed, {"kind": "request", "status": "x", "received_at": "now"}, InvalidValueError, "received_at"),
        ],
    )
    def test_data_of_another_form_are_refused_with_their_place(
        self, kind: type, data: Any, error: type[ServiceDeliveryError], path: str
    ) -> None:
        """Unknown fields, other types, missing ones: typed, one line."""
        with pytest.raises(error) as caught:
            from_plain(kind, data)
        assert caught.value.path == path
        assert "\n" not in str(caught.value)

    def test_the_place_is_told_however_deep(self) -> None:
        """Through fields and elements."""
        plain = to_plain(_terms())
        plain["targets"][0]["goal"]["duration"] = "P1M"
        with pytest.raises(InvalidValueError) as caught:
            from_plain(AgreementRevision, plain)
        assert caught.value.path.replace(".[", "[") == "targets[0].goal.duration"

    @pytest.mark.parametrize(
        ("body", "path"),
        [
            (Closed(note=5), "note"),  # type: ignore[arg-type]
            (Closed(note=None), "note"),  # type: ignore[arg-type]
            (Closed(note=b"x"), "note"),  # type: ignore[arg-type]
            (Observed(kind="request", status="x", row=1.5), "row"),  # type: ignore[arg-type]
            (Observed(kind="request", status="x", row=True), "row"),
            (Observed(kind="request", status="x", attributes=(("a", 1.5),)), "attributes.a"),  # type: ignore[arg-type]
        ],
    )
    def test_what_could_not_be_read_back_is_not_written(self, body: object, path: str) -> None:
        """A fact that is stored can be loaded; floats and their like never get that far."""
        with pytest.raises(WrongTypeError) as caught:
            to_plain(body)
        assert caught.value.path == path

    @pytest.mark.parametrize("value", [4.5, [1], {"a": 1}, object(), 1j])
    def test_values_without_a_plain_form_are_refused(self, value: object) -> None:
        """Floats above all: two machines may write them differently."""
        with pytest.raises(WrongTypeError):
            to_plain(value)


def _terms() -> AgreementRevision:
    from tests.clock.worlds import target, terms

    return terms(target())


class TestLeaves:
    @pytest.mark.parametrize(
        ("value", "plain"),
        [
            (from_micros(1), "1970-01-01T00:00:00.000001Z"),
            (timedelta(hours=36), "P1DT12H"),
            (timedelta(hours=-1, microseconds=-1), "-PT1H0.000001S"),
            (timedelta.min, "-P999999999D"),
            (Fraction(19, 20), "19/20"),
            (Decimal("1.50"), "1.50"),
            (date(2026, 2, 1), "2026-02-01"),
            (time(8, 30), "08:30:00"),
            (True, True),
            (7, 7),
        ],
    )
    def test_they_have_one_text_each(self, value: Any, plain: Any) -> None:
        """And come back equal, of the same type."""
        assert to_plain(value) == plain
        back = from_plain(type(value), plain)
        assert back == value
        assert type(back) is type(value)

    @given(actors())
    def test_an_actor_is_written_as_kind_and_id(self, actor: Any) -> None:
        """Whatever letters the id has."""
        assert from_plain(type(actor), to_plain(actor)) == actor

    @pytest.mark.parametrize(
        ("kind", "data"), [(Fraction, "1/0"), (Decimal, "x"), (date, "2026-02-30"), (time, "25:00")]
    )
    def test_texts_that_mean_nothing_are_refused(self, kind: type, data: str) -> None:
        """In our own words."""
        with pytest.raises(InvalidValueError):
            from_plain(kind, data)


class TestNames:
    @pytest.mark.parametrize("name", ["held", "Request.held/1", "request.held", "request.held/0", "a.b/1\n", ""])
    def test_a_name_has_a_form(self, name: str) -> None:
        """A room, a word in the past tense, and the version of its fields."""
        with pytest.raises(InvalidValueError):
            fact_type(name)(type("Thing", (), {}))

    def test_a_name_is_given_once(self) -> None:
        """Another class cannot take it; the same class may be registered again."""
        with pytest.raises(InvalidValueError, match="Started has it"):
            fact_type("work.started/1")(type("Other", (), {}))
        assert fact_type("work.started/1")(Started) is Started

    def test_what_nobody_registered_is_unknown(self) -> None:
        """Both ways."""
        with pytest.raises(NotFoundError):
            type_of(object())
        with pytest.raises(NotFoundError):
            body_of_type("nothing.happened/1")


def test_the_terms_registered_carry_their_own_digest() -> None:
    """A fact of terms can be checked against itself."""
    terms = _terms()
    fact = RevisionRegistered(terms, terms.digest)
    copy = from_plain(RevisionRegistered, to_plain(fact))
    assert copy.revision.digest == copy.digest
    assert datetime(2020, 1, 1, tzinfo=UTC) == copy.revision.effective_at


class TestWhatConstructorsDo:
    """A constructor that does more than keep what it is given is called; one that does not makes the same value."""

    def test_validators_converters_and_hooks_run(self):
        @attrs.frozen
        class Checked:
            number: int = attrs.field(validator=attrs.validators.ge(1))

        @attrs.frozen
        class Converted:
            text: str = attrs.field(converter=str.upper)

        @attrs.frozen
        class Hooked:
            number: int

            def __attrs_post_init__(self):
                if self.number < 1:
                    raise InvalidValueError(what="a number", value=self.number)

        @attrs.frozen(init=False)
        class Own:
            number: int

            def __init__(self, number):
                self.__attrs_init__(number + 1)

        with pytest.raises(ValueError, match="must be >= 1"):
            from_plain(Checked, {"number": 0})
        with pytest.raises(InvalidValueError):
            from_plain(Hooked, {"number": 0})
        assert from_plain(Converted, {"text": "a"}).text == "A"
        assert from_plain(Own, {"number": 1}).number == 2

    def test_defaults_are_filled_in_and_made_ones_are_made(self):
        @attrs.frozen(kw_only=True)
        class Plain:
            number: int
            text: str = "usual"
            _hidden: int = 7

        @attrs.frozen
        class Numbered:
            numbers: tuple[int, ...] = attrs.Factory(tuple)

        assert from_plain(Plain, {"number": 1}) == Plain(number=1)
        assert from_plain(Plain, {"number": 1, "text": "other", "_hidden": 8}) == Plain(
            number=1, text="other", hidden=8
        )
        assert hash(from_plain(Plain, {"number": 1})) == hash(Plain(number=1))
        assert from_plain(Numbered, {}).numbers == ()
        for data in ({}, {"text": "x"}, {"number": "1"}, {"number": 1, "more": 2}, [], None):
            with pytest.raises(ServiceDeliveryError):
                from_plain(Plain, data)
