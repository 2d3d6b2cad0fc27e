"""The algebra underneath: sorted, disjoint, non-touching `(start, end)` pairs of epoch microseconds."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Span", "Spans", "clip", "intersect", "measure", "normalize", "subtract", "union"]

Span = tuple[int, int]
Spans = tuple[Span, ...]


def normalize(spans: Iterable[Span]) -> Spans:
    """Answer the same instants as sorted pairs that neither overlap nor touch; empty pairs vanish."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if out and start <= out[-1][1]:
            if end > out[-1][1]:
                out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return tuple(out)


def union(a: Spans, b: Spans) -> Spans:
    """Answer the instants in either."""
    return normalize((*a, *b)) if a and b else a or b


def intersect(a: Spans, b: Spans) -> Spans:
    """Answer the instants in both."""
    out: list[Span] = []
    i = j = 0
    while i < len(a) and j < len(b):
        start, end = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if start < end:
            out.append((start, end))
        if a[i][1] <= b[j][1]:
            i += 1
        else:
            j += 1
    return tuple(out)


def subtract(a: Spans, b: Spans) -> Spans:
    """Answer the instants of `a` that are not in `b`."""
    out: list[Span] = []
    j = 0
    for start, end in a:
        while j < len(b) and b[j][1] <= start:
            j += 1
        at, k = start, j
        while k < len(b) and b[k][0] < end:
            if at < b[k][0]:
                out.append((at, b[k][0]))
            at = max(at, b[k][1])
            k += 1
        if at < end:
            out.append((at, end))
    return tuple(out)


def clip(spans: Spans, start: int, end: int) -> Spans:
    """Answer the instants that lie in `[start, end)`."""
    return intersect(spans, ((start, end),)) if start < end else ()


def measure(spans: Spans) -> int:
    """Answer the microseconds covered."""
    return sum(end - start for start, end in spans)
