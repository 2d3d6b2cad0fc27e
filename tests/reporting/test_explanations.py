"""Explanations as HTML: escaped, complete, and a fragment that stands in any page."""

from __future__ import annotations

from html.parser import HTMLParser

from attrs import evolve
from hypothesis import given, settings

from svcdelivery.clock import Comparison, Explanation, compare
from svcdelivery.reporting import explanation_html, explanation_page
from svcdelivery.testing.strategies import Story, stories
from svcdelivery.timeline import format_instant
from svcdelivery.work import PriorityChanged, PutOnHold, Resolved, Resumed
from tests.clock.worlds import agreement, for_priority, incident, read, target

HOSTILE = '<script>alert(1)</script> & "quotes" <img src=x onerror=y>'
_TERMS = agreement(
    target(hours=8, clause="4.2", pause_on=("customer",)),
    target(name="urgent", hours=4, clause=HOSTILE, scope=for_priority("P1"), pause_on=("customer",)),
)


def explained() -> list[Explanation | Comparison]:
    """Two explanations of one incident and their comparison, with hostile text in a clause."""
    start, now = "2026-03-27T14:00", "2026-04-02T12:00"
    held = incident(
        start,
        ("2026-03-27T15:00", PutOnHold(reason="customer")),
        ("2026-03-30T10:00", Resumed()),
        ("2026-03-31T09:30", PriorityChanged(priority="P1")),
        ("2026-03-31T15:00", Resolved()),
        priority="P3",
    )
    before = read(_TERMS, incident(start, priority="P3"), now).explanation
    after = read(_TERMS, held, now).explanation
    return [before, after, compare(before, after)]


class _Outline(HTMLParser):
    """The tags of a fragment, and whether each that opens also closes."""

    VOID = frozenset({"meta", "line", "rect", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


class TestFragment:
    def test_it_is_one_article_with_a_heading_of_the_given_id(self) -> None:
        """To be put into a page of one's own, more than once."""
        for one in explained():
            html = explanation_html(one, id="clock-7").strip()
            outline = _Outline(html)
            assert outline.tags[0] == "article"
            assert outline.open == []
            assert html.startswith("<article")
            assert html.endswith("</article>")
            assert html.count('id="clock-7"') == 1
            assert not {"script", "style", "link", "img", "iframe"} & set(outline.tags)

    def test_every_text_is_escaped(self) -> None:
        """A clause written to do harm is shown as it is written."""
        for one in explained()[1:]:
            html = explanation_html(one)
            assert "<script>" not in html
            assert "<img" not in html
            assert "&lt;script&gt;" in html

    def test_signs_that_would_hide_or_reverse_text_are_shown_as_escapes(self) -> None:
        """A right-to-left override in a name turns nothing around."""
        (one, *_) = explained()
        assert isinstance(one, Explanation)
        html = explanation_html(evolve(one, target="a\u202eb"))
        assert "\u202e" not in html
        assert "a\\u202eb" in html

    @settings(max_examples=20)
    @given(stories())
    def test_every_span_is_there_with_reason_rule_and_actor(self, story: Story) -> None:
        """What the value holds, the page shows."""
        for reading in story.readings():
            explanation = reading.explanation
            outline = _Outline(explanation_html(explanation))
            assert outline.open == []
            assert outline.tags.count("tr") == (1 + len(explanation.spans) if explanation.spans else 0)
            shown = " ".join(outline.text)
            for span in explanation.spans:
                assert span.reason in shown
                assert span.actor in shown

    def test_times_are_given_for_machines_too(self) -> None:
        """Each in UTC, beside the text in the zone of the clock."""
        (one, *_) = explained()
        assert isinstance(one, Explanation)
        html = explanation_html(one)
        assert all(f'datetime="{format_instant(span.start)}"' in html for span in one.spans)


class TestPage:
    def test_it_holds_all_of_them_and_fetches_nothing(self) -> None:
        """In order, under one title, with a policy that lets nothing in."""
        page = explanation_page(explained(), title=HOSTILE)
        assert _Outline(page.replace("<!DOCTYPE html>", "")).tags.count("article") == 3
        assert "default-src 'none'" in page
        assert "http://" not in page
        assert "https://" not in page

    def test_without_a_clock_it_says_so(self) -> None:
        """An item no agreement covers has none."""
        assert "No clock" in explanation_page([], title="incident I1")
