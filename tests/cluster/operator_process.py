"""The operator as a process of its own, with the rights of its ServiceAccount and no others."""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from testbed import account
from testbed.supervisor import die_with
from waiting import eventually

USER = f"system:serviceaccount:{account.NAMESPACE}:{account.NAME}"
STOP_SECONDS = 40  # above --graceful-shutdown-timeout


def free_port():
    """Below the range from which the kernel gives connections their ports: it stays free until the operator binds it."""
    while True:
        port = random.SystemRandom().randrange(15000, 32000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def clean_environment(additions):
    """Ours without what would configure the operator."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SERVICEBLUEPRINT_")}
    return {**kept, **additions}


class OperatorProcess:
    """Starts and ends the program; one at a time. `log` keeps what all runs said."""

    def __init__(self, binary: Path, folder: Path, api):
        self.binary = binary
        self.kubeconfig = folder / "operator.kubeconfig"
        self.log = folder / "operator.log"
        self.process = None
        self.metrics_port = 0
        self.health_port = 0
        account.write_kubeconfig(api.kubectl_program, api.kubeconfig, self.kubeconfig)

    def start(self, *flags, ready=True, **environment):
        assert not self.running(), "it runs already"
        self.metrics_port, self.health_port = free_port(), free_port()
        command = [self.binary, "--kubeconfig", self.kubeconfig, "--leader-elect=false",
                   "--metrics-bind-address", f"127.0.0.1:{self.metrics_port}",
                   "--health-probe-bind-address", f"127.0.0.1:{self.health_port}", *flags]
        parent = os.getpid()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=clean_environment(environment),
                                            preexec_fn=lambda: die_with(parent))
        if ready:
            self.wait_ready()

    def running(self):
        return self.process is not None and self.process.poll() is None

    def ensure_running(self):
        """For the next test: a process that a test has ended is started anew; one that died by itself is a failure."""
        if self.process is not None:
            assert self.process.poll() is None, f"the operator ended with {self.process.returncode}:\n{self.tail()}"
            return
        self.start()

    def wait_ready(self, timeout=60):
        def check():
            assert self.running(), f"the operator ended with {self.process.returncode}:\n{self.tail()}"
            status, body = self.ask("/readyz")
            assert status == 200, body
        eventually(check, timeout)

    def ask(self, path, port=None):
        """Status and text of an answer of the health endpoint (or of another port)."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port or self.health_port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def metrics(self):
        status, text = self.ask("/metrics", self.metrics_port)
        assert status == 200
        return text

    def metric(self, name, labels=""):
        """The sum of the series of that name whose labels contain the text `labels`."""
        total = 0.0
        for line in self.metrics().splitlines():
            series, _, value = line.rpartition(" ")
            if series.partition("{")[0] == name and labels in series:
                total += float(value)
        return total

    def terminate(self):
        """SIGTERM; asserts that the program ends in time and with 0."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=STOP_SECONDS)
        self.process = None
        assert code == 0, f"exit code {code} after SIGTERM:\n{self.tail()}"

    def kill(self):
        """A crash: SIGKILL."""
        self.process.kill()
        self.process.wait()
        self.process = None

    def restart(self):
        self.terminate()
        self.start()

    def tail(self, lines=25):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def log_position(self):
        return self.log.stat().st_size if self.log.exists() else 0

    def log_since(self, position):
        """The lines that were logged after `position`, each a dict; a line that is no JSON fails the test."""
        with open(self.log, "rb") as log:
            log.seek(position)
            return [json.loads(line) for line in log.read().splitlines()]

