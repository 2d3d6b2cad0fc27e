"""Laws of clocks, for any terms, any legal history and any instant."""

from __future__ import annotations

from svcdelivery.testing.laws.case import Case, Read
from svcdelivery.testing.laws.comparing import same
from svcdelivery.testing.laws.law import Draw, Law
from svcdelivery.testing.laws.of_changes import LAWS_OF_CHANGES
from svcdelivery.testing.laws.of_due import LAWS_OF_DUE
from svcdelivery.testing.laws.of_elapsed import LAWS_OF_ELAPSED

__all__ = ["LAWS_OF_CLOCKS", "Case", "reads_as"]

LAWS_OF_CLOCKS: tuple[Law, ...] = (*LAWS_OF_ELAPSED, *LAWS_OF_DUE, *LAWS_OF_CHANGES)
"""The laws of clocks, in the order one reads them in."""


def reads_as(reference: Read) -> Law:
    """Answer the law that a reader reads as another does, such as a plain one."""

    def reads_as_the_reference_does(case: Case, _draw: Draw) -> None:
        same(case, Case(case.story, reference))

    return Law(
        name="reads_as_the_reference_does",
        promise="Every clock shows what the reference shows.",
        check=reads_as_the_reference_does,
    )
