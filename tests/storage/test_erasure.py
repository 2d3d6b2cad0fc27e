from __future__ import annotations

import sqlite3
import stat
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.errors import IntegrityError, StoreError, UnusableInputError
from svcdelivery.storage.chain import entries_of, verify
from svcdelivery.storage.erasure import ERASED, ErasableStore, is_sealed
from svcdelivery.storage.erasure.sealing import Sealer
from svcdelivery.storage.memory import MemoryKeyRing, MemoryStore
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.storage.sqlite.backup import backup_store
from svcdelivery.storage.sqlite.keyring import SqliteKeyRing
from svcdelivery.storage.transfer import copy_tenant
from tests.desk.world import ANN, BOB, keys, world

SUBJECTS = st.text(min_size=1, max_size=20)


class TestSealing:
    @given(st.text(), SUBJECTS, st.text(max_size=20))
    def test_opening_what_was_sealed_gives_the_text(self, text, subject, place):
        """Whatever is in it, and whoever it is about."""
        sealer = Sealer(MemoryKeyRing(), "main")
        sealed = sealer.seal(text, subject, place)
        assert is_sealed(sealed)
        assert sealed.isascii()
        assert text not in sealed or len(text) < 8
        assert sealer.open(sealed, place) == text

    def test_sealing_twice_gives_two_texts(self):
        """Equal texts cannot be told from unequal ones."""
        sealer = Sealer(MemoryKeyRing(), "main")
        assert sealer.seal("yes", "ann", "p") != sealer.seal("yes", "ann", "p")

    @given(st.data())
    def test_a_changed_text_is_never_taken_for_another(self, data):
        sealer = Sealer(MemoryKeyRing(), "main")
        sealed = sealer.seal("a secret", "ann", "p")
        place = data.draw(st.integers(len("sealed:1:"), len(sealed) - 1))
        letter = data.draw(st.sampled_from("AZaz09_-:"))
        changed = sealed[:place] + letter + sealed[place + 1 :]
        try:
            assert sealer.open(changed, "p") in ("a secret", ERASED) or not is_sealed(changed)
        except IntegrityError as error:
            assert "a sealed text of p" in str(error)  # noqa: PT017  either way is right

    def test_a_text_opens_only_where_it_was_sealed(self):
        """So nobody can move one person's words into another's mouth."""
        ring = MemoryKeyRing()
        sealed = Sealer(ring, "main").seal("a secret", "ann", "here")
        with pytest.raises(IntegrityError, match="a sealed text of there was changed, or moved there"):
            Sealer(ring, "main").open(sealed, "there")
        assert Sealer(ring, "other").open(sealed, "here") == ERASED

    def test_a_text_that_was_never_sealed_is_as_it_is(self):
        assert Sealer(MemoryKeyRing(), "main").open("plain", "p") == "plain"

    def test_a_cut_off_text_is_damage(self):
        sealer = Sealer(MemoryKeyRing(), "main")
        mark, version, name, body = sealer.seal("a secret", "ann", "p").split(":")
        short = urlsafe_b64encode(urlsafe_b64decode(body)[:9]).decode()
        with pytest.raises(IntegrityError):
            sealer.open(f"{mark}:{version}:{name}:{short}", "p")
        with pytest.raises(IntegrityError, match="is damaged"):
            sealer.open(f"{mark}:{version}:{name}:A", "p")


class TestDesk:
    """A whole story at a desk, and then a person is erased."""

    def _story(self, store):
        desk = world(store)
        own = desk.request(summary="my phone: 555 1234")
        other = desk.request(requester="dora", by=BOB, summary="dora's words")
        for id in (own, other):
            desk.desk.requests.accept(id, by=BOB, key=next(keys))
            desk.desk.requests.start(id, by=BOB, key=next(keys))
            desk.desk.requests.post(id, text=f"called about {id}", by=BOB, key=next(keys))
        desk.desk.requests.fulfill(own, outcome="told 555 1234", by=BOB, key=next(keys))
        return desk, own, other

    def test_what_was_about_the_person_is_gone_and_the_rest_stays(self, tmp_path):
        inner, ring = SqliteStore(tmp_path / "s.db"), SqliteKeyRing(tmp_path / "keys.db")
        store = ErasableStore(inner, ring)
        desk, own, other = self._story(store)
        before = [desk.desk.requests.get(id) for id in (own, other)]
        assert before[0].summary == "my phone: 555 1234"
        backup_store(inner, tmp_path / "backup.db")
        for file in ("s.db", "s.db-wal", "backup.db"):
            assert b"555 1234" not in (tmp_path / file).read_bytes()
        done = store.erase("main", "ann")
        assert (done.person, done.subjects) == ("ann", ("ann", f"request:{own}"))
        assert done.facts >= 3
        after = [desk.desk.requests.get(id) for id in (own, other)]
        assert (after[0].summary, after[0].requester, after[0].status) == (ERASED, "ann", before[0].status)
        assert after[1] == before[1]
        # Row and timers are what the facts say: erased alike.
        desk.check(f"request:{own}")
        desk.check(f"request:{other}")
        with store.unit("main", write=False) as unit:
            texts = [getattr(fact.body, "text", "") for fact in unit.journal.load(f"request:{own}")]
            assert verify(entries_of(unit.feed), "main", head=unit.feed.head()).sound
        assert ERASED in texts
        assert not any("called about" in text for text in texts)
        with ErasableStore(SqliteStore(tmp_path / "backup.db"), ring) as backup:
            assert world_of(backup).requests.get(own).summary == ERASED
            assert world_of(backup).requests.get(other).summary == "dora's words"
        assert store.erase("main", "ann").subjects == ()

    def test_a_command_asked_again_answers_as_erased(self, tmp_path):
        store = ErasableStore(MemoryStore(), MemoryKeyRing())
        desk = world(store)
        asked = {"customer": "acme", "service": "email", "requester": "ann", "summary": "my words", "by": ANN}
        first = desk.desk.requests.receive(key="once", **asked)
        assert desk.desk.requests.receive(key="once", **asked).record == first.record
        store.erase("main", "ann")
        again = desk.desk.requests.receive(key="once", **asked)
        assert (again.replayed, again.record.summary, again.record.id) == (True, ERASED, first.record.id)

    def test_work_goes_on_after_an_erasure(self):
        store = ErasableStore(MemoryStore(), MemoryKeyRing())
        desk, own, other = self._story(store)
        store.erase("main", "ann")
        desk.desk.requests.close(own, by=BOB, key=next(keys))
        desk.desk.requests.fulfill(other, outcome="done", by=BOB, key=next(keys))
        desk.check(f"request:{own}")
        assert desk.desk.requests.get(other).summary == "dora's words"

    def test_a_copy_is_as_sealed_as_the_original(self, tmp_path):
        """A copy can be made without the keys, and is opened with them."""
        ring, target = MemoryKeyRing(), SqliteStore(tmp_path / "copy.db")
        inner = MemoryStore()
        _, own, _ = self._story(ErasableStore(inner, ring))
        copy_tenant(inner, target, "main")
        assert is_sealed(world_of(target).requests.get(own).summary)
        assert world_of(ErasableStore(target, ring)).requests.get(own).summary == "my phone: 555 1234"


def world_of(store):
    from svcdelivery.desk import ServiceDesk
    from tests.desk.world import DIRECTORY, HeldTime

    return ServiceDesk(store, time=HeldTime(), directory=DIRECTORY)


class TestKeyRing:
    @pytest.fixture(params=["memory", "sqlite"])
    def ring(self, request, tmp_path):
        return MemoryKeyRing() if request.param == "memory" else SqliteKeyRing(tmp_path / "keys.db")

    def test_a_key_is_made_when_wanted_and_stays(self, ring):
        assert ring.key("main", "ann") is None
        key = ring.key("main", "ann", create=True)
        assert (len(key), ring.key("main", "ann"), ring.key("main", "ann", create=True)) == (32, key, key)
        assert ring.key("other", "ann", create=True) != key

    def test_a_forgotten_key_does_not_come_back(self, ring):
        key = ring.key("main", "ann", create=True)
        assert ring.forget("main", "ann")
        assert not ring.forget("main", "ann")
        assert ring.key("main", "ann") is None
        assert ring.key("main", "ann", create=True) != key

    def test_a_forgotten_key_is_not_in_the_file(self, tmp_path):
        with SqliteKeyRing(tmp_path / "keys.db") as ring:
            kept, gone = (ring.key("main", name, create=True) for name in ("bob", "ann"))
            ring.forget("main", "ann")
            for file in tmp_path.iterdir():
                assert gone not in file.read_bytes()
            assert kept in (tmp_path / "keys.db").read_bytes()

    def test_only_its_owner_may_read_it(self, tmp_path):
        SqliteKeyRing(tmp_path / "keys.db").close()
        assert stat.S_IMODE((tmp_path / "keys.db").stat().st_mode) == 0o600

    def test_processes_share_it(self, tmp_path):
        """A key that one destroys is gone for the other."""
        with SqliteKeyRing(tmp_path / "keys.db") as one, SqliteKeyRing(tmp_path / "keys.db") as other:
            assert one.key("main", "ann", create=True) == other.key("main", "ann", create=True)
            one.forget("main", "ann")
            assert other.key("main", "ann") is None

    def test_threads_share_it(self, tmp_path):
        found = set()
        with SqliteKeyRing(tmp_path / "keys.db") as ring:
            work = [threading.Thread(target=lambda: found.add(ring.key("main", "a", create=True))) for _ in range(8)]
            for thread in work:
                thread.start()
            for thread in work:
                thread.join()
        assert len(found) == 1

    def test_a_missing_ring_is_not_made_unless_wanted(self, tmp_path):
        with pytest.raises(UnusableInputError, match="there is no such key ring"):
            SqliteKeyRing(tmp_path / "keys.db", create=False)

    def test_another_file_is_refused(self, tmp_path):
        raw = sqlite3.connect(tmp_path / "s.db")
        raw.execute("CREATE TABLE t (x)")
        raw.close()
        with pytest.raises(UnusableInputError, match="not a key ring"):
            SqliteKeyRing(tmp_path / "s.db")
        (tmp_path / "x.txt").write_text("number,state\n" * 100)
        with pytest.raises(UnusableInputError, match="it is no SQLite file"):
            SqliteKeyRing(tmp_path / "x.txt")

    def test_a_closed_ring_says_so(self, tmp_path):
        ring = SqliteKeyRing(tmp_path / "keys.db")
        ring.close()
        with pytest.raises(StoreError, match="the key ring is closed"):
            ring.key("main", "ann")
