"""A Go module for another Kubernetes version than the pinned one (`hack/cluster build --kubernetes V`).

k8s.io/kubernetes requires its staging modules at v0.0.0, so each needs a replacement; which ones there are differs from
version to version and is read from the go.mod of that version.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from . import places
from .trouble import Trouble, say

TOOLS = ["go.etcd.io/etcd/server/v3", "k8s.io/kubernetes/cmd/kube-apiserver",
         "k8s.io/kubernetes/cmd/kube-controller-manager", "k8s.io/kubernetes/cmd/kube-scheduler",
         "k8s.io/kubernetes/cmd/kubectl"]


def module_for(version: str) -> Path:
    """The folder of a generated module for Kubernetes `version` ("v1.36.1"); made once."""
    if not re.fullmatch(r"v1\.\d+\.\d+", version):
        raise Trouble(f"--kubernetes {version}: a version such as v1.36.1 is needed", 2)
    folder = places.cache() / "modules" / version
    if (folder / "go.sum").exists():
        return folder
    say(f"resolving the modules of Kubernetes {version}")
    partial = folder.with_name(f".{version}.{os.getpid()}")
    partial.mkdir(parents=True)
    try:
        (partial / "go.mod").write_text(go_mod(version, upstream_go_mod(version)), encoding="utf-8")
        run_go(["list", "-deps", *TOOLS], partial)  # as tidy does, but without the tests of what we build
        if not folder.exists():
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def upstream_go_mod(version: str) -> str:
    answer = json.loads(run_go(["mod", "download", "-json", f"k8s.io/kubernetes@{version}"], places.HERE))
    return Path(answer["GoMod"]).read_text(encoding="utf-8")


def go_mod(version: str, upstream: str) -> str:
    staging = sorted(set(re.findall(r"^\s*(k8s\.io/\S+) v0\.0\.0(?:\s|$)", upstream, re.MULTILINE)))
    etcd = re.search(r"go\.etcd\.io/etcd/client/v3 (v\S+)", upstream)
    go = re.search(r"^go (\d+\.\d+)", upstream, re.MULTILINE)
    if not etcd or not go:
        raise Trouble(f"the go.mod of Kubernetes {version} has no etcd client or go line")
    same = version.replace("v1.", "v0.", 1)
    lines = [f"module serviceblueprint.dev/hack/testbed/control-plane-{version}", "", "go 1.26.0", "",
             f"godebug default=go{go.group(1)}", ""]
    lines += [f"tool {tool}" for tool in TOOLS]
    lines += ["", f"require k8s.io/kubernetes {version}", f"require go.etcd.io/etcd/server/v3 {etcd.group(1)}", ""]
    lines += [f"replace {module} => {module} {same}" for module in staging]
    return "\n".join(lines) + "\n"


def run_go(arguments: list[str], folder: Path) -> str:
    done = subprocess.run(["go", *arguments], cwd=folder, env=dict(os.environ, GOWORK="off", GOFLAGS="-mod=mod"),
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(f"go {' '.join(arguments)} failed:\n{(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout
