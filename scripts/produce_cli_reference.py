"""Produce what follows from the commands: docs/reference/cli.md, and the JSON Schemas of their output.

Run it after a change of `model_registry/cli` or of a type; `--check` fails if something is not current.
"""

from __future__ import annotations

import copy
import inspect
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from model_registry import types
from model_registry.cli.app import PROGRAM, SECTIONS, root
from model_registry.cli.groups import Command, variable_of
from model_registry.doctor import CHECKS, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_registry.types import BaseResourceModel

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "cli.md"
SCHEMAS = ROOT / "model_registry" / "cli" / "schemas"

HEAD = """# The command

`model-registry` needs the extra `cli`; `serve`, `db` and local registries need the extra `server`. `python -m
model_registry` is the same command. [In the terminal](../guide/terminal.md) introduces it.

Produced by `scripts/produce_cli_reference.py` from the commands.

## Exit statuses

| Status | Meaning |
|---|---|
| 0 | success |
| 1 | failure |
| 2 | wrong use of the command, or an invalid value |
| 3 | not found |
| 4 | conflict: it exists, differs, or somebody else changed it |
| 5 | not allowed |
| 6 | the registry cannot be reached |
| 130 | interrupted with Ctrl-C |

## Options of all commands

| Option | Environment variable | Meaning |
|---|---|---|
"""

TEXT = {"type": "string"}
NULL_TEXT = {"type": ["string", "null"]}
NUMBER = {"type": ["number", "null"]}
TIME = {"type": ["string", "null"], "format": "date-time"}
BOOL = {"type": "boolean"}
VALUES = {"type": "object"}


def of_object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the schema of an object that has these fields and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def of_list(items: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


def of_resource(kind: type[BaseResourceModel], **optional: Any) -> dict[str, Any]:
    """Return the schema of the record of a resource."""
    whole = kind.model_json_schema(mode="serialization")
    definitions = whole.get("$defs", {})
    fields = {"id": TEXT, "name": TEXT}
    if issubclass(kind, types.Artifact):
        fields["kind"] = {"const": kind.__name__}
    for name, schema in whole["properties"].items():
        if name not in fields and not name.endswith("_since_epoch"):
            fields[name] = _inline(copy.deepcopy(schema), definitions)
    fields |= {"custom_properties": VALUES, "create_time": TIME, "last_update_time": TIME}
    required = {name: optional.pop(name) for name in ("model", "reference") if name in optional}
    return of_object({**fields, **required}, optional)


def _inline(schema: Any, definitions: dict[str, Any]) -> Any:  # noqa: ANN401  # JSON types
    """Replace references by what they name, and leave out titles and defaults."""
    if isinstance(schema, list):
        return [_inline(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inline(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {
        name: _inline(each, definitions)
        for name, each in schema.items()
        if name not in ("title", "default", "description")
    }


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each output by its name."""
    kinds = (types.ModelArtifact, types.DocArtifact, types.DataSet, types.Metric, types.Parameter)
    artifact = {"anyOf": [of_resource(kind) for kind in kinds]}
    model = of_resource(types.RegisteredModel, aliases=VALUES)
    version = of_resource(
        types.ModelVersion,
        model=TEXT,
        reference=TEXT,
        metrics={"type": "object", "additionalProperties": {"type": "number"}},
        on_aliases=of_list(TEXT),
        artifacts=of_list(artifact),
        uri=NULL_TEXT,
        is_new=BOOL,
    )
    service = of_resource(types.InferenceService, version=TEXT, model=TEXT)
    service["required"].remove("model")  # lists have ids alone
    environment = of_resource(types.ServingEnvironment)
    serve_model = of_resource(types.ServeModel)
    move = of_object(
        {
            "model": TEXT,
            "alias": TEXT,
            "previous": NULL_TEXT,
            "version": NULL_TEXT,
            "by": TEXT,
            "at": TIME,
            "number": {"type": ["integer", "null"]},
            "version_id": NULL_TEXT,
            "actor": NULL_TEXT,
        }
    )
    changed = of_list(of_object({"kind": TEXT, "name": TEXT, "id": TEXT}))
    difference = of_object({"only_left": VALUES, "only_right": VALUES, "changed": VALUES})
    comparison = of_object(
        {
            "left": TEXT,
            "right": TEXT,
            "is_same": BOOL,
            "fields": difference,
            "properties": difference,
            "artifacts": difference,
        }
    )
    uploaded = of_object(
        {"uri": TEXT, "size": NUMBER, "digest": NULL_TEXT}, {"files": {"type": "integer"}, "reference": TEXT}
    )
    return {
        "models": of_list(model),
        "model": model,
        "versions": of_list(version),
        "version": version,
        "search": {"anyOf": [of_list(version), of_list(model), of_list(artifact)]},
        "registration": version,
        "resolved": version,
        "registrations": of_list(
            of_object({"reference": TEXT, "id": NULL_TEXT, "is_new": BOOL, "error": NULL_TEXT})
        ),
        "artifacts": of_list(artifact),
        "artifact": artifact,
        "aliases": of_list(of_object({"alias": TEXT, "version": TEXT, "path": TEXT})),
        "alias-move": move,
        "alias-history": of_list(move),
        "archive-report": of_object({"state": TEXT, "changed": changed, "unchanged": changed}),
        "comparison": {"anyOf": [comparison, of_list(comparison)]},
        "lineage": of_object({"model": VALUES, "versions": of_list(VALUES)}),
        "manifest": of_object({"apiVersion": TEXT, "kind": TEXT, "metadata": VALUES, "spec": VALUES}),
        "copy-report": of_object({"counts": VALUES, "notes": of_list(TEXT)}),
        "environments": of_list(environment),
        "environment": environment,
        "services": of_list(service),
        "service": service,
        "serve-models": of_list(serve_model),
        "serve-model": serve_model,
        "download": of_object({"path": TEXT}),
        "files": of_list(of_object({"path": TEXT, "size": NUMBER, "digest": NULL_TEXT})),
        "verification": of_object({"path": TEXT, "reference": TEXT, "digest": TEXT, "signature": BOOL}),
        "upload": uploaded,
        "signature": of_object({"signature": TEXT}),
        "keys": of_object({"private_key": TEXT, "public_key": TEXT}),
        "login": of_object({"profile": TEXT, "url": TEXT, "file": TEXT}),
        "whoami": of_object(
            {"registry": TEXT, "author": TEXT}, dict.fromkeys(("account", "role", "way"), TEXT)
        ),
        "removed-profile": of_object({"profile": TEXT}),
        "setting": of_object({"profile": TEXT, "setting": TEXT, "value": NULL_TEXT}),
        "path": of_object({"path": TEXT}),
        "profiles": of_list(of_object({"profile": TEXT, "setting": TEXT, "value": TEXT})),
        "backup": of_object({"file": TEXT, "size": {"type": "integer"}}),
        "schema-version": of_object({"version": TEXT}),
        "demo": of_list(of_object({"reference": TEXT, "id": TEXT})),
        "token": of_object({"name": TEXT, "role": TEXT, "token": TEXT}),
        "revoked-token": of_object({"name": TEXT, "registry": TEXT}),
        "tokens": of_list(
            of_object(
                {"name": TEXT, "role": TEXT, "state": TEXT}
                | dict.fromkeys(("created", "expires", "revoked", "last_used"), TIME)
            )
        ),
        "audit": of_list(
            of_object(
                {"id": {"type": "integer"}, "time": TIME, "actor": TEXT, "way": TEXT, "operation": TEXT}
                | dict.fromkeys(("author", "kind", "resource_id", "name", "request_id", "hash"), NULL_TEXT)
                | {"changes": VALUES}
            )
        ),
        "audit-verify": of_object(
            {"entries": {"type": "integer"}, "without_hash": {"type": "integer"}, "last_hash": NULL_TEXT}
            | {
                "unchained": of_list(
                    of_object(
                        {"first": {"type": "integer"}, "last": {"type": "integer"}}
                        | {"since": TIME, "until": TIME}
                    )
                )
            }
        ),
        "doctor": of_object(
            {
                "url": NULL_TEXT,
                "healthy": BOOL,
                "findings": of_list(
                    of_object(
                        {"check": {"enum": list(CHECKS)}, "verdict": {"enum": list(get_args(Verdict))}}
                        | {"says": TEXT, "fix": NULL_TEXT}
                    )
                ),
            }
        ),
        "plan": of_object({"changes": of_list(VALUES)}),
    }


def _inner(group: click.Group, context: click.Context) -> Iterator[click.Context]:
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if found is not None:
            yield click.Context(found, context, name)


def commands() -> Iterator[tuple[str, list[click.Context]]]:
    """Return the contexts of all commands, in the sections of the help."""
    top = click.Context(root, info_name=PROGRAM, **root.context_settings)
    for title, section in SECTIONS.items():
        contexts: list[click.Context] = []
        for name in section:
            command = root.get_command(top, name) or root
            context = click.Context(command, top, name)
            contexts += _inner(command, context) if isinstance(command, click.Group) else [context]
        yield title, contexts


def page() -> str:
    """Return the page of the reference."""
    top = click.Context(root, info_name=PROGRAM, **root.context_settings)
    shared = {each.name: each for each in root.params if isinstance(each, click.Option)}
    lines = [HEAD.rstrip("\n")]
    extra: dict[str, click.Option] = {}
    parts: list[str] = []
    for title, contexts in commands():
        parts += ["", f"## {title}"]
        for context in contexts:
            own = [each for each in context.command.params if isinstance(each, click.Option)]
            for each in own:
                if each.name in ("dry_run", "yes"):
                    extra.setdefault(each.name, each)
            parts += _command(context, [each for each in own if each.name not in (*shared, "dry_run", "yes")])
    lines += [
        f"| {_options(each, top)} | `{variable_of(each, top)}` | {each.help} |"
        for each in [*shared.values(), *extra.values()]
        if each.name != "version"
    ]
    note = (
        "",
        "`--dry-run` and `--yes` are options of commands that write. Every option of a command has a variable"
        " with the names of both, such as `MODEL_REGISTRY_MODELS_LS_LIMIT`. That of an option that can be"
        " repeated holds several values, with spaces between them.",
    )
    return "\n".join([*lines, *note, *parts]) + "\n"


def _command(context: click.Context, options: list[click.Option]) -> list[str]:
    command = context.command
    usage = " ".join(command.collect_usage_pieces(context))
    path = context.command_path
    help_text = (
        inspect.cleandoc(command.help or "").replace("\n\n", "\0").replace("\n", " ").replace("\0", "\n\n")
    )
    lines = ["", f"### {path.removeprefix(PROGRAM + ' ')}", "", "```text", f"{path} {usage}", "```", ""]
    lines.append("\n\n".join(part.strip() for part in help_text.split("\n\n")))
    if options:
        lines += ["", "| Option | Meaning |", "|---|---|"]
        for each in options:
            record = each.get_help_record(context)
            text = (record[1] if record else "").replace("|", "\\|").replace("\n", " ")
            lines.append(f"| {_options(each, context)} | {' '.join(text.split())} |")
    if isinstance(command, Command):
        if command.output:
            name = command.output
            lines += ["", f"JSON: the schema `{name}.json` in `model_registry/cli/schemas`."]
        lines += ["", "```bash", *command.example_lines(PROGRAM), "```"]
    return lines


def _options(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    names = record[0] if record else "/".join(option.opts)
    return f"`{names}`".replace("|", "\\|")


def produced() -> dict[Path, str]:
    """Return the content of each produced file."""
    files = {PAGE: page()}
    for name, schema in schemas().items():
        whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
        files[SCHEMAS / f"{name}.json"] = json.dumps(whole, indent=2) + "\n"
    return files


def main() -> int:
    """Write the files, or check them."""
    files = produced()
    existing = {PAGE, *SCHEMAS.glob("*.json")}
    changed = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    left_over = sorted(existing - files.keys())
    if "--check" in sys.argv:
        for path in [*changed, *left_over]:
            print(f"{path.relative_to(ROOT)} is not current: run scripts/produce_cli_reference.py")
        return 1 if changed or left_over else 0
    for path in changed:
        path.write_text(files[path])
    for path in left_over:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
