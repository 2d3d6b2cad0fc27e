"""Merkle roots over a day's entries, and short proofs that an entry was among them.

The tree is that of RFC 9162, section 2.1: leaves and nodes are hashed under different prefixes, so none passes for the
other. A root kept elsewhere proves one entry with a few hashes, without showing the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from hashlib import sha256

from attrs import frozen

from svcdelivery.storage.protocol import Entry
from svcdelivery.timeline import from_micros

__all__ = ["DailyRoot", "MerkleTree", "daily_roots", "includes", "prove"]


def _leaf(data: bytes) -> bytes:
    return sha256(b"\0" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


class MerkleTree:
    """A root that grows leaf by leaf; memory holds one hash for each bit of the number of leaves."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, data: bytes) -> None:
        """Add a leaf."""
        grown, size = _leaf(data), self.size
        while size & 1:
            grown, size = _node(self._peaks.pop(), grown), size >> 1
        self._peaks.append(grown)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The hash over all leaves so far; without any, that of nothing."""
        if not self._peaks:
            return sha256(b"").digest()
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = _node(peak, root)
        return root


def prove(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Answer the hashes that lead from a leaf to the root, nearest first.

    Args:
        index: Of the leaf, from 0.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    return _path([_leaf(data) for data in leaves], index)


def _path(hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    size = len(hashes)
    if size == 1:
        return ()
    split = 1 << (size - 1).bit_length() - 1
    left, right = hashes[:split], hashes[split:]
    if index < split:
        return (*_path(left, index), _root(right))
    return (*_path(right, index - split), _root(left))


def _root(hashes: Sequence[bytes]) -> bytes:
    size = len(hashes)
    if size == 1:
        return hashes[0]
    split = 1 << (size - 1).bit_length() - 1
    return _node(_root(hashes[:split]), _root(hashes[split:]))


def includes(root: bytes, size: int, index: int, data: bytes, proof: Sequence[bytes]) -> bool:
    """Answer whether the proof shows the leaf at that place of a tree of that size and root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    number, last, grown = index, size - 1, _leaf(data)
    for hash in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            grown = _node(hash, grown)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            grown = _node(grown, hash)
        number, last = number >> 1, last >> 1
    return last == 0 and grown == root


@frozen(kw_only=True)
class DailyRoot:
    """The root over the hashes of the entries recorded on one UTC day.

    Attributes:
        first: The position of the day's first entry; the leaf of an entry is its position less this.
    """

    day: date
    first: int
    size: int
    root: bytes


def daily_roots(entries: Iterable[Entry]) -> Iterator[DailyRoot]:
    """Answer a root for each day that has entries, in one pass; the last day may still grow."""
    day: date | None = None
    first, tree = 0, MerkleTree()
    for entry in entries:
        recorded = from_micros(entry.recorded_us).date()
        if recorded != day:
            if day is not None:
                yield DailyRoot(day=day, first=first, size=tree.size, root=tree.root)
            day, first, tree = recorded, entry.position, MerkleTree()
        tree.add(entry.hash)
    if day is not None:
        yield DailyRoot(day=day, first=first, size=tree.size, root=tree.root)
