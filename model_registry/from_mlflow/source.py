"""MLflow's store, read through MLflow's own client. Nothing in it is created or changed."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

from model_registry.exceptions import InvalidArgumentError, MissingExtraError, NotFoundError, StoreError
from model_registry.near_names import did_you_mean
from model_registry.types.arguments import checked_path
from model_registry.types.formatting import short
from model_registry.types.redaction import redacted_text

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

_EXPECTED: Final = (
    "give MLflow's database such as 'mlflow.db' or 'sqlite:///mlflow.db', its folder such as 'mlruns', "
    "or the address of its server such as 'http://localhost:5000'"
)
_TABLES: Final = frozenset({"registered_models", "model_versions", "runs", "metrics", "params"})
_ALLOW_FILES: Final = "MLFLOW_ALLOW_FILE_STORE"
_MISSING: Final = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
_PAGE: Final = 1000
_CONNECT_SECONDS: Final = 10


class Version(NamedTuple):
    """A version in MLflow's store, and what it was made by.

    Attributes:
        entity: MLflow's version.
        location: Where its files are.
        run: MLflow's run; `None` if the version has none or it does not exist any more.
        logged_model: MLflow's logged model, likewise.
    """

    entity: Any
    location: str | None
    run: Any
    logged_model: Any


class MLflowSource:
    """The models of an MLflow store.

    Args:
        source: Path or URI of the store.
        tracking: Path or URI of the store that has the runs, if it is another one.

    Raises:
        InvalidArgumentError: It is no MLflow store.
        MissingExtraError: MLflow is not installed.
        StoreError: It cannot be reached.
    """

    def __init__(self, source: str | os.PathLike[str], tracking: str | os.PathLike[str] | None) -> None:
        client_class = _client_class()
        registry_uri = _uri_of("source", source)
        tracking_uri = registry_uri if tracking is None else _uri_of("tracking", tracking)
        self._shown = redacted_text(os.fspath(source))
        with self._reading("opened"):
            for uri in dict.fromkeys((tracking_uri, registry_uri)):
                _check(uri)
            with _files_allowed():
                self._client: Any = client_class(tracking_uri=tracking_uri, registry_uri=registry_uri)
                self._client.search_registered_models(max_results=1)  # opens the store

    def names(self, chosen: Iterable[str] | None) -> list[str]:
        """Return the names of all models, or check those that were chosen.

        Raises:
            NotFoundError: There is no such model.
        """
        with self._reading():
            names = [each.name for each in self._pages(self._client.search_registered_models, None)]
        if chosen is None:
            return names
        wanted = list(dict.fromkeys(chosen))
        known = set(names)
        for name in wanted:
            if name not in known:
                hint = did_you_mean(name, names)
                raise NotFoundError(f"MLflow's store {self._shown!r} has no model {short(name)}{hint}")
        return wanted

    def model(self, name: str) -> Any:  # noqa: ANN401  # MLflow is an extra
        """Return a model with its tags and aliases."""
        with self._reading():
            return self._client.get_registered_model(name)

    def versions(self, name: str) -> list[Any]:
        """Return the versions of a model in the order of their numbers."""
        quote = '"' if "'" in name else "'"
        with self._reading():
            found = list(self._pages(self._client.search_model_versions, f"name={quote}{name}{quote}"))
        return sorted(found, key=lambda each: int(each.version))

    def details(self, entity: Any) -> Version:  # noqa: ANN401
        """Return a version with its run and its logged model."""
        with self._reading():
            location: str | None = entity.source
            if location and urlsplit(location).scheme == "models":
                location = self._client.get_model_version_download_uri(entity.name, str(entity.version))
            logged_model = self._found("get_logged_model", getattr(entity, "model_id", None))
            run_id = entity.run_id or getattr(logged_model, "source_run_id", None)
            return Version(entity, location, self._found("get_run", run_id), logged_model)

    def _found(self, method: str, id_: str | None) -> Any:  # noqa: ANN401
        """Return a run or logged model; `None` if there is none of that id."""
        from mlflow.exceptions import MlflowException

        if not id_:
            return None
        try:
            return getattr(self._client, method)(id_)
        except MlflowException as error:
            if error.error_code in _MISSING:
                return None
            raise

    def _pages(self, search: Any, condition: str | None) -> Generator[Any]:  # noqa: ANN401
        token = None
        while True:
            page = search(condition, max_results=_PAGE, page_token=token)
            yield from page
            token = page.token
            if not token:
                return

    @contextmanager
    def _reading(self, what: str = "read") -> Generator[None]:
        """Raise the errors of MLflow and of the libraries below it as ours."""
        try:
            yield
        except StoreError:
            raise
        except Exception as error:  # MLflow lets errors of its databases through
            reason = redacted_text(str(error).strip().partition("\n")[0]) or type(error).__name__
            raise StoreError(f"MLflow's store {self._shown!r} cannot be {what}: {reason}") from error


def _client_class() -> Any:  # noqa: ANN401
    try:
        from mlflow import MlflowClient
    except ImportError as error:
        raise MissingExtraError.for_extra("mlflow", "Importing from MLflow", error) from error
    return MlflowClient


def _uri_of(argument: str, given: str | os.PathLike[str]) -> str:
    """Return the URI of a store that is given as a URI or as a path."""
    # Not all callers have a type checker.
    if not isinstance(given, (str, os.PathLike)) or not str(given):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidArgumentError(f"{argument} must be a path or a URI, got {short(given)}: {_EXPECTED}")
    text = str(given)
    if re.match(r"model-registry(\+https?)?:", text):
        raise InvalidArgumentError(f"{argument} is a model registry, not MLflow's store: use copy()")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://|file:|databricks", text):
        return text
    path = checked_path(argument, Path(text).expanduser())
    if path.is_dir():
        return path.absolute().as_uri()
    if path.is_file():
        return f"sqlite:///{path.absolute()}"
    raise InvalidArgumentError(f"{argument}: there is no file or folder {short(text)}; {_EXPECTED}")


def _check(uri: str) -> None:
    """Check that a URI leads to a store that exists: MLflow would create one, or try for minutes.

    Raises:
        InvalidArgumentError: There is no store.
    """
    parts = urlsplit(uri)
    kind = parts.scheme.partition("+")[0]
    if kind == "file":
        folder = Path(url2pathname(parts.path))
        if not (folder / "models").is_dir() and not any(folder.glob("*/meta.yaml")):
            raise InvalidArgumentError(f"{str(folder)!r} is no folder of MLflow; {_EXPECTED}")
    elif kind in ("sqlite", "postgresql", "mysql", "mssql"):
        _check_database(uri)
    elif kind in ("http", "https"):
        _check_server(uri)


def _check_database(uri: str) -> None:
    try:
        import sqlalchemy
    except ImportError as error:
        raise MissingExtraError.for_extra("server", "A database of MLflow", error) from error

    url = sqlalchemy.make_url(uri)
    if url.get_backend_name() == "sqlite" and not (url.database and Path(url.database).is_file()):
        raise InvalidArgumentError(f"there is no SQLite file {url.database!r}; {_EXPECTED}")
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    missing = _TABLES - set(sqlalchemy.inspect(engine).get_table_names())
    if missing:
        raise InvalidArgumentError(
            f"the database {redacted_text(uri)!r} has no tables of MLflow ({', '.join(sorted(missing))}); "
            f"{_EXPECTED}"
        )


def _check_server(uri: str) -> None:
    import requests

    try:
        requests.head(uri, timeout=_CONNECT_SECONDS)
    except requests.exceptions.SSLError:
        pass  # MLflow has settings for it
    except (requests.ConnectionError, requests.Timeout) as error:
        raise StoreError(
            f"there is no MLflow server at {redacted_text(uri)!r}: {redacted_text(str(error))}"
        ) from error


@contextmanager
def _files_allowed() -> Generator[None]:
    """Let MLflow open its store of files, which newer releases refuse unless a variable is set."""
    before = os.environ.get(_ALLOW_FILES)
    os.environ[_ALLOW_FILES] = "true"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_ALLOW_FILES, None)
        else:
            os.environ[_ALLOW_FILES] = before
