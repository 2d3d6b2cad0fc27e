"""What a command line names as a store: found, and opened once, before anything is asked of it."""

from __future__ import annotations

import difflib
import importlib
import inspect
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from svcdelivery.errors import UnusableInputError
from svcdelivery.storage.protocol import Store
from svcdelivery.testing.conformance.complaints import said
from svcdelivery.testing.conformance.lab import Places, in_folders
from svcdelivery.testing.conformance.threads import within

__all__ = ["places_of"]

_ANY_NUMBER = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def places_of(name: str, folder: Path, *, patience_seconds: float) -> Places:
    """Answer places for the store that `MODULE:STORE` names, each a folder below the one given.

    Raises:
        UnusableInputError: There is no such thing, or it opens no store. It is opened once to see, so that this is not
            said of every scenario.
    """
    opens = _found(name)
    places = in_folders(opens, folder) if _takes_folder(name, opens) else lambda: opens
    try:
        store: list[object] = []
        within(patience_seconds, lambda: store.append(places()()), "opening it")
    except (Exception, SystemExit) as error:  # whatever a foreign adapter raises is its answer
        raise _unusable(name, f"it cannot be opened: {said(error)}") from error
    if store == [None]:
        raise _unusable(name, "it answers None in place of a store")
    with suppress(Exception):
        store[0].close()  # type: ignore[attr-defined]  # one that has no such method is told so by the kit
    return places


def _found(name: str) -> Callable[..., Store]:
    module, _, path = name.partition(":")
    if not (module and path) or "/" in path:
        raise _unusable(name, "a store is named as MODULE:STORE", "as in `my_store:MyStore`")
    if "/" in module or module.startswith(".") or module.endswith(".py"):
        raise _unusable(name, "it names a file", f"a module, as in `{Path(module).stem.strip('.')}:{path}`")
    found: Any = _imported(name, module)
    for part in path.split("."):
        if not hasattr(found, part):
            public = [one for one in dir(found) if not one.startswith("_")]
            close = difflib.get_close_matches(part, public) or [one for one in public if one.endswith("Store")]
            raise _unusable(name, f"there is no `{part}` in it", ", ".join(f"`{one}`" for one in close[:5]))
        found = getattr(found, part)
    if not callable(found):
        raise _unusable(name, "it cannot be called", "a class or function that opens a store")
    return found  # type: ignore[no-any-return]


def _imported(name: str, module: str) -> object:
    # As with any program run by `python -m`, modules beside it can be imported.
    sys.path.insert(0, "")
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        own = f"{module}.".startswith(f"{error.name}.")
        hint = "run it in the folder of the module, or name that in PYTHONPATH" if own else f"`{module}` imports it"
        raise _unusable(name, f"there is no module `{error.name}`", hint) from error
    except (Exception, SystemExit) as error:  # whatever a foreign module does
        raise _unusable(name, f"`{module}` cannot be imported: {said(error)}") from error


def _takes_folder(name: str, opens: Callable[..., Store]) -> bool:
    hint = "name a function of a folder that opens the store"
    try:
        parameters = inspect.signature(opens).parameters.values()
    except ValueError as error:
        raise _unusable(name, "it does not say what it takes", hint) from error
    required = [one for one in parameters if one.default is one.empty and one.kind not in _ANY_NUMBER]
    placed = [one for one in required if one.kind is not one.KEYWORD_ONLY]
    more = [one.name for one in required if one not in placed[:1]]
    if more:
        raise _unusable(name, f"it takes more than a folder: {', '.join(f'`{one}`' for one in more)}", hint)
    return bool(placed)


def _unusable(source: str, problem: str, hint: str = "") -> UnusableInputError:
    return UnusableInputError(source=source, problem=problem, hint=hint)
