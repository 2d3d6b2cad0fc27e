"""Notifiers: what is sent, under which key, and what becomes of a refusal. Servers listen on loopback alone."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import threading
from collections.abc import Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import StreamRequestHandler, TCPServer
from typing import Any

import pytest

from svcdelivery.adapters.console import ConsoleNotifier
from svcdelivery.adapters.smtp import SmtpNotifier
from svcdelivery.adapters.webhook import WebhookNotifier
from svcdelivery.errors import InvalidValueError, NotDeliveredError
from svcdelivery.escalation.notices import Notifier, Outgoing
from svcdelivery.testing.notifier import RecordingNotifier

NOTICE = Outgoing(key="incident:1|page@1|1.0.0|person:ann", address="ann", subject="Page", text="Über\nzwei Zeilen")


class TestConsole:
    def test_each_notice_is_one_line(self) -> None:
        stream = io.StringIO()
        notifier: Notifier = ConsoleNotifier(stream)
        notifier.send(NOTICE)
        assert stream.getvalue() == "ann: Page Über zwei Zeilen [incident:1|page@1|1.0.0|person:ann]\n"


class TestRecording:
    def test_a_repeat_is_accepted_once_and_counted(self) -> None:
        notifier = RecordingNotifier(failing=1, losing=1)
        for _ in range(2):
            with pytest.raises(NotDeliveredError):
                notifier.send(NOTICE)
        notifier.send(NOTICE)
        assert list(notifier.accepted.values()) == [NOTICE]
        assert notifier.repeats == 2


class _Receiver(BaseHTTPRequestHandler):
    got: list[tuple[dict[str, str], bytes]]
    status = 204

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).got.append((dict(self.headers), body))
        self.send_response(type(self).status)
        self.send_header("Location", "https://elsewhere.invalid/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Be quiet."""


@pytest.fixture
def receiver() -> Iterator[tuple[str, type[_Receiver]]]:
    handler = type("Handler", (_Receiver,), {"got": []})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/hook", handler
        finally:
            server.shutdown()
            thread.join()


def outgoing(address: str) -> Outgoing:
    return Outgoing(key=NOTICE.key, address=address, subject="Page", text="text", attributes=(("item", "incident:1"),))


class TestWebhook:
    def test_key_body_and_signature_go_out(self, receiver: tuple[str, type[_Receiver]]) -> None:
        url, handler = receiver
        WebhookNotifier(secret="s3cret", insecure=True).send(outgoing(url))
        ((headers, body),) = handler.got
        assert headers["Idempotency-Key"] == NOTICE.key
        assert headers["X-Signature-256"] == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
        told = json.loads(body)
        assert told == {"key": NOTICE.key, "subject": "Page", "text": "text", "attributes": {"item": "incident:1"}}

    @pytest.mark.parametrize(("status", "again"), [(503, True), (429, True), (404, False), (302, False)])
    def test_a_refusal_says_whether_to_try_again(
        self, receiver: tuple[str, type[_Receiver]], status: int, again: bool
    ) -> None:
        url, handler = receiver
        handler.status = status
        with pytest.raises(NotDeliveredError, match=f"status {status}") as refused:
            WebhookNotifier(insecure=True).send(outgoing(url))
        assert refused.value.again is again
        assert len(handler.got) == 1

    def test_nobody_there_is_worth_another_try(self) -> None:
        with pytest.raises(NotDeliveredError) as refused:
            WebhookNotifier(insecure=True, timeout=60).send(outgoing("http://127.0.0.1:9/"))
        assert refused.value.again

    @pytest.mark.parametrize(
        "address", ["http://example.org/", "ftp://a/", "file:///etc/passwd", "https://", "//a", "http://[x"]
    )
    def test_only_urls_that_are_meant_are_taken(self, address: str) -> None:
        with pytest.raises(InvalidValueError, match="not a webhook"):
            WebhookNotifier().send(outgoing(address))


class _Mailbox(StreamRequestHandler):
    mails: list[bytes]
    refuses: bytes = b""

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = []
                while (text := self.rfile.readline()) != b".\r\n":
                    lines.append(text)
                type(self).mails.append(b"".join(lines))
                self.wfile.write(b"250 taken\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            elif word == b"RCPT" and type(self).refuses:
                self.wfile.write(type(self).refuses + b" no\r\n")
            elif word == b"STAR":
                self.wfile.write(b"502 no\r\n")
            else:
                self.wfile.write(b"250 ok\r\n")


@pytest.fixture
def mailbox() -> Iterator[tuple[int, type[_Mailbox]]]:
    handler = type("Handler", (_Mailbox,), {"mails": []})
    with TCPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1], handler
        finally:
            server.shutdown()
            thread.join()


class TestSmtp:
    def notifier(self, port: int, **rest: Any) -> SmtpNotifier:
        return SmtpNotifier(host="127.0.0.1", port=port, sender="desk@example.org", security="none", timeout=60, **rest)

    def mail(self, **rest: Any) -> Outgoing:
        given = {
            "key": NOTICE.key,
            "address": "ann@example.org",
            "subject": "Page\nBcc: x",
            "text": NOTICE.text,
            **rest,
        }
        return Outgoing(**given)

    def test_a_mail_has_the_same_id_in_every_attempt(self, mailbox: tuple[int, type[_Mailbox]]) -> None:
        port, handler = mailbox
        for _ in range(2):
            self.notifier(port).send(self.mail())
        self.notifier(port).send(self.mail(key="another"))
        mails = [message_from_bytes(data) for data in handler.mails]
        ids = [mail["Message-ID"] for mail in mails]
        assert ids[0] == ids[1] != ids[2]
        assert mails[0]["To"] == "ann@example.org"
        assert mails[0]["Subject"] == "Page Bcc: x"
        text = mails[0].get_payload(decode=True)
        assert isinstance(text, bytes)
        assert text.decode().split() == NOTICE.text.split()

    @pytest.mark.parametrize(("code", "again"), [(b"450", True), (b"550", False)])
    def test_a_refusal_says_whether_to_try_again(
        self, mailbox: tuple[int, type[_Mailbox]], code: bytes, again: bool
    ) -> None:
        port, handler = mailbox
        handler.refuses = code
        with pytest.raises(NotDeliveredError, match="recipient is refused") as refused:
            self.notifier(port).send(self.mail())
        assert refused.value.again is again

    def test_without_encryption_nothing_is_said_unless_allowed(self, mailbox: tuple[int, type[_Mailbox]]) -> None:
        port, handler = mailbox
        notifier = SmtpNotifier(host="127.0.0.1", port=port, sender="desk@example.org", timeout=60)
        with pytest.raises(NotDeliveredError):
            notifier.send(self.mail())
        assert handler.mails == []

    def test_nobody_there_is_worth_another_try(self) -> None:
        with pytest.raises(NotDeliveredError) as refused:
            self.notifier(9).send(self.mail())
        assert refused.value.again

    def test_nonsense_is_refused(self) -> None:
        with pytest.raises(InvalidValueError, match="not a mailbox"):
            self.notifier(9).send(self.mail(address="ann"))
        with pytest.raises(InvalidValueError, match="not a mailbox"):
            SmtpNotifier(host="h", sender="desk")
        with pytest.raises(InvalidValueError, match="starttls, tls or none"):
            SmtpNotifier(host="h", sender="desk@example.org", security="maybe")
