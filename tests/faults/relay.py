"""One watch on its way through the proxy: event by event, with what the plan makes of each."""

import asyncio
import contextlib
import re

import wire
from plan import Cut
from streams import Break, Slowly, StaleList, StreamFault, parse_line

END_OF_TIME = re.compile(r"&?timeoutSeconds=\d+")
INITIAL = re.compile(r"&?(sendInitialEvents=true|resourceVersionMatch=NotOlderThan)")


class Relay:
    """Lives as long as the stream."""

    def __init__(self, session, request, head, faults):
        self.session = session
        self.request = request
        self.head = head
        self.stale = next((one for one in faults if isinstance(one, StaleList)), None)
        self.listing = request.initial_events
        self.task = None
        self.how = "fin"

    async def run(self):
        """Returns or raises when the stream has ended; the connection is of no further use then."""
        self.session.proxy.relays.add(self)
        self.task = asyncio.current_task()
        gone = asyncio.ensure_future(self.session.reader.read(1))
        work = asyncio.ensure_future(self._stream())
        try:
            await asyncio.wait({gone, work}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
            raise Cut(self.how)
        finally:
            self.session.proxy.relays.discard(self)
            for one in (gone, work):
                one.cancel()
                with contextlib.suppress(BaseException):
                    await one

    def cut(self, how):
        self.how = how
        self.task.get_loop().call_soon(self._end)

    def _end(self):
        self.session.proxy.relays.discard(self)
        wire.end_connection(self.session.writer, self.how)

    async def _stream(self):
        target = self.request.target
        if self.stale:
            version = await self._tell_the_past()
            target = f"{INITIAL.sub('', target)}&resourceVersion={version}"
        reader, writer = await self.session.connection()
        writer.write(wire.message(f"GET {target} HTTP/1.1", self.head.without_hops()))
        await writer.drain()
        reply = await wire.read_head(reader)
        self.request.upstream_status = reply.status
        if self.stale:
            assert reply.status == 200, reply.start
        elif reply.status != 200:
            self.request.status = reply.status
            body = await wire.read_body(reader, reply)
            return await self.session.send(wire.message(reply.start, reply.without_hops(), body))
        else:
            await self._begin(reply.without_hops())
        await self._lines(reader)
        return await self.session.send(wire.LAST_CHUNK)

    async def _begin(self, headers):
        self.request.status = 200
        await self.session.send(wire.stream_head("HTTP/1.1 200 OK", headers))

    async def _lines(self, reader):
        rest = b""
        while data := await wire.read_chunk(reader):
            *lines, rest = (rest + data).split(b"\n")
            for raw in lines:
                await self._line(parse_line(raw + b"\n"))

    async def _line(self, line):
        self.session.proxy.journal.event(self.request.resource, line.type, line.metadata)
        pieces = [line.raw]
        for fault in self.session.proxy.faults:
            if isinstance(fault, StreamFault) and fault.matches(self.request) and pieces == [line.raw]:
                pieces = fault.on_line(line, self.listing)
        if line.ends_initial_events:
            self.listing = False
        await self.send_pieces(pieces)

    async def send_pieces(self, pieces):
        for piece in pieces:
            if isinstance(piece, Break):
                await self.session.send(piece.wire)
                raise Cut(piece.how)
            if isinstance(piece, Slowly):
                await self.session.send(wire.chunk(piece.raw), piece.seconds_a_byte)
            else:
                await self.session.send(wire.chunk(piece))

    async def _tell_the_past(self):
        """Serves the snapshot, waits for the thaw; returns the snapshot's resourceVersion."""
        lines = self.stale.lines[self.request.resource]
        await self._begin([("Content-Type", "application/json")])
        for raw in lines:
            await self.session.send(wire.chunk(raw))
        self.listing = False
        self.stale.fire()
        await self.stale.thaw.wait()
        return parse_line(lines[-1]).metadata["resourceVersion"]

    async def initial_events(self, connect):
        """The lines of a list of the same selection, asked anew; the last is the bookmark that ends it."""
        target = END_OF_TIME.sub("", re.sub(r"&?resourceVersion=\d+", "", INITIAL.sub("", self.request.target)))
        target += "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=30"
        reader, writer = await connect()
        try:
            writer.write(wire.message(f"GET {target} HTTP/1.1", self.head.without_hops()))
            reply = await wire.read_head(reader)
            assert reply.status == 200, reply.start
            found, rest = [], b""
            while data := await wire.read_chunk(reader):
                *lines, rest = (rest + data).split(b"\n")
                for raw in lines:
                    found.append(raw + b"\n")
                    if parse_line(raw).ends_initial_events:
                        return found
            raise AssertionError("the initial events did not end")
        finally:
            writer.close()
