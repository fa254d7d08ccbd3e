"""URIs of files on S3, which contain endpoint and region."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlsplit

from model_registry.exceptions import InvalidArgumentError

# What RFC 3986 lets stand in a path and in a query. Programs for release 0.3 compare and split URIs as text.
_PLAIN_PATH = "/!$&'()*+,;=:@"
_PLAIN_VALUE = "/!$'()*,;:@"
_PORTS = {"http": 80, "https": 443}


def build_uri(
    bucket: str, key: str, endpoint: str | None, region: str | None, version: str | None = None
) -> str:
    """Return the URI of an object or folder.

    Args:
        bucket: Name of the bucket.
        key: Key of an object or folder.
        endpoint: URL of the service; `None` for Amazon S3.
        region: Region of the bucket, if known.
        version: Version of the object; `None` for the current one.

    Example:
        >>> from model_registry.storage.objects.s3_uri import build_uri
        >>> build_uri("models", "fraud 1/", None, "eu-1")
        's3://models/fraud%201/?defaultRegion=eu-1'
    """
    known = {"endpoint": endpoint, "defaultRegion": region, "versionId": version}
    query = "&".join(f"{name}={quote(value, safe=_PLAIN_VALUE)}" for name, value in known.items() if value)
    return f"s3://{bucket}/{quote(key.lstrip('/'), safe=_PLAIN_PATH)}" + (f"?{query}" if query else "")


def options_of(query: str, display: str) -> dict[str, str]:
    """Return the parameters of a URI: endpoint, region and version of an object.

    Args:
        query: The query of the URI.
        display: The rest of the URI, for messages.

    Raises:
        InvalidArgumentError: There is an unknown parameter.
    """
    named = dict(parse_qsl(query, keep_blank_values=True))
    unknown = named.keys() - {"endpoint", "defaultRegion", "versionId"}
    if unknown:
        raise InvalidArgumentError(
            f"{display} has the parameter {min(unknown)!r}; only endpoint, defaultRegion and "
            "versionId are known. Write a ? in a name as %3F"
        )
    return named


def checked_endpoint(endpoint: str, name: str) -> str:
    """Return the normal form of an endpoint.

    Args:
        endpoint: URL of a service.
        name: Name of the argument, for messages.

    Raises:
        InvalidArgumentError: The URL is not valid, or contains a password.

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
        raise InvalidArgumentError(f"{name} must not contain a user or password. Use access_key_id")
    if parts.scheme not in _PORTS or not host or parts.query or parts.fragment:
        raise InvalidArgumentError(f"{name} must be an address such as https://s3.example.org")
    authority = f"[{host}]" if ":" in host else host
    if port not in (None, _PORTS[parts.scheme]):
        authority = f"{authority}:{port}"
    return f"{parts.scheme}://{authority}{parts.path.rstrip('/')}"
