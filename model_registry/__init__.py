"""Python SDK of the Kubeflow Model Registry."""
