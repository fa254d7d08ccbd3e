"""The command `demo`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import click

from model_registry.cli.groups import Command
from model_registry.cli.options import pass_session, writing

if TYPE_CHECKING:
    from model_registry import ModelRegistry
    from model_registry.cli.session import Session
    from model_registry.types import Registration


class _Model(NamedTuple):
    owner: str
    task: str
    description: str
    format: str
    metric: str
    values: tuple[float, ...]
    champion: str


_MODELS: Final = {
    "fraud-detection": _Model(
        *("payments", "tabular-classification", "Flags card payments that are likely fraud", "onnx"),
        *("accuracy", (0.912, 0.934, 0.951, 0.947), "1.1.0"),
    ),
    "churn-prediction": _Model(
        *("marketing", "tabular-classification", "Predicts which customers will leave", "xgboost"),
        *("auc", (0.78, 0.81, 0.84), "1.1.0"),
    ),
    "demand-forecast": _Model(
        *("supply", "time-series-forecasting", "Forecasts the sales of the next four weeks", "lightgbm"),
        *("mape", (0.19, 0.16, 0.14), "1.1.0"),
    ),
}


@click.command(
    "demo",
    cls=Command,
    output="demo",
    examples=("demo --registry demo.db", "demo --registry demo.db --dry-run"),
)
@writing
@pass_session
def demo(session: Session) -> None:
    """Fill a registry with a small example: models, versions, metrics, aliases and documents."""

    def show(done: list[Registration]) -> None:
        rows = [
            {"reference": f"{each.model.name}/{each.version.name}", "id": each.version.id} for each in done
        ]
        session.out.rows(rows, ("reference", "id"))

    session.write(_fill, show, creates=True)


def _fill(registry: ModelRegistry) -> list[Registration]:
    from model_registry import types

    done: list[Registration] = []
    for name, model in _MODELS.items():
        for number, value in enumerate(model.values):
            version = f"1.{number}.0"
            made = registry.register(
                name,
                version,
                f"s3://models/{name}/{version}/model.{model.format}",
                model_format_name=model.format,
                model_format_version="1",
                owner=model.owner,
                author=("ann", "bob")[number % 2],
                model_description=model.description,
                description=f"Trained on the data of 2026-{number + 1:02}",
                tasks=[model.task],
                license="apache-2.0",
                properties={"team": model.owner, "reviewed": number < len(model.values) - 1},
                metrics={model.metric: value, "latency_ms": 12.5 + 2 * number},
                params={"learning_rate": round(0.1 / (number + 1), 3), "trees": 100 * (number + 1)},
                artifacts=[
                    types.DataSet(
                        name="training",
                        uri=f"s3://data/{name}/2026-{number + 1:02}.parquet",
                        source_type="s3",
                    ),
                    types.DocArtifact(name="card", uri=f"https://docs.example.org/{name}/{version}.md"),
                ],
                if_exists="resume",
            )
            done.append(made)
        registry.set_alias(name, "champion", model.champion)
        registry.set_alias(name, "challenger", f"1.{len(model.values) - 1}.0")
    return done
