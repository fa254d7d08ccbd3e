"""All exceptions of the package, in one tree.

```
ModelRegistryError
├── MissingMetadata                  a required argument or environment variable is missing
├── MissingExtraError                an optional dependency is not installed     (also ImportError)
├── BaseSigningError                 signing or verifying failed
│   ├── InitializationError          roots of trust are unavailable or unexpected
│   │   └── AlreadyInitializedError  roots of trust exist already                (also FileExistsError)
│   ├── SigningError                 nothing was signed
│   │   ├── IdentityTokenError       an identity token is malformed or expired   (also ValueError)
│   │   └── SigningFileNotFoundError a file that signing needs does not exist    (also FileNotFoundError)
│   └── VerificationError            these files have no valid signature         (also IntegrityError)
│       └── SignatureNotFoundError   there is no signature                       (also StorageNotFoundError)
└── StoreError                       errors about a registry and its contents
    ├── InvalidArgumentError         an argument is invalid; nothing was sent    (also ValueError)
    ├── UnsupportedType              the registry has no kind for this type
    ├── TypeNotFound                 this client does not know a kind
    ├── IncompleteRegistrationError  a registration stopped half-way; holds what exists
    ├── BatchError                   one of many registrations failed; holds its index
    ├── DatabaseError                the database of an embedded registry cannot be used
    ├── DifferentError               a resource of this name exists and differs
    ├── ArchiveInterruptedError      archiving stopped half-way; holds a report
    ├── CopyInterruptedError         copying stopped half-way; holds a report
    ├── StorageError                 files could not be transferred
    │   ├── StorageNotFoundError     there is nothing at this location           (also FileNotFoundError)
    │   ├── StorageExistsError       the location holds other files              (also FileExistsError)
    │   ├── StorageAccessError       credentials are missing, expired or refused (also PermissionError)
    │   └── IntegrityError           the bytes differ from the registered ones
    └── RequestError                 one request failed; holds its details
        ├── RegistryConnectionError  no response: refused, reset, unknown host   (also ConnectionError)
        │   └── RegistryTLSError     TLS failed: certificates, or the wrong port
        ├── RegistryTimeoutError     no response in time                         (also TimeoutError)
        ├── InvalidRequestError      400, 413, 422                               (also ValueError)
        ├── UnauthenticatedError     401                                         (also PermissionError)
        ├── ForbiddenError           403                                         (also PermissionError)
        ├── NotFoundError            404                                         (also LookupError)
        ├── ConflictError            409
        │   ├── AliasConflictError   another client moved the same alias; holds both moves
        │   ├── DuplicateError       409: the name or external id already exists
        │   └── StaleObjectError     the resource changed since it was read; holds both sides
        ├── ServerError              5xx
        └── UnexpectedResponseError  the response does not come from a registry
```

and four warnings: `InsecureConnectionWarning` (certificates are not checked), `IgnoredArgumentWarning` (an
argument had no effect), `UnknownPropertyWarning` (a filter names a property that nothing has) and
`ChangedValueWarning` (a value of somebody else could not be stored as it is).

The public functions raise no exceptions of the libraries below: HTTP, validation or generated code. Programs
for release 0.3 catch some of those. So each `RequestError` with a status is also the exception of
`mr_openapi.exceptions` for it, a `RegistryConnectionError` is also an `aiohttp.ClientConnectorError`,
and a `RegistryTimeoutError` an `aiohttp.ServerTimeoutError`. Neither library is imported for this.
"""

from __future__ import annotations

from .base import (
    ChangedValueWarning,
    DatabaseError,
    IgnoredArgumentWarning,
    InsecureConnectionWarning,
    InvalidArgumentError,
    MissingExtraError,
    MissingMetadata,
    ModelRegistryError,
    StoreError,
    TypeNotFound,
    UnknownPropertyWarning,
    UnsupportedType,
)
from .outcomes import (
    AliasConflictError,
    ArchiveInterruptedError,
    BatchError,
    CopyInterruptedError,
    DifferentError,
    IncompleteRegistrationError,
    StaleObjectError,
)
from .requests import (
    ConflictError,
    DuplicateError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    RegistryConnectionError,
    RegistryTimeoutError,
    RegistryTLSError,
    RequestError,
    ServerError,
    UnauthenticatedError,
    UnexpectedResponseError,
)
from .signing import (
    AlreadyInitializedError,
    BaseSigningError,
    IdentityTokenError,
    InitializationError,
    SignatureNotFoundError,
    SigningError,
    SigningFileNotFoundError,
    VerificationError,
)
from .storage import (
    IntegrityError,
    StorageAccessError,
    StorageError,
    StorageExistsError,
    StorageNotFoundError,
)

__all__ = [
    "AliasConflictError",
    "AlreadyInitializedError",
    "ArchiveInterruptedError",
    "BaseSigningError",
    "BatchError",
    "ChangedValueWarning",
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
    "StorageExistsError",
    "StorageNotFoundError",
    "StoreError",
    "TypeNotFound",
    "UnauthenticatedError",
    "UnexpectedResponseError",
    "UnknownPropertyWarning",
    "UnsupportedType",
    "VerificationError",
]

for _name in __all__:  # tracebacks and pickles name the public module, not the file
    globals()[_name].__module__ = __name__
