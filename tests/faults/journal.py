"""What passed through the proxy, numbered: every request with how it ended, and every event of a watch."""

import itertools
import json
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
WRITES = frozenset(VERBS.values())
EVENTS = "events"  # written by a thread of its own: never part of an order


@dataclass
class Request:
    """One request as Kubernetes names its parts. `status` is what the operator was told, 0 = nothing."""

    number: int
    method: str
    target: str
    verb: str = ""
    resource: str = ""
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    initial_events: bool = False
    time: float = field(default_factory=time.monotonic)
    status: int = 0
    upstream_status: int = 0  # what the API server said, 0 = it was not asked
    version_before: str = ""  # of the object, where the proxy looked
    version: str = ""
    fault: str = ""

    @property
    def mutating(self):
        return self.verb in WRITES and self.resource != EVENTS

    @property
    def effective(self):
        """The object is another after it: that is durable, whether the operator has learnt of it or not."""
        if not (self.mutating and 200 <= self.upstream_status <= 299):
            return False
        return self.verb in ("create", "delete") or self.version != self.version_before

    def __str__(self):
        what = "/".join(filter(None, [self.resource, self.name, self.subresource]))
        return f"{self.verb} {what}"


@dataclass(frozen=True)
class WatchEvent:
    number: int
    resource: str
    type: str
    namespace: str
    name: str
    uid: str
    version: str
    time: float


def describe(number, method, target, body):
    """The request of that line and body. Collections, objects and subresources as in the Kubernetes API."""
    path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
    parts = [part for part in path.split("/") if part]
    rest = parts[2:] if parts[:1] == ["api"] else parts[3:]
    request = Request(number, method, target)
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        request.namespace, rest = rest[1], rest[2:]
    request.resource, request.name, request.subresource = (*rest, "", "", "")[:3]
    request.initial_events = query.get("sendInitialEvents") == ["true"]
    if method == "GET":
        request.verb = "watch" if query.get("watch") == ["true"] else "get" if request.name else "list"
    else:
        request.verb = VERBS.get(method, method.lower())
    if request.verb == "create" and body:
        request.name = json.loads(body)["metadata"].get("name", "")
    return request


def version_of(body):
    """metadata.resourceVersion of a JSON answer, empty if it has none."""
    try:
        return json.loads(body).get("metadata", {}).get("resourceVersion", "")
    except (ValueError, AttributeError):
        return ""


class Journal:
    """Written by the proxy's thread, read by the test's."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counter = itertools.count(1)
        self.requests = []
        self.events = []

    def request(self, method, target, body):
        request = describe(next(self.counter), method, target, body)
        with self.lock:
            self.requests.append(request)
        return request

    def event(self, resource, kind, metadata):
        found = WatchEvent(next(self.counter), resource, kind, metadata.get("namespace", ""), metadata.get("name", ""),
                           metadata.get("uid", ""), metadata.get("resourceVersion", ""), time.monotonic())
        with self.lock:
            self.events.append(found)
        return found

    def position(self):
        """Requests and events with a higher number come later."""
        return next(self.counter)

    def requests_since(self, position, **parts):
        """Those whose attributes have these values."""
        with self.lock:
            return [one for one in self.requests if one.number > position
                    and all(getattr(one, key) == value for key, value in parts.items())]

    def writes_since(self, position, namespace):
        return self.requests_since(position, mutating=True, namespace=namespace)

    def events_since(self, position, **parts):
        with self.lock:
            return [one for one in self.events if one.number > position
                    and all(getattr(one, key) == value for key, value in parts.items())]
