"""The command line of hack/cluster."""

import argparse
import signal
import sys

from . import binaries, cluster, definitions
from .components import Wishes
from .trouble import Trouble, say

DESCRIPTION = "A real Kubernetes control plane on this machine, on loopback: the test bed. State is under build/cluster/."


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(prog="hack/cluster", description=DESCRIPTION)
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    build = commands.add_parser("build", help="build the programs into the cache, if they are not there yet")
    build.add_argument("--kubernetes", metavar="V", help="another version than the pinned one, such as v1.36.1")
    add_up(commands.add_parser("up", help="start a cluster; prints `export KUBECONFIG=...` when it is ready"))
    for name, text in (("down", "end a cluster and remove its state"),
                       ("env", "print the export line of a running cluster")):
        add_name(commands.add_parser(name, help=text))
    commands.add_parser("list", help="the clusters of this clone")
    component = commands.add_parser("component", help="kill one component of a cluster, or bring it back (for tests)")
    component.add_argument("verb", choices=("stop", "start"))
    component.add_argument("component", metavar="COMPONENT", help="such as kube-apiserver")
    add_name(component)
    return whole


def add_name(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", default="default", help="which cluster (default: default)")


def add_up(command: argparse.ArgumentParser) -> None:
    add_name(command)
    command.add_argument("--pods", action="store_true",
                         help="also controller manager, scheduler and kwok: pods are scheduled and become ready")
    command.add_argument("--node", action="store_true", help="a real kubelet instead of kwok: not there yet")
    command.add_argument("--crds", default="", metavar="SETS", help=f"of {', '.join(definitions.SETS)}")
    command.add_argument("--audit", action="store_true", help="write build/cluster/NAME/audit.log")
    command.add_argument("--kubernetes", metavar="V", help="another version than the pinned one")
    command.add_argument("--owner-pid", type=int, metavar="P", help="end the cluster when process P is gone")
    command.add_argument("--no-build", action="store_true",
                         help=f"exit with {binaries.MISSING_BINARIES} when a program is not built yet")


def request_of(options: argparse.Namespace) -> cluster.Request:
    if options.node:
        raise Trouble("--node: a cluster with a real kubelet is not there yet; --pods simulates one", 2)
    sets = [name for name in options.crds.split(",") if name]
    for name in sets:
        if name not in definitions.SETS:
            raise Trouble(f"--crds {name}: one of {', '.join(definitions.SETS)}", 2)
    return cluster.Request(options.name, Wishes(options.pods, options.audit), sets, options.owner_pid,
                           options.kubernetes, not options.no_build)


def run(options: argparse.Namespace) -> None:
    if options.command == "build":
        found = binaries.find(binaries.BASE_NAMES + binaries.POD_NAMES + binaries.JUDGE_NAMES, options.kubernetes)
        say("\n".join(f"{name:24} {path}" for name, path in found.items()))
    elif options.command == "up":
        print(cluster.up(request_of(options)), flush=True)
    elif options.command == "down":
        cluster.down(options.name)
    elif options.command == "list":
        print(cluster.table())
    elif options.command == "env":
        print(cluster.environment(options.name))
    else:
        cluster.control(options.name, options.verb, options.component)


def interrupt(*_) -> None:
    raise KeyboardInterrupt


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        run(parser().parse_args())
    except Trouble as trouble:
        say(f"hack/cluster: {trouble}")
        return trouble.code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
