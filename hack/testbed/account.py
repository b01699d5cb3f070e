"""A kubeconfig with the rights of the operator's own ServiceAccount and no others: never try the operator as an admin."""

import json
import subprocess
from pathlib import Path

from .trouble import Trouble

NAMESPACE = "serviceblueprint-system"
NAME = "serviceblueprint-operator"


def ask(kubectl: str, kubeconfig: Path, *arguments: str) -> str:
    done = subprocess.run([kubectl, f"--kubeconfig={kubeconfig}", *arguments], capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise Trouble(f"kubectl {' '.join(arguments[:2])} failed: {done.stderr.strip()}")
    return done.stdout


def write_kubeconfig(kubectl: str, admin: Path, target: Path) -> None:
    """The cluster of the current context of `admin`, with a token of the ServiceAccount as the only credential."""
    token = ask(kubectl, admin, "create", "token", NAME, f"--namespace={NAMESPACE}", "--duration=24h").strip()
    config = json.loads(ask(kubectl, admin, "config", "view", "--raw", "--minify", "--flatten", "--output=json"))
    config["users"] = [{"name": NAME, "user": {"token": token}}]
    config["contexts"][0]["context"]["user"] = NAME
    target.touch(mode=0o600)
    target.write_text(json.dumps(config), encoding="utf-8")
