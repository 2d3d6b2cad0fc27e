"""A folder of files that appears whole: written apart, put there at the end, or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EISDIR
from pathlib import Path

from svcdelivery.errors import UnusableInputError

__all__ = ["assembled"]


@contextmanager
def assembled(out: str | os.PathLike[str]) -> Iterator[Path]:
    """Lend a folder whose files stand in `out` once the block ends well; when it raises, nothing is left of it.

    Files of the same names in `out` are replaced, others stay.

    Raises:
        UnusableInputError: `out` is a file, or cannot be written.
    """
    if not os.fspath(out):
        raise UnusableInputError(source="", problem="it names no folder", hint="name a folder for the report")
    target = Path(out)
    if target.exists() and not target.is_dir():
        raise UnusableInputError(source=str(out), problem="it is not a folder", hint="name a folder for the report")
    draft = _draft(target)
    try:
        yield draft
        _publish(draft, target)
    except OSError as error:
        raise _unusable(out, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _draft(target: Path) -> Path:
    # Within the target where it exists, so that it lies on the same disk.
    parent = target.absolute()
    while not parent.exists() and parent != parent.parent:
        parent = parent.parent
    draft = parent / f".{target.name}.{secrets.token_hex(4)}.partial"
    try:
        draft.mkdir()
    except OSError as error:
        raise _unusable(target, error) from error
    return draft


def _unusable(folder: str | os.PathLike[str], error: OSError) -> UnusableInputError:
    return UnusableInputError(source=str(folder), problem=(error.strerror or "it cannot be written").lower())


def _publish(draft: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        draft.rename(target)
        return
    kept = draft / "before"
    kept.mkdir()
    placed: list[Path] = []
    try:
        for file in sorted(path for path in draft.iterdir() if path.is_file()):
            place = target / file.name
            if place.is_dir():
                raise IsADirectoryError(EISDIR, f"`{place.name}` in it is a folder")
            if place.exists():
                place.rename(kept / file.name)
            placed.append(place)
            file.rename(place)
    except OSError:
        _restore(kept, placed)
        raise


def _restore(kept: Path, placed: list[Path]) -> None:
    for place in placed:
        with suppress(OSError):
            place.unlink(missing_ok=True)
    for file in kept.iterdir():
        with suppress(OSError):
            file.rename(placed[0].parent / file.name)
