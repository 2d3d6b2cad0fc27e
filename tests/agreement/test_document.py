"""The agreement document: what it gives, and where each of its mistakes is told."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.agreement import (
    AgreementRevision,
    AllOf,
    AnyOf,
    AppliesToOpen,
    AttributeIs,
    Boundary,
    ByEndOfWorkingDay,
    ByTimeOfWorkingDay,
    DueAt,
    DueWhilePaused,
    Exclusion,
    Measure,
    Not,
    NoTarget,
    OnAmendment,
    OnChange,
    OnReopening,
    PartIs,
    ServiceAgreement,
    Signaled,
    Term,
    TimeKind,
    Who,
    Within,
    WithinCalendarDays,
    WithinWorkingDays,
)
from svcdelivery.agreement.document import agreement_from_data, agreement_schema, parse_agreement
from svcdelivery.documents import Code, parse_document
from svcdelivery.errors import DocumentError, Problem
from svcdelivery.facts import from_plain, to_plain
from svcdelivery.service_hours import ServiceHours, Shift
from svcdelivery.timeline import parse_instant
from tests.agreement.document_text import DOCUMENT, changed
from tests.json_schema import faults

_CLOSED_IN_EVERY_FORM = """\
closed:
      - 2026-05-01
      - 2026-07-01..2026-07-14
      - "12-25"
      - 12-30..01-02
      - 2026-12-24 12:00-13:00
      - 2026-12-24 15:00-24:00
    extra: {2026-12-19: "09:00-12:00"}
    replaced: {2026-12-21: [], 2026-12-22: ["10:00-11:00"]}
    whole_shifts: true"""
CONDITIONS = """\
measures:
  vendor:
    start: {phase: held, hold_reason: supplier}
    stop: {any: [[resumed, resolved], {not: {team: network}}]}
    pause: {service: email}
    resume: {signal: staff_message, message_to: requester}
    reset: {attribute: {vip: yes, site: [lyon, metz]}}
    cancel: {priority: P2}
    repeats: true
"""
_CABLES = (
    "cause: maintenance, from: 2026-03-07, until: 2026-03-08T02:00:00+01:00, service: email, ground: cables, "
    "clause: '7.1', authorized_by: 'customer:acme'"
)
UTC_PARIS = "2025-12-31T23:00:00Z"


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(DocumentError) as caught:
        parse_agreement(text, source="acme.yaml")
    return caught.value.problems


def told(text: str) -> list[tuple[str, str, int | None, int | None]]:
    return [(p.code, p.path, p.line, p.column) for p in problems_of(text)]


class TestTerms:
    def test_a_document_gives_one_revision_with_all_it_says(self):
        """Every key of the form reaches the revision."""
        agreement = parse_agreement(DOCUMENT)
        (revision,) = agreement.revisions
        assert (
            agreement.id, revision.number, revision.customer, revision.provider, revision.author,
        ) == ("acme-2026", 1, "acme", "northwind", "staff:olga")  # fmt: skip
        assert Term(parse_instant(UTC_PARIS), parse_instant("2026-12-31T23:00:00Z")) == revision.term
        assert tuple(named.name for named in revision.hours) == ("office", "always")
        office = revision.service_hours("office")
        assert office is not None
        assert ("Europe/Paris", (2026, 2027), (date(2026, 5, 1),)) == (office.zone, office.covered_years, office.closed)
        assert (Shift(43_200, 86_400),) == office.closed_parts[0].shifts
        assert revision.priorities.of("high", "low") == "P2"
        assert revision.hold_reasons == ("customer", "supplier")
        (service,) = revision.services
        assert ("E-mail", (Who("everybody"),), (Who("role", "agent"),)) == (
            service.name, service.entitled, service.delivered_by,
        )  # fmt: skip
        (target,) = revision.targets
        assert (timedelta(hours=8), TimeKind.SERVICE) == (target.goal.duration, target.goal.time)
        assert (Fraction(95, 100), Boundary.CLOSE, "4.2", "office") == (
            target.share_promised, target.boundary, target.clause, target.hours,
        )  # fmt: skip
        assert timedelta(hours=2) == revision.updates[0].every
        assert revision.survey is not None
        assert timedelta(days=14) == revision.survey.expires == revision.reopening_window

    def test_only_what_every_agreement_has_must_be_given(self):
        """The shortest agreement: terms in force with the term, no targets, nobody asked, standard hold reasons."""
        text = (
            "svcdelivery: 1\nagreement: {id: a, customer: c}\nzone: UTC\nterm: {from: 2026-01-01}\n"
            "services: {email: {}}\n"
        )
        (revision,) = parse_agreement(text).revisions
        assert revision.effective_at == revision.term.start == parse_instant("2026-01-01T00:00:00Z")
        assert revision.term.until is None
        assert revision.services[0].approved is None
        assert revision.survey is None
        assert revision.hold_reasons == ("customer", "provider", "supplier", "scheduled")

    def test_a_date_is_its_first_instant_in_the_zone_of_the_document(self):
        """Midnight there, or the first instant after it where a night leaves midnight out."""
        text = changed(
            ("zone: Europe/Paris", "zone: America/Sao_Paulo"),
            ("{from: 2026-01-01, until: 2027-01-01}", "{from: 2018-11-04}"),
        )
        assert parse_instant("2018-11-04T03:00:00Z") == parse_agreement(text).revisions[0].term.start

    def test_an_instant_with_its_offset_is_taken_as_it_is(self):
        """Dates and instants may stand side by side."""
        text = changed(("effective: 2026-01-01", 'effective: "2026-01-01T09:00:00+01:00"'))
        assert parse_instant("2026-01-01T08:00:00Z") == parse_agreement(text).revisions[0].effective_at

    def test_several_documents_make_one_agreement(self):
        """A document is a revision; the agreement joins them."""
        second = changed(("provider: northwind, ", "revision: 2, "), ("effective: 2026-01-01", "effective: 2026-07-01"))
        both = ServiceAgreement.of(*parse_agreement(DOCUMENT).revisions, *parse_agreement(second).revisions)
        july = both.at(parse_instant("2026-07-01T00:00:00+02:00"))
        assert july is not None
        assert july.number == 2

    def test_one_name_or_a_list_of_names_says_the_same(self):
        """A list of one is one."""
        assert parse_agreement(DOCUMENT) == parse_agreement(
            changed(
                ("kind: incident", "kind: [incident]"),
                ("service: email", "service: [email]"),
                ("[customer]", "customer"),
            )
        )

    def test_every_form_of_closed_date_is_read(self):
        """Dates, ranges, every year, and part of a day; more hours and other hours of single dates."""
        text = changed(
            (
                'closed: [2026-05-01, "2026-12-24 12:00-24:00"]',
                _CLOSED_IN_EVERY_FORM,
            )
        )
        office = parse_agreement(text).revisions[0].service_hours("office")
        assert office is not None
        assert (date(2026, 7, 1), date(2026, 7, 14)) == (office.closed_ranges[0].first, office.closed_ranges[0].last)
        assert [(y.first, y.last) for y in office.closed_yearly] == [("12-25", "12-25"), ("12-30", "01-02")]
        assert len(office.closed_parts[0].shifts) == 2
        assert (date(2026, 12, 19), ()) == (office.extra[0].date, office.replaced[0].shifts)
        assert office.whole_shifts

    def test_exclusions_are_read_with_all_they_say(self):
        """And a target names the causes it leaves out."""
        text = changed(
            ("targets:", f"exclusions: [{{{_CABLES}}}]\ntargets:"),
            ("boundary: close", "excludes: [maintenance, strike]"),
        )  # fmt: skip
        (revision,) = parse_agreement(text).revisions
        assert revision.exclusions == (
            Exclusion(
                cause="maintenance", start=parse_instant("2026-03-06T23:00:00Z"),
                until=parse_instant("2026-03-08T01:00:00Z"), services={"email"}, ground="cables", clause="7.1",
                authorized_by="customer:acme",
            ),
        )  # fmt: skip
        assert revision.targets[0].excludes == {"maintenance", "strike"}
        assert from_plain(AgreementRevision, to_plain(revision)) == revision

    @pytest.mark.parametrize(
        ("entry", "code", "path"),
        [
            ("cause: storm, from: 2026-03-07", Code.MISSING_KEY, "exclusions[0]"),
            ("cause: storm, from: 2026-03-07, until: 2026-03-06", Code.INVALID_VALUE, "exclusions[0].until"),
            ("cause: storm, from: 7 March, until: 2026-03-08", Code.INVALID_VALUE, "exclusions[0].from"),
            ("cause: storm, from: 2026-03-07, until: 2026-03-08, service: fax", Code.UNKNOWN_REFERENCE,
             "exclusions[0].service"),
        ],
    )  # fmt: skip
    def test_a_mistake_in_an_exclusion_is_told(self, entry, code, path):
        """Once, where it stands."""
        found = told(changed(("targets:", f"exclusions: [{{{entry}}}]\ntargets:")))
        assert [(problem[0], problem[1]) for problem in found] == [(code, path)]

    def test_measures_are_told_in_conditions(self):
        """Signals, how the work stands, messages, columns; joined, denied, several keys of one mapping together."""
        text = changed(("targets:", CONDITIONS + "targets:"), ("measure: resolution", "measure: vendor"))
        (revision,) = parse_agreement(text).revisions
        assert revision.measure("vendor") == Measure(
            name="vendor",
            start=AllOf((PartIs("phase", {"held"}), PartIs("hold_reason", {"supplier"}))),
            stop=AnyOf((Signaled({"resumed", "resolved"}), Not(PartIs("team", {"network"})))),
            pause=PartIs("service", {"email"}),
            resume=AllOf((Signaled({"staff_message"}), PartIs("message_to", {"requester"}))),
            reset=AllOf((AttributeIs("vip", {"yes"}), AttributeIs("site", {"lyon", "metz"}))),
            cancel=PartIs("priority", {"P2"}),
            repeats=True,
        )
        assert from_plain(AgreementRevision, to_plain(revision)) == revision

    @pytest.mark.parametrize(
        ("old", "new", "word", "code", "path"),
        [
            ("phase: held, hold_reason: supplier", "phase: hold", "hold}", Code.INVALID_VALUE, "start.phase"),
            ("reason: supplier", "reason: weather", "weather", Code.UNKNOWN_REFERENCE, "start.hold_reason"),
            ("not: {team: network}", "nor: {team: network}", "nor", Code.UNKNOWN_KEY, "stop.any[1].nor"),
            ("priority: P2", "priority: [P2, P8]", "P8", Code.UNKNOWN_REFERENCE, "cancel.priority[1]"),
            ("service: email", "service: fax", "fax", Code.UNKNOWN_REFERENCE, "pause.service"),
            ("vip: yes", "vip: []", "[], site", Code.INVALID_VALUE, "reset.attribute.vip"),
            ("vip: yes", "vip: true", "true, site", Code.WRONG_TYPE, "reset.attribute.vip"),
            ("pause: {service: email}", "pause: {}", "{}", Code.INVALID_VALUE, "pause"),
            ("message_to: requester", "message_to: all", "all}", Code.INVALID_VALUE, "resume.message_to"),
        ],
    )
    def test_a_mistake_in_a_condition_is_told_with_its_place(self, old, new, word, code, path):
        """Line and column of the very word."""
        before, conditions, after = changed(("targets:", "@targets:")).partition("@")
        told_conditions = CONDITIONS.replace(old, new)
        assert old in CONDITIONS
        lines = (before + told_conditions).splitlines()
        line, text = next((n, text) for n, text in enumerate(lines, start=1) if word in text and n > 14)
        (problem,) = [p for p in problems_of(before + told_conditions + after) if p.path == f"measures.vendor.{path}"]
        assert (problem.code, problem.line, problem.column) == (code, line, text.index(word) + 1)
        assert conditions == "@"

    @pytest.mark.parametrize(
        ("measure", "code"),
        [("hold_time:weather", Code.UNKNOWN_REFERENCE), ("team_time: ", Code.INVALID_VALUE)],
    )
    def test_a_measure_of_nobody_is_told_with_its_place(self, measure, code):
        """A hold reason the document does not define, a team without a name."""
        found = told(changed(("measure: resolution", f"measure: '{measure}'")))
        assert (code, "targets.p1-resolution.measure", 19, 14) in found

    def test_a_measure_can_be_of_one_team_or_one_hold_reason(self):
        """Standard ones that take a name."""
        for measure in ("team_time:network", "hold_time:supplier"):
            (revision,) = parse_agreement(changed(("measure: resolution", f"measure: '{measure}'"))).revisions
            assert revision.targets[0].measure == measure

    def test_measures_of_the_document_can_be_promised(self):
        """A measure of one's own is told in signals."""
        text = changed(
            (
                "services:",
                "measures: {pickup: {start: assigned, stop: [started, staff_message], ends: closed}}\nservices:",
            ),
            ("measure: resolution", "measure: pickup"),
        )
        (revision,) = parse_agreement(text).revisions
        assert Signaled({"started", "staff_message"}) == revision.measure("pickup").stop

    @pytest.mark.parametrize("share", ["99.9", "'99.9'", "'99.90'", "99.900"])
    def test_a_promised_percentage_is_exact(self, share):
        """Text and number say the same, and neither passes through a float."""
        (target,) = parse_agreement(changed(("promised: 95", f"promised: {share}"))).revisions[0].targets
        assert Fraction(999, 1000) == target.share_promised


class TestOneMeaning:
    def test_yaml_json_and_data_give_equal_agreements_and_digests(self):
        """The form is one, however it is written."""
        data = parse_document(DOCUMENT).data
        assert isinstance(data, dict)
        forms = [parse_agreement(DOCUMENT), parse_agreement(json.dumps(data)), agreement_from_data(data)]
        assert len(set(forms)) == 1
        assert len({form.revisions[0].digest for form in forms}) == 1

    def test_dates_and_tuples_of_python_say_what_their_texts_say(self):
        """Callers without YAML may use dates."""
        data: Any = parse_document(DOCUMENT).data
        data["term"]["from"] = date(2026, 1, 1)
        data["hold_reasons"] = ("customer", "supplier")
        assert parse_agreement(DOCUMENT) == agreement_from_data(data)

    def test_a_revision_comes_back_from_its_plain_form(self):
        """What a document says can be stored and read back."""
        (revision,) = parse_agreement(DOCUMENT).revisions
        assert revision == from_plain(type(revision), to_plain(revision))

    def test_problems_of_data_have_paths_alone(self):
        """Without a text there are no positions; the order is that of the data."""
        data: Any = parse_document(DOCUMENT).data
        data["targets"]["p1-resolution"] |= {"within": "8h", "hours": "offices"}
        del data["zone"]
        with pytest.raises(DocumentError) as caught:
            agreement_from_data(data, source="form")
        assert [": ".join(str(p).split(": ")[:2]) for p in caught.value.problems] == [
            "form: SVC-D011 the key `zone` is missing",
            "form: SVC-D013 targets.p1-resolution.within",
            "form: SVC-D014 targets.p1-resolution.hours",
        ]


class TestMistakes:
    def test_five_mistakes_are_five_lines_with_positions(self):
        """All mistakes come at once, a line each, in the order of the text."""
        text = changed(
            ("effective: 2026-01-01", "effective: 2026-02-30"),
            ('"13:30-17:30"', '"12:00-17:30"'),
            ("hours: office\n", "hour: office\n"),
            ("[customer]\n", "[custmer]\n"),
            ("promised: 95", 'promised: "99,9"'),
        )
        with pytest.raises(DocumentError) as caught:
            parse_agreement(text, source="acme.yaml")
        assert str(caught.value).splitlines() == [
            "acme.yaml:2:76: SVC-D013 agreement.effective: `2026-02-30` is not a date: day is out of range for month",
            (
                "acme.yaml:7:37: SVC-D015 service_hours.office.open.mon-fri[1]: "
                "`08:30-12:30` and `12:00-17:30` overlap (one may start when the other ends)"
            ),
            "acme.yaml:24:5: SVC-D010 targets.p1-resolution.hour: unknown key `hour` (did you mean `hours`?)",
            (
                "acme.yaml:25:16: SVC-D014 targets.p1-resolution.pause_on[0]: unknown hold reason `custmer` "
                "(did you mean `customer`?)"
            ),
            "acme.yaml:27:15: SVC-D013 targets.p1-resolution.promised: `99,9` is not a number (write a decimal point)",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("old", "new", "code", "path", "line", "column"),
        [
            ("svcdelivery: 1", "svcdelivery: 2", Code.INVALID_VALUE, "svcdelivery", 1, 14),
            ("svcdelivery: 1\n", "\n", Code.MISSING_KEY, "", 2, 1),
            ("id: acme-2026, ", "", Code.MISSING_KEY, "agreement", 2, 1),
            ("customer: acme", 'customer: ""', Code.INVALID_VALUE, "agreement.customer", 2, 38),
            ("provider: northwind", "revision: 0", Code.INVALID_VALUE, "agreement.revision", 2, 54),
            ("provider: northwind", "revision: true", Code.WRONG_TYPE, "agreement.revision", 2, 54),
            ("Europe/Paris", "Europe/Pariss", Code.INVALID_VALUE, "zone", 3, 7),
            ("until: 2027-01-01", "until: 2026-01-01", Code.INVALID_VALUE, "term.until", 4, 33),
            ("until: 2027-01-01", "until: ~", Code.WRONG_TYPE, "term.until", 4, 33),
            ("until: 2027-01-01", "until: 0000-01-01", Code.INVALID_VALUE, "term.until", 4, 33),
            ("until: 2027-01-01", "until: 9999-12-31", Code.INVALID_VALUE, "term.until", 4, 33),
            ("mon-fri:", "mon-fry:", Code.INVALID_VALUE, "service_hours.office.open.mon-fry", 7, 21),
            ("mon-fri:", 'fri: "09:00-10:00", mon-fri:', Code.OVERLAP, "service_hours.office.open.mon-fri", 7, 32),
            ('"08:30-12:30", "13:30-17:30"', "", Code.INVALID_VALUE, "service_hours.office", 7, 5),
            ('"08:30-12:30"', '"08:30-00:00"', Code.INVALID_VALUE, "service_hours.office.open.mon-fri[0]", 7, 22),
            ("[2026-05-01,", "[2026-05-32,", Code.INVALID_VALUE, "service_hours.office.closed[0]", 8, 14),
            ("[2026-05-01,", "[May,", Code.INVALID_VALUE, "service_hours.office.closed[0]", 8, 14),
            ("2026-2027", "2027-2026", Code.INVALID_VALUE, "service_hours.office.covers", 9, 13),
            ("open: always", "open: allways", Code.INVALID_VALUE, "service_hours.always.open", 10, 18),
            ("open: always", "zone: UTC", Code.MISSING_KEY, "service_hours.always", 10, 3),
            ("[P1, P2]", "[P1, P2, P1]", Code.OVERLAP, "priorities.ranked[2]", 12, 20),
            ("low: P2", "low: P9", Code.UNKNOWN_REFERENCE, "priorities.matrix.high.low", 13, 34),
            ("hold_reasons: [customer,", "hold_reasons: [1,", Code.WRONG_TYPE, "hold_reasons[0]", 14, 16),
            ("[everybody]", '["*"]', Code.INVALID_VALUE, "services.email.entitled[0]", 16, 66),
            ("  email:", '  " ": {}\n  email:', Code.INVALID_VALUE, 'services[" "]', 16, 3),
            (
                "measure: resolution",
                "measure: resolutoin",
                Code.UNKNOWN_REFERENCE,
                "targets.p1-resolution.measure",
                19,
                14,
            ),
            ("kind: incident", "kind: ticket", Code.INVALID_VALUE, "targets.p1-resolution.kind", 20, 11),
            ("kind: incident", "kind: []", Code.INVALID_VALUE, "targets.p1-resolution.kind", 20, 11),
            (
                "service: email",
                "service: [email, mail]",
                Code.UNKNOWN_REFERENCE,
                "targets.p1-resolution.service[1]",
                21,
                22,
            ),
            ("priority: P1\n", "priority: p1\n", Code.UNKNOWN_REFERENCE, "targets.p1-resolution.priority", 22, 15),
            ("within: PT8H", "within: -PT8H", Code.INVALID_VALUE, "targets.p1-resolution.within", 23, 13),
            ("within: PT8H", "within: 8", Code.WRONG_TYPE, "targets.p1-resolution.within", 23, 13),
            ("[customer]\n", "[nobody]\n", Code.UNKNOWN_REFERENCE, "targets.p1-resolution.pause_on[0]", 25, 16),
            ("boundary: close", "boundary: open", Code.INVALID_VALUE, "targets.p1-resolution.boundary", 26, 15),
            ("promised: 95", "promised: 0", Code.INVALID_VALUE, "targets.p1-resolution.promised", 27, 15),
            ('clause: "4.2"', "clause: 4.2", Code.WRONG_TYPE, "targets.p1-resolution.clause", 28, 13),
            ("every: PT2H", "every: PT0S", Code.INVALID_VALUE, "updates[0].every", 29, 19),
            ("scale: 5", "scale: 11", Code.INVALID_VALUE, "satisfaction.scale", 30, 23),
            ("expires: P14D", "expires: P1M", Code.INVALID_VALUE, "satisfaction.expires", 30, 35),
            ("reopening_window", "reopening_windo", Code.UNKNOWN_KEY, "reopening_windo", 31, 1),
            ("satisfaction: {scale: 5, expires: P14D}", "updates: []", Code.DUPLICATE_KEY, "updates", 30, 1),
            ("zone: Europe/Paris", "zone: &z Europe/Paris", Code.UNSAFE, "zone", 3, 7),
        ],
    )
    def test_a_mistake_is_told_where_it_stands(self, old, new, code, path, *, line, column):
        """One mistake is one problem, with code, path, line and column."""
        assert [(code, path, line, column)] == told(changed((old, new)))

    def test_a_part_that_cannot_be_read_makes_no_reference_wrong(self):
        """One mistake has no train of others behind it."""
        text = changed(("hold_reasons: [customer, supplier]", "hold_reasons: {}"))
        assert told(text) == [(Code.WRONG_TYPE, "hold_reasons", 14, 15)]

    def test_a_misspelled_part_is_an_unknown_key(self):
        """Nothing in a document is silently left out."""
        assert told(DOCUMENT + "escalations: {}\n") == [(Code.UNKNOWN_KEY, "escalations", 32, 1)]

    @pytest.mark.parametrize("text", ["[]", "1", "~", "text", '"a"'])
    def test_what_is_no_mapping_is_no_agreement(self, text):
        """The root has a type too."""
        assert told(text) == [(Code.WRONG_TYPE, "", 1, 1)]


class TestBadInputs:
    @pytest.mark.parametrize(
        ("row", "old", "new", "shown"),
        [
            ("B001", "effective: 2026-01-01", "effective: 2026-04-01T10:00", "no zone given for `2026-04-01T10:00`"),
            ("B001", "effective: 2026-01-01", "effective: next week", "a date such as 2026-01-01"),
            ("B003", "effective: 2026-01-01", "effective: 2026-02-30T00:00:00Z", "agreement.effective: `2026-02-30"),
            ("B005", "effective: 2026-01-01", "effective: 2026-01-01T10:00:00.123456789Z", "fractional digits"),
            ("B007", "effective: 2026-01-01", 'effective: "2026-01-01T10:00:00+25:00"', "offset"),
            ("B009", "Europe/Paris", "../../etc/passwd", "is not a known zone"),
            ("B009", "Europe/Paris", '"Europe/Paris\\0"', "is not a known zone"),
            ("B013", "until: 2027-01-01", "until: 2025-01-01", "empty or negative interval"),
            ("B015", '{mon-fri: ["08:30-12:30", "13:30-17:30"]}', "{}", "the service is never open"),
            ("B021", '"13:30-17:30"', '"11:00-13:00"', "`08:30-12:30` and `11:00-13:00` overlap"),
            ("B025", "within: PT8H", "within: PT", "`PT` is not a duration"),
            ("B025", "within: PT8H", "within: P", "`P` is not a duration"),
            ("B025", "within: PT8H", "within: -PT4H", "negative"),
            ("B025", "within: PT8H", "within: PT4H30", "`PT4H30` is not a duration"),
            ("B027", "within: PT8H", "within: P1M", "months and years have no fixed length"),
            ("B027", "within: PT8H", "within: P1Y", "months and years have no fixed length"),
            ("B029", "scale: 5", "scale: true", "expected an integer, got bool `true`"),
            ("B031", "scale: 5", "scale: " + "9" * 5000, "too many digits"),
            ("B031", "promised: 95", "promised: '" + "9" * 5000 + "'", "is not a number"),
            ("B035", "promised: 95", "promised: 100.0001", "over 0 and at most 100"),
            ("B035", "promised: 95", "promised: 99,9", "write a decimal point"),
            ("B037", "customer: acme", 'customer: ""', "1 to 200 characters"),
            ("B037", "customer: acme", 'customer: "  "', "1 to 200 characters"),
            ("B037", "customer: acme", "customer: " + "x" * 300, "1 to 200 characters"),
            ("B037", "customer: acme", "customer: " + "x" * 10_000_000, "larger than"),
            ("B041", "customer: acme", 'customer: "a\\r\\n[ERROR] forged"', "unprintable"),
            ("B041", '{mon-fri: ["08:30-12:30", "13:30-17:30"]}', '"\\0\\u202e"', r"`\x00\u202e` is not a week"),
            ("B043", "priority: P1\n", "priority: 'P1 '\n", "unknown priority `P1 `"),
            ("B043", "priority: P1\n", "priority: p1\n", "did you mean `P1`?"),
            ("B043", "priority: P1\n", "priority: Critical\n", "known: `P1`, `P2`"),
            ("B045", "within: PT8H", "respone_time: PT8H\n    within: PT8H", "unknown key `respone_time`"),
            ("B047", "service: email", "service: fax", "unknown service `fax`"),
            ("B083", "promised: 95", "promised: NaN", "`NaN` is not a number"),
            ("B083", "svcdelivery", "\ufeffsvcdelivery", "byte order mark"),
            ("B093", "clause: \"4.2\"", "clause: 4.2", 'put it in quotes: "4.2"'),
            ("B093", "scale: 5", "scale: no", "expected an integer, got text `no`"),
            ("B093", "within: PT8H", "within: 1:30", "`1:30` is not a duration"),
        ],
    )  # fmt: skip
    def test_a_bad_input_is_one_line_that_says_what_and_where(self, row, old, new, shown):
        """The rows of the list of bad inputs that concern documents, by their ids."""
        (problem,) = problems_of(changed((old, new)))
        assert shown in str(problem)
        assert len(str(problem).splitlines()) == 1
        assert len(str(problem)) < 700
        assert problem.line is not None

    def test_closed_dates_collapse_when_they_stand_twice(self):
        """B023: the same date twice is closed once."""
        text = changed(("closed: [2026-05-01,", "closed: [2026-05-01, 2026-05-01, 2026-05-01,"))
        assert parse_agreement(DOCUMENT) == parse_agreement(text)

    def test_letters_that_look_alike_stay_different(self):
        """B039: names are compared code point by code point."""
        text = changed(("service: email", "service: em\u0430il"))
        assert told(text) == [(Code.UNKNOWN_REFERENCE, "targets.p1-resolution.service", 21, 14)]


_LINES = DOCUMENT.splitlines(keepends=True)
_WORDS = st.sampled_from(
    ["", "~", "[]", "{}", "0", "-1", "1e9", "true", "PT8H", "P9999999W", "2026-01-01", "9999-12-31", "0001-01-01",
     "always", "email",
     "UTC", "'\\x00'", '"\\x00"', "[[]]", "{a: {b: c}}", "23:00-24:00", "12-25", "02-30", "mon", "x" * 300]
)  # fmt: skip
_DAMAGES = st.tuples(st.integers(0, len(_LINES) - 1), st.sampled_from(["cut", "drop", "twice", "word"]), _WORDS)
_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | _WORDS
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
)


class TestGarbage:
    @given(st.lists(_DAMAGES, max_size=4))
    def test_a_damaged_document_gives_an_agreement_or_problems(self, damages):
        """However a document is damaged, the only error is a list of problems, a line each."""
        lines = list(_LINES)
        for at, damage, word in damages:
            line = lines[at]
            head, colon, _ = line.partition(": ")
            lines[at] = {
                "cut": line[: len(line) // 2] + "\n",
                "drop": "",
                "twice": line + line,
                "word": f"{head}{colon}{word}\n" if colon else line,
            }[damage]
        read_or_refused("".join(lines))

    @given(st.data())
    def test_any_value_anywhere_gives_an_agreement_or_problems(self, data):
        """Every place of the form stands every kind of value."""
        tree: Any = parse_document(DOCUMENT).data
        at = tree
        while True:
            key = data.draw(st.sampled_from(list(at) if isinstance(at, dict) else list(range(len(at)))))
            if not (isinstance(at[key], dict | list) and at[key] and data.draw(st.booleans())):
                break
            at = at[key]
        at[key] = data.draw(_VALUES)
        with suppress(DocumentError):
            assert isinstance(agreement_from_data(tree), ServiceAgreement)

    @given(st.text(max_size=100))
    def test_any_text_gives_an_agreement_or_problems(self, text):
        """No text leads to a traceback."""
        read_or_refused(text)


def read_or_refused(text: str) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        assert isinstance(parse_agreement(text), ServiceAgreement)
    except DocumentError as error:
        problems = error.problems
    places = [(p.line, p.column) for p in problems]
    assert places == sorted(places)
    assert all(len(str(problem).splitlines()) == 1 for problem in problems)


class TestSchema:
    @pytest.mark.parametrize("name", ["acme", "globex"])
    def test_the_examples_keep_to_the_schema(self, name):
        """What the reader accepts, the schema accepts."""
        text = (Path(__file__).parents[2] / "examples" / "agreements" / f"{name}.yaml").read_text(encoding="utf-8")
        assert not faults(agreement_schema(), parse_document(text).data, "")

    @pytest.mark.parametrize(
        ("old", "new", "path"),
        [
            ("svcdelivery: 1", "svcdelivery: 2", ".svcdelivery"),
            ("zone: Europe/Paris\n", "", ""),
            ("within: PT8H", "within: P1M", ".targets.p1-resolution.within"),
            ("kind: incident", "kind: ticket", ".targets.p1-resolution.kind"),
            ("scale: 5", "scale: 11", ".satisfaction.scale"),
            ("reopening_window", "reopening_windo", ""),
            ('"08:30-12:30"', '"8-12"', ".service_hours.office.open"),
        ],
    )
    def test_what_the_schema_refuses_the_reader_refuses(self, old, new, path):
        """The schema is no stricter than the reader, and sees what a schema can see."""
        text = changed((old, new))
        assert path in faults(agreement_schema(), parse_document(text).data, "")
        assert problems_of(text)

    def test_no_mapping_of_the_schema_is_open_to_unknown_keys(self):
        """An editor that knows the schema marks a misspelled key."""
        assert all(part["additionalProperties"] is False for part in _objects(agreement_schema()))

    def test_the_schema_is_plain_data(self):
        """It can be written as JSON."""
        assert agreement_schema() == json.loads(json.dumps(agreement_schema()))


def _objects(part: Any) -> list[Any]:
    found = [part] if isinstance(part, dict) and part.get("type") == "object" and "properties" in part else []
    items = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return found + [entry for item in items for entry in _objects(item)]


class TestGoals:
    @pytest.mark.parametrize(
        ("text", "goal"),
        [
            ("within: PT8H", Within(timedelta(hours=8))),
            ("within: PT8H\n    time: wall", Within(timedelta(hours=8), TimeKind.WALL)),
            ("within: none", NoTarget()),
            ("within_working_days: 3", WithinWorkingDays(3)),
            ("by_end_of_working_day: 0", ByEndOfWorkingDay(0)),
            ('by_time_of_working_day: {days: 1, at: "16:00"}', ByTimeOfWorkingDay(1, "16:00")),
            ("within_calendar_days: 5", WithinCalendarDays(5)),
            ("due_at: promised", DueAt("promised")),
        ],
    )
    def test_every_goal_has_its_form(self, text, goal):
        """The reader and the schema take it alike, and it comes back from its plain form."""
        document = changed(("within: PT8H", text))
        revision = parse_agreement(document).revisions[0]
        assert revision.targets[0].goal == goal
        assert from_plain(AgreementRevision, to_plain(revision)) == revision
        assert faults(agreement_schema(), parse_document(document).data, "") == []

    def test_the_rules_of_a_clock_have_their_forms(self):
        """Each is a word."""
        rules = "on_change: keep\n    on_reopening: new_cycle\n    due_while_paused: sliding\n    pauses_move_due: true"
        revision = parse_agreement(changed(("within: PT8H", f"within_calendar_days: 5\n    {rules}"))).revisions[0]
        target = revision.targets[0]
        assert (target.on_change, target.on_reopening) == (OnChange.KEEP, OnReopening.NEW_CYCLE)
        assert (target.due_while_paused, target.pauses_move_due) == (DueWhilePaused.SLIDING, True)
        assert from_plain(AgreementRevision, to_plain(revision)) == revision

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("within: PT8H\n    due_at: promised", "SVC-D016"),
            ("due_at: promised\n    time: wall", "SVC-D016"),
            ("within: never", "SVC-D013"),
            ("within_working_days: -1", "SVC-D013"),
            ('by_time_of_working_day: {days: 1, at: "24:00"}', "SVC-D013"),
            ("by_time_of_working_day: {days: 1}", "SVC-D011"),
            ("within: PT8H\n    pauses_move_due: true", "SVC-D013"),
            ("within: PT8H\n    on_change: forget", "SVC-D013"),
        ],
    )
    def test_what_cannot_be_meant_is_told(self, text, code):
        """With the code of its kind."""
        assert code in {problem.code for problem in problems_of(changed(("within: PT8H", text)))}

    def test_a_goal_is_required(self):
        """Nothing is promised only where it says so."""
        problems = problems_of(changed(("    within: PT8H\n", "")))
        assert [(p.code, p.path) for p in problems] == [("SVC-D011", "targets.p1-resolution")]

    def test_a_goal_of_days_needs_hours(self):
        """They say which days are meant."""
        problems = problems_of(changed(("within: PT8H\n    hours: office", "within_working_days: 1")))
        assert "name service hours" in str(problems[0])


_CHANGES = """\
covers: 2026-2027
    changes:
      - from: 2026-07-01
        open: {mon-thu: "09:00-16:00"}
        extra: {2026-07-04: "09:00-12:00"}
      - from: 2028-01-01
        closed: [2028-05-01, "12-25", 2028-12-24 12:00-24:00]
        replaced: {2028-01-03: []}
        covers: 2028
        whole_shifts: true"""


class TestChangesOfHours:
    def test_a_change_holds_from_its_date_and_keeps_what_it_leaves_out(self) -> None:
        """The value says what the document says."""
        office = parse_agreement(changed(("covers: 2026-2027", _CHANGES))).revisions[0].service_hours("office")
        assert office is not None
        first, second = office.changes
        assert (first.since, first.closed, first.covered_years) == (date(2026, 7, 1), None, None)
        assert first.week == ServiceHours.weekly("UTC", {"mon-thu": "09:00-16:00"}).week
        assert (second.week, second.covered_years, second.whole_shifts) == (None, (2028, 2028), True)
        assert [len(part or ()) for part in (second.closed, second.closed_parts, second.closed_yearly)] == [1, 1, 1]
        assert office.known_years == (2026, 2028)
        revision = parse_agreement(changed(("covers: 2026-2027", _CHANGES))).revisions[0]
        assert from_plain(AgreementRevision, to_plain(revision)) == revision

    def test_every_mistake_in_changes_is_told_at_its_place(self) -> None:
        """Line, column and path of each, whatever else is wrong."""
        wrong = """\
covers: 2026-2027
    changes:
      - from: 2026-07-01
      - open: {mon-thu: "9-16"}
      - {from: 2026-08-01, opne: always}
      - {from: 2026-09-01, open: always, covers: 2025}
      - {from: 2026-10-01, closed: [2026-13-01]}
      - {from: 2026-10-01, whole_shifts: true}
      - {from: 2026-10-01, whole_shifts: false}"""
        at = "service_hours.office.changes"
        found = [(p.path, p.line, p.code) for p in problems_of(changed(("covers: 2026-2027", wrong)))]
        assert found == [
            (f"{at}[0]", 11, Code.INVALID_VALUE.value),
            (f"{at}[1]", 12, Code.MISSING_KEY.value),
            (f"{at}[1].open.mon-thu", 12, Code.INVALID_VALUE.value),
            (f"{at}[2].opne", 13, Code.UNKNOWN_KEY.value),
            (f"{at}[3]", 14, Code.INVALID_VALUE.value),
            (f"{at}[4].closed[0]", 15, Code.INVALID_VALUE.value),
            (f"{at}[6]", 17, Code.INVALID_VALUE.value),
        ]

    def test_the_schema_knows_changes(self) -> None:
        """What the reader accepts, the schema accepts."""
        assert not faults(agreement_schema(), parse_document(changed(("covers: 2026-2027", _CHANGES))).data, "")


class TestOpenWork:
    @pytest.mark.parametrize(
        ("said", "meant"),
        [
            ("applies_to_open: carry", AppliesToOpen(OnAmendment.CARRY)),
            ("applies_to_open: restart", AppliesToOpen(OnAmendment.RESTART)),
            (
                "applies_to_open: {rule: restart, from: 2026-03-01}",
                AppliesToOpen(OnAmendment.RESTART, parse_instant("2026-02-28T23:00:00Z")),
            ),
        ],
    )
    def test_a_revision_says_whether_it_holds_for_open_work(self, said: str, meant: AppliesToOpen) -> None:
        """By a rule alone, or with the day it begins, read in the zone of the document."""
        text = changed(("author:", f"{said}, author:"))
        (revision,) = parse_agreement(text).revisions
        assert revision.applies_to_open == meant
        assert from_plain(AgreementRevision, to_plain(revision)) == revision
        assert not faults(agreement_schema(), parse_document(text).data, "")

    @pytest.mark.parametrize(
        ("said", "path"),
        [
            ("applies_to_open: keep", "agreement.applies_to_open"),
            ("applies_to_open: {from: 2026-03-01}", "agreement.applies_to_open"),
            ("applies_to_open: {rule: carry, form: 2026-03-01}", "agreement.applies_to_open.form"),
            ("applies_to_open: {rule: carry, from: 2025-12-31}", "agreement.applies_to_open"),
        ],
    )
    def test_a_mistake_is_told_at_its_place(self, said: str, path: str) -> None:
        """No such rule, no rule, an unknown key, an instant at which the terms are not in force."""
        assert [problem.path for problem in problems_of(changed(("author:", f"{said}, author:")))] == [path]

    def test_without_a_word_nothing_is_stored(self) -> None:
        """Digests of older documents stay as they are."""
        (revision,) = parse_agreement(DOCUMENT).revisions
        assert "applies_to_open" not in to_plain(revision)
