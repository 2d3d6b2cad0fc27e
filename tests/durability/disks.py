"""Disks that run full, and folders that cannot be written to."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.testing.conformance.nemesis import Strike

__all__ = ["fill", "made_read_only", "open_unprivileged", "own_folder", "small_disk"]

_NOBODY = 65534
_PAGE = 4096


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path | None]:
    """Lend the folder of a disk of its own, in memory; None where this user may not mount one."""
    with tempfile.TemporaryDirectory(prefix="disk-") as folder:
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder]
        mounted = shutil.which("mount") and subprocess.run(command, capture_output=True, check=False).returncode == 0
        try:
            yield Path(folder) if mounted else None
        finally:
            if mounted:
                subprocess.run(["umount", folder], check=True)


def fill(folder: Path, times: int) -> Strike:
    """Take all room a disk has left, to the last page, and give it back a moment later."""

    def act(draw: Random) -> None:
        filler = folder / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(bytes(_PAGE)):
                pass
        time.sleep(draw.uniform(0.1, 0.4))
        filler.unlink()

    return Strike(name="times the disk was full", act=act, times=times)


@contextmanager
def own_folder() -> Iterator[Path]:
    """Lend a folder of the user that `open_unprivileged` opens stores as."""
    with tempfile.TemporaryDirectory(prefix="folder-") as place:
        if os.geteuid() == 0:
            os.chown(place, _NOBODY, _NOBODY)
        yield Path(place)


def open_unprivileged(path: Path) -> SqliteStore:
    """Open a store; as root, in a process of the run, as somebody whom permissions hold up."""
    if os.geteuid() == 0 and "forkserver" in _parent():
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    return SqliteStore(path)


def _parent() -> str:
    # The one who looks into the store in the end, and makes the folder read-only, stays who it is.
    return Path(f"/proc/{os.getppid()}/cmdline").read_text() if Path("/proc").exists() else ""


def made_read_only(folder: Path, times: int) -> Strike:
    """Forbid everybody to write to a folder and the files in it, and allow it again a moment later."""

    def act(draw: Random) -> None:
        _allow(folder, 0o555, 0o444)
        time.sleep(draw.uniform(0.3, 0.8))
        _allow(folder, 0o755, 0o644)

    return Strike(name="times the folder was read-only", act=act, times=times)


def _allow(folder: Path, of_folder: int, of_files: int) -> None:
    folder.chmod(of_folder)
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            path.chmod(of_files)
