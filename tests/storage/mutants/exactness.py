"""Defects of texts, bytes and numbers."""

from __future__ import annotations

import json
from unicodedata import normalize

from attrs import evolve

from svcdelivery.storage.protocol import Record
from svcdelivery.testing.conformance.kit import Noted
from tests.storage.mutants.kinds import MemoryMutant, Mutant, changed, mutant

MUTANTS: list[Mutant] = []


class Retold(MemoryMutant):
    """Puts the texts of notes another way before they are kept."""

    def text(self, text):
        return text

    def changed(self, unit, tenant):
        def fact(new):
            if not isinstance(new.body, Noted):
                return new
            return evolve(new, body=evolve(new.body, text=self.text(new.body.text)))

        def append(writes, *, key, intent, now):
            told = [evolve(write, facts=tuple(map(fact, write.facts))) for write in writes]
            return unit.journal.append(told, key=key, intent=intent, now=now)

        return changed(unit, journal={"append": append})


@mutant(MUTANTS, "texts_come_back_code_point_by_code_point")
class TextsNormalized(Retold):
    """Texts are brought into one Unicode form."""

    def text(self, text):
        return normalize("NFC", text)


@mutant(MUTANTS, "texts_come_back_code_point_by_code_point")
class TextsTrimmed(Retold):
    """Blanks at the end are lost, as in a column of fixed width."""

    def text(self, text):
        return text.rstrip(" ")


@mutant(MUTANTS, "texts_come_back_code_point_by_code_point")
class TextsCutOff(Retold):
    """A text has at most 65,535 characters."""

    def text(self, text):
        return text[:65_535]


@mutant(MUTANTS, "texts_come_back_code_point_by_code_point")
class LineEndsChanged(Retold):
    """A file opened as text turns both kinds of line ends into one."""

    def text(self, text):
        return text.replace("\r\n", "\n")


@mutant(MUTANTS, "names_are_compared_code_point_by_code_point")
class NamesNormalized(MemoryMutant):
    """Streams are brought into one Unicode form, so that two become one."""

    def changed(self, unit, tenant):
        def append(writes, *, key, intent, now):
            same = [evolve(write, stream=normalize("NFC", write.stream)) for write in writes]
            return unit.journal.append(same, key=key, intent=intent, now=now)

        def load(stream, *, after=0, upto=None):
            return unit.journal.load(normalize("NFC", stream), after=after, upto=upto)

        return changed(unit, journal={"append": append, "load": load})


@mutant(MUTANTS, "payloads_are_the_canonical_bytes", also="threads chain faults archive")
class JsonReserialized(MemoryMutant):
    """Payloads live in a JSONB column, and are put into words anew when they are read."""

    def changed(self, unit, tenant):
        def entries(after=0, *, limit=1000):
            found = unit.feed.entries(after, limit=limit)
            return [one._replace(payload=json.dumps(json.loads(one.payload)).encode()) for one in found]

        return changed(unit, feed={"entries": entries})


@mutant(MUTANTS, "payloads_are_the_canonical_bytes", also="threads chain faults archive")
class PayloadsAsText(MemoryMutant):
    """Payloads come back as text instead of bytes."""

    def changed(self, unit, tenant):
        def entries(after=0, *, limit=1000):
            return [one._replace(payload=one.payload.decode()) for one in unit.feed.entries(after, limit=limit)]

        return changed(unit, feed={"entries": entries})


class Rewritten(MemoryMutant):
    """Puts the data of records another way before they are kept."""

    def data(self, value):
        match value:
            case dict():
                return self.mapping(value)
            case list():
                return [self.data(each) for each in value]
            case _:
                return self.leaf(value)

    def mapping(self, value):
        return {key: self.data(each) for key, each in value.items()}

    def leaf(self, value):
        return value

    def changed(self, unit, tenant):
        def put(records):
            unit.records.put([evolve(record, data=self.data(record.data)) for record in records])

        return changed(unit, records={"put": put})


@mutant(MUTANTS, "data_of_records_come_back_equal")
class NumbersAsFloats(Rewritten):
    """Numbers are kept in floating point, as some readers of JSON have them."""

    def leaf(self, value):
        return int(float(value)) if type(value) is int else value


@mutant(MUTANTS, "data_of_records_come_back_equal")
class FlagsAsNumbers(Rewritten):
    """True comes back as the text `1`, as from a column of a database without flags."""

    def leaf(self, value):
        return "1" if value is True else value


@mutant(MUTANTS, "data_of_records_come_back_equal")
class NothingLeftOut(Rewritten):
    """What is null in the data is left out of it."""

    def mapping(self, value):
        return {key: self.data(each) for key, each in value.items() if each is not None}


@mutant(MUTANTS, "data_of_records_come_back_equal")
class DatesGuessed(Rewritten):
    """A text that looks like a time is read as one, and written back another way."""

    def leaf(self, value):
        return value.replace("Z", "+00:00") if isinstance(value, str) and value.endswith(":00Z") else value


@mutant(MUTANTS, "data_of_records_come_back_equal")
class DataByReference(MemoryMutant):
    """Records are kept as the caller's own objects, and change when the caller changes them."""

    def __init__(self, folder=None):
        super().__init__(folder)
        self.given = {}

    def changed(self, unit, tenant):
        def put(records):
            unit.records.put(records)
            self.given.update({(tenant, record.kind, record.id): record.data for record in records})

        def get(kind, id) -> Record | None:
            found = unit.records.get(kind, id)
            given = self.given.get((tenant, kind, id))
            same = found is not None and given is not None and given.keys() == (found.data or {}).keys()
            return evolve(found, data=given) if same else found

        return changed(unit, records={"put": put, "get": get})
