"""The bytes that are stored and hashed agree with RFC 8785 on the data that facts are made of."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec
import pytest
import rfc8785

from svcdelivery.errors import ServiceDeliveryError
from svcdelivery.facts import to_plain
from svcdelivery.storage.codec import encode_plain

_LETTERS = "abcXYZ019_ \t\n\r\b\f\x00\x1f\x7f\"\\/\u0080\u00e9\u2028\ufeff\u6f22\ufffd\U0001f600\U0010ffff<>&'"
_NAMES = 'abcXYZ019_-.:/ "\\\x01~'
_EDGES = (0, 1, -1, 2**53 - 1, 1 - 2**53, 10**15, 2**31, -(2**31))


def draw(random: Random, depth: int = 0) -> Any:
    """Answer plain data: texts of any letters, whole numbers that every reader keeps, objects with ASCII names."""
    kind = random.randrange(8 if depth < 4 else 5)
    if kind == 0:
        return random.choice([None, True, False])
    if kind == 1:
        return random.choice([*_EDGES, random.randrange(1 - 2**53, 2**53)])
    if kind < 5:
        return "".join(random.choices(_LETTERS, k=random.randrange(8)))
    size = random.randrange(5)
    if kind == 5:
        return [draw(random, depth + 1) for _ in range(size)]
    return {"".join(random.choices(_NAMES, k=random.randrange(1, 5))): draw(random, depth + 1) for _ in range(size)}


def test_fifty_thousand_random_values_have_the_bytes_of_rfc_8785() -> None:
    """Keys in one order, no blanks, one spelling for each letter and number; and they read back equal."""
    random = Random(8785)
    for _ in range(50_000):
        value = draw(random)
        mine = encode_plain(value).encode()
        assert mine == rfc8785.dumps(value)
        assert msgspec.json.decode(mine) == value


@pytest.mark.parametrize("value", [1.5, float("nan"), {1: "x"}, b"x"])
def test_what_is_outside_has_no_plain_form(value: Any) -> None:
    """Floats have several spellings and are not among what facts are made of."""
    with pytest.raises(ServiceDeliveryError):
        to_plain(value)
