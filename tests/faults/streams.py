"""Faults of watches: what becomes of the lines of a stream between the API server and the operator.

A line is one event. A fault is offered each line of the streams that it matches and returns what is sent instead, as
pieces: bytes of whole lines, or a Break, with which the stream ends in the middle of something.
"""

import json
from dataclasses import dataclass, field

from plan import Answer, Fault, status_answer
from wire import chunk

INITIAL_EVENTS_END = "k8s.io/initial-events-end"


@dataclass
class Line:
    """One event: its bytes with the newline, its type, and its object's metadata."""

    raw: bytes
    type: str
    metadata: dict

    @property
    def key(self):
        return self.metadata.get("namespace", ""), self.metadata.get("name", "")

    @property
    def ends_initial_events(self):
        return self.type == "BOOKMARK" and INITIAL_EVENTS_END in self.metadata.get("annotations", {})


@dataclass
class Slowly:
    """Bytes that come one by one."""

    raw: bytes
    seconds_a_byte: float


@dataclass
class Break:
    """Bytes as they are on the wire, and the end of the connection after them."""

    wire: bytes
    how: str = "fin"


def parse_line(raw):
    event = json.loads(raw)
    return Line(raw, event.get("type", ""), event.get("object", {}).get("metadata") or {})


@dataclass
class StreamFault(Fault):
    """Matches watches; `on_line` is asked for each of their lines once it is armed."""

    verb: str = "watch"

    def wants(self, line):
        return line.type in ("ADDED", "MODIFIED", "DELETED") and (not self.name or line.metadata.get("name") == self.name)

    def matches(self, request):
        return request.verb == "watch" and self.resource in ("", request.resource)

    def takes(self, request):
        return False

    def on_line(self, line, listing):
        """The pieces to be sent in place of the line. `listing`: it belongs to the initial events."""
        return [line.raw]


def _inside_object(raw):
    return Break(chunk(raw)[:len(chunk(raw)) // 2])


def _inside_character(raw):
    """After the first byte of the last character that has two or more."""
    place = max(index for index, byte in enumerate(raw) if byte >= 0xC0) + 1
    return Break(b"%x\r\n" % len(raw) + raw[:place])


def _inside_chunk_header(raw):
    return Break((b"%x" % len(raw))[:1])


CUTS = {"object": _inside_object, "character": _inside_character, "chunk-header": _inside_chunk_header}


@dataclass
class CutStream(StreamFault):
    """The stream ends inside the next event: in its JSON, in a character of several bytes, in the size of its chunk."""

    where: str = "object"
    how: str = "fin"

    def wants(self, line):
        return super().wants(line) and (self.where != "character" or not line.raw.isascii())

    def on_line(self, line, listing):
        if self.fired.is_set() or not self.wants(line):
            return [line.raw]
        self.fire()
        broken = CUTS[self.where](line.raw)
        broken.how = self.how
        return [broken]


@dataclass
class Duplicate(StreamFault):
    """Every event comes twice."""

    def on_line(self, line, listing):
        if listing or not self.wants(line):
            return [line.raw]
        self.fire()
        return [line.raw, line.raw]


@dataclass
class Reorder(StreamFault):
    """An event waits until one of another object of the stream has passed; the order of each object's own stays. For one
    resource only: what is left over at the end is let go by `Proxy.release`."""

    held: list = field(default_factory=list)

    def on_line(self, line, listing):
        if listing or not self.wants(line):
            return [line.raw]
        if not self.held:
            self.held.append(line)
            return []
        if self.held[0].key == line.key:
            self.held.append(line)
            return []
        self.fire()
        return [line.raw, *self.let_go()]

    def let_go(self):
        first, self.held = self.held, []
        return [one.raw for one in first]


@dataclass
class Hold(StreamFault):
    """Events are kept back until `Proxy.release`. With `only_last`, all but each object's last are never told."""

    only_last: bool = True
    held: list = field(default_factory=list)

    def on_line(self, line, listing):
        if listing:
            return [line.raw]
        self.held.append(line)
        if self.wants(line):
            self.fire()
        return []

    def let_go(self):
        """What is to be sent now."""
        kept = {one.key: one for one in self.held} if self.only_last else dict(enumerate(self.held))
        self.held = []
        return [one.raw for one in kept.values()]


@dataclass
class DripEvents(StreamFault):
    """The bytes of one event come one by one."""

    seconds_a_byte: float = 0.002

    def on_line(self, line, listing):
        if self.fired.is_set() or not self.wants(line):
            return [line.raw]
        self.fire()
        return [Slowly(line.raw, self.seconds_a_byte)]


@dataclass
class ExpiredInside(Fault):
    """410 as an event of a stream that began with 200; the other form is Refuse with code 410."""

    verb: str = "watch"

    async def before(self, request):
        self.fire()
        status = json.loads(status_answer(410, "too old resource version").body)
        line = json.dumps({"type": "ERROR", "object": status}).encode() + b"\n"
        return Answer(200, line, [("Content-Type", "application/json")], chunked=True)


@dataclass
class StaleList(Fault):
    """The initial events are those of a snapshot of the past (`Proxy.snapshot`); the watch goes on from there, to be
    told after `thaw`."""

    verb: str = "watch"
    lines: dict = field(default_factory=dict)  # of each watched resource
    thaw: object = None  # asyncio.Event of the proxy's loop

    def takes(self, request):
        return request.initial_events and request.resource in self.lines and super().takes(request)
