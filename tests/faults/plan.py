"""What goes wrong, and when: a fault waits for the k-th request that matches, does its deed once (or `times`), and tells.

The deed of a request may come before the API server sees it or after the write is durable; a watch's deed changes what the
operator is told (streams.py). A plan is just the list of faults that the proxy has at the moment.
"""

import asyncio
import json
import threading
from dataclasses import dataclass, field

REASONS = {400: "BadRequest", 403: "Forbidden", 404: "NotFound", 409: "Conflict", 410: "Expired", 422: "Invalid",
           429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable", 504: "Timeout"}


class Cut(Exception):
    """The connection ends here, without an answer."""

    def __init__(self, how="fin"):
        super().__init__(how)
        self.how = how  # fin or reset


@dataclass
class Answer:
    """In place of the API server's, or its own."""

    status: int
    body: bytes
    headers: list = field(default_factory=list)
    seconds_a_byte: float = 0.0
    chunked: bool = False


def status_answer(code, message="a fault of the test", reason="", headers=()):
    """metav1.Status, as every refusal of an API server looks."""
    body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
            "reason": reason or REASONS.get(code, ""), "code": code}
    return Answer(code, json.dumps(body).encode(), [("Content-Type", "application/json"), *headers])


@dataclass
class Fault:
    """Base of all: which requests, which of them, how often. Fields left empty match everything."""

    verb: str = ""
    resource: str = ""
    name: str = ""
    subresource: str = ""
    namespace: str = ""
    mutating: bool = False
    initial_events: bool = False  # only watches that begin with a list
    nth: int = 1
    times: int = 1
    seen: int = 0
    done: int = 0
    fired: threading.Event = field(default_factory=threading.Event, repr=False)

    def matches(self, request):
        if (self.mutating and not request.mutating) or (self.initial_events and not request.initial_events):
            return False
        pairs = [(self.verb, request.verb), (self.resource, request.resource), (self.name, request.name),
                 (self.subresource, request.subresource), (self.namespace, request.namespace)]
        return all(wanted in ("", found) for wanted, found in pairs)

    def takes(self, request):
        """Counts the request; true if it is one of those that the fault is for."""
        if not self.matches(request):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times

    def fire(self):
        self.done += 1
        self.fired.set()

    async def before(self, request):
        """An Answer: the API server is not asked. May raise Cut."""

    async def after(self, request, answer):
        """The write is durable; may change the answer or raise Cut."""


@dataclass
class CrashBefore(Fault):
    """`kill` ends the operator before the API server has seen the request."""

    kill: object = None

    async def before(self, request):
        self.kill()
        self.fire()
        raise Cut("reset")


@dataclass
class CrashAfter(Fault):
    """`kill` ends the operator when the write is durable and before it is told."""

    kill: object = None

    async def after(self, request, answer):
        self.kill()
        self.fire()
        raise Cut("reset")


@dataclass
class ReplyLost(Fault):
    """Applied, but unacknowledged; the operator lives."""

    async def after(self, request, answer):
        self.fire()
        raise Cut("reset")


@dataclass
class Refuse(Fault):
    """A status code of the test's choice; the API server is not asked."""

    code: int = 500
    reason: str = ""
    message: str = "a fault of the test"
    retry_after: int = 0

    async def before(self, request):
        self.fire()
        headers = [("Retry-After", str(self.retry_after))] if self.retry_after else []
        reason = self.reason or ("AlreadyExists" if (self.code, request.verb) == (409, "create") else "")
        return status_answer(self.code, self.message, reason, headers)


@dataclass
class Silence(Fault):
    """A half-open connection: the request is swallowed, nothing is answered, and the connection stays."""

    async def before(self, request):
        self.fire()
        await asyncio.Event().wait()


@dataclass
class Drip(Fault):
    """The answer comes byte by byte."""

    seconds_a_byte: float = 0.01

    async def after(self, request, answer):
        self.fire()
        answer.seconds_a_byte = self.seconds_a_byte
