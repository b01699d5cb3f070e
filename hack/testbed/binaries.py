"""The programs of the control plane: from KUBEBUILDER_ASSETS, else built once from their Go modules into a cache.

A cache folder is named by the version and by a digest of all that the build depends on, so a changed module or flag
builds anew and two clones with different modules do not disturb each other.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from . import places
from .trouble import Trouble, say
from .versions import module_for

BUILD_FLAGS = ["-trimpath", "-buildvcs=false"]
VERSION_PACKAGES = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"]
CONTROL_PLANE = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kubectl": "k8s.io/kubernetes/cmd/kubectl",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
}
KWOK = {"kwok": "sigs.k8s.io/kwok/cmd/kwok"}
JUDGES = {"kube-score": "github.com/zegl/kube-score/cmd/kube-score"}
BASE_NAMES = ["etcd", "kube-apiserver", "kubectl"]
POD_NAMES = ["kube-controller-manager", "kube-scheduler", "kwok"]
JUDGE_NAMES = ["kube-score"]
MISSING_BINARIES = 3  # exit status of --no-build


@dataclass(frozen=True)
class Module:
    """A Go module of ours whose tools are built together."""

    name: str
    folder: Path
    version: str  # of the thing that it builds
    tools: dict[str, str]
    ldflags: str

    def cache_folder(self) -> Path:
        digest = hashlib.sha256()
        for name in ("go.mod", "go.sum"):
            digest.update((self.folder / name).read_bytes())
        digest.update(" ".join([self.ldflags, *BUILD_FLAGS]).encode())
        return places.cache() / f"{self.name}-{self.version}-{digest.hexdigest()[:12]}"


def required_version(folder: Path, module: str) -> str:
    """The version of `module` in the go.mod of `folder`."""
    found = re.search(rf"^\s*(?:require )?{re.escape(module)} (v\S+)", (folder / "go.mod").read_text(), re.MULTILINE)
    if not found:
        raise Trouble(f"{folder}/go.mod does not require {module}")
    return found.group(1)


def kubernetes_ldflags(version: str) -> str:
    major, minor = version.lstrip("v").split(".")[:2]
    values = {"gitVersion": version, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    settings = [f"-X {package}.{key}={value}" for package in VERSION_PACKAGES for key, value in values.items()]
    return " ".join(["-s", "-w", *settings])


def control_plane(version: str | None) -> Module:
    """`version` None is the one that the repository pins."""
    pinned = places.HERE / "control-plane"
    folder = pinned
    if version and version != required_version(pinned, "k8s.io/kubernetes"):
        folder = module_for(version)
    actual = required_version(folder, "k8s.io/kubernetes")
    return Module("control-plane", folder, actual, CONTROL_PLANE, kubernetes_ldflags(actual))


def kwok() -> Module:
    folder = places.HERE / "kwok"
    return Module("kwok", folder, required_version(folder, "sigs.k8s.io/kwok"), KWOK, "-s -w")


def judges() -> Module:
    """Independent checkers of manifests."""
    folder = places.HERE / "judges"
    return Module("judges", folder, required_version(folder, "github.com/zegl/kube-score"), JUDGES, "-s -w")


def from_assets(name: str) -> Path | None:
    """The binary in the folder that setup-envtest makes, if the user has one."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    path = Path(assets, name).absolute() if assets else None
    return path if path and os.access(path, os.X_OK) else None


def find(names: list[str], version: str | None = None, build: bool = True) -> dict[str, Path]:
    """The paths of the programs `names`; builds what is missing, or raises Trouble when it may not."""
    found: dict[str, Path] = {}
    for module in (control_plane(version), kwok(), judges()):
        wanted = [name for name in names if name in module.tools]
        for name in wanted:
            ready = None if version else from_assets(name)
            found[name] = ready or module.cache_folder() / name
        missing = [name for name in wanted if not found[name].exists()]
        if missing and not build:
            raise Trouble(f"not built yet: {', '.join(missing)} (hack/cluster build makes them)", MISSING_BINARIES)
        if missing:
            build_tools(module, missing)
    return found


def build_tools(module: Module, names: list[str]) -> None:
    folder = module.cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with exclusive(folder / ".lock", f"waiting for another build of {module.name} {module.version}"):
        for name in names:
            if not (folder / name).exists():  # another run may have made it while we waited
                build_tool(module, name, folder / name)


def build_tool(module: Module, name: str, target: Path) -> None:
    if not shutil.which("go"):
        raise Trouble(f"Go is needed to build {name}: install Go 1.26 or newer, or name the folder that has "
                      "the binaries in KUBEBUILDER_ASSETS")
    say(f"building {name} {module.version} (once; minutes when cold)")
    started = time.monotonic()
    partial = target.with_name(f".{name}.{os.getpid()}")
    command = ["go", "build", *BUILD_FLAGS, "-ldflags", module.ldflags, "-o", str(partial), module.tools[name]]
    environment = dict(os.environ, CGO_ENABLED="0", GOWORK="off", GOFLAGS="-mod=readonly")
    try:
        if subprocess.run(command, cwd=module.folder, env=environment, stdout=2, check=False).returncode:
            raise Trouble(f"building {name} failed; go's words are above")
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    say(f"built {name} in {time.monotonic() - started:.0f} s")


@contextlib.contextmanager
def exclusive(path: Path, waiting: str):
    """Holds the lock file `path`; the kernel lets go of it when this process ends, however it ends."""
    with open(path, "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(waiting)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
