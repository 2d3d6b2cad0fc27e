"""Texts of notices, by audience and language."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

from attrs import field, frozen

from svcdelivery.errors import InvalidValueError, NotFoundError
from svcdelivery.facts import keeping_tuples
from svcdelivery.identity import identifier

__all__ = ["NoticeText", "Rendered", "Templates"]


@frozen
class Rendered:
    """A subject and a text to send."""

    subject: str
    text: str


def _template(value: str) -> str:
    if not Template(value).is_valid():
        raise InvalidValueError(what="a template", value=value, hint="`$name` for a value, `$$` for a dollar sign")
    return value


@frozen(kw_only=True)
class NoticeText:
    """How one audience is told one thing in one language; `$name` stands for a value.

    Attributes:
        audience: Whom it speaks to, such as `staff`, `requester` or `management`.
        about: What is told, such as `page` or `status`.
        language: A tag such as `en` or `de-AT`.

    Raises:
        InvalidValueError: A dollar sign that stands for nothing.
    """

    audience: str = field(converter=identifier)
    about: str = field(converter=identifier)
    language: str = field(converter=identifier)
    subject: str = field(converter=_template)
    text: str = field(converter=_template)

    @property
    def values(self) -> frozenset[str]:
        """The names it needs."""
        return frozenset((*Template(self.subject).get_identifiers(), *Template(self.text).get_identifiers()))


@frozen(field_transformer=keeping_tuples)
class Templates:
    """The texts there are.

    Attributes:
        default: The language of whom there is no text for otherwise.

    Raises:
        InvalidValueError: One text twice, or one that is missing in the default language.
    """

    texts: tuple[NoticeText, ...]
    default: str = "en"

    def __attrs_post_init__(self) -> None:
        named = [(text.about, text.audience, text.language) for text in self.texts]
        for about, audience, language in named:
            if named.count((about, audience, language)) > 1:
                raise InvalidValueError(what="a text of its own", value=f"{about} for {audience} in {language}")
            if (about, audience, self.default) not in named:
                hint = f"the default language is {self.default}"
                raise InvalidValueError(what="a text in every case", value=f"{about} for {audience}", hint=hint)

    def text(self, about: str, *, audience: str, language: str = "") -> NoticeText:
        """Answer the text in the language, else in its base (`de` for `de-AT`), else in the default.

        Raises:
            NotFoundError: That audience is not told such things.
        """
        for tag in dict.fromkeys((language, language.partition("-")[0], self.default)):
            for text in self.texts:
                if (text.about, text.audience, text.language) == (about, audience, tag):
                    return text
        raise NotFoundError(what=f"text about {about} for", id=audience)

    def render(self, about: str, *, audience: str, language: str = "", values: Mapping[str, str]) -> Rendered:
        """Answer subject and text with the values put in, each once; a value is never read as a template.

        Raises:
            NotFoundError: That audience is not told such things.
            InvalidValueError: A value the text needs is missing.
        """
        text = self.text(about, audience=audience, language=language)
        missing = sorted(text.values - values.keys())
        if missing:
            raise InvalidValueError(what="given", value=missing[0], path="values", problem="the text needs it")
        subject = Template(text.subject).substitute(values)
        # A subject is one line, whatever the values are.
        return Rendered(" ".join(subject.split()), Template(text.text).substitute(values))
