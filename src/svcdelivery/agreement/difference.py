"""What differs between two revisions, term by term."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from attrs import frozen

from svcdelivery.agreement.revision import AgreementRevision
from svcdelivery.facts import to_plain

__all__ = ["TermDifference", "term_differences"]

_NAMED_BY = ("name", "id")


@frozen
class TermDifference:
    """A term that is another one: where it stands, and what it was and is, as text; empty for what is not there."""

    path: str
    before: str
    after: str


def term_differences(before: AgreementRevision, after: AgreementRevision) -> tuple[TermDifference, ...]:
    """Answer every term that differs, by path; targets, services, hours and measures are told apart by their names."""
    old, new = dict(_terms("", to_plain(before))), dict(_terms("", to_plain(after)))
    paths = dict.fromkeys((*old, *new))
    return tuple(
        TermDifference(path, old.get(path, ""), new.get(path, ""))
        for path in sorted(paths)
        if old.get(path) != new.get(path)
    )


def _terms(path: str, plain: Any) -> Iterator[tuple[str, str]]:
    if isinstance(plain, dict):
        for key, value in plain.items():
            yield from _terms(f"{path}.{key}" if path else key, value)
    elif isinstance(plain, list) and plain and all(_name(item) for item in plain):
        for item in plain:
            # The place of a target decides among equals; the order alone is told as one term.
            yield from _terms(f"{path}.{_name(item)}", {k: v for k, v in item.items() if k not in _NAMED_BY})
        yield f"{path}", ", ".join(_name(item) for item in plain)
    else:
        yield path, plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False, sort_keys=True)


def _name(item: Any) -> str:
    if not isinstance(item, dict):
        return ""
    return next((item[key] for key in _NAMED_BY if isinstance(item.get(key), str)), "")
