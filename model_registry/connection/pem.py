"""Certificates as text."""

from __future__ import annotations


def is_pem(text: str) -> bool:
    """Tell PEM text (RFC 7468) from a path."""
    return "-----BEGIN " in text
