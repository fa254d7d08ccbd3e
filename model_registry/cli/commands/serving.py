"""The commands `environments ...` and `services ...`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from model_registry.cli.changes import change_resource
from model_registry.cli.groups import Group
from model_registry.cli.listings import environment_listing, service_listing, serving_listing
from model_registry.cli.lists import show_list
from model_registry.cli.options import listing, pass_session, property_option, reading, text_fields, writing
from model_registry.cli.records import record

if TYPE_CHECKING:
    from model_registry import ModelRegistry
    from model_registry.cli.session import Session
    from model_registry.types import InferenceService

_environment = click.option("--environment", metavar="NAME", help="The environment of the service.")
_if_exists = click.option(
    "--if-exists",
    type=click.Choice(["error", "return"]),
    default="error",
    show_default=True,
    help="What to do if it exists.",
)
_desired_states = click.Choice(["DEPLOYED", "UNDEPLOYED"])
_new_fields = text_fields(("description", "external_id"))
_id = click.option("--id", help="Find it by the registry's id instead of its name.")
_external_id = click.option("--external-id", help="Find it by your own id instead of its name.")


@click.group(cls=Group)
def environments() -> None:
    """List, show and create serving environments."""


@environments.command(
    "ls", output="environments", examples=("environments ls", "environments ls --sort name -o json")
)
@listing()
@reading
@pass_session
def list_environments(session: Session, filter: str | None, **how: Any) -> None:
    """List the serving environments."""
    with session.client() as registry:
        show_list(
            session.out,
            environment_listing(registry),
            partial(registry.list_environments, filter=filter),
            **how,
        )


@environments.command("show", output="environment", examples=("environments show production",))
@click.argument("name", required=False)
@_id
@_external_id
@reading
@pass_session
def show_environment(session: Session, name: str | None, **ids: str | None) -> None:
    """Show the serving environment NAME."""
    with session.client() as registry:
        found = registry.get_environment(name, **ids)
    session.out.record(record(found))


@environments.command(
    "create", output="environment", examples=("environments create production --description eu-west",)
)
@click.argument("name")
@_new_fields
@property_option
@_if_exists
@writing
@pass_session
def create_environment(session: Session, name: str, **fields: Any) -> None:
    """Create the serving environment NAME, such as a namespace of a cluster."""
    fields["properties"] = dict(fields["properties"])
    session.write(
        lambda registry: registry.register_environment(name, **fields),
        lambda made: session.out.record(record(made)),
        creates=True,
    )


@click.group(cls=Group)
def services() -> None:
    """List, show, create and change inference services, and record what they serve."""


@services.command(
    "ls", output="services", examples=("services ls", "services ls --environment production -o json")
)
@_environment
@listing()
@reading
@pass_session
def list_services(session: Session, environment: str | None, filter: str | None, **how: Any) -> None:
    """List the inference services of an environment, or all."""
    with session.client() as registry:
        show_list(
            session.out,
            service_listing(registry),
            partial(registry.list_services, environment, filter=filter),
            **how,
        )


@services.command(
    "show",
    output="service",
    examples=("services show fraud --environment production", "services show --id 7"),
)
@click.argument("name", required=False)
@_environment
@_id
@_external_id
@reading
@pass_session
def show_service(session: Session, name: str | None, environment: str | None, **ids: str | None) -> None:
    """Show the inference service NAME, and the version that it serves."""
    with session.client() as registry:
        shown = _with_version(registry, registry.get_service(name, environment=environment, **ids))
    session.out.record(shown)


@services.command(
    "create",
    output="service",
    examples=(
        "services create fraud --environment production --model fraud --version 1.0 --runtime mlserver",
    ),
)
@click.argument("name")
@click.option("--environment", required=True, metavar="NAME", help="The environment that it is in.")
@click.option("--model", required=True, metavar="NAME", help="The model that it serves.")
@click.option("--version", metavar="NAME", help="The version; the newest by default.")
@click.option("--runtime", metavar="NAME", help="The runtime that serves it.")
@click.option(
    "--desired-state",
    type=_desired_states,
    default="DEPLOYED",
    show_default=True,
    help="Whether it shall be deployed.",
)
@_new_fields
@property_option
@_if_exists
@writing
@pass_session
def create_service(session: Session, name: str, **fields: Any) -> None:
    """Create the inference service NAME. It records what is deployed, or shall be; it deploys nothing."""
    fields["properties"] = dict(fields["properties"])
    session.write(
        lambda registry: _with_version(registry, registry.register_service(name, **fields)),
        session.out.record,
    )


@services.command(
    "set",
    output="service",
    examples=(
        "services set fraud --environment production --version 1.1",
        "services set fraud --environment production --desired-state UNDEPLOYED",
    ),
)
@click.argument("name")
@_environment
@click.option("--version", metavar="NAME", help="The version of its model that it serves.")
@click.option("--desired-state", type=_desired_states, help="Whether it shall be deployed.")
@text_fields(("description", "external_id", "runtime"))
@property_option
@click.option("--remove-property", "removed", multiple=True, metavar="NAME", help="Remove it. Repeatable.")
@writing
@pass_session
def set_service(
    session: Session, name: str, environment: str | None, version: str | None, **values: Any
) -> None:
    """Change the inference service NAME. What you do not name stays."""

    def change(registry: ModelRegistry) -> dict[str, Any]:
        service = registry.get_service(name, environment=environment)
        if version is not None:
            model = registry.get_service_model(service)
            values["model_version_id"] = registry.get_version(model, version).id
        return _with_version(registry, change_resource(registry, service, values))

    session.write(change, session.out.record)


@services.command(
    "record",
    output="serve-model",
    examples=(
        "services record fraud --environment production",
        "services record fraud --version 1.1 --state FAILED",
    ),
)
@click.argument("name")
@_environment
@click.option("--version", metavar="NAME", help="The version that is served; that of the service by default.")
@click.option(
    "--state",
    type=click.Choice(["UNKNOWN", "NEW", "RUNNING", "COMPLETE", "FAILED", "CACHED", "CANCELED"]),
    default="RUNNING",
    show_default=True,
    help="State of the deployment.",
)
@_new_fields
@property_option
@writing
@pass_session
def record_serving(session: Session, name: str, environment: str | None, **fields: Any) -> None:
    """Record that the service NAME serves a version. Records add up to a history."""
    fields["properties"] = dict(fields["properties"])
    session.write(
        lambda registry: registry.record_serving(
            registry.get_service(name, environment=environment), **fields
        ),
        lambda made: session.out.record(record(made)),
    )


@services.command(
    "history", output="serve-models", examples=("services history fraud --environment production",)
)
@click.argument("name")
@_environment
@listing()
@reading
@pass_session
def history(session: Session, name: str, environment: str | None, filter: str | None, **how: Any) -> None:
    """List the records of what the service NAME serves and has served."""
    with session.client() as registry:
        service = registry.get_service(name, environment=environment)
        show_list(
            session.out,
            serving_listing(registry, service),
            partial(registry.list_serve_models, service, filter=filter),
            **how,
        )


def _with_version(registry: ModelRegistry, service: InferenceService) -> dict[str, Any]:
    """Return the record of a service with the names of the model and the version that it serves."""
    return record(
        service,
        model=registry.get_service_model(service).name,
        version=registry.get_service_version(service).name,
    )
