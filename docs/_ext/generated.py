"""Writes the parts of the documentation that the code and its data know better than any page.

A page asks for one by a line of its own, `<!-- generated: NAME -->`. The pages below `reference/api/` are made whole,
one for each room of the package, and are not kept in the repository.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NewType

import svcdelivery
from svcdelivery.errors import ServiceDeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from sphinx.application import Sphinx

    from svcdelivery.lifecycle import LifecycleTable

__all__ = ["setup"]

_MARK = re.compile(r"^<!-- generated: ([a-z-]+) -->$", re.MULTILINE)
_LIST = re.compile(r"^```\{toctree\}\n(?::.*\n)*\n(\S+/\*)\n```\n", re.MULTILINE)
_PACKAGE = "svcdelivery"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the hooks."""
    app.connect("builder-inited", write_api_pages)
    app.connect("source-read", fill_marks)
    app.connect("source-read", leave_out_empty_lists)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def fill_marks(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the generated text in the place of each mark of a page."""
    makers: dict[str, Callable[[Path], str]] = {
        "errors": error_entries,
        "traceability": traceability_tables,
        "lifecycles": lifecycle_tables,
        "commands": command_entries,
    }

    def made(found: re.Match[str]) -> str:
        return makers[found[1]](Path(app.srcdir))

    if _MARK.search(source[0]):
        app.env.note_reread()  # what the page shows may change while its source does not
        source[0] = _MARK.sub(made, source[0])


def leave_out_empty_lists(app: Sphinx, docname: str, source: list[str]) -> None:
    """Take out each list of the front page whose folder has no pages: Sphinx warns of it and cannot be told not to."""
    if docname == app.config.root_doc:
        source[0] = _LIST.sub(lambda found: found[0] if any(Path(app.srcdir).glob(found[1] + ".md")) else "", source[0])


# -- commands ----------------------------------------------------------------------------------------------------------


def command_entries(_docs: Path) -> str:
    """Answer a section for each command of the command line, with its help as it is printed."""
    import click

    from svcdelivery.cli.app import app

    parts: list[str] = []
    with click.Context(app, info_name="svcdelivery") as above:
        for name in app.list_commands(above):
            command = app.get_command(above, name)
            assert command is not None, "what is listed is there"
            with click.Context(command, parent=above, info_name=name, terminal_width=100) as context:
                parts += [f"## `{name}`", f"```text\n{command.get_help(context)}\n```"]
    return "\n\n".join(parts)


# -- lifecycles --------------------------------------------------------------------------------------------------------


def lifecycle_tables(_docs: Path) -> str:
    """Answer a section for each lifecycle: its statuses with their phases, and what leads from each to which."""
    from svcdelivery.agreement import AGREEMENT_TABLE
    from svcdelivery.improvement import ACTION_TABLE
    from svcdelivery.system import COMPONENT_TABLE, MAINTENANCE_TABLE, RUN_TABLE
    from svcdelivery.work import INCIDENT_TABLE, REQUEST_TABLE
    from svcdelivery.work.problem import PROBLEM_TABLE

    tables = {
        "Service request": REQUEST_TABLE,
        "Incident": INCIDENT_TABLE,
        "Problem": PROBLEM_TABLE,
        "Service agreement": AGREEMENT_TABLE,
        "Corrective action": ACTION_TABLE,
        "Component": COMPONENT_TABLE,
        "Run of a procedure": RUN_TABLE,
        "Maintenance request": MAINTENANCE_TABLE,
    }
    return "\n\n".join(_lifecycle(title, table) for title, table in tables.items())


def _lifecycle(title: str, table: LifecycleTable[Any]) -> str:
    lines = [f"## {title}", "", "| status | phase | action | leads to | only if |", "| --- | --- | --- | --- | --- |"]
    for status in table.statuses:
        shown = f"{_words(status.value)}{' (first)' if status is table.initial else ''}"
        phase = table.phase(status).value
        for move in (move for move in table.moves if move.source is status):
            guards = ", ".join(("" if guard.expected else "not ") + _words(guard.name) for guard in move.guards)
            lines.append(f"| {shown} | {phase} | `{move.action}` | {_words(move.target.value)} | {guards} |")
            shown = phase = ""
        if shown:
            lines.append(f"| {shown} | {phase} | | final | |")
    return "\n".join(lines)


def _words(name: str) -> str:
    return name.replace("_", " ")


# -- errors ------------------------------------------------------------------------------------------------------------


def error_entries(_docs: Path) -> str:
    """Answer a section for each error class, in the order of the codes, each with its code as anchor."""
    for module in _modules():
        importlib.import_module(module)
    kinds = sorted(_below(ServiceDeliveryError), key=lambda kind: (kind.code, kind.__name__))
    doubled = [code for code, count in Counter(kind.code for kind in kinds).items() if count > 1]
    if doubled:
        raise ValueError(f"error codes given twice: {', '.join(doubled)}")
    return "\n\n".join(_error_entry(kind) for kind in kinds)


def _below(kind: type[ServiceDeliveryError]) -> Iterator[type[ServiceDeliveryError]]:
    yield kind
    for child in kind.__subclasses__():
        # A decorated class leaves its undecorated twin behind; the module holds the one that counts.
        if getattr(importlib.import_module(child.__module__), child.__name__, None) is child:
            yield from _below(child)


def _error_entry(kind: type[ServiceDeliveryError]) -> str:
    also = [base.__name__ for base in kind.__mro__ if base.__module__ == "builtins" and base not in (object, Exception)]
    also = [name for name in also if name != "BaseException"]
    told = [
        f"({kind.code.lower()})=",
        f"### {kind.code} `{kind.__name__}`",
        "",
        inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0],
        "",
        f"- In: `{kind.__module__}`",
    ]
    parents = [base.__name__ for base in kind.__bases__ if issubclass(base, ServiceDeliveryError)]
    if parents and parents != [ServiceDeliveryError.__name__]:
        told.append(f"- Is also a: {', '.join(f'`{name}`' for name in parents)}")
    if also:
        told.append(f"- Can be caught as: {', '.join(f'`{name}`' for name in also)}")
    given = [name for name in inspect.signature(kind).parameters if name not in ("path", "hint")]
    if given:
        told.append(f"- Fields: {', '.join(f'`{name}`' for name in given)}")
    return "\n".join(told)


# -- traceability ------------------------------------------------------------------------------------------------------


def traceability_tables(docs: Path) -> str:
    """Answer the table of the sentences of the practice, with the count of those proved."""
    from ruamel.yaml import YAML

    rows = YAML(typ="safe").load((docs / "reference" / "traceability.yaml").read_text(encoding="utf-8"))["rows"]
    proved = sum(row["status"] == "proved" for row in rows)
    lines = [
        f"{proved} of {len(rows)} rows are proved.",
        "",
        "| Id | What it asks | Where it lives | Status | Tests |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        where = ", ".join(f"`{room}`" for room in row["where"])
        tests = "<br>".join(f"`{test}`" for test in row["tests"]) or "–"
        lines.append(f"| {row['id']} | {row['asks']} | {where} | {row['status']} | {tests} |")
    return "\n".join(lines)


# -- the interface of each room ----------------------------------------------------------------------------------------


def write_api_pages(app: Sphinx) -> None:
    """Write a page for each room of the package, and take away those of rooms that are gone."""
    folder = Path(app.srcdir) / "reference" / "api"
    folder.mkdir(exist_ok=True)
    rooms = [room.name for room in pkgutil.iter_modules(svcdelivery.__path__)]
    pages = {f"{room}.md": _room_page(f"{_PACKAGE}.{room}") for room in rooms}
    for old in folder.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        page = folder / name
        # An untouched page is not built again.
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def _room_page(room: str) -> str:
    face = importlib.import_module(room)
    parts = [f"# `{room}`", _listing(face, set())]
    shown = {id(getattr(face, name)) for name in _public(face)}
    for name in _modules(room):
        module = importlib.import_module(name)
        # What the room already shows at its door is not shown again behind it.
        listing = _listing(module, shown)
        if listing:
            parts += [f"## `{name}`", listing]
            shown |= {id(getattr(module, public)) for public in _public(module)}
    return "\n\n".join(parts) + "\n"


def _listing(module: ModuleType, shown: set[int]) -> str:
    names = [name for name in _public(module) if id(getattr(module, name)) not in shown]
    if not names and shown:
        return ""
    lines = ["```{eval-rst}", f".. automodule:: {module.__name__}", "   :no-members:"]
    if shown:
        lines.append("   :no-index:")
    for name in names:
        lines += ["", *_directive(module, name)]
    return "\n".join([*lines, "```"])


def _directive(module: ModuleType, name: str) -> list[str]:
    thing = getattr(module, name)
    target = f"{module.__name__}.{name}"
    if isinstance(thing, NewType) or getattr(thing, "__name__", None) != name:
        # The comment of a constant or an alias stands where it is made, not where it is passed on.
        return [f".. autodata:: {_home(module, name)}.{name}", "   :no-value:"]
    if thing.__module__.partition(".")[0] != _PACKAGE:
        return [f"`{name}` is that of `{thing.__module__.partition('.')[0]}`, passed on."]
    if not inspect.isclass(thing):
        return [f".. autofunction:: {target}"]
    kind = "autoexception" if issubclass(thing, BaseException) else "autoclass"
    options = [] if kind == "autoexception" else ["   :members:"]
    if any(base.__module__.partition(".")[0] == _PACKAGE for base in thing.__bases__):
        options.append("   :show-inheritance:")
    return [f".. {kind}:: {target}", *options]


def _home(module: ModuleType, name: str) -> str:
    thing = getattr(module, name)
    inner = [importlib.import_module(found) for found in _modules(module.__name__)]
    return next((m.__name__ for m in inner if name in _public(m) and getattr(m, name) is thing), module.__name__)


def _public(module: ModuleType) -> list[str]:
    names = [name for name in getattr(module, "__all__", []) if not inspect.ismodule(getattr(module, name))]
    return sorted(names, key=str.casefold)


def _modules(below: str = _PACKAGE) -> list[str]:
    """Answer the names of all modules under a package, those that run when imported left out."""
    package = importlib.import_module(below)
    found = pkgutil.walk_packages(getattr(package, "__path__", []), below + ".")
    return [module.name for module in found if not re.search(r"\._|\.__main__$", module.name)]
