"""HTTP/1.1 messages on asyncio streams: only what an API server and the operator say to each other."""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, field

HEAD_LIMIT = 1 << 20  # of one head, and of one line of a watch
HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "accept-encoding"}


class Closed(Exception):
    """The other side has ended the connection where a message could have begun."""


@dataclass
class Head:
    """The first line and the headers, as they were written."""

    start: str
    headers: list = field(default_factory=list)

    def value(self, name):
        return next((value for key, value in self.headers if key.lower() == name), "")

    def without_hops(self):
        """What concerns the message, not the connection that it came by."""
        return [(key, value) for key, value in self.headers if key.lower() not in HOP_BY_HOP]

    @property
    def status(self):
        return int(self.start.split(" ", 2)[1])

    @property
    def chunked(self):
        return "chunked" in self.value("transfer-encoding").lower()


async def read_head(reader):
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as end:
        raise Closed(f"after {len(end.partial)} bytes of a head") from None
    start, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return Head(start, [(key, value.strip()) for key, _, value in pairs])


async def read_chunk(reader):
    """The next chunk of a body; empty at its end."""
    size = int((await reader.readline()).split(b";")[0] or b"0", 16)
    data = await reader.readexactly(size)
    await reader.readexactly(2)
    return data


async def read_body(reader, head):
    if head.chunked:
        parts = []
        while part := await read_chunk(reader):
            parts.append(part)
        return b"".join(parts)
    return await reader.readexactly(int(head.value("content-length") or 0))


def message(start, headers, body=b""):
    lines = [start, *(f"{key}: {value}" for key, value in headers), f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def stream_head(start, headers):
    lines = [start, *(f"{key}: {value}" for key, value in headers), "Transfer-Encoding: chunked"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"


def end_connection(writer, how):
    """fin: in good order as TLS has it; reset: as a machine that fell over."""
    if how == "fin":
        with contextlib.suppress(OSError, RuntimeError):
            writer.close()
        return
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
