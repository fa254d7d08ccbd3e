"""Searches with MLflow's client: on a registry of this package, and on MLflow's own SQLite store.

`python -m benchmarks.mlflow_search [--versions N] [--rounds R]` fills both with N versions of 10,000 models.
Each version has a source, a run and two tags. Each search is made in both stores in turns, R times. The table
has the number of results, the median of the processor time with each store, and the ratio. Both databases are
files of this process, so its processor time is that of the whole search.
"""

import argparse
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from mlflow import MlflowClient
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore

from benchmarks.rows import FIRST_TIME, Row, write
from model_registry.from_mlflow.names import RUN_ID, SOURCE, VERSION
from model_registry.server.kinds import MODEL_VERSION, REGISTERED_MODEL

MODELS = 10_000
TEAMS = 1_000


class Version(NamedTuple):
    """A version as both stores have it."""

    model: int
    number: int
    source: str
    run_id: str
    tags: dict[str, str]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--versions", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args([] if arguments is None else arguments)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "registry.db", Path(folder) / "mlflow.db"
        write(ours, lambda: rows(chosen.versions))
        write_mlflow(theirs, chosen.versions)
        uris = (f"model-registry://{ours}", f"sqlite:///{theirs}")
        clients = [MlflowClient(tracking_uri=uris[1], registry_uri=uri) for uri in uris]
        print(f"{chosen.versions:,} versions of {MODELS:,} models on SQLite\n")
        print(f"{'search':40}{'results':>9}{'here':>12}{'MLflow':>12}{'ratio':>8}")
        for name, search in searches(chosen.versions).items():
            compare(name, search, clients, chosen.rounds)


def versions(count: int) -> Iterator[Version]:
    for place in range(count):
        model, number = place % MODELS + 1, place // MODELS + 1
        run = f"{place * 2654435761 % 2**32:08x}{place:024x}"
        tags = {"team": f"t{place * 7919 % TEAMS}", "commit": f"c{place}"}
        yield Version(model, number, f"s3://models/{model}/{number}", run, tags)


def rows(count: int) -> Iterator[Row]:
    for id_ in range(1, MODELS + 1):
        yield Row(id_, REGISTERED_MODEL, 0, {"name": f"model-{id_}", "customProperties": {}})
    for id_, (model, number, source, run, tags) in enumerate(versions(count), MODELS + 1):
        texts = {SOURCE: source, RUN_ID: run, **tags}
        properties = {
            name: {"metadataType": "MetadataStringValue", "string_value": text}
            for name, text in texts.items()
        }
        properties[VERSION] = {"metadataType": "MetadataIntValue", "int_value": str(number)}
        body = {"name": str(number), "registeredModelId": str(model), "customProperties": properties}
        yield Row(id_, MODEL_VERSION, model, body)


def write_mlflow(path: Path, count: int) -> None:
    SqlAlchemyStore(f"sqlite:///{path}")  # creates the tables
    database = sqlite3.connect(path)

    def insert(table: str, columns: tuple[str, ...], values: Iterable[tuple[Any, ...]]) -> None:
        places = ", ".join("?" * len(columns))
        database.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", values)
        database.commit()

    def moments(id_: int) -> tuple[int, int]:
        return FIRST_TIME + id_ * 10, FIRST_TIME + id_ * 10

    times = ("creation_time", "last_updated_time")
    insert(
        "registered_models",
        ("name", *times),
        ((f"model-{id_}", *moments(id_)) for id_ in range(1, MODELS + 1)),
    )
    insert(
        "model_versions",
        ("name", "version", "source", "run_id", "current_stage", "status", *times),
        (
            (
                f"model-{each.model}",
                each.number,
                each.source,
                each.run_id,
                "None",
                "READY",
                *moments(MODELS + 1 + place),
            )
            for place, each in enumerate(versions(count))
        ),
    )
    insert(
        "model_version_tags",
        ("name", "version", "key", "value"),
        ((f"model-{each.model}", each.number, *tag) for each in versions(count) for tag in each.tags.items()),
    )
    database.execute("ANALYZE")
    database.close()


def searches(count: int) -> dict[str, dict[str, Any]]:
    """Return the arguments of each search, in the order of the table."""
    middle = list(versions(count // 2 + 1))[-1]
    commit = middle.tags["commit"]
    return {
        "all, the newest 100": {"max_results": 100},
        "all, the oldest 100": {"max_results": 100, "order_by": ["creation_timestamp ASC"]},
        "the next 100 after the newest 10,000": {"max_results": 100, "page_token": 10_000},
        "run_id = ...": {"filter_string": f"run_id = '{middle.run_id}'"},
        "source_path = ...": {"filter_string": f"source_path = '{middle.source}'"},
        "a tag, 1 version": {"filter_string": f"tags.commit = '{commit}'"},
        "a tag, 1,000 versions": {"filter_string": "tags.team = 't7'", "max_results": 1_000},
        "the same, the newest 100": {"filter_string": "tags.team = 't7'", "max_results": 100},
        "two tags": {"filter_string": f"tags.team = 't7' AND tags.commit != '{commit}'", "max_results": 100},
        "version_number > 50": {"filter_string": "version_number > 50", "max_results": 100},
        "version_number = 3": {"filter_string": "version_number = 3", "max_results": 100},
        "name = ..., 100 versions": {"filter_string": "name = 'model-4242'", "max_results": 100},
        "name LIKE 'model-424%'": {"filter_string": "name LIKE 'model-424%'", "max_results": 100},
        "all, the newest 10,000": {"max_results": 10_000},
    }


def compare(name: str, search: dict[str, Any], clients: list[MlflowClient], rounds: int) -> None:
    """Print a row of the table. A number as page token means the page after as many results."""
    given = [search, search]
    if skipped := search.get("page_token"):
        tokens = [client.search_model_versions(max_results=skipped).token for client in clients]
        given = [{**search, "page_token": token} for token in tokens]
    times: list[list[float]] = [[], []]
    found: list[Any] = [None, None]
    for _ in range(rounds):
        for place, client in enumerate(clients):
            start = time.process_time()
            found[place] = client.search_model_versions(**given[place])
            times[place].append(time.process_time() - start)
    ours, theirs = ([(each.name, int(each.version)) for each in one] for one in found)
    if ours != theirs:
        raise RuntimeError(f"{name}: the stores found different versions")
    own, other = (statistics.median(each) * 1000 for each in times)
    print(f"{name:40}{len(ours):9,}{own:10.1f}ms{other:10.1f}ms{other / own:8.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
