"""A place where one plan runs at a time: a proxy, and an operator that knows the API server by that proxy alone and cares
for one namespace. Several stations share a control plane and do not see each other."""

import os
import signal

from operator_process import OperatorProcess
from proxy import Proxy


class Station:
    def __init__(self, folder, binary, api, loop, identity):
        folder.mkdir()
        self.api = api
        self.operator = OperatorProcess(binary, folder, api)
        self.proxy = Proxy(loop, identity, self.operator.kubeconfig)
        self.proxy.redirect(self.operator.kubeconfig)
        self.flags = []

    @property
    def journal(self):
        return self.proxy.journal

    def start(self, namespace, *flags, ready=True):
        self.flags = ["--namespaces", namespace, "--log-level=debug", *flags]
        self.operator.start(*self.flags, ready=ready)

    def crash(self):
        """For a fault of the plan: called on the proxy's thread, so it does not wait."""
        os.kill(self.operator.process.pid, signal.SIGKILL)

    def restart(self, ready=True):
        """After a crash that the plan made."""
        code = self.operator.process.wait(timeout=30)
        assert code == -signal.SIGKILL, f"the operator ended with {code}, not by the plan:\n{self.operator.tail()}"
        self.operator.process = None
        self.operator.start(*self.flags, ready=ready)

    def expect_alive(self):
        """It has ended by nothing but our kill, and no pass has met what it did not expect."""
        assert self.operator.running(), f"the operator ended by itself:\n{self.operator.tail()}"
        assert self.operator.metric("controller_runtime_reconcile_panics_total") == 0, self.operator.tail()

    def end(self):
        """Ends the operator, however it is."""
        self.proxy.plan()
        if self.operator.process is not None:
            self.operator.process.kill()
            self.operator.process.wait()
            self.operator.process = None

    def close(self):
        self.end()
        self.proxy.close()
        self.operator.kubeconfig.unlink()
