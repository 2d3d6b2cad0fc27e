from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from svcdelivery.reporting import write_work_products
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.timeline import parse_instant
from tests.reporting.stories import OLGA, PORTAL, agreement, desk_on, tell_the_story

NASTY = "]]> & <script>alert(1)</script> \"'"


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found += [value or "" for name, value in attrs if name in ("href", "src", "action", "data", "srcset")]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a store full of hostile texts."""
    store = MemoryStore()
    desk = tell_the_story(store)
    desk.agreements.register(agreement("evil", services=(NASTY, "javascript:alert(1)")), by=OLGA, key="evil")
    for number, service in enumerate((NASTY, "javascript:alert(1)")):
        desk.incidents.receive(
            customer="evil", service=service, requester="data:text/html,x", id=f"{NASTY}{number}", priority="low",
            summary="\x1b[2J\r\n[ERROR] forged", by=PORTAL, key=f"evil-{number}",
        )  # fmt: skip
    written = write_work_products(
        store, tmp_path_factory.mktemp("page"), now=parse_instant("2026-06-01T00:00:00Z"), title=f"{NASTY}\x1b\u202e"
    )
    return written.page.read_text(encoding="utf-8")


def test_texts_of_others_are_escaped(page: str) -> None:
    """No markup comes from a title, a service, an id or a summary."""
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_only_our_own_files_are_linked(page: str) -> None:
    """B097: what somebody typed never becomes a link, whatever its scheme."""
    links = _Links()
    links.feed(page)
    assert {link for link in links.found if not link.startswith("#")} == {
        "services-delivered.csv", "service-log.jsonl", "service-log.head.json", "performance.json",
        "measures.csv",
        "corrective-actions.csv", "satisfaction.csv", "request-database.json",
    }  # fmt: skip
    assert not links.tags & {"script", "img", "link", "iframe", "object", "embed", "form", "base"}


def test_the_way_to_each_section_stands_on_top(page: str) -> None:
    """One link a section, in their order, and none that leads nowhere."""
    links = _Links()
    links.feed(page)
    sections = re.findall(r'<section aria-labelledby="([a-z0-9-]+)">', page)
    assert [link for link in links.found if link.startswith("#")] == [f"#{section}" for section in sections]
    assert all(f'<h2 id="{section}">' in page for section in sections)


def test_counts_say_of_how_many(page: str) -> None:
    """A number by itself says little: a table of counts has what it is out of, and each chart the sum of its bars."""
    counted = re.findall(r"<table>(?:(?!</table>).)*What is counted.*?</table>", page, flags=re.DOTALL)
    assert len(counted) >= 2
    for table in counted:
        rows = re.findall(r'<td class="n">([^<]+)</td><td class="n">([\d,]+)</td></tr>', table)
        assert len(rows) == table.count("<tr><th") - 1
    for chart in re.findall(r'<table class="chart">.*?</table>', page, flags=re.DOTALL):
        numbers = [int(n.replace(",", "")) for n in re.findall(r'<td class="n">([\d,]+)</td></tr>', chart)]
        assert not sum(numbers) or f">of {sum(numbers):,}</th>" in chart


def test_instants_are_cut_to_seconds(page: str) -> None:
    """The data files have the microseconds; a page is read."""
    assert "2026-06-01 00:00:00 UTC" in page
    assert not re.search(r"\d\d:\d\d:\d\d\.\d+ UTC", page)


def test_every_chart_is_well_formed_and_says_what_it_shows(page: str) -> None:
    """B099: labels with `]]>` or `&` break no drawing; title and description come first, for screen readers."""
    charts = re.findall(r"<svg class=\"bar\".*?</svg>", page, flags=re.DOTALL)
    assert any("]]&gt; &amp;" in chart for chart in charts)
    for chart in charts:
        root = ET.fromstring(chart)
        assert [child.tag for child in root[:2]] == ["title", "desc"]
        assert all(child.text for child in root[:2])


def test_no_sign_hides_or_turns_text(page: str) -> None:
    """B041: control and direction signs are shown as escapes."""
    assert r"\x1b\u202e" in page
    assert all(sign.isprintable() or sign == "\n" for sign in page)


def test_the_style_sheet_is_the_only_thing_allowed(page: str) -> None:
    """A strict policy: nothing is fetched, no script runs, and no style attribute is needed."""
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src &#39;none&#39;") or policy[1].startswith("default-src 'none'")
    assert "unsafe" not in policy[1]
    assert " style=" not in page


def test_every_percentage_stands_beside_its_numbers(page: str) -> None:
    """A row with a percentage says of how many."""
    for row in re.findall(r"<tr>.*?</tr>", page, flags=re.DOTALL):
        if re.search(r">\d+\.\d %<", row):
            assert re.search(r"[\d,]+ of [\d,]+", row)


def test_the_page_is_small(tmp_path: Path) -> None:
    """Hundreds of services are cut to the busiest, and the page says how many are not shown."""
    store = MemoryStore()
    desk, _ = desk_on(store)
    names = tuple(f"service {number}" for number in range(60))
    desk.agreements.register(agreement("many", services=names), by=OLGA, key="many")
    for number, name in enumerate(names):
        desk.incidents.receive(
            customer="many", service=name, requester="ann", priority="low", by=PORTAL, key=f"k{number}"
        )
    text = write_work_products(store, tmp_path).page.read_text(encoding="utf-8")
    assert "35 more in" in text
    assert len(text.encode()) < 300_000
