"""What one user asked of the API server, from its audit log (written before each answer is sent)."""

import json
from pathlib import Path

WRITES = {"create", "update", "patch", "delete", "deletecollection"}


class AuditLog:
    def __init__(self, path: Path, user: str):
        self.path = path
        self.user = user

    def position(self):
        """The end of the log as it is now."""
        return self.path.stat().st_size

    def since(self, position):
        """The user's requests after `position`, one text each: verb and path."""
        with open(self.path, "rb") as log:
            log.seek(position)
            lines = log.read().splitlines()
        events = [json.loads(line) for line in lines if line.endswith(b"}")]
        return [(one["verb"], one["requestURI"]) for one in events
                if one["user"]["username"] == self.user and one["stage"] == "ResponseComplete"]

    def writes_since(self, position):
        return [one for one in self.since(position) if one[0] in WRITES]

    def other_than_watches_since(self, position):
        return [one for one in self.since(position) if one[0] != "watch"]
