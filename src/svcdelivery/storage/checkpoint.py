"""Checkpoints: where a chain stood, noted outside the store, signed if the caller likes, and read back strictly."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from attrs import field, frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import canonical_bytes, from_plain
from svcdelivery.storage.chain import FORMAT
from svcdelivery.storage.protocol import Head
from svcdelivery.timeline import Instant, to_instant

__all__ = ["ALGORITHM", "Checkpoint", "checkpoint", "read_checkpoint"]

ALGORITHM = "sha-256"
_HASH_LENGTH = 64
_SIZE_MOST = 10_000


def _hash(_instance: object, _attribute: object, value: str) -> None:
    if len(value) != _HASH_LENGTH or not set(value) <= set("0123456789abcdef"):
        raise InvalidValueError(what="a hash", value=value, path="hash", hint="64 hexadecimal digits")


@frozen(kw_only=True)
class Checkpoint:
    """That a tenant's chain had so many entries, and the hash of the last one.

    Attributes:
        at: When it was taken.
        signature: The caller's own, over `signed_bytes`; empty without one.
    """

    tenant: str
    position: int
    hash: str = field(validator=_hash)
    at: Instant = field(converter=to_instant)
    algorithm: str = ALGORITHM
    format: int = FORMAT
    signature: str = ""

    def __attrs_post_init__(self) -> None:
        # Whoever names an older form asks to be believed by weaker rules.
        for name, value, known in (("algorithm", self.algorithm, ALGORITHM), ("format", self.format, FORMAT)):
            if value != known:
                raise InvalidValueError(what="a known form of checkpoint", value=value, path=name, hint=f"`{known}`")
        if self.position < 0:
            raise InvalidValueError(what="a position", value=self.position, path="position", hint="0 or more")

    @property
    def head(self) -> Head:
        """The head it notes, as `verify` takes it."""
        return Head(position=self.position, recorded_at=None, hash=bytes.fromhex(self.hash))

    @property
    def signed_bytes(self) -> bytes:
        """What a signature is made over: everything but the signature."""
        bare = Checkpoint(tenant=self.tenant, position=self.position, hash=self.hash, at=self.at)
        return canonical_bytes(bare)

    def to_bytes(self) -> bytes:
        """Answer the checkpoint as a line of JSON."""
        return canonical_bytes(self) + b"\n"


def checkpoint(tenant: str, head: Head, at: Instant, *, sign: Callable[[bytes], str] | None = None) -> Checkpoint:
    """Answer a checkpoint of a head, to be kept where whoever can write to the store cannot.

    Args:
        at: Now.
        sign: Answers the signature of bytes as a text; keys are the caller's affair.
    """
    bare = Checkpoint(tenant=tenant, position=head.position, hash=head.hash.hex(), at=at)
    if sign is None:
        return bare
    signature = sign(bare.signed_bytes)
    return Checkpoint(tenant=tenant, position=bare.position, hash=bare.hash, at=at, signature=signature)


def read_checkpoint(data: bytes) -> Checkpoint:
    """Answer the checkpoint of a line of JSON; whether its signature is right is for the caller to ask.

    Raises:
        InvalidValueError: No JSON, other fields, or another algorithm or format than today's.
    """
    if len(data) > _SIZE_MOST:
        raise InvalidValueError(what="a checkpoint", value=len(data), problem=f"it is longer than {_SIZE_MOST} bytes")
    try:
        plain = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidValueError(
            what="a checkpoint", value=data.decode("utf-8", "replace"), problem="no JSON"
        ) from error
    return from_plain(Checkpoint, plain)
