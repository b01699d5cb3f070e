"""hack/demo: the main job from nothing, for a person to look at."""

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from . import account, binaries, cluster, components, places
from .supervisor import die_with, tail
from .trouble import Trouble, say

NAMESPACE = "serviceblueprint-demo"
CRD = "serviceblueprints.serviceblueprint.dev"
SAMPLE = places.ROOT / "crds" / "samples" / "checkout.yaml"
OPERATOR = places.ROOT / "build" / "dev" / "bin" / "serviceblueprint-operator"
KINDS = "deployments,pods,services,serviceaccounts,poddisruptionbudgets"
METRICS = ("controller_runtime_reconcile_total", "controller_runtime_reconcile_errors_total",
           "controller_runtime_reconcile_time_seconds_sum", "controller_runtime_reconcile_time_seconds_count",
           "workqueue_adds_total", "serviceblueprint_managed_objects", "serviceblueprint_writes_total")
STOP_SECONDS = 40


def step(text: str) -> None:
    say(f"\n== {text}")


def run(command: list[str]) -> None:
    if subprocess.run(command, cwd=places.ROOT, stdout=2, check=False).returncode:
        raise Trouble(f"{shlex.join(command)} failed; its words are above")


class Demo:
    def __init__(self, kubeconfig: Path | None, folder: Path):
        self.own_cluster = kubeconfig is None
        self.name = f"demo-{os.getpid()}"
        self.kubeconfig = kubeconfig or places.CLUSTERS / self.name / "kubeconfig"
        self.kubectl_program = ""
        self.folder = folder  # the operator's credential and log
        self.operator: subprocess.Popen | None = None
        self.ports: list[int] = []
        self.undo: list[list[str]] = []  # kubectl arguments, last first

    def kubectl(self, *arguments: str, check: bool = True) -> int:
        done = subprocess.run([self.kubectl_program, f"--kubeconfig={self.kubeconfig}", *arguments], check=False)
        if check and done.returncode:
            raise Trouble(f"kubectl {shlex.join(arguments)} failed")
        return done.returncode

    def has(self, *what: str) -> bool:
        found = subprocess.run([self.kubectl_program, f"--kubeconfig={self.kubeconfig}", "get", "--ignore-not-found",
                                "--output=name", *what], capture_output=True, text=True, check=False)
        if found.returncode:
            raise Trouble(f"the cluster of {self.kubeconfig} does not answer: {found.stderr.strip()}")
        return bool(found.stdout.strip())

    # The steps.

    def build(self) -> None:
        step("installing what is missing (hack/setup)")
        run(["hack/setup"])
        step("building the operator")
        run(["cmake", "--preset", "dev", "--log-level=WARNING"])
        run(["cmake", "--build", "--preset", "dev", "--target", "serviceblueprint-operator", "--parallel", "2"])

    def find_cluster(self) -> None:
        if self.own_cluster:
            step("starting a local control plane (the first time it is built: minutes)")
            wishes = components.Wishes(pods=True)
            cluster.up(cluster.Request(self.name, wishes, ["monitoring"], os.getpid(), None, True))
            self.kubectl_program = str(binaries.find(["kubectl"])["kubectl"])
            return
        step(f"using the cluster of {self.kubeconfig}")
        self.kubectl_program = shutil.which("kubectl") or str(binaries.find(["kubectl"])["kubectl"])

    def install(self) -> None:
        step("installing the definition and the operator's account and rights")
        if not self.has("crd", CRD):
            self.undo.append(["delete", "--ignore-not-found", "--timeout=120s", f"crd/{CRD}"])
        if not self.has("namespace", account.NAMESPACE):
            self.undo.append(["delete", "--ignore-not-found", "--timeout=120s", "-k", str(places.ROOT / "manifests")])
        self.kubectl("apply", "--server-side", "-f", str(places.ROOT / "crds"))
        self.kubectl("wait", "--for=condition=Established", "--timeout=60s", f"crd/{CRD}")
        self.kubectl("apply", "--server-side", "-k", str(places.ROOT / "manifests"))

    def start_operator(self) -> None:
        step("starting the operator, with its own rights only")
        credential = self.folder / "operator.kubeconfig"
        account.write_kubeconfig(self.kubectl_program, self.kubeconfig, credential)
        self.ports = components.free_ports(2)
        parent = os.getpid()
        with open(self.folder / "operator.log", "ab") as log:
            self.operator = subprocess.Popen(
                [str(OPERATOR), "--kubeconfig", str(credential), "--leader-elect=false",
                 "--metrics-bind-address", f"127.0.0.1:{self.ports[0]}",
                 "--health-probe-bind-address", f"127.0.0.1:{self.ports[1]}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=lambda: die_with(parent))
        self.wait_for_operator()

    def wait_for_operator(self) -> None:
        deadline = time.monotonic() + 60
        while not self.answer(self.ports[1], "/readyz"):
            if self.operator.poll() is not None or time.monotonic() > deadline:
                raise Trouble(f"the operator does not get ready; the end of its log:\n{tail(self.log())}")
            time.sleep(0.1)

    def log(self) -> Path:
        return self.folder / "operator.log"

    @staticmethod
    def answer(port: int, path: str) -> str:
        """The text of a good answer, else an empty one."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            return ""

    def apply_sample(self) -> None:
        step(f"kubectl apply -f {SAMPLE.relative_to(places.ROOT)}")
        if not self.has("namespace", NAMESPACE):
            self.undo.append(["delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=120s"])
            self.kubectl("create", "namespace", NAMESPACE)
        self.kubectl("label", "--overwrite", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted")
        self.kubectl("apply", f"--namespace={NAMESPACE}", "-f", str(SAMPLE))
        wait = ["wait", "--for=condition=Ready", "sb/checkout", f"--namespace={NAMESPACE}", "--timeout=180s"]
        step(f"kubectl {shlex.join(wait)}")
        if self.kubectl(*wait, check=False):
            self.kubectl("get", "sb", "checkout", f"--namespace={NAMESPACE}", "-o", "wide")
            raise Trouble(f"the blueprint did not become Ready; the end of the operator's log:\n{tail(self.log())}")

    def show(self) -> None:
        step("its children")
        monitors = self.has("crd", "servicemonitors.monitoring.coreos.com")
        self.kubectl("get", KINDS + (",servicemonitors" if monitors else ""), f"--namespace={NAMESPACE}",
                     "--selector=app.kubernetes.io/instance=checkout")
        step("what the operator counted (/metrics)")
        lines = self.answer(self.ports[0], "/metrics").splitlines()
        print("\n".join(line for line in lines if line.startswith(METRICS) and not line.endswith(" 0")), flush=True)
        step("kubectl get sb")
        self.kubectl("get", "sb", f"--namespace={NAMESPACE}")

    def stay(self) -> None:
        step("it keeps running; Ctrl-C ends it and cleans up. Try, in another terminal:")
        print(f"export KUBECONFIG={shlex.quote(str(self.kubeconfig))}\n"
              f"kubectl get sb,deploy,svc -n {NAMESPACE}\n"
              f"kubectl set image deploy/checkout checkout=other:1 -n {NAMESPACE}   # is undone\n"
              f"kubectl scale sb/checkout --replicas=3 -n {NAMESPACE}\n"
              f"curl http://127.0.0.1:{self.ports[0]}/metrics\n"
              f"tail -f {shlex.quote(str(self.log()))}", flush=True)
        code = self.operator.wait()
        raise Trouble(f"the operator ended with {code}; the end of its log:\n{tail(self.log())}")

    def clean_up(self) -> None:
        if not self.kubectl_program:  # there is no cluster yet
            return
        step("cleaning up")
        if self.own_cluster:
            self.stop_operator()
            cluster.down(self.name)
            return
        for arguments in reversed(self.undo):
            self.kubectl(*arguments, check=False)
        self.stop_operator()

    def stop_operator(self) -> None:
        if not self.operator or self.operator.poll() is not None:
            return
        self.operator.terminate()
        try:
            code = self.operator.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.operator.kill()
            raise Trouble(f"the operator did not end within {STOP_SECONDS} s of SIGTERM") from None
        say(f"the operator ended with {code}")


def parse() -> argparse.Namespace:
    options = argparse.ArgumentParser(prog="hack/demo", description="The main job, from nothing: installs, builds, starts "
                                      "a control plane and the operator, applies a sample and shows what became of it.")
    options.add_argument("--once", action="store_true", help="leave after showing")
    options.add_argument("--kubeconfig", type=Path, metavar="F", help="use this cluster and not a local one; what was "
                         "not there before is removed afterwards")
    given = options.parse_args()
    if given.kubeconfig and not given.kubeconfig.is_file():
        options.error(f"--kubeconfig {given.kubeconfig}: there is no such file")
    return given


def interrupt(*_) -> None:
    raise KeyboardInterrupt


def perform(demo: Demo, once: bool) -> None:
    demo.build()
    demo.find_cluster()
    demo.install()
    demo.start_operator()
    demo.apply_sample()
    demo.show()
    if not once:
        demo.stay()


def attempt(action: Callable[[], None], demo: Demo) -> int:
    """The exit status of one half: the demonstration, then the cleaning up, which is done in any case."""
    try:
        action()
    except KeyboardInterrupt:
        return 0 if demo.operator else 130
    except Trouble as trouble:
        say(f"hack/demo: {trouble}")
        return trouble.code
    return 0


def main() -> int:
    options = parse()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    with tempfile.TemporaryDirectory(prefix="serviceblueprint-demo-") as folder:
        demo = Demo(options.kubeconfig and options.kubeconfig.absolute(), Path(folder))
        return max(attempt(lambda: perform(demo, options.once), demo), attempt(demo.clean_up, demo))


if __name__ == "__main__":
    sys.exit(main())
