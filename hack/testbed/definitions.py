"""Definitions of other projects' kinds, as those projects publish them in their Go modules."""

import json
import os
import subprocess
from pathlib import Path

from . import places
from .trouble import Trouble

PROMETHEUS_OPERATOR = "github.com/prometheus-operator/prometheus-operator"
GATEWAY_API = "sigs.k8s.io/gateway-api"
KWOK = "sigs.k8s.io/kwok"
SETS = {
    "monitoring": (PROMETHEUS_OPERATOR, "example/prometheus-operator-crd",
                   ["monitoring.coreos.com_servicemonitors.yaml", "monitoring.coreos.com_prometheusrules.yaml"]),
    "gateway": (GATEWAY_API, "config/crd/standard",
                ["gateway.networking.k8s.io_httproutes.yaml", "gateway.networking.k8s.io_gateways.yaml",
                 "gateway.networking.k8s.io_gatewayclasses.yaml"]),
}
STAGES = ["pod/fast/pod-ready.yaml", "pod/fast/pod-complete.yaml", "pod/fast/pod-delete.yaml",
          "node/fast/node-initialize.yaml", "node/heartbeat/node-heartbeat.yaml"]


def module_folder(module: str, pinned_in: str) -> Path:
    """The unpacked module, downloaded if need be and verified against the go.sum of `pinned_in`."""
    done = subprocess.run(["go", "mod", "download", "-json", module], cwd=places.HERE / pinned_in,
                          env=dict(os.environ, GOWORK="off", GOFLAGS="-mod=readonly"), capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise Trouble(f"go mod download {module} failed:\n{(done.stderr or done.stdout).strip()[-1000:]}")
    return Path(json.loads(done.stdout)["Dir"])


def files(names: list[str]) -> list[Path]:
    """The definition files of the sets `names`: "monitoring", "gateway"."""
    found = []
    for name in names:
        module, folder, wanted = SETS[name]
        root = module_folder(module, "definitions") / folder
        found += [root / file for file in wanted]
    return found


def kwok_stages() -> str:
    """How kwok's simulated nodes and pods behave: pods run and are ready at once, nodes send heartbeats."""
    root = module_folder(KWOK, "kwok") / "kustomize" / "stage"
    return "\n---\n".join((root / stage).read_text(encoding="utf-8") for stage in STAGES)
