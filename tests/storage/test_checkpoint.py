"""Checkpoints read back strictly, and daily roots that prove an entry was there."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from hmac import new as hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.errors import InvalidValueError, NaiveTimeError, ServiceDeliveryError
from svcdelivery.storage.checkpoint import Checkpoint, checkpoint, read_checkpoint
from svcdelivery.storage.merkle import MerkleTree, daily_roots, includes, prove
from svcdelivery.storage.protocol import Head
from svcdelivery.timeline import to_instant
from tests.storage.test_attacks import ENTRIES, HEAD

NOW = to_instant(datetime(2026, 5, 1, 12, tzinfo=UTC))


def sign(data: bytes) -> str:
    return hmac(b"elsewhere", data, sha256).hexdigest()


class TestCheckpoint:
    @given(
        st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20),
        st.integers(0, 2**53 - 1),
        st.binary(min_size=32, max_size=32),
    )
    def test_it_reads_back_as_it_was_written(self, tenant: str, position: int, hash: bytes) -> None:
        """One line of JSON, whatever the tenant is called."""
        made = checkpoint(tenant, Head(position=position, recorded_at=None, hash=hash), NOW, sign=sign)
        line = made.to_bytes()
        assert line.count(b"\n") == 1
        read = read_checkpoint(line)
        assert read == made
        assert read.head == Head(position=position, recorded_at=None, hash=hash)
        assert sign(read.signed_bytes) == read.signature

    def test_a_signature_covers_everything_else(self) -> None:
        """Whichever field is changed, the signed bytes are others."""
        made = checkpoint("main", HEAD, NOW, sign=sign)
        others = [
            Checkpoint(tenant="mine", position=8, hash=made.hash, at=NOW),
            Checkpoint(tenant="main", position=9, hash=made.hash, at=NOW),
            Checkpoint(tenant="main", position=8, hash="0" * 64, at=NOW),
            Checkpoint(tenant="main", position=8, hash=made.hash, at=NOW.add(microseconds=1)),
        ]
        assert all(other.signed_bytes != made.signed_bytes for other in others)
        assert checkpoint("main", HEAD, NOW).signature == ""

    @pytest.mark.parametrize(
        "data",
        [
            b"", b"{", b"[]", b"{}", b"\xff", b"[" * 5000, b"1" * 20_000,
            checkpoint("main", HEAD, NOW).to_bytes().replace(b"sha-256", b"sha-1"),
            checkpoint("main", HEAD, NOW).to_bytes().replace(b'"format":1', b'"format":0'),
            checkpoint("main", HEAD, NOW).to_bytes().replace(b'"position":8', b'"position":-8'),
            checkpoint("main", HEAD, NOW).to_bytes().replace(b'"position":8', b'"position":8.0'),
            checkpoint("main", HEAD, NOW).to_bytes().replace(b'"tenant"', b'"owner"'),
            checkpoint("main", HEAD, NOW).to_bytes().replace(HEAD.hash.hex().encode(), b"00"),
            checkpoint("main", HEAD, NOW).to_bytes().replace(b"+00:00", b"").replace(b"Z", b""),
        ],
    )  # fmt: skip
    def test_another_form_is_refused(self, data: bytes) -> None:
        """A weaker algorithm, an older format, a field more or less, a hash that is none, no zone."""
        with pytest.raises(ServiceDeliveryError):
            read_checkpoint(data)

    def test_a_naive_instant_is_refused(self) -> None:
        """No zone is assumed."""
        with pytest.raises(NaiveTimeError):
            checkpoint("main", HEAD, datetime(2026, 5, 1))  # type: ignore[arg-type]
        with pytest.raises(InvalidValueError):
            Checkpoint(tenant="main", position=1, hash="Z" * 64, at=NOW)


# The leaves and roots that implementations of Certificate Transparency (RFC 6962) test themselves with.
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def root_of(leaves: list[bytes]) -> bytes:
    tree = MerkleTree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root


class TestMerkle:
    def test_roots_are_those_of_certificate_transparency(self) -> None:
        """For none to eight leaves."""
        assert tuple(root_of(LEAVES[:size]).hex() for size in range(9)) == ROOTS

    @given(st.lists(st.binary(max_size=4), min_size=1, max_size=40), st.data())
    def test_a_proof_shows_its_leaf_and_no_other(self, leaves: list[bytes], draw: st.DataObject) -> None:
        """Nor another place, size, root or proof."""
        index = draw.draw(st.integers(0, len(leaves) - 1))
        root, size, proof = root_of(leaves), len(leaves), prove(leaves, index)
        assert includes(root, size, index, leaves[index], proof)
        assert not includes(root, size, index, leaves[index] + b"x", proof)
        assert not includes(root, size, size, leaves[index], proof)
        assert not includes(root, size, -1, leaves[index], proof)
        assert not includes(root, size, index, leaves[index], (*proof, root))
        assert not proof or not includes(root, size, index, leaves[index], proof[:-1])
        assert not includes(sha256(root).digest(), size, index, leaves[index], proof)
        for place in range(size):
            if leaves[place] != leaves[index]:
                assert not includes(root, size, place, leaves[index], proof)

    def test_a_node_does_not_pass_for_a_leaf(self) -> None:
        """Leaves and nodes are hashed under different prefixes."""
        left, right = (sha256(b"\0" + leaf).digest() for leaf in LEAVES[:2])
        assert root_of([left + right]) != root_of(LEAVES[:2])

    def test_a_leaf_that_is_not_there_has_no_proof(self) -> None:
        """Asked by a place outside."""
        for index in (-1, 8):
            with pytest.raises(IndexError):
                prove(LEAVES, index)

    def test_each_day_has_its_root(self) -> None:
        """By the UTC date of record; an entry is proved against its day."""
        day = 86_400_000_000
        entries = [entry._replace(recorded_us=entry.recorded_us + day * (entry.position > 5)) for entry in ENTRIES]
        first, second = daily_roots(entries)
        assert (first.first, first.size, second.first, second.size) == (1, 5, 6, 3)
        assert (second.day - first.day).days == 1
        leaves = [entry.hash for entry in entries[5:]]
        assert includes(second.root, 3, 7 - second.first, entries[6].hash, prove(leaves, 7 - second.first))
        assert list(daily_roots([])) == []
