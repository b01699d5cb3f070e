"""Clusters by name: up, down, list, and the commands to one that runs.

A cluster runs exactly as long as somebody holds the lock on its folder: the supervisor inherits the lock from the `up`
that started it, so a left-over status file never passes for a cluster.
"""

import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from . import binaries, components, definitions, places
from .components import Wishes
from .status import Status
from .trouble import Trouble, say

ATTEMPTS = 3  # another program may take a port between our look and the component's bind
NODE = {
    "apiVersion": "v1", "kind": "Node",
    "metadata": {"name": "node-1", "annotations": {"kwok.x-k8s.io/node": "fake"},
                 "labels": {"kubernetes.io/hostname": "node-1", "topology.kubernetes.io/zone": "zone-1",
                            "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}},
    "status": {key: {"cpu": "1000", "memory": "4000Gi", "pods": "10000", "ephemeral-storage": "4000Gi"}
               for key in ("allocatable", "capacity")},
}


@dataclass(frozen=True)
class Request:
    """What `up` was asked for."""

    name: str
    wishes: Wishes
    definition_sets: list[str]
    owner: int | None
    version: str | None
    build: bool


def folder_of(name: str) -> Path:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9._-]{0,60}[a-z0-9])?", name):
        raise Trouble(f"--name {name}: lower-case letters, digits, '-', '_' and '.', at most 62", 2)
    return places.CLUSTERS / name


class FolderLock:
    """The lock on a cluster's folder. A folder that was removed while we waited for its lock does not count."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.descriptor = -1

    def take(self) -> bool:
        """False when somebody else has it."""
        while True:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return False
            if self.folder.exists() and os.path.samestat(os.fstat(descriptor), self.folder.stat()):
                self.descriptor = descriptor
                return True
            os.close(descriptor)

    def release(self) -> None:
        os.close(self.descriptor)


def running(folder: Path) -> bool:
    if not folder.exists():
        return False
    lock = FolderLock(folder)
    if not lock.take():
        return True
    lock.release()
    return False


class Launch:
    """One `up`: from the empty folder to a cluster that is ready, or to nothing left behind."""

    def __init__(self, request: Request, lock: FolderLock, programs: dict[str, Path]):
        self.request = request
        self.folder = lock.folder
        self.lock = lock
        self.programs = programs
        self.status = Status(self.folder)
        self.supervisor: subprocess.Popen | None = None
        self.launch_pipe = -1

    def run(self) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            self.prepare()
            self.start_supervisor()
            state = self.wait_for_components()
            if state["phase"] == "ready":
                break
            self.abandon()
            if "address already in use" not in state["message"] or attempt == ATTEMPTS:
                raise Trouble(f"cluster {self.request.name} did not start: {state['message']}")
            say("another program took a port first, trying others")
        self.furnish()
        os.write(self.launch_pipe, b"!")  # from now on the supervisor lives without us
        os.close(self.launch_pipe)

    def prepare(self) -> None:
        for left in self.folder.iterdir():
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left)
            else:
                left.unlink()
        (self.folder / "logs").mkdir()
        components.save(self.folder, components.plan(self.folder, self.programs, self.request.wishes))
        (self.folder / "programs.json").write_text(json.dumps({k: str(v) for k, v in self.programs.items()}, indent=2))

    def start_supervisor(self) -> None:
        read, self.launch_pipe = os.pipe()
        owner = [str(self.request.owner)] if self.request.owner else []
        with open(self.folder / "logs" / "supervisor.log", "ab") as log:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "testbed.supervisor", str(self.folder), str(self.lock.descriptor), str(read),
                 *owner],
                cwd=places.ROOT / "hack", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                pass_fds=(self.lock.descriptor, read))
        os.close(read)

    def wait_for_components(self) -> dict:
        say(f"starting {', '.join(one.name for one in components.load(self.folder))}")
        while True:
            ended = self.supervisor.poll() is not None
            state = self.status.read()
            if state.get("phase") in ("ready", "failed", "stopped"):
                return state
            if ended:
                log = (self.folder / "logs" / "supervisor.log").read_text(errors="replace")
                raise Trouble(f"the supervisor ended at once:\n{log[-2000:]}")
            time.sleep(0.1)

    def furnish(self) -> None:
        """What a new cluster needs beside its processes."""
        if self.request.wishes.pods:
            self.kubectl(["create", "-f", "-"], json.dumps(NODE))
            self.kubectl(["wait", "--for=condition=Ready", "node/node-1", "--timeout=60s"])
            self.kubectl(["wait", "--for=create", "serviceaccount/default", "--namespace=default", "--timeout=60s"])
        if self.request.definition_sets:
            say(f"installing the definitions: {', '.join(self.request.definition_sets)}")
            files = [f"--filename={file}" for file in definitions.files(self.request.definition_sets)]
            self.kubectl(["apply", "--server-side", *files])
            self.kubectl(["wait", "--for=condition=Established", "--timeout=60s", *files])

    def kubectl(self, arguments: list[str], text: str = "") -> None:
        done = subprocess.run([str(self.programs["kubectl"]), f"--kubeconfig={self.folder / 'kubeconfig'}", *arguments],
                              input=text, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Trouble(f"kubectl {arguments[0]} failed: {done.stderr.strip()[-2000:]}")

    def abandon(self) -> None:
        """Ends what was started; the kernel ends it too if we are killed before this."""
        if self.launch_pipe >= 0:
            os.close(self.launch_pipe)
            self.launch_pipe = -1
        if self.supervisor:
            self.supervisor.wait()


def up(request: Request) -> str:
    """Returns the export line of the cluster, once it is ready."""
    folder = folder_of(request.name)
    names = binaries.BASE_NAMES + (binaries.POD_NAMES if request.wishes.pods else [])
    programs = binaries.find(names, request.version, request.build)
    lock = FolderLock(folder)
    if not lock.take():
        return join(request.name, folder)
    started = time.monotonic()
    launch = Launch(request, lock, programs)
    try:
        launch.run()
    except KeyboardInterrupt:
        launch.abandon()
        shutil.rmtree(folder, ignore_errors=True)
        raise Trouble("interrupted: everything that was started has ended", 130) from None
    except BaseException:
        launch.abandon()
        raise
    finally:
        lock.release()  # the supervisor, if it lives, still holds it
    say(f"cluster {request.name} is ready after {time.monotonic() - started:.1f} s")
    return components.export_line(folder)


def join(name: str, folder: Path) -> str:
    """Another `up` made it, or is about to."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and running(folder):
        if Status(folder).read().get("phase") == "ready":
            say(f"cluster {name} is already running")
            return components.export_line(folder)
        time.sleep(0.2)
    raise Trouble(f"cluster {name} is being started by another process and does not get ready")


def down(name: str) -> None:
    folder = folder_of(name)
    if not folder.exists():
        say(f"there is no cluster {name}")
        return
    lock = FolderLock(folder)
    deadline = time.monotonic() + 30
    while not lock.take():
        if time.monotonic() > deadline:
            raise Trouble(f"cluster {name} does not end")
        stop_supervisor(folder)
    shutil.rmtree(folder)
    lock.release()
    say(f"cluster {name} is gone")


def stop_supervisor(folder: Path) -> None:
    """Safe against a recycled process id: only while the lock is held, and only if it is a supervisor of this folder."""
    pid = Status(folder).read().get("supervisor", 0)
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"testbed.supervisor" in command and str(folder).encode() in command:
            os.kill(pid, signal.SIGTERM)
    except (FileNotFoundError, ProcessLookupError):
        pass
    time.sleep(0.1)


def table() -> str:
    rows = [("NAME", "STATE", "SERVER", "SINCE")]
    folders = sorted(places.CLUSTERS.iterdir()) if places.CLUSTERS.exists() else []
    for folder in folders:
        if not (folder / "status.json").exists():
            continue
        state = Status(folder).read()
        alive = running(folder)
        phase = state["phase"] if alive or state["phase"] in ("failed", "stopped") else "dead"
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime((folder / "status.json").stat().st_mtime))
        rows.append((folder.name, phase, server_of(folder) if alive else "-", since))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def server_of(folder: Path) -> str:
    config = json.loads((folder / "kubeconfig").read_text(encoding="ascii"))
    return config["clusters"][0]["cluster"]["server"]


def environment(name: str) -> str:
    folder = folder_of(name)
    if not running(folder) or Status(folder).read().get("phase") != "ready":
        raise Trouble(f"cluster {name} does not run (hack/cluster up --name {name} starts it)")
    return components.export_line(folder)


def control(name: str, verb: str, component: str) -> None:
    """`stop` kills one component of a running cluster, `start` brings it back: for tests of failures."""
    environment(name)
    folder = os.open(folder_of(name), os.O_RDONLY | os.O_DIRECTORY)
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(f"/proc/self/fd/{folder}/control")
        line.sendall(f"{verb} {component}".encode())
        answer = line.recv(1000).decode()
    os.close(folder)
    if answer != "ok":
        raise Trouble(answer or f"{component}: the cluster ended; see hack/cluster list")
