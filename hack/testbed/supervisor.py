"""The one process that owns a cluster's processes: they end with it, whatever ends it.

Each child is started with PR_SET_PDEATHSIG=SIGKILL, so that the kernel kills it when the supervisor dies, even of
SIGKILL. The supervisor ends, and all with it, when
  - it gets SIGTERM or SIGINT (`hack/cluster down`),
  - a component ends by itself (the status file then says which, with the end of its log),
  - the `up` that started it goes away before it has said that the start is complete (end of file on the launch pipe),
  - the process given with --owner-pid is gone.

Run as: python3 -m testbed.supervisor FOLDER LOCK_FD LAUNCH_FD [OWNER_PID]. LOCK_FD is the locked folder: holding it is
what "running" means. State goes to FOLDER/status.json; FOLDER/control is a socket that takes `stop NAME`, `start NAME`.
"""

import ctypes
import os
import selectors
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from . import components
from .status import Status

READY_SECONDS = 60
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


class Ended(Exception):
    """Why the supervisor has to stop. `failed` tells an accident from a wish."""

    def __init__(self, reason: str, failed: bool):
        super().__init__(reason)
        self.failed = failed


def die_with(parent: int) -> None:
    """Runs in the child between fork and exec."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def tail(path: Path, lines: int = 15) -> str:
    if not path.exists():
        return ""
    with open(path, "rb") as log:
        log.seek(max(0, path.stat().st_size - 16384))
        return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])


class Supervisor:
    def __init__(self, folder: Path, launch: int, owner: int | None):
        self.folder = folder
        self.plan = {one.name: one for one in components.load(folder)}
        self.children: dict[str, subprocess.Popen] = {}
        self.pidfds: dict[str, int] = {}
        self.status = Status(folder)
        self.events = selectors.DefaultSelector()
        self.watch_signals()
        self.events.register(launch, selectors.EVENT_READ, lambda: self.launch_event(launch))
        if owner:
            self.watch_owner(owner)
        self.control = socket.socket(socket.AF_UNIX)

    # What can end it.

    def watch_signals(self) -> None:
        read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(write)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: None)

        def arrived() -> None:
            raise Ended(f"ended by {signal.Signals(os.read(read, 1)[0]).name}", failed=False)

        self.events.register(read, selectors.EVENT_READ, arrived)

    def watch_owner(self, owner: int) -> None:
        def gone() -> None:
            raise Ended(f"its owner, process {owner}, is gone", failed=False)

        try:
            self.events.register(os.pidfd_open(owner), selectors.EVENT_READ, gone)
        except ProcessLookupError:
            gone()

    def launch_event(self, launch: int) -> None:
        if not os.read(launch, 1):
            raise Ended("the start was interrupted", failed=False)
        self.events.unregister(launch)
        os.close(launch)

    def child_ended(self, name: str) -> None:
        self.events.unregister(self.pidfds[name])
        code = self.children[name].wait()
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        raise Ended(f"{name} {how}; the end of {self.log(name)}:\n{tail(self.log(name))}", failed=True)

    # Starting and stopping.

    def log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def start(self, name: str) -> None:
        wanted = self.plan[name]
        parent = os.getpid()
        with open(self.log(name), "ab") as log:
            child = subprocess.Popen(wanted.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                                     env=dict(os.environ, **wanted.environment), preexec_fn=lambda: die_with(parent))
        self.children[name] = child
        self.pidfds[name] = os.pidfd_open(child.pid)
        self.events.register(self.pidfds[name], selectors.EVENT_READ, lambda: self.child_ended(name))

    def stop(self, name: str) -> None:
        self.events.unregister(self.pidfds[name])
        os.close(self.pidfds.pop(name))
        child = self.children.pop(name)
        child.kill()
        child.wait()

    def answers(self, url: str) -> bool:
        context = None
        if url.startswith("https"):
            context = ssl.create_default_context(cafile=self.folder / "pki" / "ca.crt")
            context.load_cert_chain(self.folder / "pki" / "admin.crt", self.folder / "pki" / "admin.key")
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                             urllib.request.HTTPSHandler(context=context))
        try:
            with direct.open(url, timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def wait_ready(self, name: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self.answers(self.plan[name].ready_url):
            if time.monotonic() > deadline:
                raise Ended(f"{name} is not ready after {READY_SECONDS} s; the end of {self.log(name)}:\n"
                            f"{tail(self.log(name))}", failed=True)
            self.handle_events(0.1)

    def start_all(self) -> None:
        for stage in sorted({one.stage for one in self.plan.values()}):
            names = [one.name for one in self.plan.values() if one.stage == stage]
            for name in names:
                self.start(name)
            for name in names:
                self.wait_ready(name)

    def handle_events(self, timeout: float | None) -> None:
        for key, _ in self.events.select(timeout):
            key.data()

    # The control socket: a component is taken away and given back, for tests of failures.

    def open_control(self) -> None:
        # By way of the folder's descriptor: a socket's path may have just 107 characters.
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        (self.folder / "control").unlink(missing_ok=True)
        self.control.bind(f"/proc/self/fd/{folder}/control")
        os.close(folder)
        self.control.listen(1)
        self.events.register(self.control, selectors.EVENT_READ, self.accept)

    def accept(self) -> None:
        connection, _ = self.control.accept()
        with connection:
            connection.settimeout(5)
            try:
                answer = self.obey(connection.recv(200).decode().split())
                connection.sendall(answer.encode())
            except OSError:  # the client went away: its business
                return

    def obey(self, words: list[str]) -> str:
        if len(words) != 2 or words[0] not in ("stop", "start") or words[1] not in self.plan:
            return f"stop or start and one of: {', '.join(self.plan)}"
        verb, name = words
        if (name in self.children) == (verb == "start"):
            return f"{name} is {'already' if verb == 'start' else 'not'} running"
        if verb == "stop":
            self.stop(name)
        else:
            self.start(name)
            self.wait_ready(name)
        self.report("ready")
        return "ok"

    # The whole.

    def report(self, phase: str, message: str = "") -> None:
        self.status.write(phase, message, {name: child.pid for name, child in self.children.items()})

    def run(self) -> int:
        try:
            self.report("starting")
            self.start_all()
            self.open_control()
            self.report("ready")
            while True:
                self.handle_events(None)
        except Ended as ended:
            for name in list(self.children):
                if self.children[name].returncode is None:
                    self.stop(name)
            self.children.clear()
            self.report("failed" if ended.failed else "stopped", str(ended))
            return 1 if ended.failed else 0


def main() -> int:
    folder, lock, launch = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    owner = int(sys.argv[4]) if len(sys.argv) > 4 else None
    for inherited in (lock, launch):
        os.set_inheritable(inherited, False)
    try:
        return Supervisor(folder, launch, owner).run()
    except Ended as ended:  # before there was anything to stop
        Status(folder).write("failed" if ended.failed else "stopped", str(ended), {})
        return 1


if __name__ == "__main__":
    sys.exit(main())
