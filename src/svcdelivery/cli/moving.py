"""`svcdelivery backup`, `copy`, `export`, `import` and `migrate`: stores and tenants from one place to another."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import click
from attrs import asdict

from svcdelivery.cli.output import json_option, say, say_json
from svcdelivery.errors import NotFoundError, UnusableInputError
from svcdelivery.storage.open import missing_file, open_store, plan_store
from svcdelivery.storage.protocol import Store
from svcdelivery.storage.sqlite import build_sqlite
from svcdelivery.storage.sqlite.backup import backup_store
from svcdelivery.storage.transfer import (
    Moved,
    copy_tenant,
    export_arrow,
    export_json_lines,
    import_arrow,
    import_json_lines,
)

__all__ = ["backup", "copy", "export", "import_", "migrate"]

_SUFFIXES = "a name that ends in `.jsonl` or `.arrow`"
_replace = click.option("--replace", is_flag=True, help="Replace what is there already.")


@click.command("backup")
@click.argument("store", metavar="STORE")
@click.argument("file", metavar="FILE")
@_replace
def backup(store: str, file: str, *, replace: bool) -> int:
    """Write everything STORE holds now to a new SQLite store FILE, while others go on writing.

    Keys of erased or erasable people are not part of it: they are kept elsewhere.
    """
    with closing(open_store(store, create=False)) as opened:
        backup_store(opened, file, replace=replace)
    return 0


@click.command("copy")
@click.argument("source", metavar="SOURCE")
@click.argument("target", metavar="TARGET")
@click.option("--tenant", "tenants", multiple=True, help="Which tenant; all of them, unless told. Can be repeated.")
@json_option
def copy(source: str, target: str, *, tenants: tuple[str, ...], as_json: bool) -> int:
    """Copy tenants from one store to another, whatever engines they are, and prove each copy equal before it counts."""
    with closing(open_store(source, create=False)) as one, closing(open_store(target)) as other:
        known = one.tenants()
        moved = [copy_tenant(one, other, _known(tenant, known)) for tenant in tenants or known]
    return _told(moved, as_json=as_json)


@click.command("export")
@click.argument("store", metavar="STORE")
@click.argument("file", metavar="FILE")
@click.option("--tenant", default="main", show_default=True, help="Whose facts, keys, records and so on.")
@_replace
def export(store: str, file: str, *, tenant: str, replace: bool) -> int:
    """Write everything a tenant has, as of now, to FILE.

    FILE ends in .jsonl (or is -, for standard output) or in .arrow. The chain of hashes is verified on the way.
    """
    with closing(open_store(store, create=False)) as opened:
        _known(tenant, opened.tenants())
        if file == "-":
            sys.stdout.buffer.writelines(export_json_lines(opened, tenant))
            return 0
        path = Path(file)
        is_arrow = _is_arrow(path)
        with _written(path, replace=replace) as sink:
            if is_arrow:
                export_arrow(opened, tenant, sink)
            else:
                sink.writelines(export_json_lines(opened, tenant))
    return 0


@click.command("import")
@click.argument("file", metavar="FILE")
@click.argument("store", metavar="STORE")
@json_option
def import_(file: str, store: str, *, as_json: bool) -> int:
    """Take what `export` wrote into STORE, in one transaction, with the chain of hashes verified."""
    path = Path(file)
    is_arrow = _is_arrow(path)
    with path.open("rb") as source, _filled(store) as target:
        moved = import_arrow(target, source, name=file) if is_arrow else import_json_lines(target, source, source=file)
    return _told([moved], as_json=as_json)


@click.command("migrate")
@click.argument("store", metavar="STORE")
@click.option("--plan", is_flag=True, help="Print the statements, and change nothing.")
def migrate(store: str, *, plan: bool) -> int:
    """Bring STORE up to date with this release. Migrations only add, so an older release can go on using the store."""
    if not plan and missing_file(store) is not None:
        raise UnusableInputError(source=store, problem="there is no such store")
    steps = plan_store(store)
    for step in steps:
        say(f"-- {step.number}: {step.title}; SHA-256 {step.checksum}")
        if plan:
            say(step.sql)
    if not steps:
        say("up to date")
    elif not plan:
        open_store(store, create=False).close()
    return 0


def _known(tenant: str, tenants: Sequence[str]) -> str:
    if tenant not in tenants:
        raise NotFoundError(what="tenant", id=tenant)
    return tenant


def _is_arrow(path: Path) -> bool:
    if path.suffix not in (".jsonl", ".arrow"):
        raise UnusableInputError(source=str(path), problem="its name does not say what it is", hint=_SUFFIXES)
    return path.suffix == ".arrow"


@contextmanager
def _written(path: Path, *, replace: bool) -> Iterator[IO[bytes]]:
    # It gets its name when it is whole.
    if path.exists() and not replace:
        hint = "name another file, or say --replace"
        raise UnusableInputError(source=str(path), problem="there is something already", hint=hint)
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as sink:
            yield sink
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _filled(name: str) -> Iterator[Store]:
    # A new file is built beside its place: that takes a fraction of the time, and leaves nothing when it fails.
    path = missing_file(name)
    if path is not None:
        with build_sqlite(path) as store:
            yield store
        return
    with closing(open_store(name)) as opened:
        yield opened


def _told(moved: list[Moved], *, as_json: bool) -> int:
    if as_json:
        say_json([asdict(one) | {"rows": dict(one.rows)} for one in moved])
    else:
        for one in moved:
            say(str(one))
    return 0
