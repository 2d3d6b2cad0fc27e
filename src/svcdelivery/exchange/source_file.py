"""Files of others: opened only when they are ordinary files, unpacked by content, with the digest of their bytes."""

from __future__ import annotations

import gzip
import io
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from svcdelivery.errors import UnusableInputError

__all__ = ["SourceFile", "usable_input"]

_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 18
# Neither exists everywhere. Without the first, opening a pipe that nobody writes to would wait forever.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


@contextmanager
def usable_input(source: str) -> Iterator[None]:
    """Tell every way in which reading a file can fail as one clear line.

    Raises:
        UnusableInputError: In place of what the operating system, gzip or a decoder raised.
    """

    def refuse(problem: str) -> UnusableInputError:
        return UnusableInputError(source=source, problem=problem)

    try:
        yield
    except FileNotFoundError as error:
        raise refuse("there is no such file") from error
    except EOFError as error:
        raise refuse("the gzip file ends too early; it was cut off") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise refuse("the gzip file is damaged") from error
    except UnicodeError as error:
        raise refuse("it is not text in the encoding the profile names") from error
    except OSError as error:
        raise refuse(f"it cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        if isinstance(error, UnusableInputError) or "null" not in str(error):
            raise
        raise refuse("no file can have such a name") from error


class _Hashing(io.RawIOBase):
    """Bytes of a file, hashed as they pass."""

    def __init__(self, raw: io.FileIO) -> None:
        self._raw = raw
        self.hash = sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = self._raw.readinto(buffer) or 0
        self.hash.update(buffer[:count])
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class SourceFile:
    """An ordinary file, plain or gzip; each `bytes` reads it from its beginning and takes its digest.

    Attributes:
        path: As the caller gave it; messages name it.
        digest: The SHA-256 of the bytes on disk, known after the first reading to the end, else empty.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self.digest = ""

    @property
    def name(self) -> str:
        """The name of the file without its folder."""
        return Path(self.path).name

    @contextmanager
    def bytes(self) -> Iterator[io.BufferedIOBase]:
        """Open the file for one reading, unpacked.

        Raises:
            UnusableInputError: No ordinary file, damaged, or other bytes than at the first reading.
        """
        with usable_input(self.path), self._opened() as raw:
            hashing = _Hashing(raw)
            packed = io.BufferedReader(hashing, _CHUNK)
            if packed.peek(2)[:2] == _GZIP:
                with gzip.GzipFile(fileobj=packed) as unpacked:
                    yield unpacked
            else:
                yield packed
            if packed.read(1):
                raise AssertionError("a reading goes to the end")
            self._compare(hashing.hash.hexdigest())

    def _opened(self) -> io.FileIO:
        descriptor = os.open(self.path, _FLAGS)
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISREG(mode):
            return io.FileIO(descriptor)
        os.close(descriptor)
        kind = next((name for holds, name in _KINDS if holds(mode)), "something else")
        raise UnusableInputError(source=self.path, problem=f"it is {kind}, not a regular file")

    def _compare(self, digest: str) -> None:
        if self.digest and digest != self.digest:
            raise UnusableInputError(source=self.path, problem="the file changed while it was read")
        self.digest = digest
