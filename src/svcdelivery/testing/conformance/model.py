"""The model of the module `machine` as the last line of a report, where Hypothesis is installed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from svcdelivery.testing.conformance.complaints import said
from svcdelivery.testing.conformance.kit import Lab, Places, Scenario
from svcdelivery.testing.conformance.report import Result

__all__ = ["MODEL", "STEPS_MOST", "has_hypothesis", "told"]

STEPS_MOST = 30
"""How long a story is at most, unless told otherwise."""


def _nothing(_: Lab) -> None:
    """The model needs more than one place."""


MODEL = Scenario(
    topic="model",
    name="no_story_tells_the_store_from_the_model",
    promise="No sequence of calls tells the store from a model of dicts and lists.",
    run=_nothing,
)
"""What the model is called in a report."""


def has_hypothesis() -> bool:
    """Answer whether stories can be told at all."""
    return find_spec("hypothesis") is not None


def told(places: Places, *, stories: int, steps: int) -> Result:
    """Answer whether some story tells the store from the model; the complaint is the shortest that was found.

    Args:
        places: Called once a story.
        stories: How many are told.
        steps: How long each is at most.
    """
    from svcdelivery.testing.conformance.machine import tell_stories

    try:
        tell_stories(places, stories=stories, steps=steps)
    except Exception as error:  # noqa: BLE001  whatever a foreign adapter raises is its answer
        return Result(scenario=MODEL, kept=False, complaint="\n".join([said(error), *_story(error)]))
    return Result(scenario=MODEL, kept=True)


def _story(error: Exception) -> Iterator[str]:
    for note in getattr(error, "__notes__", ()):
        if note.startswith("Explanation"):
            return
        if note.startswith("state.") and "holds_what_the_model_holds" not in note and "teardown" not in note:
            yield note.removeprefix("state.")
