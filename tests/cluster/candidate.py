"""One of several replicas of the operator, with a token and an audit trail of its own, and the Lease that they want."""

import base64
import json
import signal

from audit import WRITES, AuditLog
from operator_process import STOP_SECONDS, USER, OperatorProcess
from testbed import account
from waiting import eventually

LEASE = "serviceblueprint-operator"
STATUS = "leader_election_master_status"
TAKEOVER_SECONDS = 90  # a lease, its renewal and a loaded machine


def lease(api):
    return api.get("Lease", account.NAMESPACE, LEASE)


def holder(api):
    found = lease(api)
    return found["spec"].get("holderIdentity", "") if found else None


def edit_lease(api, **spec):
    api.patch("Lease", account.NAMESPACE, LEASE, {"spec": spec})


def credential_of(kubeconfig):
    """As the audit log names the token."""
    token = json.loads(kubeconfig.read_text(encoding="utf-8"))["users"][0]["user"]["token"]
    claims = token.split(".")[1]
    return "JTI=" + json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["jti"]


class Candidate(OperatorProcess):
    def __init__(self, binary, folder, api, audit_path):
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(binary, folder, api)
        self.audit = AuditLog(audit_path, USER, credential_of(self.kubeconfig))

    def start(self, *flags, **options):
        super().start("--leader-elect=true", *flags, **options)
        return self

    def leads(self):
        return self.metric(STATUS) == 1

    def wait_leads(self, timeout=TAKEOVER_SECONDS):
        def check():
            assert self.running(), f"it ended with {self.process.returncode}:\n{self.tail()}"
            assert self.leads(), self.tail(5)
        eventually(check, timeout)
        return self

    def expect_end(self, code, timeout=STOP_SECONDS):
        found = self.process.wait(timeout)
        self.process = None
        assert found == code, f"exit code {found}:\n{self.tail()}"

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def writes_since(self, position):
        """(verb, path, status) of everything but the Lease."""
        return [(one["verb"], one["requestURI"], one["responseStatus"]["code"])
                for one in self.audit.events_since(position)
                if one["verb"] in WRITES and "/leases" not in one["requestURI"]]

    def lease_writes_since(self, position):
        return [(one["verb"], one["responseStatus"]["code"]) for one in self.audit.events_since(position)
                if one["verb"] in WRITES and "/leases" in one["requestURI"]]
