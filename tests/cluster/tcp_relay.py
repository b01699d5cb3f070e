"""A TCP relay before the API server that can keep back what its clients send: requests that are on their way."""

import contextlib
import socket
import threading

BLOCK = 65536


class Relay:
    """Passes bytes on, encrypted as they are. Ends with close()."""

    def __init__(self, host, port):
        self.server = (host, port)
        self.passing = threading.Event()
        self.passing.set()
        self.kept = threading.Event()  # something has come since hold()
        self.sockets = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self):
        """From now on what clients send is kept; answers pass."""
        self.kept.clear()
        self.passing.clear()

    def release(self):
        self.passing.set()

    def close(self):
        self.release()
        for one in [self.listener, *self.sockets]:
            with contextlib.suppress(OSError):
                one.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                upstream = socket.create_connection(self.server)
                self.sockets += [client, upstream]
                threading.Thread(target=self._pass_on, args=(client, upstream, True), daemon=True).start()
                threading.Thread(target=self._pass_on, args=(upstream, client, False), daemon=True).start()

    def _pass_on(self, source, target, holdable):
        with contextlib.suppress(OSError):
            while data := source.recv(BLOCK):
                if holdable and not self.passing.is_set():
                    self.kept.set()
                    self.passing.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
