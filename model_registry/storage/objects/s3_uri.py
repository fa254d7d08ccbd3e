"""URIs of files on S3, which say where the service is."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from model_registry.exceptions import InvalidArgumentError

_PORTS = {"http": 80, "https": 443}


def build_uri(bucket: str, key: str, endpoint: str | None, region: str | None) -> str:
    """Build a URI.

    Args:
        bucket: Name of the bucket.
        key: Key of an object or folder.
        endpoint: URL of the service; `None` for Amazon's own.
        region: Region of the bucket, when known.

    Example:
        >>> from model_registry.storage.objects.s3_uri import build_uri
        >>> build_uri("models", "fraud 1/", None, "eu-1")
        's3://models/fraud%201/?defaultRegion=eu-1'
    """
    known = {"endpoint": endpoint, "defaultRegion": region}
    query = urlencode({name: value for name, value in known.items() if value})
    return f"s3://{bucket}/{quote(key.lstrip('/'))}" + (f"?{query}" if query else "")


def options_of(query: str, shown: str) -> dict[str, str]:
    """Read what a URI says of the service.

    Args:
        query: What follows on its `?`.
        shown: The rest of it, for messages.

    Raises:
        InvalidArgumentError: It says what is not known.
    """
    named = dict(parse_qsl(query, keep_blank_values=True))
    unknown = named.keys() - {"endpoint", "defaultRegion"}
    if unknown:
        raise InvalidArgumentError(
            f"{shown} has the parameter {min(unknown)!r}; known are endpoint and defaultRegion. A ? in "
            "the name of a file is written %3F"
        )
    return named


def checked_endpoint(endpoint: str, name: str) -> str:
    """Give the normal form of an endpoint.

    Args:
        endpoint: URL of a service.
        name: What it is, for messages.

    Raises:
        InvalidArgumentError: It is no address, or holds a password.

    Example:
        >>> from model_registry.storage.objects.s3_uri import checked_endpoint
        >>> checked_endpoint("https://S3.example.org:443/", "endpoint")
        'https://s3.example.org'
    """
    try:
        parts = urlsplit(endpoint.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if "@" in parts.netloc:
        raise InvalidArgumentError(f"{name} must not hold a user or password: give access_key_id and so on")
    if parts.scheme not in _PORTS or not host or parts.query or parts.fragment:
        raise InvalidArgumentError(f"{name} must be an address such as https://s3.example.org")
    shown = f"[{host}]" if ":" in host else host
    if port not in (None, _PORTS[parts.scheme]):
        shown = f"{shown}:{port}"
    return f"{parts.scheme}://{shown}{parts.path.rstrip('/')}"
