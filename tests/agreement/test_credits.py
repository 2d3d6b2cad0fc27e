"""Service credits: laws of any schedule, examples of each rule, the document form and its warnings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.agreement import (
    AgreementRevision,
    BreachCredit,
    Credit,
    CreditSum,
    CreditTally,
    CreditTerms,
    LateStep,
    Missed,
    PeriodCredit,
    Periods,
    PeriodUnit,
    Reached,
    Rounding,
    ShareStep,
    credits_of,
)
from svcdelivery.agreement.credit import added, credit_sum, shown_percent
from svcdelivery.agreement.document import agreement_schema, parse_agreement
from svcdelivery.agreement.lint import lint
from svcdelivery.documents import Code, parse_document
from svcdelivery.errors import DocumentError, InvalidDurationError, InvalidValueError, WrongTypeError
from svcdelivery.facts import from_plain, to_plain
from svcdelivery.timeline import parse_instant
from tests.agreement.document_text import DOCUMENT, changed
from tests.clock.worlds import HOUR, target, terms
from tests.json_schema import faults

MONTHS = Periods(PeriodUnit.MONTH, "Europe/Paris")
MARCH = MONTHS.of(parse_instant("2026-03-15T12:00:00Z"), terms().term)
AT = parse_instant("2026-03-10T09:00:00Z")

# -- what may be agreed ------------------------------------------------------------------------------------------------

money = st.decimals(Decimal("0.01"), Decimal(10_000), places=2)
sums = st.one_of(
    money.map(lambda amount: CreditSum(amount=amount)),
    st.decimals(Decimal("0.1"), 100, places=1).map(lambda percent: CreditSum(percent=percent)),
)
delays = st.integers(0, 10 * 24 * 4).map(lambda quarters: timedelta(minutes=15 * quarters))
shares = st.fractions(Fraction(1, 100), 1, max_denominator=200)
caps = st.none() | sums
schedules = st.one_of(
    st.builds(
        BreachCredit, steps=st.lists(st.builds(LateStep, delays, sums), min_size=1, max_size=4).map(tuple), cap=caps
    ),
    st.builds(
        PeriodCredit, steps=st.lists(st.builds(ShareStep, shares, sums), min_size=1, max_size=4).map(tuple), cap=caps
    ),
)
general = st.builds(
    CreditTerms,
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    rounding=st.sampled_from(Rounding),
    fee=st.decimals(1, 100_000, places=2),
    periods=st.sampled_from(PeriodUnit).map(lambda unit: Periods(unit, "Europe/Paris")),
    cap=caps,
)


def _agreed(agreed: CreditTerms, schedules: list[BreachCredit | PeriodCredit]) -> AgreementRevision:
    targets = [
        target(name=f"t{index}", share_promised=Fraction(9, 10), share_periods=MONTHS, credit=schedule)
        for index, schedule in enumerate(schedules)
    ]
    return terms(*targets, credits=agreed)


revisions = st.builds(_agreed, general, st.lists(schedules, min_size=1, max_size=3))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 6, 1), timezones=st.just(UTC))
missed = st.builds(
    Missed,
    item=st.sampled_from([f"incident:{n}" for n in range(40)]),
    target=st.sampled_from(["t0", "t1", "t2"]),
    cycle=st.integers(1, 3),
    at=moments,
    late=delays,
    exempted_by=st.sampled_from([None, None, "force majeure"]),
    is_open=st.booleans(),
)
breaches = st.lists(missed, max_size=15, unique_by=lambda breach: (breach.item, breach.target, breach.cycle))


@st.composite
def _reached(draw: st.DrawFn) -> Reached:
    judged = draw(st.integers(0, 200))
    period = MONTHS.of(draw(moments), terms().term)
    return Reached(
        target=draw(st.sampled_from(["t0", "t1", "t2"])), period=period, met=draw(st.integers(0, judged)), judged=judged
    )


reached = st.lists(_reached(), max_size=8, unique_by=lambda share: (share.target, share.period.label))

# -- laws --------------------------------------------------------------------------------------------------------------


class TestLaws:
    @given(revisions, missed, delays)
    def test_a_later_breach_never_brings_less(
        self, revision: AgreementRevision, breach: Missed, more: timedelta
    ) -> None:
        """Monotone in the size of the breach, whatever the steps, up to the cap."""
        later = evolve(breach, late=breach.late + more)
        for before, after in zip(credits_of(revision, [breach]), credits_of(revision, [later]), strict=True):
            assert before.earned <= after.earned
            assert before.amount <= after.amount

    @given(revisions, _reached(), st.integers(0, 200))
    def test_a_smaller_share_never_brings_less(self, revision: AgreementRevision, share: Reached, less: int) -> None:
        """The same for the share of a period."""
        worse = evolve(share, met=max(0, share.met - less))
        for before, after in zip(credits_of(revision, (), [share]), credits_of(revision, (), [worse]), strict=True):
            assert before.amount <= after.amount

    @given(revisions, breaches, reached)
    def test_nothing_is_owed_beyond_a_cap(
        self, revision: AgreementRevision, breaches: list[Missed], reached: list[Reached]
    ) -> None:
        """Neither for a target in a period, nor for all targets in it; and never more than was earned."""
        agreed = revision.credits
        assert agreed is not None
        of_target: dict[Any, Decimal] = defaultdict(Decimal)
        of_period: dict[Any, Decimal] = defaultdict(Decimal)
        for credit in credits_of(revision, breaches, reached):
            assert 0 <= credit.amount <= credit.earned
            of_target[credit.period, credit.target] += credit.amount
            of_period[credit.period] += credit.amount
        by_name = {target.name: target for target in revision.targets}
        for (_, name), amount in of_target.items():
            schedule = by_name[name].credit
            if schedule is not None and schedule.cap is not None:
                assert amount <= agreed.money(schedule.cap)
        assert agreed.cap is None or all(amount <= agreed.money(agreed.cap) for amount in of_period.values())

    @given(revisions, breaches, reached)
    def test_every_credit_is_a_whole_number_of_the_smallest_unit_and_has_a_reason(
        self, revision: AgreementRevision, breaches: list[Missed], reached: list[Reached]
    ) -> None:
        """Yen have no hundredths, dinars have thousandths."""
        for credit in credits_of(revision, breaches, reached):
            assert credit.reason
            assert revision.credits is not None
            for value in (credit.earned, credit.amount):
                assert value % revision.credits.smallest == 0

    @given(revisions, breaches, reached, st.randoms())
    def test_the_order_they_are_given_in_changes_nothing(
        self, revision: AgreementRevision, breaches: list[Missed], reached: list[Reached], random: Any
    ) -> None:
        """They are settled in an order of their own."""
        there = credits_of(revision, breaches, reached)
        random.shuffle(breaches)
        random.shuffle(reached)
        assert credits_of(revision, breaches, reached) == there

    @given(revisions, breaches, reached)
    def test_a_tally_adds_up_to_the_credits_one_by_one(
        self, revision: AgreementRevision, breaches: list[Missed], reached: list[Reached]
    ) -> None:
        """Sums alone are kept, and caps cut them as they cut the credits."""
        tally = CreditTally(revision)
        for event in (*breaches, *reached):
            tally.add(event)
        expected: dict[Any, list[Credit]] = defaultdict(list)
        for credit in credits_of(revision, breaches, reached):
            expected[credit.period, credit.target].append(credit)
        lines = {(line.period, line.target): line for line in tally.lines()}
        assert lines.keys() == expected.keys()
        for key, line in lines.items():
            assert line.amount == sum(credit.amount for credit in expected[key])
            assert line.earned == sum(credit.earned for credit in expected[key])
            assert line.credits == sum(bool(credit.earned) for credit in expected[key])
            assert line.is_final == all(credit.is_final for credit in expected[key])

    @given(revisions, breaches, reached, st.integers(1, 6))
    def test_the_context_for_decimals_of_the_caller_rounds_nothing(
        self, revision: AgreementRevision, breaches: list[Missed], reached: list[Reached], digits: int
    ) -> None:
        """A program may have set a precision of its own; money is exact all the same."""

        def settled() -> tuple[object, ...]:
            tally = CreditTally(revision)
            for breach in breaches:
                tally.add(breach)
            return (
                credits_of(revision, breaches, reached),
                tally.lines(reached),
                shown_percent(Fraction(98765, 100_000)),
            )

        expected = settled()
        with localcontext(prec=digits):
            assert settled() == expected

    @given(revisions)
    def test_terms_come_back_from_their_plain_form(self, revision: AgreementRevision) -> None:
        """As every other part of an agreement does."""
        assert from_plain(AgreementRevision, to_plain(revision)) == revision


# -- examples ----------------------------------------------------------------------------------------------------------

VAST = Decimal(10) ** 30
EUR = CreditTerms(currency="EUR", fee=Decimal(12_000), periods=MONTHS)
LADDER = BreachCredit(
    steps=(LateStep(timedelta(0), Decimal(50)), LateStep(4 * HOUR, "1 %"), LateStep(timedelta(days=1), Decimal(200))),
    cap=Decimal(300),
)


def late(hours: float, item: str = "incident:1", **rest: Any) -> Missed:
    return Missed(**{"item": item, "target": "resolution", "at": AT, "late": hours * HOUR, **rest})


def owed(
    general: CreditTerms, schedule: Any, *breaches: Missed, reached: tuple[Reached, ...] = ()
) -> tuple[Credit, ...]:
    agreed = target(share_promised=Fraction(95, 100), share_periods=MONTHS, credit=schedule, clause="7.1")
    return credits_of(terms(agreed, credits=general), breaches, reached)


class TestSums:
    @pytest.mark.parametrize(
        "make",
        [
            lambda: credit_sum(10**400),
            lambda: CreditSum(amount=VAST),
            lambda: CreditTerms(currency="EUR", fee=VAST),
        ],
        ids=["whole number", "sum", "fee"],
    )
    def test_more_money_than_there_is_is_refused(self, make: Callable[[], object]) -> None:
        """As in a document: thirty digits before the point are the most."""
        with pytest.raises(InvalidValueError, match="at most 30 digits"):
            make()

    def test_the_greatest_of_them_add_up_to_the_last_cent(self) -> None:
        """Where the decimals of Python keep 28 digits by default."""
        most = CreditSum(amount=Decimal(f"{'9' * 30}.99"))
        assert added([EUR.money(most)] * 3) == Decimal("2999999999999999999999999999999.97")


class TestBreaches:
    @pytest.mark.parametrize(
        ("hours", "earned"),
        [(0, "50.00"), (3.99, "50.00"), (4, "120.00"), (23, "120.00"), (24, "200.00"), (99, "200.00")],
    )
    def test_the_step_that_is_reached_decides(self, hours: float, earned: str) -> None:
        """A breach is late by nothing at least; a step begins at its own lateness."""
        (credit,) = owed(EUR, LADDER, late(hours))
        assert (credit.earned, credit.amount) == (Decimal(earned), Decimal(earned))

    def test_the_reason_says_how_late_which_step_and_of_what(self) -> None:
        """In one line, with the clause beside it."""
        (credit,) = owed(EUR, LADDER, late(5))
        assert credit.reason == "PT5H too late: from PT4H too late, 1 % of 12000 EUR"
        assert (credit.clause, credit.period, credit.currency) == ("7.1", "2026-03", "EUR")

    def test_one_breach_brings_one_credit(self) -> None:
        """Told twice, it counts once, as late as it was."""
        assert [credit.amount for credit in owed(EUR, LADDER, late(1), late(5), late(2))] == [Decimal(120)]
        cycles = owed(EUR, LADDER, late(1, cycle=1), late(1, cycle=2))
        assert [credit.amount for credit in cycles] == [Decimal(50), Decimal(50)], "each cycle is a breach of its own"

    def test_an_exempted_breach_brings_nothing_and_says_why(self) -> None:
        """The breach stays, the credit does not."""
        (credit,) = owed(EUR, LADDER, late(5, exempted_by="force majeure"))
        assert credit.amount == 0
        assert credit.reason == "PT5H too late, exempted: force majeure"

    def test_a_breach_before_the_first_step_brings_nothing_and_says_why(self) -> None:
        """A credit may begin later than the breach."""
        (credit,) = owed(EUR, BreachCredit(steps=(LateStep(4 * HOUR, 50),)), late(1))
        assert credit.amount == 0
        assert credit.reason == "PT1H too late: no step is reached, the first is from PT4H too late"

    def test_a_cap_cuts_the_later_breaches_of_a_period(self) -> None:
        """300 for a target in a month: the third breach gets what is left, the next month begins anew."""
        found = owed(
            EUR, LADDER,
            late(5, "incident:1"), late(5, "incident:2", at=parse_instant("2026-03-11T09:00:00Z")),
            late(5, "incident:3", at=parse_instant("2026-03-12T09:00:00Z")),
            late(5, "incident:4", at=parse_instant("2026-04-01T09:00:00Z")),
        )  # fmt: skip
        assert [int(credit.amount) for credit in found] == [120, 120, 60, 120]
        assert found[2].reason.endswith("; cut to what is left of the cap for resolution of 300.00 EUR in 2026-03")

    def test_an_open_breach_is_not_final(self) -> None:
        """It may grow."""
        assert [c.is_final for c in owed(EUR, LADDER, late(5), late(5, "incident:2", is_open=True))] == [True, False]


class TestShares:
    SCHEDULE = PeriodCredit(steps=(ShareStep(Fraction(95, 100), "5 %"), ShareStep(Fraction(90, 100), "10 %")))

    @pytest.mark.parametrize(
        ("met", "judged", "amount"), [(95, 100, 0), (949, 1000, 600), (90, 100, 600), (89, 100, 1200), (0, 0, 0)]
    )
    def test_the_share_of_the_period_decides(self, met: int, judged: int, amount: int) -> None:
        """Compared exactly: 94.9 % is below 95 %, 90 % is not below 90 %; without data nothing is owed."""
        share = Reached(target="resolution", period=MARCH, met=met, judged=judged)
        (credit,) = owed(EUR, self.SCHEDULE, reached=(share,))
        assert credit.amount == amount

    def test_the_reason_says_what_was_reached_and_what_was_promised(self) -> None:
        """With numerator and denominator."""
        share = Reached(target="resolution", period=MARCH, met=73, judged=80)
        (credit,) = owed(EUR, self.SCHEDULE, reached=(share,))
        assert credit.reason == "73 of 80 met in 2026-03, 91.25 % of 95 % promised: below 95 %, 5 % of 12000 EUR"

    def test_a_quarter_is_settled_in_the_month_it_ends_in(self) -> None:
        """Fees are monthly, the share is promised for the quarter."""
        quarter = Periods(PeriodUnit.QUARTER, "Europe/Paris").of(AT, terms().term)
        share = Reached(target="resolution", period=quarter, met=0, judged=1, is_over=False)
        (credit,) = owed(EUR, self.SCHEDULE, reached=(share,))
        assert (credit.period, credit.is_final) == ("2026-03", False)


class TestCapOfAll:
    def test_it_cuts_what_the_agreement_names_last(self) -> None:
        """Targets are settled in the order of the agreement."""
        ladder = BreachCredit(steps=(LateStep(timedelta(0), Decimal(100)),))
        both = (target(name="a", credit=ladder), target(name="b", credit=ladder))
        revision = terms(*both, credits=evolve(EUR, cap=CreditSum(amount=Decimal(150))))
        found = credits_of(revision, [late(1, target="b"), late(1, target="a")])
        assert [(credit.target, int(credit.amount)) for credit in found] == [("a", 100), ("b", 50)]
        assert found[1].reason.endswith("; cut to what is left of the cap of 150.00 EUR in 2026-03")


class TestRounding:
    @pytest.mark.parametrize(
        ("rounding", "amount"),
        [("half_even", "0.12"), ("half_up", "0.13"), ("half_down", "0.12"), ("up", "0.13"), ("down", "0.12")],
    )
    def test_it_is_the_one_that_was_agreed(self, rounding: str, amount: str) -> None:
        """An eighth of a euro, brought to cents."""
        agreed = evolve(EUR, rounding=Rounding(rounding), fee=Decimal("12.50"))
        (credit,) = owed(agreed, BreachCredit(steps=(LateStep(timedelta(0), "1 %"),)), late(1))
        assert credit.amount == Decimal(amount)

    @pytest.mark.parametrize(("currency", "amount"), [("JPY", "12"), ("EUR", "12.35"), ("KWD", "12.346")])
    def test_to_the_smallest_unit_of_the_currency(self, currency: str, amount: str) -> None:
        """ISO 4217 says how many places it has."""
        agreed = evolve(EUR, currency=currency, fee=Decimal("1234.567"), rounding=Rounding.HALF_UP)
        (credit,) = owed(agreed, BreachCredit(steps=(LateStep(timedelta(0), "1 %"),)), late(1))
        assert str(credit.amount) == amount

    def test_it_is_exact_before_it_is_rounded(self) -> None:
        """No digit is lost however long the fee."""
        agreed = evolve(EUR, fee=Decimal("1" + "0" * 28 + "1.00"))
        (credit,) = owed(agreed, BreachCredit(steps=(LateStep(timedelta(0), "100 %"),)), late(1))
        assert credit.amount == agreed.fee


class TestWhatIsRefused:
    def test_a_target_with_a_credit_needs_terms_for_it(self) -> None:
        """No currency, no credit."""
        with pytest.raises(InvalidValueError, match="give `credits`"):
            terms(target(credit=LADDER))

    def test_a_percentage_needs_a_fee(self) -> None:
        """Of nothing there is no percentage."""
        with pytest.raises(InvalidValueError, match="fee"):
            terms(target(credit=LADDER), credits=CreditTerms(currency="EUR"))

    def test_a_credit_for_periods_needs_periods(self) -> None:
        """Else nobody knows when to settle it."""
        with pytest.raises(InvalidValueError, match="promised in no period"):
            target(credit=PeriodCredit(steps=(ShareStep(Fraction(1, 2), 5),)))

    @pytest.mark.parametrize("text", ["", "5%%", "-5", "1e3", "5 euro", "0", "101 %", "1,5 %", "Infinity"])
    def test_what_is_no_sum(self, text: str) -> None:
        """Sums are plain decimals over nothing."""
        with pytest.raises(InvalidValueError):
            CreditSum.from_text(text)

    @pytest.mark.parametrize(
        ("build", "error"),
        [
            (lambda: CreditSum(amount=5), WrongTypeError),
            (lambda: CreditSum(amount=Decimal("NaN")), InvalidValueError),
            (lambda: LateStep(HOUR, 5.5), WrongTypeError),
            (lambda: LateStep(3600, 5), WrongTypeError),
            (lambda: LateStep(-HOUR, 5), InvalidDurationError),
            (lambda: ShareStep(Fraction(0), 5), InvalidValueError),
            (lambda: ShareStep(Fraction(3, 2), 5), InvalidValueError),
            (lambda: BreachCredit(steps=()), InvalidValueError),
            (lambda: CreditTerms(currency="eur"), InvalidValueError),
            (lambda: CreditTerms(currency=978), WrongTypeError),
            (lambda: CreditTerms(currency="EUR", fee=100.0), WrongTypeError),
            (lambda: CreditTerms(currency="EUR", fee=Decimal(0)), InvalidValueError),
            (lambda: Reached(target="t", period=MARCH, met=2, judged=1), InvalidValueError),
        ],
        ids=(
            "integer sum|no number|float sum|seconds|negative|no share|over all|no step|small letters|number as code|"
            "float fee|no fee|more met than judged"
        ).split("|"),
    )
    def test_values_are_never_guessed_at(self, build: Any, error: type[Exception]) -> None:
        """No float is money, no number a duration, no share over all of it."""
        with pytest.raises(error):
            build()

    def test_without_credit_terms_nothing_is_owed(self) -> None:
        """Neither one by one nor added up."""
        revision = terms(target())
        tally = CreditTally(revision)
        tally.add(late(5))
        assert credits_of(revision, [late(5)]) == ()
        assert (tally.lines(), tally.nothing) == ((), ("", Decimal(0)))

    def test_a_credit_is_plain_data_for_programs(self) -> None:
        """Money is decimal text."""
        (credit,) = owed(EUR, LADDER, late(5))
        data = credit.to_data()
        assert (data["amount"], data["currency"], data["item"], data["is_final"]) == (
            "120.00", "EUR", "incident:1", True,
        )  # fmt: skip

    def test_a_sum_is_money_or_a_percentage(self) -> None:
        """Not both, not neither."""
        for wrong in ({}, {"amount": Decimal(1), "percent": Decimal(1)}):
            with pytest.raises(InvalidValueError):
                CreditSum(**wrong)


# -- the document ------------------------------------------------------------------------------------------------------

CREDITS = """\
credits: {currency: EUR, rounding: half_up, fee: 12000.00, period: month, cap: 15 %}
targets:"""
OF_BREACHES = (
    "promised: 95\n    credit: {per: breach, cap: 500, steps: [{late: PT0S, credit: 50}, {late: PT4H, credit: 1 %}]}"
)
OF_PERIODS = """promised: 95
    promised_in: quarter
    credit: {per: period, steps: [{below: 95, credit: 5 %}, {below: 90.5, credit: 1500.50}]}"""


TARGET = "targets.p1-resolution"


def with_credits(target: str, *changes: tuple[str, str]) -> str:
    return changed(("targets:", CREDITS), ("promised: 95", target), *changes)


class TestDocument:
    def test_credits_have_their_form(self) -> None:
        """Reader and schema take them alike; periods begin in the zone of the document."""
        for text in (OF_BREACHES, OF_PERIODS):
            document = with_credits(text)
            revision = parse_agreement(document).revisions[0]
            assert faults(agreement_schema(), parse_document(document).data, "") == []
            assert revision.credits == CreditTerms(
                currency="EUR", rounding=Rounding.HALF_UP, fee=Decimal("12000.00"), periods=MONTHS,
                cap=CreditSum(percent=Decimal(15)),
            )  # fmt: skip
        agreed = revision.targets[0]
        assert agreed.share_periods == Periods(PeriodUnit.QUARTER, "Europe/Paris")
        assert agreed.credit == PeriodCredit(
            steps=(ShareStep(Fraction(95, 100), "5 %"), ShareStep(Fraction(905, 1000), Decimal("1500.50")))
        )

    def test_a_document_without_them_has_the_digest_it_always_had(self) -> None:
        """Revisions on record stay what they are."""
        digest = parse_agreement(DOCUMENT).revisions[0].digest
        assert digest == "e4f18f03345c300a5b09dc7e4b407510834bcad645c4cd6e514c8adf502c846f"

    @pytest.mark.parametrize(
        ("text", "changes", "code", "path"),
        [
            (OF_BREACHES, (("EUR", "euro"),), "SVC-D013", "credits.currency"),
            (OF_BREACHES, (("half_up", "nearest"),), "SVC-D013", "credits.rounding"),
            (OF_BREACHES, (("period: month", "period: week"),), "SVC-D013", "credits.period"),
            (OF_BREACHES, (("fee: 12000.00, ", ""),), "SVC-D013", "credits.cap"),
            (OF_BREACHES, (("fee: 12000.00", "fee: -1"),), "SVC-D013", "credits.fee"),
            (OF_BREACHES, ((CREDITS, "targets:"),), "SVC-D016", TARGET + ".credit"),
            (OF_BREACHES, (("credit: 50", "credit: 0"),), "SVC-D013", TARGET + ".credit.steps[0].credit"),
            (OF_BREACHES, (("PT4H", "4h"),), "SVC-D013", TARGET + ".credit.steps[1].late"),
            (OF_BREACHES, (("late: PT4H, ", ""),), "SVC-D011", TARGET + ".credit.steps[1]"),
            (OF_BREACHES, (("per: breach", "per: item"),), "SVC-D013", TARGET + ".credit.per"),
            (OF_BREACHES, (("late: PT4H", "below: 90"),), "SVC-D010", TARGET + ".credit.steps[1].below"),
            (OF_PERIODS, (("    promised_in: quarter\n", ""),), "SVC-D016", TARGET + ".credit"),
            (OF_PERIODS, (("below: 95", "below: 0"),), "SVC-D013", TARGET + ".credit.steps[0].below"),
            (OF_PERIODS, (("below: 95, ", ""),), "SVC-D011", TARGET + ".credit.steps[0]"),
            (OF_PERIODS, (("promised_in: quarter", "promised_in: week"),), "SVC-D013", TARGET + ".promised_in"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_meant_is_told_with_its_place(
        self, text: str, changes: tuple[tuple[str, str], ...], code: str, path: str
    ) -> None:
        """Every mistake has a line and a column."""
        with pytest.raises(DocumentError) as told:
            parse_agreement(with_credits(text, *changes))
        problems = told.value.problems
        assert (code, path) in {(problem.code, problem.path) for problem in problems}
        assert all(problem.line and problem.column for problem in problems)

    @pytest.mark.parametrize(
        ("text", "changes", "code", "path"),
        [
            ("promised: 95", (), Code.IDLE_CREDITS, "credits"),
            (OF_BREACHES, (("PT0S", "PT8H"),), Code.CREDIT_STEPS_OUT_OF_ORDER, TARGET + ".credit.steps[1]"),
            (OF_BREACHES, (("cap: 500", "cap: 40"),), Code.CREDIT_CAP_TOO_LOW, TARGET + ".credit.cap"),
            (OF_BREACHES, (("cap: 15 %", "cap: 10"),), Code.CREDIT_CAP_TOO_LOW, "credits.cap"),
            (OF_BREACHES, (("1 %", "50"),), Code.CREDIT_STEP_UNREACHABLE, TARGET + ".credit.steps[1]"),
            (OF_BREACHES, (("cap: 500", "cap: 50"),), Code.CREDIT_STEP_UNREACHABLE, TARGET + ".credit.steps[1]"),
            (OF_BREACHES, (("PT4H", "PT0S"),), Code.CREDIT_STEP_UNREACHABLE, TARGET + ".credit.steps[0]"),
            (OF_PERIODS, (("below: 95", "below: 97"),), Code.CREDIT_WHILE_KEPT, TARGET + ".credit.steps[0]"),
            (OF_PERIODS, (("below: 95", "below: 90"),), Code.CREDIT_STEPS_OUT_OF_ORDER, TARGET + ".credit.steps[1]"),
        ],
    )  # fmt: skip
    def test_what_is_hardly_meant_is_warned_of(
        self, text: str, changes: tuple[tuple[str, str], ...], code: Code, path: str
    ) -> None:
        """The agreement can be used; somebody should look again."""
        found = {(p.code, p.path) for p in lint(parse_agreement(with_credits(text, *changes)))}
        assert (code.value, path) in found

    def test_credits_as_they_should_be_are_not_warned_of(self) -> None:
        """Nothing is said about what is in order."""
        for text in (OF_BREACHES, OF_PERIODS):
            found = lint(parse_agreement(with_credits(text)))
            assert [problem for problem in found if "credit" in problem.path] == []
