"""`TrustManager`, under the name of its module in release 0.3."""

from .trust import TrustManager

__all__ = ["TrustManager"]
