"""Notices as HTTP requests, with the standard library alone."""

from __future__ import annotations

import hashlib
import hmac
import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from attrs import field, frozen

from svcdelivery.errors import InvalidValueError, NotDeliveredError
from svcdelivery.escalation.notices import Outgoing

__all__ = ["WebhookNotifier"]

# Too busy, too many, or broken for a moment; any other refusal is one for good.
_TEMPORARY = frozenset({408, 425, 429, *range(500, 600)})


class _NoRedirects(HTTPRedirectHandler):
    """A receiver that has moved is told to the caller: the secret of the signature is for the address given alone."""

    def redirect_request(self, *_given: Any, **_named: Any) -> None:
        """Follow nothing."""
        return


@frozen(kw_only=True)
class WebhookNotifier:
    """Posts each notice as JSON to the URL that is its address.

    The key stands in the header `Idempotency-Key`, the same in every attempt. With a secret, the header
    `X-Signature-256` holds the HMAC of the body, so that the receiver knows who sent it.

    Attributes:
        secret: Shared with the receiver; empty for none.
        insecure: Whether `http` is taken too, for receivers on the same machine.
        timeout: Seconds to wait for the receiver.
    """

    secret: str = field(default="", repr=False)
    insecure: bool = False
    timeout: float = 10.0
    channel: str = "webhook"

    def send(self, notice: Outgoing) -> None:
        """Post the notice.

        Raises:
            NotDeliveredError: The receiver cannot be reached or did not answer with 2xx.
            InvalidValueError: The address is no URL that is taken.
        """
        self._check(notice.address)
        body = json.dumps(
            {
                "key": notice.key,
                "subject": notice.subject,
                "text": notice.text,
                "attributes": dict(notice.attributes),
            },
            sort_keys=True,
        ).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": notice.key}
        if self.secret:
            digest = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
            headers["X-Signature-256"] = f"sha256={digest}"
        request = Request(notice.address, data=body, headers=headers, method="POST")  # noqa: S310  # the scheme is checked
        try:
            with build_opener(_NoRedirects).open(request, timeout=self.timeout):
                return
        except HTTPError as error:
            error.close()
            raise self._failed(notice, f"status {error.code}", again=error.code in _TEMPORARY) from error
        except (OSError, HTTPException) as error:
            raise self._failed(notice, type(error).__name__, again=True) from error

    def _check(self, address: str) -> None:
        try:
            parts = urlsplit(address)
        except ValueError:
            parts = urlsplit("")
        accepted = ("https", "http") if self.insecure else ("https",)
        if parts.scheme not in accepted or not parts.hostname:
            raise InvalidValueError(what="a webhook", value=address, hint=f"a URL with {' or '.join(accepted)}")

    def _failed(self, notice: Outgoing, problem: str, *, again: bool) -> NotDeliveredError:
        return NotDeliveredError(channel=self.channel, address=notice.address, problem=problem, again=again)
