"""The client that people program against, asynchronous; the blocking `ModelRegistry` is produced from it."""

from __future__ import annotations

from .aliases import Aliases
from .archiving import Archiving
from .artifacts import Artifacts
from .changing import Changing
from .comparing import Comparing
from .copying import Copying
from .environments import Environments
from .files import Files
from .legacy import Legacy
from .legacy_files import LegacyFiles
from .manifests import Manifests
from .models import Models
from .properties import Properties
from .registering import Registering
from .services import Services
from .versions import Versions

__all__ = ["AsyncModelRegistry"]


class AsyncModelRegistry(
    Registering,
    Models,
    Versions,
    Artifacts,
    Changing,
    Properties,
    Archiving,
    Aliases,
    Comparing,
    Copying,
    Files,
    Environments,
    Services,
    Manifests,
    Legacy,
    LegacyFiles,
):
    """A client of a model registry: register, find, list, change, serve, copy.

    Creating a client sends nothing. You can use it from any number of event loops; close it with `async with`
    or `close()`. Values that you do not pass come from environment variables such as `MODEL_REGISTRY_URL` and
    `MODEL_REGISTRY_TOKEN`, then from a profile. `str(registry.connection)` shows the source of each value.

    The examples of its methods use a `registry` that is created like this one.

    Args:
        server_address: Host or URL of the registry. A host alone means `https`, unless `is_secure=False`.
        port: Port. The default is the port in the address, then 443 for `https` and 8080 for `http`.
        author: Author of registrations. The default is the user of this machine.
        is_secure: Whether to use TLS, if the address does not say it.
        user_token: Bearer token: a text, the `Path` of a file, or a function that returns one.
        user_token_envvar: Environment variable that holds the token, or the path of its file.
        custom_ca: Authorities to trust instead of the system's: PEM text, or a path of a PEM file or folder.
        custom_ca_envvar: Environment variable that holds that path.
        log_level: Level of the logger `model_registry`; it is left alone at its default.
        profile: Name of a profile in the configuration file.
        **options: Headers, client certificate, timeouts, retries and API version, as
            `model_registry.connection.FurtherOptions` describes them.

    Raises:
        InvalidArgumentError: A value is invalid, two contradict each other, or there is no address.

    Example:
        >>> from model_registry import AsyncModelRegistry
        >>> registry = AsyncModelRegistry.local(author="ann")
        >>> async for model in registry.get_registered_models():
        ...     print(model.name)
        >>> await registry.close()
    """
