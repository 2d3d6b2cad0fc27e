"""What helps to test: laws for rules of your own, strategies, held time, histories in a few words.

`rule_laws` and the module `strategies` need the extra `testing`; nothing is imported before it is asked for. The
conformance kit of stores, the simulator and the runner of vectors are asked for by module.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from svcdelivery.errors import ExtraMissingError

if TYPE_CHECKING:
    from svcdelivery.testing.histories import incident_history, request_history
    from svcdelivery.testing.laws import rule_laws
    from svcdelivery.testing.terms import terms_of
    from svcdelivery.testing.time import HeldIds, HeldTime

__all__ = ["HeldIds", "HeldTime", "incident_history", "request_history", "rule_laws", "terms_of"]

_HOMES = {
    "HeldIds": "time",
    "HeldTime": "time",
    "incident_history": "histories",
    "request_history": "histories",
    "rule_laws": "laws",
    "terms_of": "terms",
}


if not TYPE_CHECKING:  # to a type checker it would hide misspelt names

    def __getattr__(name):
        if name not in _HOMES:
            raise AttributeError(f"module `svcdelivery.testing` has no attribute `{name}`")
        try:
            value = getattr(import_module(f"svcdelivery.testing.{_HOMES[name]}"), name)
        except ModuleNotFoundError as error:
            if error.name != "hypothesis":
                raise
            raise ExtraMissingError(extra="testing", feature=f"`{name}`") from None
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
