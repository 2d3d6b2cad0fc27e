"""The quality attributes of a report: the library's own, and those that installed packages offer.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 5
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points

from svcdelivery.errors import UnusableInputError
from svcdelivery.quality import ENTRY_POINTS, STANDARD_ATTRIBUTES, QualityAttribute, attributes_of

__all__ = ["installed_attributes", "report_attributes"]


def installed_attributes(offered: Iterable[EntryPoint] | None = None) -> tuple[QualityAttribute, ...]:
    """Answer the attributes that installed packages offer under the entry-point group `svcdelivery.quality`, by name.

    An entry point names an attribute, or a collection of them.

    Args:
        offered: By default those of the packages installed here.

    Raises:
        InvalidValueError: Something that is no attribute, or two of one name.
        UnusableInputError: An entry point that cannot be loaded.
    """
    found: list[object] = []
    for entry in sorted(offered or entry_points(group=ENTRY_POINTS), key=lambda one: (one.name, one.value)):
        try:
            loaded = entry.load()
        except Exception as error:  # importing is running code of others: say whose it is
            problem = f"it cannot be loaded: {type(error).__name__}: {error}"
            raise UnusableInputError(source=f"entry point {entry.name} = {entry.value}", problem=problem) from error
        found += loaded if isinstance(loaded, tuple | list) else [loaded]
    return attributes_of(found)


def report_attributes(more: Iterable[QualityAttribute] | None = None) -> tuple[QualityAttribute, ...]:
    """Answer what a report measures: the standard attributes and the given ones; by default those installed.

    Raises:
        InvalidValueError: Two attributes of one name.
        UnusableInputError: An entry point that cannot be loaded.
    """
    given = installed_attributes() if more is None else tuple(more)
    attributes_of((*STANDARD_ATTRIBUTES, *given))
    return (*STANDARD_ATTRIBUTES, *given)
