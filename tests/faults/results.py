"""What was tried, as a file for each test: the report is made from these and from nothing else."""

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent.parent / "build" / "fault-results"


def write(name, promise, fault, tried, passed, **more):
    FOLDER.mkdir(parents=True, exist_ok=True)
    body = {"promise": promise, "fault": fault, "tried": tried, "passed": passed, **more}
    (FOLDER / f"{name}.json").write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")
