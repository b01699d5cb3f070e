"""The fault proxy: stands between the operator and a real API server, writes down what passes, and does what the plan says.

It ends TLS with an authority of its own, which the operator's kubeconfig names. Each connection of the operator has one of
its own to the API server, so whatever HTTP/1.1 promises about an order holds. Everything runs on one thread with its event
loop (Loop); the methods of Proxy are called from the test's thread.
"""

import asyncio
import base64
import json
import ssl
import threading
from pathlib import Path
from urllib.parse import urlsplit

import wire
from journal import Journal, version_of
from plan import Answer, Cut
from relay import Relay
from wire import end_connection
from testbed import certificates


class Loop:
    """An event loop on a thread of its own, for all proxies of a process."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="fault-proxy", daemon=True)
        self.thread.start()

    def run(self, coroutine, timeout=60):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(timeout)

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


def make_identity(folder: Path):
    """The proxy's authority and certificate; once for a session."""
    folder.mkdir(parents=True, mode=0o700)
    certificates.make_authority(folder)
    certificates.make_certificate(folder, "server", "/CN=fault-proxy",
                                  ["extendedKeyUsage=serverAuth", "subjectAltName=IP:127.0.0.1"])
    return folder


class Proxy:
    """`kubeconfig` leads to the API server; `redirect` makes a copy that leads here."""

    def __init__(self, loop: Loop, identity: Path, kubeconfig: Path):
        self.loop = loop
        self.identity = identity
        self.journal = Journal()
        self.faults = []
        self.examine = False  # look at an object before it is written, to tell effective writes
        self.relays = set()
        self.connections = set()
        self.sessions = set()
        cluster = json.loads(kubeconfig.read_text(encoding="utf-8"))["clusters"][0]["cluster"]
        self.upstream = urlsplit(cluster["server"])
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self.client_tls = ssl.create_default_context(cadata=authority)
        self.server_tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.server_tls.load_cert_chain(identity / "server.crt", identity / "server.key")
        self.server = loop.run(self._listen())
        self.port = self.server.sockets[0].getsockname()[1]

    def redirect(self, kubeconfig: Path):
        """Makes the kubeconfig lead to the proxy, and trust it alone."""
        config = json.loads(kubeconfig.read_text(encoding="utf-8"))
        authority = (self.identity / "ca.crt").read_bytes()
        config["clusters"][0]["cluster"] = {"server": f"https://127.0.0.1:{self.port}",
                                            "certificate-authority-data": base64.b64encode(authority).decode()}
        kubeconfig.write_text(json.dumps(config), encoding="utf-8")

    def plan(self, *faults):
        """These from now on, and no others."""
        self.loop.run(self._set(list(faults)))

    def add(self, fault):
        self.loop.run(self._set([*self.faults, fault]))
        return fault

    def release(self, hold):
        """What a Hold kept back is told; nothing is kept any more."""
        self.loop.run(self._release(hold))

    def thaw(self, stale):
        self.loop.loop.call_soon_threadsafe(stale.thaw.set)

    def cut_watches(self, resource="", how="fin"):
        """Ends the streams that run, of that resource or all, between two events."""
        self.loop.run(self._cut_watches(resource, how))

    def half_open(self):
        """All connections that there are fall silent for good, and stay; new ones work."""
        self.loop.run(self._half_open())

    def event(self):
        """An asyncio.Event of the proxy's loop."""
        async def make():
            return asyncio.Event()
        return self.loop.run(make())

    def snapshot(self):
        """The initial events of every watch that runs, as the API server tells them now: for StaleList."""
        return self.loop.run(self._snapshot())

    def close(self):
        self.loop.run(self._close())

    # On the loop's thread from here on.

    async def _listen(self):
        return await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.server_tls, limit=wire.HEAD_LIMIT)

    async def _close(self):
        self.server.close()
        for task in list(self.connections):
            task.cancel()

    async def _set(self, faults):
        self.faults = faults

    async def _release(self, hold):
        self.faults = [one for one in self.faults if one is not hold]
        for relay in list(self.relays):
            if hold.matches(relay.request):
                await relay.send_pieces(hold.let_go())

    async def _cut_watches(self, resource, how):
        for relay in list(self.relays):
            if resource in ("", relay.request.resource):
                relay.cut(how)

    async def _half_open(self):
        for session in self.sessions:
            session.silent = True

    async def _snapshot(self):
        return {relay.request.resource: await relay.initial_events(self._connect) for relay in list(self.relays)}

    async def _connect(self):
        return await asyncio.open_connection(self.upstream.hostname, self.upstream.port, ssl=self.client_tls,
                                             limit=wire.HEAD_LIMIT)

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self.connections.add(task)
        session = Session(self, reader, writer)
        self.sessions.add(session)
        try:
            await session.run()
        except Cut as cut:
            end_connection(writer, cut.how)
        except (wire.Closed, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            end_connection(writer, "fin")
        finally:
            self.connections.discard(task)
            self.sessions.discard(session)
            session.close()


class Session:
    """One connection of the operator: one request after the other."""

    def __init__(self, proxy, reader, writer):
        self.proxy = proxy
        self.reader, self.writer = reader, writer
        self.upstream = None
        self.silent = False

    def close(self):
        if self.upstream:
            self.upstream[1].close()
            self.upstream = None

    async def run(self):
        while True:
            head = await wire.read_head(self.reader)
            body = await wire.read_body(self.reader, head)
            await self._stay_silent()
            method, target, _ = head.start.split(" ", 2)
            request = self.proxy.journal.request(method, target, body)
            faults = [one for one in self.proxy.faults if one.takes(request)]
            request.fault = ", ".join(type(one).__name__ for one in faults)
            answer = await self._first(one.before(request) for one in faults)
            if answer:
                await self._deliver(request, answer)
            elif request.verb == "watch":
                return await Relay(self, request, head, faults).run()
            else:
                await self._forward(request, head, body, faults)

    @staticmethod
    async def _first(answers):
        """The first answer that is none of nothing; all are asked."""
        found = [await one for one in answers]
        return next(filter(None, found), None)

    async def _forward(self, request, head, body, faults):
        if self.proxy.examine and request.verb in ("patch", "update"):
            seen = await self.ask("GET", urlsplit(request.target).path.removesuffix("/status"), head)
            request.version_before = version_of(seen.body)
        answer = await self.ask(request.method, request.target, head, body)
        request.upstream_status = answer.status
        request.version = version_of(answer.body)
        for fault in faults:
            await fault.after(request, answer)
        await self._deliver(request, answer)

    async def ask(self, method, target, head, body=b""):
        """The API server's answer to that request with the operator's own headers."""
        reader, writer = await self.connection()
        writer.write(wire.message(f"{method} {target} HTTP/1.1", head.without_hops(), body))
        await writer.drain()
        reply = await wire.read_head(reader)
        return Answer(reply.status, await wire.read_body(reader, reply), reply.without_hops())

    async def connection(self):
        if self.upstream is None or self.upstream[0].at_eof():
            self.close()
            self.upstream = await self.proxy._connect()
        return self.upstream

    async def _deliver(self, request, answer):
        request.status = answer.status
        start = f"HTTP/1.1 {answer.status} -"
        if answer.chunked:
            raw = wire.stream_head(start, answer.headers) + wire.chunk(answer.body) + wire.LAST_CHUNK
        else:
            raw = wire.message(start, answer.headers, answer.body)
        await self.send(raw, answer.seconds_a_byte)

    async def _stay_silent(self):
        if self.silent:
            await asyncio.Event().wait()

    async def send(self, raw, seconds_a_byte=0.0):
        await self._stay_silent()
        pieces = [raw] if not seconds_a_byte else [bytes([byte]) for byte in raw]
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            if seconds_a_byte:
                await asyncio.sleep(seconds_a_byte)
