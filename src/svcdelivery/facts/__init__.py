"""Facts: what happened, in the past tense; their envelope, their names, and their plain form."""

from __future__ import annotations

from svcdelivery.facts.envelope import Fact, NewFact, history, in_time_order, known_at, opening, recorded_fact
from svcdelivery.facts.numbers import to_fraction
from svcdelivery.facts.personal import ACTOR, STREAM, personal, personal_fields, subject_of
from svcdelivery.facts.plain import LEFT_OUT, Attributes, canonical_bytes, digest, from_plain, reader_of, to_plain
from svcdelivery.facts.registry import body_of_type, fact_type, registered, type_of
from svcdelivery.facts.statement import in_words
from svcdelivery.facts.tuples import keeping_tuples
from svcdelivery.facts.upcasting import check_upcasts, earlier_names, upcast, upcasted

__all__ = [
    "ACTOR",
    "LEFT_OUT",
    "STREAM",
    "Attributes",
    "Fact",
    "NewFact",
    "body_of_type",
    "canonical_bytes",
    "check_upcasts",
    "digest",
    "earlier_names",
    "fact_type",
    "from_plain",
    "history",
    "in_time_order",
    "in_words",
    "keeping_tuples",
    "known_at",
    "opening",
    "personal",
    "personal_fields",
    "reader_of",
    "recorded_fact",
    "registered",
    "subject_of",
    "to_fraction",
    "to_plain",
    "type_of",
    "upcast",
    "upcasted",
]
