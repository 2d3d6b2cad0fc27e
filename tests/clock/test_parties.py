"""Whose time was it: shares that tile a clock's time, and the clocks of teams and suppliers that roll up to it."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.agreement import STANDARD_HOLD_REASONS, Backing, NamedHours, PartyKind, Within
from svcdelivery.clock import ClockPhase, SpanKind, backed_by, read_clocks, time_by_holder, whose_time
from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import digest, from_plain, to_plain
from svcdelivery.testing.strategies import Story, stories
from svcdelivery.work import Assigned, Cancelled, Closed, PutOnHold, Reopened, Resolved, Resumed, Started
from tests.clock.test_oracle import hours_of
from tests.clock.worlds import HOUR, agreement, incident, local, read, target, terms

MON, TUE = "2024-03-11", "2024-03-12"


def ola(team: str, hours: float = 2, **rest: Any) -> Any:
    """An operational level agreement that supports the resolution."""
    backing = Backing(party=PartyKind.TEAM, name=team, supports={"resolution"})
    return target(f"team_time:{team}", hours, name=f"ola-{team}", backing=backing, **rest)


def contract(supplier: str, reason: str = "supplier", hours: float = 2, **rest: Any) -> Any:
    """An underpinning contract that supports the resolution."""
    backing = Backing(party=PartyKind.SUPPLIER, name=supplier, supports={"resolution"}, hold_reasons={reason})
    return target(f"hold_time:{reason}", hours, name=f"uc-{supplier}", backing=backing, **rest)


PROMISE = agreement(target(hours=8, pause_on={"customer"}), ola("desk"), ola("network"), contract("telco"))
LIFE = incident(
    f"{MON}T08:00", (f"{MON}T08:30", Assigned(team="desk")), (f"{MON}T09:00", Started()),
    (f"{MON}T10:00", PutOnHold(reason="customer")), (f"{MON}T11:00", Resumed()),
    (f"{MON}T11:30", Assigned(team="network")), (f"{MON}T13:30", PutOnHold(reason="supplier")),
    (f"{MON}T15:00", Resumed()), (f"{MON}T16:00", Resolved()),
)  # fmt: skip


class TestWhoseTime:
    def test_the_time_of_a_clock_is_shared_out_among_those_who_had_the_work(self) -> None:
        """Nobody at first, then the desk, the customer, the desk, the network team, the supplier, and back."""
        reading = read(PROMISE, LIFE, f"{TUE}T09:00")
        said = [(str(time.holder), f"{time.end.in_timezone('Europe/Berlin'):%H:%M}") for time in whose_time(reading)]
        assert said == [
            ("nobody", "08:30"), ("team desk", "10:00"), ("customer acme", "11:00"), ("team desk", "11:30"),
            ("team network", "12:00"), ("team network", "13:00"), ("team network", "13:30"),
            ("supplier telco", "15:00"), ("team network", "16:00"),
        ]  # fmt: skip
        sums = {str(of.holder): of.counted for of in time_by_holder(whose_time(reading))}
        assert sums == {
            "team desk": 2 * HOUR, "team network": 2 * HOUR, "supplier telco": 1.5 * HOUR, "nobody": HOUR / 2,
            "customer acme": timedelta(0),
        }  # fmt: skip
        assert sum(sums.values(), timedelta(0)) == reading.elapsed

    def test_case_20_the_clocks_that_back_a_target_are_judged_for_themselves(self) -> None:
        """Each agreement is judged for itself: the network team kept its two hours, and so did the supplier."""
        found = read_clocks(PROMISE, LIFE, local(f"{TUE}T09:00"))
        backing = backed_by(found[0], found)
        assert [(r.target, r.elapsed, r.verdict.value) for r in backing] == [
            ("ola-desk", 3 * HOUR, "breached"),
            ("ola-network", 3.5 * HOUR, "breached"),
            ("uc-telco", 1.5 * HOUR, "met"),
        ]
        resting = agreement(target(hours=8, pause_on={"customer"}), ola("network", pause_on={"supplier", "customer"}))
        assert read(resting, LIFE, f"{TUE}T09:00", "team_time:network").elapsed == 2 * HOUR

    def test_a_supplier_that_no_contract_names_has_no_name(self) -> None:
        """The hold says that somebody outside has it, and not who."""
        reading = read(agreement(target(hours=8)), LIFE, f"{TUE}T09:00")
        assert "supplier" in {str(time.holder) for time in whose_time(reading)}

    def test_done_work_is_with_nobody_until_it_is_reopened(self) -> None:
        """The time between is a pause of the clock."""
        again = (*[(f.occurred_at, f.body) for f in LIFE[1:]], (f"{TUE}T09:00", Reopened(ground="again")))
        reading = read(PROMISE, incident(f"{MON}T08:00", *again), f"{TUE}T10:00")
        assert [(str(t.holder), t.kind) for t in whose_time(reading)][-2:] == [
            ("nobody", SpanKind.PAUSED),
            ("team network", SpanKind.COUNTED),
        ]

    def test_a_clock_that_has_not_started_or_is_cancelled_has_no_time(self) -> None:
        """Nothing to share out."""
        facts = incident(f"{MON}T08:00", (f"{MON}T09:00", Cancelled()))
        for reading in read_clocks(PROMISE, facts, local(f"{MON}T10:00")):
            assert whose_time(reading) == ()
            assert reading.phase in (ClockPhase.CANCELLED, ClockPhase.WAITING)
        assert time_by_holder(()) == ()


class TestTheModel:
    def test_terms_without_backing_keep_their_form_and_others_are_read_back(self) -> None:
        """It is a field that came later."""
        assert "backing" not in to_plain(terms(target()))["targets"][0]
        whole = PROMISE.revisions[0]
        assert digest(from_plain(type(whole), to_plain(whole))) == digest(whole)

    @pytest.mark.parametrize(
        "backing",
        [
            pytest.param({"name": "desk", "supports": {"nothing"}}, id="supports what is not there"),
            pytest.param({"name": "desk", "supports": {"other"}}, id="supports what backs something itself"),
            pytest.param({"name": "desk", "hold_reasons": {"supplier"}}, id="a team with hold reasons"),
            pytest.param(
                {"party": PartyKind.SUPPLIER, "name": "x", "hold_reasons": {"weather"}}, id="a reason nobody defined"
            ),
        ],
    )
    def test_what_cannot_be_is_refused(self, backing: dict[str, Any]) -> None:
        """Targets and reasons by their names."""
        with pytest.raises(InvalidValueError):
            terms(
                target(),
                target("closure", name="other", backing=Backing(party=PartyKind.TEAM, name="x")),
                target("first_response", backing=Backing(**{"party": PartyKind.TEAM, **backing})),
            )


# -- laws --------------------------------------------------------------------------------------------------------------


@st.composite
def backed_stories(draw: st.DrawFn) -> Story:
    """A story under a resolution and what backs it, all in the same hours and paused alike."""
    pauses = draw(st.frozensets(st.sampled_from(STANDARD_HOLD_REASONS), max_size=2))
    promised = [
        target(goal=Within(timedelta(minutes=draw(st.integers(0, 900)))), pause_on=pauses),
        *(ola(team, pause_on=set(STANDARD_HOLD_REASONS)) for team in ("desk", "field")),
        contract("telco", pause_on=pauses),
    ]
    made = evolve(
        terms(hold_reasons=STANDARD_HOLD_REASONS), hours=(NamedHours("office", hours_of("office with lunch")),)
    )
    return draw(stories(revision=st.just(evolve(made, targets=tuple(promised)))))


class TestLaws:
    @given(backed_stories())
    def test_shares_tile_the_clock_and_those_counted_add_up(self, story: Story) -> None:
        """For every clock there is."""
        for reading in read_clocks(story.agreement, story.facts, story.now):
            times = whose_time(reading)
            if reading.started_at is None or reading.phase is ClockPhase.CANCELLED:
                assert not times
                continue
            assert sum((of.counted for of in time_by_holder(times)), timedelta(0)) == reading.elapsed
            assert all(earlier.end == later.start for earlier, later in pairwise(times))
            assert all(time.start < time.end for time in times)
            if times:
                assert (times[0].start, times[-1].end) == (reading.started_at, reading.stopped_at or story.now)

    @given(backed_stories())
    def test_the_share_of_each_team_is_what_its_own_clock_shows(self, story: Story) -> None:
        """Rolled up from below or shared out from above: the same time, where both are paused alike."""
        found = {reading.target: reading for reading in read_clocks(story.agreement, story.facts, story.now)}
        whole = found["resolution"]
        if whole.phase is ClockPhase.CANCELLED or any(isinstance(f.body, Reopened | Closed) for f in story.facts):
            return
        shares = {str(of.holder): of.counted for of in time_by_holder(whose_time(whole))}
        pauses = story.revision.targets[0].pause_on
        held = {reason for reason in STANDARD_HOLD_REASONS if reason not in pauses}
        for team in ("desk", "field"):
            if not held - {"customer", "supplier"}:
                assert shares.get(f"team {team}", timedelta(0)) == found[f"ola-{team}"].elapsed
        if "supplier" in held:
            assert shares.get("supplier telco", timedelta(0)) == found["uc-telco"].elapsed
