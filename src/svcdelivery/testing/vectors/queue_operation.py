"""Vectors of queues: what is merged, dropped or put into a digest, and how often one may be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from svcdelivery.errors import InvalidValueError
from svcdelivery.escalation.notices import (
    Notice,
    NoticeKind,
    RateLimit,
    RateRule,
    digest_pages,
    drop_overtaken,
    merge_pages,
)
from svcdelivery.testing.vectors.vector import Answer, Boundary, Operation, Vector, instant
from svcdelivery.timeline import Instant, from_micros, to_micros

__all__ = ["QUEUE_OPERATIONS"]

_START = 1_767_225_600_000_000
_SECOND = 1_000_000
_PROBES_MOST = 100_000
_KINDS = {
    "alert": NoticeKind.PAGE,
    "alert_status": NoticeKind.STATUS,
    "oncall": NoticeKind.ON_CALL,
    "alert_bundle": NoticeKind.DIGEST,
}


def _at(seconds: float) -> Instant:
    return from_micros(_START + round(seconds * _SECOND))


# -- merging -----------------------------------------------------------------------------------------------------------


def _merge(vector: Vector, _boundary: Boundary) -> Answer:
    case = vector.input
    match case["op"]:
        case "dedup_alerts":
            merged = merge_pages(_queue(case["messages"], "alert"))
            kept = [notice.id for notice in merged.kept]
            return {"expected_kept": kept, "expected_merged": {key: list(ids) for key, ids in merged.merged}}
        case "dedup_status" | "dedup_oncall_notice" as op:
            merged = drop_overtaken(_queue(case["messages"], "alert_status" if op == "dedup_status" else "test"))
            return {"expected_kept": [notice.id for notice in merged.kept], "expected_dropped": list(merged.dropped)}
        case "bundle_alerts":
            return _bundle(case)
        case op:
            raise InvalidValueError(what="an operation on queues", value=op, path="op")


def _queue(messages: Sequence[Mapping[str, Any]], usual: str) -> list[Notice]:
    return [_notice(message, usual) for message in messages]


def _notice(message: Mapping[str, Any], usual: str) -> Notice:
    created = instant(message["created"]) if "created" in message else _at(message.get("created_offset_s", 0))
    # Messages of other kinds are told apart by what they are about, so that none of them stands for another.
    kind = _KINDS.get(message.get("type", usual))
    about = message.get("schedule", message.get("alert", ""))
    return Notice(
        id=message["id"],
        kind=kind or NoticeKind.STATUS,
        about=str(about) if kind else message["id"],
        recipient=str(message.get("dest", "")),
        service=str(message.get("service", "")),
        created_at=created,
        sent_at=created if message.get("sent") else None,
        number=message.get("log", 0),
    )


def _bundle(case: Mapping[str, Any]) -> Answer:
    queue = _queue(case["messages"], "alert")
    known = {notice.id for notice in queue}
    merged = digest_pages(queue, name=lambda oldest: f"digest of {oldest.id}")
    digests = [notice for notice in merged.kept if notice.kind is NoticeKind.DIGEST and notice.members]
    if not digests:
        return {"expected_bundle": None, "expected_new_bundle": False}
    digest = digests[0]
    offset = (to_micros(digest.created_at) - _START) // _SECOND
    told = {"created_offset_s": offset, "members": list(digest.members)}
    is_new = digest.id not in known
    return {"expected_bundle": told if is_new else {"id": digest.id, **told}, "expected_new_bundle": is_new}


# -- limits ------------------------------------------------------------------------------------------------------------


def _rate(vector: Vector, _boundary: Boundary) -> Answer:
    case = vector.input
    rules = [RateRule(each["count"], timedelta(seconds=each["per_s"]), smooth=each["smooth"]) for each in case["rules"]]
    limit = RateLimit(rules)
    sent = [_at(offset) for offset in case["sent_offsets_s"]]
    if "at_offset_s" in case:
        return {"expected_blocked": not limit.allows(sent, _at(case["at_offset_s"]))}
    wanted = len(case["expected_send_offsets_s"])
    found: list[int] = []
    for at in range(0, _PROBES_MOST * 60, 60):
        if len(found) == wanted:
            break
        if limit.allows(sent, _at(at)):
            sent.append(_at(at))
            found.append(at)
    return {"expected_send_offsets_s": found}


QUEUE_OPERATIONS: dict[str, Operation] = {"dedup-bundle/1": _merge, "rate-limit/1": _rate}
"""The operations asked of queues, by the names of their formats."""
