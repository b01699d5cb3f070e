"""Where the test bed keeps things."""

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CLUSTERS = ROOT / "build" / "cluster"


def cache() -> Path:
    """Outside the build tree, so that every clone on a machine shares the binaries."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "serviceblueprint" / "test-bed"
