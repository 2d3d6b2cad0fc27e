from __future__ import annotations

import sqlite3
import tracemalloc

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.errors import IntegrityError
from svcdelivery.storage.chain import Damage, entries_of, genesis, sealer, verify
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Entry, Head
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.testing.conformance.kit import START, later, write

TEXT = st.text("ab:é", max_size=4)


def _filled(store, facts=6):
    with store.unit("main") as unit:
        for number in range(facts):
            unit.journal.append([write(f"s{number % 2}", str(number))], key=f"k{number}", intent="i", now=later(number))
    return store


@pytest.fixture(scope="module")
def entries():
    with _filled(MemoryStore()).unit("main", write=False) as unit:
        return list(unit.feed.entries())


@pytest.fixture(scope="module")
def head():
    with _filled(MemoryStore()).unit("main", write=False) as unit:
        return unit.feed.head()


class TestDamage:
    """What is wrong is named with its kind and its first place."""

    def test_a_sound_chain_says_how_far_it_was_checked(self, entries, head):
        report = verify(entries, "main", head=head)
        assert (report.sound, report.checked, report.head, report.finding) == (True, 6, head, None)

    def test_an_empty_chain_is_sound(self):
        report = verify([], "main", head=Head(position=0, recorded_at=None, hash=genesis("main")))
        assert (report.sound, report.checked) == (True, 0)

    def test_an_edited_entry_is_found(self, entries, head):
        entries = [*entries[:2], entries[2]._replace(payload=b'{"text":"9"}'), *entries[3:]]
        report = verify(entries, "main", head=head)
        assert (report.finding.damage, report.finding.position, report.checked) == (Damage.EDITED, 3, 2)
        assert report.head.position == 2

    def test_a_removed_entry_is_a_gap(self, entries, head):
        report = verify([*entries[:2], *entries[3:]], "main", head=head)
        assert (report.finding.damage, report.finding.position) == (Damage.GAP, 3)

    def test_a_removed_and_renumbered_entry_is_found(self, entries, head):
        rest = [entry._replace(position=entry.position - 1) for entry in entries[3:]]
        report = verify([*entries[:2], *rest], "main", head=head)
        assert (report.finding.damage, report.finding.position) == (Damage.EDITED, 3)

    def test_a_doubled_entry_is_out_of_order(self, entries, head):
        report = verify([*entries[:3], entries[2], *entries[3:]], "main", head=head)
        assert (report.finding.damage, report.finding.position) == (Damage.OUT_OF_ORDER, 4)

    def test_exchanged_entries_are_found(self, entries, head):
        report = verify([entries[1], entries[0], *entries[2:]], "main", head=head)
        assert (report.finding.damage, report.finding.position) == (Damage.GAP, 1)

    def test_removed_last_entries_miss_the_head(self, entries, head):
        report = verify(entries[:4], "main", head=head)
        assert (report.finding.damage, report.finding.position) == (Damage.HEAD_MISMATCH, 5)
        assert report.finding.message == "the chain ends at 4, the head says 6"

    def test_an_edited_head_is_found(self, entries, head):
        report = verify(entries, "main", head=evolve(head, hash=b"x" * 32))
        assert (report.finding.damage, report.finding.position) == (Damage.HEAD_MISMATCH, 6)

    def test_another_tenants_entries_are_found(self, entries):
        assert verify(entries, "other").finding.position == 1

    def test_a_rewritten_chain_is_found_by_a_head_kept_elsewhere(self, entries, head):
        """Whoever can recompute every hash still cannot meet a head that was kept outside."""
        seal, hash, forged = sealer("main"), genesis("main"), []
        for entry in entries:
            changed = entry._replace(actor="system:somebody")
            hash = seal(
                hash, changed.position, changed.stream, changed.version, changed.type, changed.occurred_us,
                changed.recorded_us, changed.actor, changed.payload,
            )  # fmt: skip
            forged.append(changed._replace(hash=hash))
        assert verify(forged, "main").sound
        assert verify(forged, "main", head=head).finding.damage is Damage.HEAD_MISMATCH
        kept = Head(position=3, recorded_at=START, hash=entries[2].hash)
        assert verify(forged[3:], "main", start=kept).finding.position == 4

    @given(st.lists(st.tuples(TEXT, TEXT, TEXT, TEXT), min_size=2, max_size=2, unique=True))
    def test_different_texts_never_hash_alike(self, pair):
        """Lengths are hashed, so texts cannot borrow from their neighbors."""
        one, two = (
            sealer("main")(b"", 1, stream, 1, type, 0, 0, actor, payload.encode())
            for stream, type, actor, payload in pair
        )
        assert one != two

    def test_memory_does_not_grow_with_the_chain(self):
        """Entries are checked one at a time."""

        def endless():
            seal, hash = sealer("main"), genesis("main")
            for position in range(1, 20_001):
                hash = seal(hash, position, "a", position, "t", 0, 0, "x", b"{}")
                yield Entry(
                    position=position, stream="a", version=position, type="t", occurred_us=0, recorded_us=0,
                    actor="x", payload=b"{}", hash=hash,
                )  # fmt: skip

        tracemalloc.start()
        try:
            assert verify(endless(), "main").checked == 20_000
            # All of them would take more than ten times as much; others of this process may take some meanwhile.
            assert tracemalloc.get_traced_memory()[1] < 1_000_000
        finally:
            tracemalloc.stop()


class TestDamagedFile:
    """Whatever is changed in the file itself, verification names the place and does not stumble."""

    @pytest.mark.parametrize(
        ("change", "damage", "position"),
        [
            ("UPDATE facts SET payload = replace(payload, '3', '4') WHERE position = 4", Damage.EDITED, 4),
            ("UPDATE facts SET payload = 7 WHERE position = 4", Damage.EDITED, 4),
            ("UPDATE facts SET payload = CAST(x'ff' AS TEXT) WHERE position = 4", Damage.EDITED, 4),
            ("UPDATE facts SET stream = CAST(x'73ff' AS TEXT) WHERE position = 4", Damage.EDITED, 4),
            ("UPDATE facts SET stream = 's2' WHERE position = 4", Damage.EDITED, 4),
            ("UPDATE facts SET version = 'two' WHERE position = 4", Damage.EDITED, 4),
            ("UPDATE facts SET version = 9 WHERE position = 4", Damage.EDITED, 4),
            ("UPDATE facts SET type = 'conformance.noted/2' WHERE position = 4", Damage.EDITED, 4),
            ("UPDATE facts SET actor = x'00' WHERE position = 4", Damage.EDITED, 4),
            ("UPDATE facts SET occurred_us = occurred_us + 1 WHERE position = 4", Damage.EDITED, 4),
            ("UPDATE facts SET recorded_us = -recorded_us WHERE position = 4", Damage.EDITED, 4),
            ("UPDATE facts SET hash = x'' WHERE position = 4", Damage.EDITED, 4),
            ("UPDATE facts SET tenant = 'other' WHERE position = 4", Damage.GAP, 4),
            ("DELETE FROM facts WHERE position = 4", Damage.GAP, 4),
            ("DELETE FROM facts WHERE position = 6", Damage.HEAD_MISMATCH, 6),
            ("UPDATE facts SET position = 40 WHERE position = 4", Damage.GAP, 4),
            ("UPDATE facts SET position = 'six' WHERE position = 6", Damage.OUT_OF_ORDER, 6),
            ("UPDATE tenants SET hash = x'00'", Damage.HEAD_MISMATCH, 6),
            ("UPDATE tenants SET position = 5", Damage.HEAD_MISMATCH, 6),
        ],
    )
    def test_a_changed_row_is_found(self, tmp_path, change, damage, position):
        path = tmp_path / "store.db"
        _filled(SqliteStore(path)).close()
        raw = sqlite3.connect(path)
        assert raw.execute(change).rowcount == 1
        raw.commit()
        raw.close()
        with SqliteStore(path) as store, store.unit("main", write=False) as unit:
            report = verify(entries_of(unit.feed, page=2), "main", head=unit.feed.head())
        assert (report.finding.damage, report.finding.position) == (damage, position)

    def test_a_damaged_payload_is_not_decoded(self, tmp_path):
        """Reading facts says which entry is damaged; entries come as they are."""
        path = tmp_path / "store.db"
        _filled(SqliteStore(path)).close()
        raw = sqlite3.connect(path)
        raw.execute("UPDATE facts SET payload = CAST(x'ff' AS TEXT) WHERE position = 4")
        raw.commit()
        raw.close()
        with SqliteStore(path) as store, store.unit("main", write=False) as unit:
            assert unit.feed.entries()[3].payload == b"\xff"
            with pytest.raises(IntegrityError, match=r"entry 4: payload of `conformance.noted/1`"):
                unit.feed.read()
