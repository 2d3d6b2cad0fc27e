"""Security in a report: vulnerabilities against what is due, findings, security incidents and who was told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from svcdelivery.reporting import write_work_products
from svcdelivery.security.vulnerability import Assessment, Severity
from svcdelivery.storage.memory import MemoryStore
from tests.desk.test_breaches import Room as Bypassed
from tests.desk.test_security_incidents import Room
from tests.desk.world import BOB, OLGA, World, keys

pytest.importorskip("jinja2")

NASTY = "<script>alert('x')</script>"


def told() -> Room:
    """Two vulnerabilities, one overdue; a security incident whose customer was told late; a bypass."""
    room = Room()
    side = room.desk.vulnerabilities
    for id in ("V1", "V2"):
        side.detect(id, title=NASTY, services=["email"], by=BOB, key=next(keys))
    side.assess("V1", Assessment(severity=Severity.CRITICAL), by=BOB, key=next(keys))
    Bypassed.bypass(room, room.started_request())  # type: ignore[arg-type]
    room.desk.breaches.run()
    room.time.advance(days=1000)
    side.assess("V2", Assessment(severity=Severity.CRITICAL), by=BOB, key=next(keys))
    room.say("notify", agreement="acme-1", party="acme", text="late, sorry")
    return room


def written(room: World, folder: Path, **said: Any) -> tuple[dict[str, Any], str]:
    products = write_work_products(room.store, folder, now=room.time.now(), **said)
    data = json.loads(products.performance_data.read_text(encoding="utf-8"))["security"]
    return data, products.page.read_text(encoding="utf-8")


def test_the_figures_are_those_of_the_record(tmp_path: Path) -> None:
    """Each from the facts known at the instant of the report; texts of others stay texts."""
    data, page = written(told(), tmp_path)
    assert {figure["name"]: (figure["value"], figure["denominator"]) for figure in data["counts"]} == {
        "open vulnerabilities": (2, 2), "overdue vulnerabilities": (1, 2), "findings": (1, 1),
        "open security incidents": (2, 2), "parties told in time": (0, 2), "reviews owed": (0, 0),
        "grants to review": (0, 0),
    }  # fmt: skip
    assert data["findings_by_rule"] == {"R5": 1}
    assert {one["told_late"] for one in data["open_security_incidents"]} == {1}
    assert 'id="security"' in page
    assert NASTY not in page
    assert "&lt;script&gt;" in page


def test_without_any_the_page_says_nothing_of_it(tmp_path: Path) -> None:
    _, page = written(World(MemoryStore()), tmp_path)
    assert 'id="security"' not in page


def test_a_report_of_yesterday_is_yesterday_s(tmp_path: Path) -> None:
    """What came on record since takes no part."""
    room = told()
    now = room.time.now()
    room.time.advance(days=10)
    room.desk.vulnerabilities.detect("V3", title="new", services=["email"], by=BOB, key=next(keys))
    room.time.at = now  # type: ignore[assignment]
    data, _ = written(room, tmp_path)
    assert [one["id"] for one in data["open_vulnerabilities"]] == ["V2", "V1"]


def test_what_is_overdue_says_so(tmp_path: Path) -> None:
    """By the policies on record at that instant."""
    room = Room()
    room.time.advance(days=900)
    room.desk.vulnerabilities.detect("V1", title="a parser", services=["email"], by=BOB, key=next(keys))
    room.desk.vulnerabilities.assess("V1", Assessment(severity=Severity.CRITICAL), by=BOB, key=next(keys))
    room.time.advance(days=40)
    data, page = written(room, tmp_path)
    (one,) = data["open_vulnerabilities"]
    assert one["overdue"] is True
    assert ", overdue" in page


def test_grants_somebody_should_look_at_are_told_by_the_record_alone(tmp_path: Path) -> None:
    """Without end, unused, of a service that is not delivered; who has left takes a directory, which no log has."""
    room = World(MemoryStore())
    side = room.desk.access
    usual: dict[str, Any] = {
        "holder": "gone", "agreement": "acme-1", "service": "email", "actions": ["fulfill"], "by": OLGA,
        "ground": NASTY,
    }  # fmt: skip
    soon = room.time.now().add(days=1)
    side.grant("in order", **usual, until=room.time.now().add(days=200), key=next(keys))
    side.grant("endless", **usual, until=None, key=next(keys))
    side.grant("retired", **{**usual, "service": "fax"}, until=soon.add(days=200), key=next(keys))
    side.grant("over", **usual, until=soon, key=next(keys))
    side.grant("revoked", **usual, until=None, key=next(keys))
    side.revoke("revoked", ground="a mistake", by=OLGA, key=next(keys))
    room.time.advance(days=2)
    data, page = written(room, tmp_path)
    assert [(one["grant"], one["kind"]) for one in data["access_review"]] == [
        ("endless", "endless_grant"), ("retired", "service_retired"),
    ]  # fmt: skip
    (figure,) = (one for one in data["counts"] if one["name"] == "grants to review")
    assert (figure["value"], figure["denominator"]) == (2, 3)
    assert "grant endless of gone has no end" in page
    room.time.advance(days=89)
    data, _ = written(room, tmp_path / "later")
    assert {one["grant"] for one in data["access_review"] if one["kind"] == "unused_grant"} == {
        "in order", "endless", "retired",
    }  # fmt: skip
    (left, *_) = (f for f in side.review(people=()) if f.kind.value == "holder_left")
    assert left.subject == "in order"
