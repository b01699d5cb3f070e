"""The test bed: a real Kubernetes control plane on this machine. hack/cluster is its command."""
