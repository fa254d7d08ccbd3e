"""The commands `compare`, `lineage` and `manifest`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from model_registry.cli.groups import Command
from model_registry.cli.names import reference_names
from model_registry.cli.options import pair, pairs, pass_session, reading
from model_registry.cli.values import Read, count
from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_registry.cli.session import Session
    from model_registry.types import Comparison


@click.command(
    "compare",
    cls=Command,
    output="comparison",
    examples=("compare fraud/1.0 fraud/1.1", "compare fraud@champion fraud@latest fraud/1.0 -o json"),
)
@click.argument("references", nargs=-1, required=True, metavar="REF REF...", shell_complete=reference_names)
@reading
@pass_session
def compare(session: Session, references: tuple[str, ...]) -> None:
    """Compare versions with the first one: fields, custom properties and artifacts."""
    first, *others = references
    if not others:
        raise InvalidArgumentError(f"name a second version to compare {first} with")
    with session.client() as registry:
        found = [registry.compare(first, other) for other in others]
    data: Any = [each.to_dict() for each in found] if len(found) > 1 else found[0].to_dict()
    session.out.document(data, "\n".join(map(_text, found)))


def _text(comparison: Comparison) -> str:
    return f"{comparison}\n(no difference)" if comparison.is_same else str(comparison)


@click.command(
    "lineage", cls=Command, output="lineage", examples=("lineage fraud", "lineage fraud/1.0 -o json")
)
@click.argument("reference", metavar="NAME|REF", shell_complete=reference_names)
@reading
@pass_session
def lineage(session: Session, reference: str) -> None:
    """Show the versions of a model, or one version: with data sets, metrics and services."""
    with session.client() as registry:
        found = registry.lineage(reference)
    session.out.document(found.to_dict(), str(found))


@click.command(
    "manifest",
    cls=Command,
    output="manifest",
    words={
        "resources['requests']": "requests",
        "resources['limits']": "limits",
        "more than max_replicas": "more than --max-replicas",
    },
    examples=(
        "manifest fraud@champion",
        "manifest fraud/1.0 --namespace models --runtime mlserver --min-replicas 2 > fraud.yaml",
        "manifest fraud/1.0 --request cpu=1 --limit memory=2Gi --env LOG_LEVEL=info",
    ),
)
@click.argument("reference", metavar="REF", shell_complete=reference_names)
@click.option("--artifact", metavar="NAME", help="Name of the model artifact, if there are several.")
@click.option("--name", help="Name of the service.")
@click.option("--namespace", help="Namespace of the service.")
@click.option("--runtime", help="Name of the ServingRuntime.")
@click.option("--runtime-version", help="Version of the image of the runtime.")
@click.option("--protocol-version", help="Protocol of the service, such as v2.")
@pairs("--request", "Resource to request, such as cpu=1. Repeatable.", name="requests")
@pairs("--limit", "Limit of a resource, such as memory=2Gi. Repeatable.", name="limits")
@click.option(
    "--min-replicas",
    type=Read(lambda text: 0 if text == "0" else count(text)),
    metavar="NUMBER",
    help="Fewest replicas; 0 to stop the service while nothing is asked of it.",
)
@click.option("--max-replicas", type=Read(count), metavar="NUMBER", help="Most replicas.")
@click.option("--service-account-name", metavar="NAME", help="Service account of the service.")
@pairs("--label", "Label. Repeatable.", name="labels")
@pairs("--annotation", "Annotation. Repeatable.", name="annotations")
@click.option("--arg", "args", multiple=True, help="Argument of the runtime. Repeatable.")
@pairs("--env", "Environment variable; NAME:=JSON for valueFrom. Repeatable.", pair, "env")
@click.option("--toleration", "tolerations", multiple=True, metavar="JSON", help="Toleration. Repeatable.")
@click.option("--oci-mode", metavar="MODE", help="How files of an OCI registry are loaded.")
@reading
@pass_session
def manifest(session: Session, reference: str, **options: Any) -> None:
    """Print the manifest of a KServe InferenceService that serves the version REF, in YAML."""
    given = {name: value for name, value in options.items() if value not in (None, ())}
    resources = {name: dict(given.pop(name)) for name in ("requests", "limits") if name in given}
    if resources:
        given["resources"] = resources
    for name in ("labels", "annotations", "env"):
        if name in given:
            given[name] = dict(given[name])
    if "args" in given:
        given["args"] = list(given["args"])
    if "tolerations" in given:
        given["tolerations"] = _parsed(given["tolerations"])
    with session.client() as registry:
        found = registry.manifest(reference, **given)
    session.out.document(found.to_dict(), str(found))


def _parsed(texts: Sequence[str]) -> list[Any]:
    try:
        return [json.loads(text) for text in texts]
    except ValueError:
        raise InvalidArgumentError('--toleration must be JSON, such as \'{"key": "gpu"}\'') from None
