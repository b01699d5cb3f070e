"""What one user asked of the API server, from its audit log (written before each answer is sent)."""

import json
from pathlib import Path

WRITES = {"create", "update", "patch", "delete", "deletecollection"}


CREDENTIAL = "authentication.kubernetes.io/credential-id"  # tells the tokens of one ServiceAccount apart


class AuditLog:
    """`credential` restricts it to the bearer of one token: "JTI=..."."""

    def __init__(self, path: Path, user: str, credential: str | None = None):
        self.path = path
        self.user = user
        self.credential = credential

    def position(self):
        """The end of the log as it is now."""
        return self.path.stat().st_size

    def since(self, position):
        """The user's requests after `position`, one text each: verb and path."""
        return [(one["verb"], one["requestURI"]) for one in self.events_since(position)]

    def events_since(self, position):
        """The same as the server wrote them down."""
        with open(self.path, "rb") as log:
            log.seek(position)
            lines = log.read().splitlines()
        events = [json.loads(line) for line in lines if line.endswith(b"}")]
        return [one for one in events if one["stage"] == "ResponseComplete" and self._is_mine(one["user"])]

    def _is_mine(self, user):
        return user["username"] == self.user and (
            self.credential is None or self.credential in user.get("extra", {}).get(CREDENTIAL, []))

    def writes_since(self, position):
        return [one for one in self.since(position) if one[0] in WRITES]

    def other_than_watches_since(self, position):
        return [one for one in self.since(position) if one[0] != "watch"]
