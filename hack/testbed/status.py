"""The status file of a cluster: written by its supervisor only, read by everyone."""

import json
import os
from pathlib import Path


class Status:
    """Phases: starting, ready, failed (a component ended or never got ready), stopped (somebody wished so)."""

    def __init__(self, folder: Path):
        self.path = folder / "status.json"

    def write(self, phase: str, message: str, processes: dict[str, int]) -> None:
        state = {"phase": phase, "message": message, "supervisor": os.getpid(), "processes": processes}
        partial = self.path.with_name(".status.json")
        partial.write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")
        partial.rename(self.path)

    def read(self) -> dict:
        """Empty while there is none."""
        try:
            return json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
