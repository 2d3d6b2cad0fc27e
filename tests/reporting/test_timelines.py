"""Timelines as HTML: every span is there, escaped, and the page needs nothing else."""

from __future__ import annotations

from hypothesis import given, settings

from svcdelivery.clock import shown_duration
from svcdelivery.reporting import timeline_html, timeline_page
from svcdelivery.system.monitoring import RequestTimeline, timeline_of
from svcdelivery.testing.strategies import Story, stories
from svcdelivery.work import Assigned, PutOnHold, Resumed, Started
from tests.clock.worlds import agreement, incident, local, target
from tests.reporting.test_explanations import HOSTILE, _Outline


def hostile() -> RequestTimeline:
    """A timeline with hostile text in a team and in a reason."""
    told = incident(
        "2026-03-27T09:00",
        ("2026-03-27T09:30", Assigned(team=HOSTILE)),
        ("2026-03-27T09:40", Started()),
        ("2026-03-27T11:00", PutOnHold(reason=HOSTILE)),
        ("2026-03-27T15:00", Resumed()),
    )
    return timeline_of(told, local("2026-03-27T17:00"), agreement=agreement(target()), zone="Europe/Berlin")


@settings(max_examples=20)
@given(stories())
def test_every_span_and_every_sum_is_there(story: Story) -> None:
    """What the value holds, the fragment shows; every tag that opens closes."""
    found = timeline_of(story.facts, max(story.now, story.facts[0].occurred_at), agreement=story.agreement)
    outline = _Outline(timeline_html(found))
    shown = " ".join(outline.text)
    assert (outline.tags[0], outline.open) == ("article", [])
    assert all(span.cause in shown and span.team in shown for span in found.spans)
    if found.spans:
        assert all(shown_duration(part.duration) in shown for part in (*found.by_cause, *found.by_team))


def test_hostile_text_stays_text() -> None:
    page = timeline_page([hostile()], title=HOSTILE)
    outline = _Outline(page.replace("<!DOCTYPE html>", ""))
    assert not {"script", "img", "link", "iframe"} & set(outline.tags)
    assert HOSTILE in "".join(outline.text)
    assert "default-src 'none'" in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_page_without_any_says_so() -> None:
    assert "No timeline." in timeline_page([], title="none")
