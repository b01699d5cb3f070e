"""The components of one cluster: their command lines, files and how to see that each is ready."""

import base64
import json
import random
import shlex
import socket
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import certificates, definitions
from .trouble import Trouble

SERVICE_RANGE = "10.0.0.0/24"
POD_RANGE = "10.64.0.0/16"
AUDIT_POLICY = """\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
"""


@dataclass
class Component:
    name: str
    command: list[str]
    ready_url: str
    stage: int  # all of one stage are ready before the next is started
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wishes:
    """What the user asked `up` for."""

    pods: bool = False
    audit: bool = False


def free_ports(count: int) -> list[int]:
    """Ports below the range that the kernel gives to outgoing connections, so that none is taken before we bind it."""
    found: list[int] = []
    for port in random.SystemRandom().sample(range(20000, 32000), 1000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise Trouble("no free port between 20000 and 32000 on 127.0.0.1")


def write_kubeconfig(folder: Path, name: str, server: str) -> Path:
    """With the certificates inline, so that the file can be copied anywhere."""
    def inline(file: str) -> str:
        return base64.b64encode((folder / "pki" / file).read_bytes()).decode()

    config = {
        "apiVersion": "v1", "kind": "Config", "current-context": "test-bed",
        "clusters": [{"name": "test-bed",
                      "cluster": {"server": server, "certificate-authority-data": inline("ca.crt")}}],
        "users": [{"name": name, "user": {"client-certificate-data": inline(f"{name}.crt"),
                                          "client-key-data": inline(f"{name}.key")}}],
        "contexts": [{"name": "test-bed", "context": {"cluster": "test-bed", "user": name}}],
    }
    path = folder / ("kubeconfig" if name == "admin" else f"{name}.kubeconfig")
    path.touch(mode=0o600)
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="ascii")
    return path


def etcd(folder: Path, binary: Path, client: int, peer: int) -> Component:
    mine, peers = f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
    return Component("etcd", [
        str(binary), f"--data-dir={folder / 'etcd'}", f"--listen-client-urls={mine}", f"--advertise-client-urls={mine}",
        f"--listen-peer-urls={peers}", f"--initial-advertise-peer-urls={peers}", f"--initial-cluster=default={peers}",
        "--unsafe-no-fsync", "--log-level=error"], f"{mine}/health", 0)


def api_server(folder: Path, binary: Path, etcd_port: int, port: int, audit: bool) -> Component:
    pki = folder / "pki"
    command = [
        str(binary), f"--etcd-servers=http://127.0.0.1:{etcd_port}", f"--secure-port={port}", "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none", f"--cert-dir={pki}",
        f"--tls-cert-file={pki / 'server.crt'}", f"--tls-private-key-file={pki / 'server.key'}",
        f"--client-ca-file={pki / 'ca.crt'}", f"--service-account-key-file={pki / 'service-account.key'}",
        f"--service-account-signing-key-file={pki / 'service-account.key'}",
        "--service-account-issuer=https://kubernetes.default.svc", "--authorization-mode=RBAC",
        f"--service-cluster-ip-range={SERVICE_RANGE}", "--profiling=false",
        "--enable-admission-plugins=OwnerReferencesPermissionEnforcement"]
    if audit:
        (folder / "audit-policy.yaml").write_text(AUDIT_POLICY, encoding="ascii")
        command += [f"--audit-policy-file={folder / 'audit-policy.yaml'}", f"--audit-log-path={folder / 'audit.log'}"]
    return Component("kube-apiserver", command, f"https://127.0.0.1:{port}/readyz", 1)


def served(folder: Path, name: str, binary: Path, port: int, server: str, extra: list[str]) -> Component:
    """A component that serves its health with a certificate of ours and asks the API server who may see more."""
    pki, config = folder / "pki", write_kubeconfig(folder, name, server)
    return Component(name, [
        str(binary), f"--kubeconfig={config}", f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}", "--leader-elect=false", "--bind-address=127.0.0.1",
        f"--secure-port={port}", f"--tls-cert-file={pki / 'server.crt'}",
        f"--tls-private-key-file={pki / 'server.key'}", *extra], f"https://127.0.0.1:{port}/healthz", 2)


def controller_manager(folder: Path, binary: Path, port: int, server: str) -> Component:
    """Each controller acts with its own account: as the admin it would hide what a policy or RBAC refuses."""
    pki = folder / "pki"
    return served(folder, "kube-controller-manager", binary, port, server, [
        f"--service-account-private-key-file={pki / 'service-account.key'}", f"--root-ca-file={pki / 'ca.crt'}",
        "--use-service-account-credentials=true", f"--service-cluster-ip-range={SERVICE_RANGE}",
        "--kube-api-qps=200", "--kube-api-burst=400"])


def kwok(folder: Path, binary: Path, port: int, server: str) -> Component:
    stages = folder / "stages.yaml"
    stages.write_text(definitions.kwok_stages(), encoding="utf-8")
    config = write_kubeconfig(folder, "kwok", server)
    return Component("kwok", [
        str(binary), f"--kubeconfig={config}", "--manage-all-nodes", f"--config={stages}", f"--cidr={POD_RANGE}",
        f"--server-address=127.0.0.1:{port}"], f"http://127.0.0.1:{port}/healthz", 2, {"HOME": str(folder)})


def plan(folder: Path, binaries: dict[str, Path], wishes: Wishes) -> list[Component]:
    """Writes the certificates and configuration files into `folder` and says what to start, in order."""
    certificates.make_all(folder / "pki")
    ports = free_ports(6)
    server = f"https://127.0.0.1:{ports[2]}"
    write_kubeconfig(folder, "admin", server)
    found = [etcd(folder, binaries["etcd"], ports[0], ports[1]),
             api_server(folder, binaries["kube-apiserver"], ports[0], ports[2], wishes.audit)]
    if wishes.pods:
        found += [controller_manager(folder, binaries["kube-controller-manager"], ports[3], server),
                  served(folder, "kube-scheduler", binaries["kube-scheduler"], ports[4], server, []),
                  kwok(folder, binaries["kwok"], ports[5], server)]
    return found


def export_line(folder: Path) -> str:
    return f"export KUBECONFIG={shlex.quote(str(folder / 'kubeconfig'))}"


def save(folder: Path, components: list[Component]) -> None:
    (folder / "components.json").write_text(json.dumps([asdict(one) for one in components], indent=2), encoding="utf-8")


def load(folder: Path) -> list[Component]:
    return [Component(**one) for one in json.loads((folder / "components.json").read_text(encoding="utf-8"))]
