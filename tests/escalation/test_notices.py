"""Notices: nothing is told twice, nothing is lost, nobody is told more than they were promised to be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.agreement import EscalationTarget
from svcdelivery.errors import InvalidDurationError, InvalidValueError, NotFoundError
from svcdelivery.escalation.notices import (
    Concerned,
    Notice,
    NoticeKind,
    NoticeText,
    Outgoing,
    RateLimit,
    RateRule,
    Templates,
    digest_pages,
    drop_overtaken,
    in_sending_order,
    merge_pages,
    recipients,
)
from svcdelivery.escalation.rotation import Layer, OnCallSchedule, Rotation, RotationUnit
from svcdelivery.timeline import Instant, to_micros
from tests.escalation.worlds import minute

MINUTE = timedelta(minutes=1)


def page(id: str, at: float = 0, **rest: Any) -> Notice:
    given = {"kind": NoticeKind.PAGE, "about": "incident:1", "recipient": "ann", "channel": "sms", **rest}
    return Notice(id=id, created_at=minute(at), **given)


@st.composite
def queues(draw: st.DrawFn) -> list[Notice]:
    count = draw(st.integers(0, 12))
    return [
        page(
            f"n{number}",
            draw(st.integers(0, 50)),
            kind=draw(st.sampled_from(NoticeKind)),
            about=draw(st.sampled_from(["incident:1", "incident:2"])),
            recipient=draw(st.sampled_from(["ann", "bob"])),
            service=draw(st.sampled_from(["email", "vpn"])),
            number=draw(st.integers(0, 5)),
            sent_at=draw(st.none() | st.just(minute(60))),
        )
        for number in range(count)
    ]


class TestMerging:
    @given(queues())
    def test_every_page_goes_out_once_itself_or_in_another(self, queue: list[Notice]) -> None:
        merged = merge_pages(queue)
        stands_for = [id for _, ids in merged.merged for id in ids]
        assert sorted([notice.id for notice in merged.kept] + stands_for) == sorted(notice.id for notice in queue)
        waiting = [(n.about, n.destination) for n in merged.kept if n.kind is NoticeKind.PAGE and n.sent_at is None]
        assert len(set(waiting)) == len(waiting)
        assert merge_pages(merged.kept).kept == merged.kept

    @given(queues())
    def test_of_what_overtakes_itself_the_newest_goes_out(self, queue: list[Notice]) -> None:
        merged = drop_overtaken(queue)
        assert {notice.id for notice in merged.kept} | set(merged.dropped) == {notice.id for notice in queue}
        for gone in (notice for notice in queue if notice.id in merged.dropped):
            assert gone.kind in (NoticeKind.STATUS, NoticeKind.ON_CALL)
            assert gone.sent_at is None
            assert any(
                kept.kind is gone.kind and (kept.about, kept.destination) == (gone.about, gone.destination)
                and (kept.number, kept.created_at) >= (gone.number, gone.created_at)
                for kept in merged.kept
            )  # fmt: skip

    @given(queues())
    def test_a_digest_holds_every_page_it_takes_the_place_of(self, queue: list[Notice]) -> None:
        merged = digest_pages(queue, name=lambda oldest: f"digest of {oldest.id}")
        members = {id for notice in merged.kept for id in notice.members}
        assert members | {notice.id for notice in merged.kept} >= {notice.id for notice in queue}
        assert [notice for notice in queue if notice.sent_at] == [n for n in merged.kept if n.sent_at]
        assert digest_pages(merged.kept, name=str).kept == merged.kept

    def test_a_digest_that_waits_takes_in_a_single_page(self) -> None:
        waiting = page("d", 5, kind=NoticeKind.DIGEST, members=("x",), about="")
        (digest,) = digest_pages([page("a"), waiting], name=str).kept
        assert (digest.id, digest.members, digest.created_at) == ("d", ("x", "a"), minute(5))

    def test_who_has_not_heard_of_it_is_told_first(self) -> None:
        queue = [
            page("again", 1, service="email"),
            page("sent", 0, service="email", sent_at=minute(0)),
            page("status", 2, kind=NoticeKind.STATUS, service="vpn"),
            page("new", 9, service="vpn"),
        ]
        assert [notice.id for notice in in_sending_order(queue)] == ["new", "again", "status"]

    @given(queues())
    def test_the_order_leaves_nothing_out(self, queue: list[Notice]) -> None:
        assert sorted(n.id for n in in_sending_order(queue)) == sorted(n.id for n in queue if n.sent_at is None)


LIMIT = RateLimit(
    [RateRule(3, 15 * MINUTE), RateRule(7, 60 * MINUTE, smooth=True), RateRule(15, 180 * MINUTE, smooth=True)]
)


class TestLimits:
    @given(st.lists(st.integers(0, 600), max_size=30))
    def test_no_span_ever_holds_more_than_is_allowed(self, wanted: list[int]) -> None:
        """Whatever is asked for and whenever: each goes out when it is allowed, in turn."""
        sent: list[Instant] = []
        now = minute(0)
        for at in sorted(wanted):
            now = LIMIT.next_allowed(sent, max(now, minute(at)))
            sent.append(now)
        micros = [to_micros(each) for each in sent]
        for rule in LIMIT.rules:
            span = rule.per // timedelta(microseconds=1)
            assert all(sum(end - span < each <= end for each in micros) <= rule.count for end in micros)

    @given(st.lists(st.integers(0, 600), max_size=20), st.integers(0, 700))
    def test_until_the_instant_answered_none_is_allowed_and_at_it_one_is(self, offsets: list[int], at: int) -> None:
        sent = [minute(each) for each in offsets if each <= at]
        then = LIMIT.next_allowed(sent, minute(at))
        assert LIMIT.allows(sent, then)
        if then > minute(at):
            assert not LIMIT.allows(sent, minute(at))

    def test_rules_that_add_nothing_are_refused(self) -> None:
        with pytest.raises(InvalidValueError, match="over 3"):
            RateLimit([RateRule(3, MINUTE), RateRule(3, 2 * MINUTE)])
        with pytest.raises(InvalidValueError, match="1 or more"):
            RateRule(0, MINUTE)
        with pytest.raises(InvalidDurationError):
            RateRule(1, 0 * MINUTE)


class TestTemplates:
    TEXTS = Templates((
        NoticeText(audience="staff", about="page", language="en", subject="$item", text="$item is yours: $reason"),
        NoticeText(audience="staff", about="page", language="de", subject="$item", text="$item wartet: $reason"),
    ))  # fmt: skip

    @pytest.mark.parametrize(
        ("language", "start"), [("de-AT", "i wartet"), ("de", "i wartet"), ("en", "i is"), ("fr", "i is"), ("", "i is")]
    )
    def test_the_language_then_its_base_then_the_default(self, language: str, start: str) -> None:
        values = {"item": "i", "reason": "r"}
        assert self.TEXTS.render("page", audience="staff", language=language, values=values).text.startswith(start)

    def test_values_are_never_read_as_templates_and_break_no_subject(self) -> None:
        rendered = self.TEXTS.render("page", audience="staff", values={"item": "a\nb", "reason": "$item"})
        assert (rendered.subject, rendered.text) == ("a b", "a\nb is yours: $item")

    def test_what_is_missing_is_told(self) -> None:
        with pytest.raises(InvalidValueError, match="`reason` is not given: the text needs it"):
            self.TEXTS.render("page", audience="staff", values={"item": "i"})
        with pytest.raises(NotFoundError, match="text about page for"):
            self.TEXTS.render("page", audience="customer", values={})
        with pytest.raises(InvalidValueError, match="a text in every case"):
            Templates(self.TEXTS.texts[1:])
        with pytest.raises(InvalidValueError, match="a text of its own"):
            Templates((*self.TEXTS.texts, self.TEXTS.texts[0]))
        with pytest.raises(InvalidValueError, match="not a template"):
            NoticeText(audience="a", about="b", language="en", subject="$", text="")

    @pytest.mark.parametrize("address", ["", "a\nb", "x" * 2001])
    def test_an_address_is_one_line(self, address: str) -> None:
        with pytest.raises(InvalidValueError):
            Outgoing(key="k", address=address)


@define
class House:
    """A roster told by hand."""

    told: dict[str, Instant] = field(factory=dict)

    def with_role(self, role: str, at: Any) -> tuple[str, ...]:
        return {"boss": ("zoe",)}.get(role, ())

    def team(self, name: str, at: Any) -> tuple[str, ...]:
        return ("ann", "bob") if name == "network" else ()

    def last_told(self, team: str) -> dict[str, Instant]:
        return self.told

    def away(self, at: Any) -> frozenset[str]:
        return frozenset()

    def schedule(self, name: str) -> OnCallSchedule | None:
        rotation = Rotation(name="r", zone="UTC", start=minute(0), unit=RotationUnit.DAY, people=["ann", "bob", "cy"])
        return OnCallSchedule(name="primary", layers=(Layer(rotation),)) if name == "primary" else None

    def manager(self, person: str) -> str | None:
        return {"ann": "mia", "mia": "zoe"}.get(person)


class TestRecipients:
    CONCERNED = Concerned(assignee="ann", team="network", acknowledger="bob")

    @pytest.mark.parametrize(
        ("target", "people"),
        [
            ("person:eve", ["eve"]), ("role:boss", ["zoe"]), ("role:none", []), ("team:network", ["bob"]),
            ("team:none", []), ("rotation:primary", ["bob"]), ("next:primary", ["cy"]), ("previous:primary", ["ann"]),
            ("rotation:none", []), ("manager:1", ["mia"]), ("manager:2", ["zoe"]), ("manager:3", []),
            ("owner", ["ann"]), ("acknowledger", ["bob"]), ("webhook:https://a", ["https://a"]),
        ],
    )  # fmt: skip
    def test_each_target_means_somebody_or_nobody(self, target: str, people: Sequence[str]) -> None:
        at = minute(36 * 60)
        house = House({"ann": minute(3), "bob": minute(2)})
        assert recipients(EscalationTarget.from_text(target), self.CONCERNED, house, at) == tuple(people)

    def test_without_an_assignee_the_team_is_the_owner_and_there_is_no_manager(self) -> None:
        nobody = Concerned(team="network")
        assert recipients(EscalationTarget("owner"), nobody, House(), minute(0)) == ("network",)
        assert recipients(EscalationTarget("manager", "1"), nobody, House(), minute(0)) == ()
        assert recipients(EscalationTarget("acknowledger"), nobody, House(), minute(0)) == ()
