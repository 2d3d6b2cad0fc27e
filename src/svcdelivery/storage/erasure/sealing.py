"""Texts under a subject's key: AES-256 in Galois/counter mode, bound to the place the text stands in.

A sealed text is again a text: `sealed:1:`, the subject, a colon, and the first bytes of the key's digest, nonce and
ciphertext, in Base64 for URLs. So every store, export and tool keeps it like any other, and what holds it has the form
it always had.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from svcdelivery.errors import ExtraMissingError, IntegrityError
from svcdelivery.storage.protocol import KeyRing

try:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
except ImportError as missing:
    raise ExtraMissingError(extra="erasure", feature="erasing people") from missing

__all__ = ["ERASED", "Sealer", "is_sealed"]

ERASED = "[erased]"
"""What a text reads as whose subject's key was destroyed."""

_MARK = "sealed:1:"
_NAME_BYTES = 4
_NONCE_BYTES = 12
_BODY = _NAME_BYTES + _NONCE_BYTES


def is_sealed(text: object) -> bool:
    """Answer whether a text is kept under a subject's key."""
    return isinstance(text, str) and text.startswith(_MARK)


class Sealer:
    """Seals and opens the texts of one tenant."""

    def __init__(self, keys: KeyRing, tenant: str) -> None:
        self._keys = keys
        self._tenant = tenant

    def seal(self, text: str, subject: str, place: str) -> str:
        """Answer the text under its subject's key, which is made if there is none.

        Args:
            place: Where it stands; only there can it be opened.
        """
        key = self._keys.key(self._tenant, subject, create=True)
        assert key is not None, "a key that is to be made is there"
        nonce = secrets.token_bytes(_NONCE_BYTES)
        hidden = AESGCM(key).encrypt(nonce, text.encode(), self._bound(subject, place))
        return f"{_MARK}{_to_text(subject.encode())}:{_to_text(_name_of(key) + nonce + hidden)}"

    def open(self, text: str, place: str) -> str:
        """Answer what was sealed, ERASED when the key is gone; what was never sealed as it is.

        Raises:
            IntegrityError: The text was changed, or stands in another place than it was sealed for.
        """
        if not text.startswith(_MARK):
            return text
        try:
            name, _, rest = text.removeprefix(_MARK).partition(":")
            subject, hidden = urlsafe_b64decode(name).decode(), urlsafe_b64decode(rest)
        except ValueError as error:
            raise IntegrityError(problem=f"a sealed text of {place} is damaged") from error
        key = self._keys.key(self._tenant, subject)
        nonce, body = hidden[_NAME_BYTES:_BODY], hidden[_BODY:]
        # A subject that came back has a new key, which opens nothing from before.
        if key is None or _name_of(key) != hidden[:_NAME_BYTES]:
            return ERASED
        try:
            return AESGCM(key).decrypt(nonce, body, self._bound(subject, place)).decode()
        except (InvalidTag, ValueError) as error:
            raise IntegrityError(problem=f"a sealed text of {place} was changed, or moved there") from error

    def _bound(self, subject: str, place: str) -> bytes:
        return f"{_MARK}\n{self._tenant}\n{subject}\n{place}".encode()


def _name_of(key: bytes) -> bytes:
    return sha256(b"svcdelivery key\0" + key).digest()[:_NAME_BYTES]


def _to_text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode()
