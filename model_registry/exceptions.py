"""What can go wrong, in one tree.

```
ModelRegistryError
├── MissingMetadata                  a value that an environment variable or argument should give
├── MissingExtraError                an optional part is not installed          (also ImportError)
├── BaseSigningError                 signing or verifying did not come to pass
│   ├── InitializationError          roots of trust cannot be fetched, or are not the expected ones
│   │   └── AlreadyInitializedError  they are there already                      (also FileExistsError)
│   ├── SigningError                 nothing was signed
│   │   ├── IdentityTokenError       an identity token is malformed or expired   (also ValueError)
│   │   └── SigningFileNotFoundError what shall be signed is not there           (also FileNotFoundError)
│   └── VerificationError            no valid signature over these files         (also IntegrityError)
│       └── SignatureNotFoundError   there is no signature at all                (also StorageNotFoundError)
└── StoreError                       everything that concerns a registry
    ├── InvalidArgumentError         refused here, nothing was sent              (also ValueError)
    ├── UnsupportedType              a type that the registry has no kind for
    ├── TypeNotFound                 a kind that this client does not know
    ├── IncompleteRegistrationError  a registration broke off half-way; says what was done
    ├── BatchError                   one of many registrations failed; says which
    ├── DatabaseError                the database of an embedded registry cannot be used
    ├── DifferentError               something is there already under this name, and is different
    ├── ArchiveInterruptedError      archiving stopped in the middle; carries what was done
    ├── CopyInterruptedError         copying stopped in the middle; carries what was done
    ├── StorageError                 files could not be moved
    │   ├── StorageNotFoundError     there is nothing at this place              (also FileNotFoundError)
    │   ├── StorageAccessError       credentials are missing, expired or refused (also PermissionError)
    │   └── IntegrityError           these are not the bytes that were registered
    └── RequestError                 one request failed; carries what is known of it
        ├── RegistryConnectionError  no answer: refused, reset, unknown host     (also ConnectionError)
        │   └── RegistryTLSError     no encryption that both agree on: certificates, wrong port
        ├── RegistryTimeoutError     no answer in time                           (also TimeoutError)
        ├── InvalidRequestError      400, 413, 422                               (also ValueError)
        ├── UnauthenticatedError     401                                         (also PermissionError)
        ├── ForbiddenError           403                                         (also PermissionError)
        ├── NotFoundError            404                                         (also LookupError)
        ├── ConflictError            409
        │   ├── AliasConflictError   somebody else moved the same alias; shows both moves
        │   ├── DuplicateError       409: a name or external id that is taken
        │   └── StaleObjectError     somebody else changed it since it was read; shows both sides
        ├── ServerError              5xx
        └── UnexpectedResponseError  an answer that is not the registry's
```

and two warnings, `InsecureConnectionWarning`: certificates are not checked, and `IgnoredArgumentWarning`: an
argument had no effect.

Nothing of the libraries below (HTTP, validation, generated code) is raised by the public functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_registry.types import (
        AliasMove,
        ArchiveReport,
        Artifact,
        BaseResourceModel,
        CopyReport,
        FieldConflict,
        ModelVersion,
        RegisteredModel,
        Registration,
    )

__all__ = [
    "AliasConflictError",
    "AlreadyInitializedError",
    "ArchiveInterruptedError",
    "BaseSigningError",
    "BatchError",
    "ConflictError",
    "CopyInterruptedError",
    "DatabaseError",
    "DifferentError",
    "DuplicateError",
    "ForbiddenError",
    "IdentityTokenError",
    "IgnoredArgumentWarning",
    "IncompleteRegistrationError",
    "InitializationError",
    "InsecureConnectionWarning",
    "IntegrityError",
    "InvalidArgumentError",
    "InvalidRequestError",
    "MissingExtraError",
    "MissingMetadata",
    "ModelRegistryError",
    "NotFoundError",
    "RegistryConnectionError",
    "RegistryTLSError",
    "RegistryTimeoutError",
    "RequestError",
    "ServerError",
    "SignatureNotFoundError",
    "SigningError",
    "SigningFileNotFoundError",
    "StaleObjectError",
    "StorageAccessError",
    "StorageError",
    "StorageNotFoundError",
    "StoreError",
    "TypeNotFound",
    "UnauthenticatedError",
    "UnexpectedResponseError",
    "UnsupportedType",
    "VerificationError",
]


class ModelRegistryError(Exception):
    """Root of every error that this package raises."""


class MissingMetadata(ModelRegistryError):  # noqa: N818  # a name that programs already catch
    """A value is missing that an argument or an environment variable should have given."""


class MissingExtraError(ModelRegistryError, ImportError):
    """An optional part of the package was used that is not installed."""

    @classmethod
    def for_extra(cls, extra: str, purpose: str, cause: ImportError) -> MissingExtraError:
        """Say what is missing and how to install it.

        Args:
            extra: Name of the extra in the package's metadata.
            purpose: What needs it.
            cause: The import that failed.

        Returns:
            The error, to be raised.

        Example:
            >>> from model_registry.exceptions import MissingExtraError
            >>> print(MissingExtraError.for_extra("server", "A local registry", ImportError("no sqlalchemy")))
            A local registry needs the extra 'server' (no sqlalchemy): pip install 'model-registry[server]'
        """
        return cls(f"{purpose} needs the extra {extra!r} ({cause}): pip install 'model-registry[{extra}]'")


class StoreError(ModelRegistryError):
    """Something about a registry or what is kept in it."""


class InvalidArgumentError(StoreError, ValueError):
    """An argument cannot be right. Nothing was sent or stored."""


class UnsupportedType(StoreError):  # noqa: N818  # a name that programs already catch
    """A value has a type that the registry has no kind for."""


class TypeNotFound(StoreError):  # noqa: N818  # a name that programs already catch
    """The registry answered with a kind that this client does not know."""


class IncompleteRegistrationError(StoreError):
    """A registration broke off half-way. The text says what was done, and how to complete it.

    Attributes:
        model: The model, made by this call or there before; `None` when it is not.
        version: The version, likewise.
        artifacts: The artifacts of the version that are there.
        created: What this call made: `model`, `version`, and `artifact` with the name of each.
        uri: Where files are that this call uploaded.
    """

    def __init__(
        self,
        message: str,
        *,
        model: RegisteredModel | None = None,
        version: ModelVersion | None = None,
        artifacts: Sequence[Artifact] = (),
        created: Sequence[str] = (),
        uri: str | None = None,
    ) -> None:
        super().__init__(message)
        self.uri = uri
        self.model = model
        self.version = version
        self.artifacts = tuple(artifacts)
        self.created = tuple(created)


class BatchError(StoreError):
    """One of many registrations failed. Its cause is the error of that one.

    Attributes:
        index: Which one, from 0.
        done: The registrations that were made, by their index.
    """

    def __init__(self, message: str, *, index: int = 0, done: dict[int, Registration] | None = None) -> None:
        super().__init__(message)
        self.index = index
        self.done = done or {}


class DatabaseError(StoreError):
    """The database of an embedded registry cannot be opened or used."""


class DifferentError(StoreError):
    """Something is there already under this name, and is different. Nothing was changed."""


class ArchiveInterruptedError(StoreError):
    """Archiving or restoring stopped in the middle. The same call again goes on from there.

    Attributes:
        report: What was done, a `model_registry.types.ArchiveReport`, or `None`.
    """

    def __init__(self, message: str, report: ArchiveReport | None = None) -> None:
        super().__init__(message, report)
        self.report = report

    def __str__(self) -> str:
        return str(self.args[0])


class CopyInterruptedError(StoreError):
    """Copying stopped in the middle. What was written stays, and the same call again goes on from there.

    Attributes:
        report: What was done, a `model_registry.types.CopyReport`, or `None`.
    """

    def __init__(self, message: str, report: CopyReport | None = None) -> None:
        super().__init__(message, report)
        self.report = report

    def __str__(self) -> str:
        return str(self.args[0])


class StorageError(StoreError):
    """Files could not be moved. The text says what was, and how to go on."""

    def __str__(self) -> str:
        # The builtin parents that are OSErrors would print an errno here.
        return str(self.args[0])


class StorageNotFoundError(StorageError, FileNotFoundError):
    """There is nothing at this place."""


class StorageAccessError(StorageError, PermissionError):
    """The store wants credentials, or refuses those that it got."""


class IntegrityError(StorageError):
    """These are not the bytes that were registered: a digest or a signature says otherwise."""


class BaseSigningError(ModelRegistryError):
    """Signing or verifying did not come to pass. The text says why, and what to do next."""


class InitializationError(BaseSigningError):
    """Roots of trust cannot be fetched, or are not those that were expected."""


class AlreadyInitializedError(InitializationError, FileExistsError):
    """Roots of trust are there already; nothing was replaced."""


class SigningError(BaseSigningError):
    """Nothing was signed."""


class IdentityTokenError(SigningError, ValueError):
    """An identity token is malformed or expired. No text of it is repeated."""


class SigningFileNotFoundError(SigningError, FileNotFoundError):
    """What shall be signed, or what is needed for it, is not there."""


class VerificationError(BaseSigningError, IntegrityError):
    """There is no valid signature of the expected signer over these files."""


class SignatureNotFoundError(VerificationError, StorageNotFoundError):
    """There is no signature, or nothing that it could be about."""


class RequestError(StoreError):
    """A request failed.

    Attributes:
        method: HTTP method, or `None` when no request was built.
        url: Address of the request without credentials, or `None`.
        status: HTTP status of the answer, or `None` when there was none.
        server_message: What the registry said, or `None`.
        request_id: The answer's `X-Request-Id`, or `None`.
        retry_after: Seconds that the server asked to wait before the next attempt, or `None`.
        sent: Whether the registry can have received the request.
    """

    def __init__(
        self,
        message: str,
        *,
        method: str | None = None,
        url: str | None = None,
        status: int | None = None,
        server_message: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        sent: bool = True,
    ) -> None:
        super().__init__(message)
        self.method = method
        self.url = url
        self.status = status
        self.server_message = server_message
        self.request_id = request_id
        self.retry_after = retry_after
        self.sent = sent

    def __str__(self) -> str:
        # The builtin parents that are OSErrors would print an errno here.
        return str(self.args[0])

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args[0], self.__dict__)


def _rebuild(cls: type[RequestError], message: str, facts: dict[str, object]) -> RequestError:
    error = cls(message)
    error.__dict__.update(facts)
    return error


class RegistryConnectionError(RequestError, ConnectionError):
    """The registry could not be reached, or the connection broke before the answer was complete."""


class RegistryTLSError(RegistryConnectionError):
    """No encryption was agreed on: a certificate is not trusted, or one side speaks plain HTTP.

    Nothing was processed, and repeating the request would fail again.
    """


class RegistryTimeoutError(RequestError, TimeoutError):
    """The registry did not answer in time."""


class InvalidRequestError(RequestError, ValueError):
    """The registry refused the request as wrong (400, 413 or 422)."""


class UnauthenticatedError(RequestError, PermissionError):
    """The registry, or a proxy before it, wants a (valid) token (401)."""


class ForbiddenError(RequestError, PermissionError):
    """The token is good but may not do this (403)."""


class NotFoundError(RequestError, LookupError):
    """There is no such thing in the registry (404)."""


class ConflictError(RequestError):
    """The request contradicts what the registry holds (409)."""


class DuplicateError(ConflictError):
    """A name or an external id is already taken (409)."""


class AliasConflictError(ConflictError):
    """Somebody else moved the same alias at the same time. Their move stands, and this one was not made.

    Attributes:
        mine: The move that was not made, a `model_registry.types.AliasMove`.
        theirs: The move that was.
    """

    def __init__(
        self, message: str, *, mine: AliasMove | None = None, theirs: AliasMove | None = None
    ) -> None:
        super().__init__(message, status=409)
        self.mine = mine
        self.theirs = theirs


class StaleObjectError(ConflictError):
    """Somebody else changed the same fields since the object was read. Nothing was written.

    Attributes:
        conflicts: Each field with the value as read, mine and theirs; `model_registry.types.FieldConflict`.
        current: The thing as the registry holds it now.
    """

    def __init__(
        self,
        message: str,
        *,
        conflicts: Sequence[FieldConflict] = (),
        current: BaseResourceModel | None = None,
    ) -> None:
        super().__init__(message, sent=False)
        self.conflicts = tuple(conflicts)
        self.current = current


class ServerError(RequestError):
    """The registry failed (5xx)."""


class UnexpectedResponseError(RequestError):
    """The answer is not one that a model registry gives: wrong address, a login page, a proxy."""


class InsecureConnectionWarning(UserWarning):
    """A client does not check whom it speaks to."""


class IgnoredArgumentWarning(UserWarning):
    """An argument had no effect, because what exists holds something else."""
