"""The API server as an independent client sees it: the official Python client for objects, kubectl for what people type."""

import json
import subprocess
from pathlib import Path

from kubernetes import config
from kubernetes.client.exceptions import ApiException

PATHS = {
    "ServiceBlueprint": ("/apis/serviceblueprint.dev/v1alpha1", "serviceblueprints"),
    "Deployment": ("/apis/apps/v1", "deployments"),
    "ReplicaSet": ("/apis/apps/v1", "replicasets"),
    "Service": ("/api/v1", "services"),
    "ServiceAccount": ("/api/v1", "serviceaccounts"),
    "Secret": ("/api/v1", "secrets"),
    "ConfigMap": ("/api/v1", "configmaps"),
    "Pod": ("/api/v1", "pods"),
    "Event": ("/apis/events.k8s.io/v1", "events"),
    "ResourceQuota": ("/api/v1", "resourcequotas"),
    "PodDisruptionBudget": ("/apis/policy/v1", "poddisruptionbudgets"),
    "ServiceMonitor": ("/apis/monitoring.coreos.com/v1", "servicemonitors"),
    "PrometheusRule": ("/apis/monitoring.coreos.com/v1", "prometheusrules"),
    "NetworkPolicy": ("/apis/networking.k8s.io/v1", "networkpolicies"),
    "Ingress": ("/apis/networking.k8s.io/v1", "ingresses"),
    "HTTPRoute": ("/apis/gateway.networking.k8s.io/v1", "httproutes"),
    "HorizontalPodAutoscaler": ("/apis/autoscaling/v2", "horizontalpodautoscalers"),
    "Lease": ("/apis/coordination.k8s.io/v1", "leases"),
    "Namespace": ("/api/v1", "namespaces"),
    "ClusterRole": ("/apis/rbac.authorization.k8s.io/v1", "clusterroles"),
    "ClusterRoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "clusterrolebindings"),
    "Role": ("/apis/rbac.authorization.k8s.io/v1", "roles"),
    "RoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "rolebindings"),
    "SubjectAccessReview": ("/apis/authorization.k8s.io/v1", "subjectaccessreviews"),
    "APIService": ("/apis/apiregistration.k8s.io/v1", "apiservices"),
    "CustomResourceDefinition": ("/apis/apiextensions.k8s.io/v1", "customresourcedefinitions"),
    "ValidatingAdmissionPolicy": ("/apis/admissionregistration.k8s.io/v1", "validatingadmissionpolicies"),
    "ValidatingAdmissionPolicyBinding": ("/apis/admissionregistration.k8s.io/v1",
                                         "validatingadmissionpolicybindings"),
}
STRICT = "fieldValidation=Strict"  # a misspelt field of a test must not be dropped in silence
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"
CHILD_KINDS = ["ServiceAccount", "Deployment", "Service", "PodDisruptionBudget", "ServiceMonitor"]


class Api:
    """Objects are plain dicts. A missing object is None, every other refusal is an ApiException."""

    def __init__(self, kubeconfig: Path, kubectl_program: Path):
        self.kubeconfig = kubeconfig
        self.kubectl_program = kubectl_program
        self.client = config.new_client_from_config(str(kubeconfig))

    def request(self, method, path, body=None, content_type="application/json", query=""):
        url = self.client.configuration.host + path + (f"?{query}" if query else "")
        headers = {"Accept": "application/json", "Content-Type": content_type}
        answer = self.client.call_api(method, url, headers, body, _request_timeout=30)
        text = answer.read()
        if not 200 <= answer.status <= 299:
            raise ApiException(http_resp=answer)
        return json.loads(text) if text else None

    @staticmethod
    def path(kind, namespace, name=""):
        prefix, plural = PATHS[kind]
        where = f"/namespaces/{namespace}" if namespace else ""
        return f"{prefix}{where}/{plural}" + (f"/{name}" if name else "")

    def get(self, kind, namespace, name):
        try:
            return self.request("GET", self.path(kind, namespace, name))
        except ApiException as refusal:
            if refusal.status == 404:
                return None
            raise

    def list(self, kind, namespace="", selector=""):
        return self.request("GET", self.path(kind, namespace), query=f"labelSelector={selector}")["items"]

    def create(self, kind, namespace, body, query=""):
        prefix, _ = PATHS[kind]
        version = prefix.removeprefix("/apis/").removeprefix("/api/")
        whole = {"apiVersion": version, "kind": kind, **body}
        return self.request("POST", self.path(kind, namespace), whole, query="&".join(filter(None, [STRICT, query])))

    def patch(self, kind, namespace, name, body, content_type=MERGE, query="fieldManager=somebody", subresource=""):
        path = self.path(kind, namespace, name) + (f"/{subresource}" if subresource else "")
        return self.request("PATCH", path, body, content_type, f"{STRICT}&{query}")

    def replace(self, kind, namespace, name, body):
        return self.request("PUT", self.path(kind, namespace, name), body)

    def delete(self, kind, namespace, name, policy="Background"):
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": policy}
        try:
            self.request("DELETE", self.path(kind, namespace, name), body)
        except ApiException as refusal:
            if refusal.status != 404:
                raise

    def kubectl(self, *arguments, text=None, check=True):
        """The finished process; its output is text."""
        done = subprocess.run([self.kubectl_program, f"--kubeconfig={self.kubeconfig}", *arguments], input=text,
                              capture_output=True, text=True, check=False, timeout=300)
        if check:
            assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done

    def children(self, namespace, name):
        """The children that there are, by kind."""
        found = {kind: self.get(kind, namespace, name) for kind in CHILD_KINDS}
        return {kind: child for kind, child in found.items() if child}
