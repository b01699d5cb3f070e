"""The resource metrics API (metrics.k8s.io/v1beta1) as a metrics server would serve it, with figures that a test chooses:
what the real HorizontalPodAutoscaler controller asks before it acts."""

import contextlib
import datetime
import json
import ssl
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from waiting import eventually

GROUP_VERSION = "metrics.k8s.io/v1beta1"
PREFIX = f"/apis/{GROUP_VERSION}"
NAME = "v1beta1.metrics.k8s.io"


class MetricsApi:
    """`millicores` is what each container of every pod uses."""

    def __init__(self, api, millicores):
        self.api = api
        self.millicores = millicores

    def answer(self, path):
        """The object at a path, or None."""
        url = urllib.parse.urlsplit(path)
        if url.path == PREFIX:
            return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": GROUP_VERSION, "resources": [
                {"name": "pods", "singularName": "", "namespaced": True, "kind": "PodMetrics", "verbs": ["get", "list"]}]}
        parts = url.path.removeprefix(PREFIX).split("/")
        if len(parts) != 4 or parts[1] != "namespaces" or parts[3] != "pods":
            return None
        selector = urllib.parse.parse_qs(url.query).get("labelSelector", [""])[0]
        pods = self.api.list("Pod", parts[2], urllib.parse.quote(selector))
        return {"kind": "PodMetricsList", "apiVersion": GROUP_VERSION, "metadata": {},
                "items": [self.metrics_of(pod) for pod in pods]}

    def metrics_of(self, pod):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        containers = [{"name": one["name"], "usage": {"cpu": f"{self.millicores}m", "memory": "64Mi"}}
                      for one in pod["spec"]["containers"]]
        return {"metadata": {"name": pod["metadata"]["name"], "namespace": pod["metadata"]["namespace"],
                             "labels": pod["metadata"].get("labels", {})},
                "timestamp": now, "window": "1s", "containers": containers}


def handler_for(metrics):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            found = metrics.answer(self.path)
            body = json.dumps(found or {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404}).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass
    return Handler


@contextlib.contextmanager
def served(cluster, api, namespace, millicores):
    """Registers the API with the aggregation layer for the time of the block; gives the MetricsApi."""
    metrics = MetricsApi(api, millicores)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(metrics))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cluster.folder / "pki/server.crt", cluster.folder / "pki/server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    api.create("Service", namespace, {"metadata": {"name": "metrics"},
                                      "spec": {"type": "ExternalName", "externalName": "localhost"}})
    api.create("APIService", "", {"metadata": {"name": NAME}, "spec": {
        "group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
        "insecureSkipTLSVerify": True, "service": {"namespace": namespace, "name": "metrics", "port": port}}})
    try:
        eventually(lambda: api.request("GET", f"{PREFIX}/namespaces/{namespace}/pods"))
        yield metrics
    finally:
        api.delete("APIService", "", NAME)
        server.shutdown()
        server.server_close()
