"""What every page has in common: escaping, filters, and a style that is part of the page."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib import resources
from typing import TYPE_CHECKING, Any

from svcdelivery.errors import ExtraMissingError
from svcdelivery.timeline import Instant, format_instant

if TYPE_CHECKING:
    import jinja2

__all__ = ["environment", "shown_instant", "style"]

_FOLDER = resources.files("svcdelivery.reporting") / "templates"


def environment(feature: str) -> jinja2.Environment:
    """Answer an environment that escapes all text and refuses unknown names.

    Args:
        feature: What needs it, for the error.

    Raises:
        ExtraMissingError: The extra `report` is not installed.
    """
    try:
        import jinja2
    except ModuleNotFoundError:
        raise ExtraMissingError(extra="report", feature=feature) from None
    made = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
        loader=jinja2.FunctionLoader(lambda name: (_FOLDER / name).read_text(encoding="utf-8")),
    )
    made.filters.update(
        instant=shown_instant,
        number=lambda n: f"{n:,}",
        sentence=lambda text: text[:1].upper() + text[1:],
    )
    return made


def style(*names: str) -> tuple[str, str]:
    """Answer style sheets as one, and its digest for the page's own policy, which lets nothing else in."""
    text = "".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)
    return text, b64encode(sha256(text.encode()).digest()).decode()


def _printable(value: Any) -> Any:
    """Escape signs that would hide, reverse or break text; line ends stay, and the template's own markup passes."""
    if type(value) is not str:
        return value
    if value.isprintable():
        return value
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode("ascii") for c in value)


def shown_instant(at: Instant | None) -> str:
    """Answer an instant for reading: `2026-04-01 10:00:00 UTC`."""
    if at is None:
        return "none"
    day, _, rest = format_instant(at).partition("T")
    return f"{day} {rest.removesuffix('Z').removesuffix('.000000')} UTC"
