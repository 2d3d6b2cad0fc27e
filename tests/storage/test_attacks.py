"""Attacks on the ledger: whatever is done to the entries, verification names the first bad place and kind of damage.

The attacker of the first half cannot seal entries; the one of the second half can, and meets what was noted elsewhere.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.errors import Conflict
from svcdelivery.storage import chain
from svcdelivery.storage.chain import Damage, genesis, sealer, verify
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Entry, Head
from svcdelivery.testing.conformance.kit import START, later, write
from svcdelivery.timeline import to_micros

FIELDS = ("position", "stream", "version", "type", "occurred_us", "recorded_us", "actor", "payload", "hash")
BASE_US = to_micros(START)


def written(texts: Sequence[str], tenant: str = "main") -> list[Entry]:
    store = MemoryStore()
    with store.unit(tenant) as unit:
        for number, text in enumerate(texts):
            unit.journal.append([write(f"s{number % 2}", text)], key=f"k{number}", intent="i", now=later(number))
    with store.unit(tenant, write=False) as unit:
        return list(unit.feed.entries(limit=100_000))


ENTRIES = written([f"note {number} \u00e9" for number in range(8)])
HEAD = Head(position=8, recorded_at=None, hash=ENTRIES[-1].hash)


def sealed(entries: Sequence[Entry], tenant: str = "main", first: bytes | None = None) -> list[Entry]:
    """Answer the entries as somebody would write them who can seal: each hash made anew."""
    seal, hash, made = sealer(tenant), genesis(tenant) if first is None else first, []
    for entry in entries:
        hash = seal(hash, *entry[:8])
        made.append(entry._replace(hash=hash))
    return made


def found(entries: Sequence[Entry], tenant: str = "main", **said: Any) -> tuple[Damage, int] | None:
    finding = verify(entries, tenant, **said).finding
    return None if finding is None else (finding.damage, finding.position)


def changed(entry: Entry, field: str) -> Entry:
    value = getattr(entry, field)
    other = (
        value + 1
        if isinstance(value, int)
        else value + "x"
        if isinstance(value, str)
        else bytes([value[0] ^ 1]) + value[1:]
    )
    return entry._replace(**{field: other})


class TestWithoutTheSeal:
    @pytest.mark.parametrize("field", FIELDS)
    @pytest.mark.parametrize("index", range(8))
    def test_every_field_of_every_entry_is_covered(self, field: str, index: int) -> None:
        """Whichever is edited, it is found right there."""
        entries = [*ENTRIES[:index], changed(ENTRIES[index], field), *ENTRIES[index + 1 :]]
        damage = Damage.GAP if field == "position" else Damage.EDITED
        assert found(entries, head=HEAD) == (damage, index + 1)

    def test_every_bit_of_a_payload_is_covered(self) -> None:
        """Byte by byte, bit by bit."""
        payload = ENTRIES[3].payload
        for place in range(len(payload)):
            for bit in range(8):
                edited = bytes([*payload[:place], payload[place] ^ 1 << bit, *payload[place + 1 :]])
                assert found([*ENTRIES[:3], ENTRIES[3]._replace(payload=edited), *ENTRIES[4:]]) == (Damage.EDITED, 4)

    @pytest.mark.parametrize(("index", "damage"), [(0, Damage.GAP), (4, Damage.GAP), (7, Damage.HEAD_MISMATCH)])
    def test_a_deleted_entry_is_found(self, index: int, damage: Damage) -> None:
        """The first, one in the middle, the last."""
        assert found([*ENTRIES[:index], *ENTRIES[index + 1 :]], head=HEAD) == (damage, index + 1)

    @pytest.mark.parametrize("index", range(8))
    def test_deleted_and_renumbered_is_found(self, index: int) -> None:
        """Moving the others up does not close the gap."""
        rest = [entry._replace(position=entry.position - 1) for entry in ENTRIES[index + 1 :]]
        assert found([*ENTRIES[:index], *rest], head=HEAD) == (
            (Damage.EDITED, index + 1) if rest else (Damage.HEAD_MISMATCH, 8)
        )

    def test_exchanged_inserted_and_doubled_entries_are_found(self) -> None:
        """With their positions or with those of the place they were moved to."""
        one, two = ENTRIES[2], ENTRIES[3]
        assert found([*ENTRIES[:2], two, one, *ENTRIES[4:]]) == (Damage.GAP, 3)
        moved = [two._replace(position=3), one._replace(position=4)]
        assert found([*ENTRIES[:2], *moved, *ENTRIES[4:]]) == (Damage.EDITED, 3)
        put = one._replace(position=4, payload=b'{"text":"put in"}')
        behind = [entry._replace(position=entry.position + 1) for entry in ENTRIES[3:]]
        assert found([*ENTRIES[:3], put, *behind]) == (Damage.EDITED, 4)
        assert found([*ENTRIES[:3], one, *ENTRIES[3:]]) == (Damage.OUT_OF_ORDER, 4)
        assert found([*ENTRIES[:3], one._replace(position=4), *behind]) == (Damage.EDITED, 4)

    def test_entries_of_another_log_are_found(self) -> None:
        """The same entries under another tenant, and another tenant's entries in the middle."""
        assert found(ENTRIES, "other") == (Damage.EDITED, 1)
        others = written([f"note {number}" for number in range(8)], "other")
        assert found([*ENTRIES[:4], *others[4:]]) == (Damage.EDITED, 5)

    def test_a_text_cannot_borrow_from_its_neighbor(self) -> None:
        """A boundary between fields that is shifted gives the same bytes in a row, and another hash."""
        entry = ENTRIES[4]
        shifted = entry._replace(stream=entry.stream + entry.type[0], type=entry.type[1:])
        assert found([*ENTRIES[:4], shifted, *ENTRIES[5:]]) == (Damage.EDITED, 5)
        shifted = entry._replace(actor=entry.actor + "{", payload=entry.payload[1:])
        assert found([*ENTRIES[:4], shifted, *ENTRIES[5:]]) == (Damage.EDITED, 5)

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (b'{"a":1}', b'{"a":1.0}'),
            (b'{"a":1}', b'{"a":1e0}'),
            (b'{"a":1}', b'{"a": 1}'),
            (b'{"a":1}', b'{"a":1}\n'),
            (b'{"a":1,"b":2}', b'{"b":2,"a":1}'),
            (b'{"a":1}', b'{"a":1,"a":1}'),
            (b'{"a":"\xc3\xa9"}', b'{"a":"\\u00e9"}'),
            ('{"a":"\u00e9"}'.encode(), unicodedata.normalize("NFD", '{"a":"\u00e9"}').encode()),
            (b'{"a":"x"}', b'{"a":"x\\u0000"}'),
        ],
    )
    def test_another_spelling_of_the_same_is_another_entry(self, before: bytes, after: bytes) -> None:
        """Stored bytes are hashed as they are: nothing is parsed and written anew before it is compared."""
        entries = sealed([*ENTRIES[:4], ENTRIES[4]._replace(payload=before), *ENTRIES[5:]])
        assert found(entries) is None
        assert found([*entries[:4], entries[4]._replace(payload=after), *entries[5:]]) == (Damage.EDITED, 5)

    def test_blanking_a_payload_is_damage_like_any_other(self) -> None:
        """Personal data go by destroying their key; what is stored stays as it is, and so does the chain."""
        assert found([*ENTRIES[:4], ENTRIES[4]._replace(payload=b"{}"), *ENTRIES[5:]]) == (Damage.EDITED, 5)

    def test_hashes_of_another_form_are_no_hashes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A chain sealed under a weaker or older form does not pass for one of this."""
        monkeypatch.setattr(chain, "_LINK", b"svcdelivery fact link 0\0")
        sealer.cache_clear()  # what seals is made once a tenant
        older = sealed(ENTRIES)
        monkeypatch.undo()
        sealer.cache_clear()
        assert found(older) == (Damage.EDITED, 1)
        short = [entry._replace(hash=entry.hash[:16]) for entry in ENTRIES]
        assert found(short) == (Damage.EDITED, 1)

    @given(st.integers(0, 2**32), st.integers(1, 3))
    def test_no_rearrangement_passes(self, seed: int, attacks: int) -> None:
        """Several attacks at once, drawn at random: what comes out is never sound with that head, unless unchanged."""
        random, entries = Random(seed), list(ENTRIES)
        for _ in range(attacks):
            index = random.randrange(len(entries))
            match random.randrange(4):
                case 0:
                    del entries[index]
                case 1:
                    entries.insert(random.randrange(len(entries) + 1), entries[index])
                case 2:
                    entries[index] = changed(entries[index], random.choice(FIELDS))
                case _:
                    other = random.randrange(len(entries))
                    entries[index], entries[other] = entries[other], entries[index]
        assert (found(entries, head=HEAD) is None) == (entries == ENTRIES)


class TestWithTheSeal:
    def test_a_cut_chain_with_its_head_set_back_is_found_by_a_checkpoint(self) -> None:
        """Nothing inside the store shows it: the docs say so."""
        short = ENTRIES[:5]
        own = Head(position=5, recorded_at=None, hash=short[-1].hash)
        assert found(short, head=own) is None
        assert found(short, head=own, known=[HEAD]) == (Damage.CUT_OFF, 6)
        assert found([], known=[HEAD]) == (Damage.CUT_OFF, 1)

    @pytest.mark.parametrize("index", range(8))
    def test_a_chain_written_anew_is_found_by_a_checkpoint(self, index: int) -> None:
        """Wherever it was changed, at the first entry that was noted from there on."""
        forged = sealed([*ENTRIES[:index], changed(ENTRIES[index], "actor"), *ENTRIES[index + 1 :]])
        assert found(forged) is None
        noted = [Head(position=at, recorded_at=None, hash=ENTRIES[at - 1].hash) for at in (3, 6, 8)]
        assert found(forged, known=noted) == (Damage.REWRITTEN, next(at for at in (3, 6, 8) if at > index))

    def test_of_two_forks_only_one_meets_the_checkpoint(self) -> None:
        """Two continuations of the same log, each sound by itself."""
        fork = sealed([entry._replace(actor="system:evil") for entry in ENTRIES[5:]], first=ENTRIES[4].hash)
        both = (ENTRIES, [*ENTRIES[:5], *fork])
        assert [found(entries) for entries in both] == [None, None]
        assert [found(entries, known=[HEAD]) for entries in both] == [None, (Damage.REWRITTEN, 8)]
        joined = [*ENTRIES[:6], fork[1], *ENTRIES[7:]]
        assert found(joined) == (Damage.EDITED, 7)

    def test_an_entry_left_out_of_its_stream_is_found_though_all_is_sealed(self) -> None:
        """Versions must follow one another within each stream."""
        rest = [entry._replace(position=entry.position - 1) for entry in ENTRIES[4:]]
        assert found(sealed([*ENTRIES[:3], *rest])) == (Damage.STREAM_GAP, 5)
        assert found(sealed([ENTRIES[0]._replace(version=2), *ENTRIES[1:]])) == (Damage.STREAM_GAP, 1)
        twice = sealed([*ENTRIES[:2], ENTRIES[2]._replace(version=1), *ENTRIES[3:]])
        assert found(twice) == (Damage.STREAM_GAP, 3)

    def test_past_a_trusted_start_streams_may_be_in_the_middle(self) -> None:
        """What was before is the start's affair."""
        start = Head(position=4, recorded_at=START, hash=ENTRIES[3].hash)
        assert found(ENTRIES[4:], start=start, head=HEAD) is None
        gap = sealed([*ENTRIES[4:6], ENTRIES[6]._replace(version=9), ENTRIES[7]], first=ENTRIES[3].hash)
        assert found(gap, start=start) == (Damage.STREAM_GAP, 7)

    def test_streams_that_were_forgotten_are_taken_as_they_come(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Memory is bounded: of a stream not written to for very long, the version is not remembered."""
        monkeypatch.setattr(chain, "_STREAMS_KEPT_MOST", 1)
        assert found(ENTRIES) is None

    def test_time_of_record_that_falls_is_found(self) -> None:
        """A clock set back does not make the journal's time fall; one that does was not the journal's."""
        back = sealed([*ENTRIES[:4], ENTRIES[4]._replace(recorded_us=BASE_US), *ENTRIES[5:]])
        assert found(back) == (Damage.BACKWARD_TIME, 5)
        start = Head(position=4, recorded_at=later(30), hash=ENTRIES[3].hash)
        assert found(ENTRIES[4:], start=start) == (Damage.BACKWARD_TIME, 5)

    def test_of_two_appends_to_one_head_one_is_refused(self) -> None:
        """And an entry sealed to a head that has moved on does not fit."""
        store = MemoryStore()
        with store.unit("main") as unit:
            unit.journal.append([write("s", "1", expected=0)], key="a", intent="i", now=START)
        with store.unit("main") as unit, pytest.raises(Conflict):
            unit.journal.append([write("s", "2", expected=0)], key="b", intent="i", now=START)
        stale = sealed([ENTRIES[5]], first=ENTRIES[3].hash)
        assert found([*ENTRIES[:5], *stale]) == (Damage.EDITED, 6)

    def test_a_head_that_was_only_edited_is_no_checkpoint(self) -> None:
        """Position and hash must both be met."""
        assert found(ENTRIES, head=evolve(HEAD, hash=b"x" * 32)) == (Damage.HEAD_MISMATCH, 8)
        assert found(ENTRIES, head=evolve(HEAD, position=9)) == (Damage.HEAD_MISMATCH, 9)
