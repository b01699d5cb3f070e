"""The test's own watches, past the proxy: what was added and deleted, how often, in every namespace."""

import collections
import http.client
import json
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from api import PATHS
from waiting import POLL_SECONDS

CHILD_KINDS = ["ServiceAccount", "ConfigMap", "NetworkPolicy", "Deployment", "Service", "PodDisruptionBudget", "HTTPRoute",
               "Ingress", "ServiceMonitor", "PrometheusRule", "HorizontalPodAutoscaler"]
KINDS = ["ServiceBlueprint", *CHILD_KINDS, "ReplicaSet"]
NOT_OURS = {("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")}
WATCH_SECONDS = 7200


@dataclass(frozen=True)
class Seen:
    type: str
    kind: str
    namespace: str
    name: str
    uid: str
    replicas: int


class Observer:
    """A thread a kind, from the start of the session until the control plane ends."""

    def __init__(self, api):
        self.api = api
        self.lock = threading.Lock()
        self.seen = collections.defaultdict(list)  # by namespace
        for kind in KINDS:
            threading.Thread(target=self._watch, args=(kind,), name=f"observe-{kind}", daemon=True).start()

    def in_namespace(self, namespace):
        with self.lock:
            return list(self.seen[namespace])

    def living(self, namespace):
        """(kind, name, uid) of what is there, as far as the watches have told."""
        found = set()
        for one in self.in_namespace(namespace):
            change = found.discard if one.type == "DELETED" else found.add
            change((one.kind, one.name, one.uid))
        return found

    def counts(self, namespace, replica_sets=True):
        """How often each object was added and deleted. ReplicaSets count together: they are the pod templates."""
        counts = collections.Counter()
        for one in self.in_namespace(namespace):
            if one.type == "MODIFIED" or (one.kind == "ReplicaSet" and not replica_sets):
                continue
            counts[one.type, one.kind, "*" if one.kind == "ReplicaSet" else one.name] += 1
        return counts

    def replicas(self, namespace):
        """Every value that spec.replicas of a Deployment has had."""
        return {one.replicas for one in self.in_namespace(namespace) if one.kind == "Deployment"}

    def _watch(self, kind):
        settings = self.api.client.configuration
        tls = ssl.create_default_context(cafile=settings.ssl_ca_cert)
        tls.load_cert_chain(settings.cert_file, settings.key_file)
        server = urlsplit(settings.host)
        connection = http.client.HTTPSConnection(server.hostname, server.port, context=tls)
        try:
            while (answer := self._begin(connection, kind)) is None:
                time.sleep(POLL_SECONDS)
            while line := answer.readline():
                self._note(kind, json.loads(line))
        except (OSError, ValueError, http.client.HTTPException):
            return  # the control plane has ended

    def _begin(self, connection, kind):
        """The answer of the watch; None while the server is still setting up a new kind."""
        connection.request("GET", f"{self.api.path(kind, '')}?watch=true&timeoutSeconds={WATCH_SECONDS}")
        answer = connection.getresponse()
        if answer.status == 200:
            return answer
        refusal = answer.read()
        assert answer.status in (404, 429), (kind, refusal)
        return None

    def _note(self, kind, event):
        metadata = event["object"]["metadata"]
        if (kind, metadata["name"]) in NOT_OURS:
            return
        seen = Seen(event["type"], kind, metadata.get("namespace", ""), metadata["name"], metadata["uid"],
                    event["object"].get("spec", {}).get("replicas", -1))
        with self.lock:
            self.seen[seen.namespace].append(seen)


assert set(KINDS) <= set(PATHS)
