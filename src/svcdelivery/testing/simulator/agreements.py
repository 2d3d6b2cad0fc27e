"""The provider's two agreements, read from documents that lie in this package."""

from __future__ import annotations

from functools import cache
from importlib import resources

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.agreement.document import parse_agreement

__all__ = ["agreement_texts", "provider_agreements"]

_NAMES = ("acme.yaml", "globex.yaml")


def agreement_texts() -> dict[str, str]:
    """Answer the documents by the name of their file."""
    folder = resources.files("svcdelivery.testing.simulator").joinpath("data")
    return {name: folder.joinpath(name).read_text(encoding="utf-8") for name in _NAMES}


@cache
def provider_agreements() -> tuple[ServiceAgreement, ...]:
    """Answer the agreements with Acme and Globex.

    Raises:
        ExtraMissingError: The extra `yaml` is not installed.
    """
    return tuple(parse_agreement(text, source=name) for name, text in agreement_texts().items())
