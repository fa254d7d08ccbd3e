"""Functions for identity tokens, under the name of their module in release 0.3."""

from __future__ import annotations

from .identity_tokens import certificate_identity_of, decode_jwt_payload, extract_client_id

__all__ = ["decode_jwt_payload", "extract_client_id", "k8s_sub_to_certificate_identity"]


def k8s_sub_to_certificate_identity(sub: str) -> str:
    """Return the name of a Kubernetes service account in certificates.

    Args:
        sub: Subject of the token of a service account. Another one is returned as it is.

    Example:
        >>> from model_registry.signing.token import k8s_sub_to_certificate_identity
        >>> k8s_sub_to_certificate_identity("system:serviceaccount:fraud:trainer")
        'https://kubernetes.io/namespaces/fraud/serviceaccounts/trainer'
    """
    return certificate_identity_of({"sub": sub}) or sub
