"""Produce `model_registry/_client.py`, the blocking client, from the asynchronous one.

`python scripts/produce_blocking.py` writes it; with `--check` it fails when the file differs.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "model_registry" / "client"
PRODUCED = ROOT / "model_registry" / "_client.py"
FACADE = "AsyncModelRegistry"
BASE = "LegacyNames"
OF_THE_BASE = {"close"}
"""Methods that the blocking client inherits from its base class."""

ASYNC_RUNNER = "async_runner: What runs coroutines, instead of a thread that the client starts."

HEAD = '''\
"""The blocking client, produced from the asynchronous one.

Produced by scripts/produce_blocking.py from model_registry/client. Edit those files and run the script.
"""

from __future__ import annotations
'''

Function: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef"


def main() -> int:
    """Write the blocking client, or compare it with the file."""
    text = formatted(produced())
    if "--check" not in sys.argv[1:]:
        PRODUCED.write_text(text, encoding="utf-8")
        return 0
    if PRODUCED.read_text(encoding="utf-8") == text:
        return 0
    print(f"{PRODUCED.relative_to(ROOT)} is out of date: run python scripts/produce_blocking.py")
    return 1


def produced() -> str:
    """Return the blocking client as Python code."""
    modules = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(SOURCE.glob("*.py"))}
    nodes = [node for module in modules.values() for node in module.body]
    classes = {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}
    body = [ast.Expr(ast.Constant(with_runner(ast.get_docstring(classes[FACADE], clean=False) or "")))]
    for group in [classes["Base"], *(classes[ast.unparse(each)] for each in classes[FACADE].bases)]:
        body += [blocking(each) for each in group.body if is_public(each)]
    client = ast.ClassDef(blocking_text(FACADE), [ast.Name(BASE)], [], body, [])
    code = ast.unparse(ast.fix_missing_locations(client))
    return "\n".join([HEAD, imports(modules, client), code, ""])


def is_public(node: ast.stmt) -> bool:
    """Return whether the blocking client has this method, too."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    return node.name == "__init__" or not (node.name.startswith("_") or node.name in OF_THE_BASE)


def blocking(method: Function) -> Function:
    """Return the blocking form of a method."""
    decorators = {ast.unparse(each) for each in method.decorator_list}
    if method.name == "__init__" or "classmethod" in decorators:
        return constructor(method)
    passed = ", ".join(passed_on(method.args))
    read = read_by_caller(method.args)
    returned = method.returns
    is_pager = isinstance(returned, ast.Subscript) and ast.unparse(returned.value) == "AsyncPager"
    body: list[ast.stmt] = []
    if text := ast.get_docstring(method, clean=False):
        body.append(ast.Expr(ast.Constant(blocking_text(text))))
    if "overload" in decorators:
        body.append(ast.Expr(ast.Constant(...)))
    else:
        owner = FACADE if "staticmethod" in decorators else "self._async"
        called = f"{owner}.{method.name}"
        if "property" not in decorators:
            called += f"({passed})"
        if read:
            called = f"self._run_with({read}, lambda {read}: {called})"
        elif isinstance(method, ast.AsyncFunctionDef):
            called = f"self._run({called})"
        elif returned and ast.unparse(returned) == "Self":
            called = f"self._sharing_runner({called})"
        body.append(ast.parse(f"return self._walk({called})" if is_pager else f"return {called}").body[0])
    kept = [
        each
        for each in method.decorator_list
        if ast.unparse(each) in ("overload", "property", "staticmethod")
    ]
    annotation = blocking_text(ast.unparse(returned)) if returned else "None"
    return ast.FunctionDef(method.name, method.args, body, kept, ast.parse(annotation, mode="eval").body)


def read_by_caller(arguments: ast.arguments) -> str | None:
    """Return the argument that may be an asynchronous iterable, and annotate it as a plain iterable."""
    for each in arguments.args:
        kind = each.annotation
        if isinstance(kind, ast.BinOp) and "AsyncIterable[" in ast.unparse(kind.right):
            each.annotation = kind.left
            return each.arg
    return None


def constructor(method: Function) -> Function:
    """Return the blocking form of `__init__` or of a class method that creates a client."""
    is_init = method.name == "__init__"
    created = FACADE if is_init else f"{FACADE}.{method.name}"
    call = f"self._begin({created}({', '.join(passed_on(method.args))}), async_runner)"
    body: list[ast.stmt] = []
    if text := ast.get_docstring(method, clean=False):
        body.append(ast.Expr(ast.Constant(with_runner(text))))
    body += ast.parse(call if is_init else f"self = cls.__new__(cls)\n{call}\nreturn self").body
    own = ast.arg("async_runner", ast.parse("AsyncRunner | None", mode="eval").body)
    arguments = ast.arguments(
        **{
            **{name: getattr(method.args, name) for name in method.args._fields},
            "kwonlyargs": [*method.args.kwonlyargs, own],
            "kw_defaults": [*method.args.kw_defaults, ast.Constant(None)],
        }
    )
    return ast.FunctionDef(method.name, arguments, body, method.decorator_list, method.returns)


def passed_on(arguments: ast.arguments) -> list[str]:
    """Return the arguments of a call that passes on all arguments of a function."""
    positional = [
        handed_on(each)
        for each in [*arguments.posonlyargs, *arguments.args]
        if each.arg not in ("self", "cls")
    ]
    words = [f"{each.arg}={handed_on(each)}" for each in arguments.kwonlyargs]
    more = [f"*{arguments.vararg.arg}"] if arguments.vararg else []
    rest = [f"**{arguments.kwarg.arg}"] if arguments.kwarg else []
    return [*positional, *more, *words, *rest]


def handed_on(argument: ast.arg) -> str:
    """Write an argument as the asynchronous client gets it: another client becomes the one beneath it."""
    is_client = argument.annotation is not None and ast.unparse(argument.annotation) == "Self"
    return f"self._beneath({argument.arg})" if is_client else argument.arg


def blocking_text(text: str) -> str:
    """Return documentation or an annotation in its blocking form."""
    text = re.sub(r"\bawait ", "", text)
    text = re.sub(r"\basync (for|with|def)\b", r"\1", text)
    return re.sub(r"\bAsync(ModelRegistry|Pager|Iterator|Iterable)\b", r"\1", text)


def with_runner(text: str) -> str:
    """Return documentation in its blocking form, with the argument `async_runner`."""
    return re.sub(
        r"(\n( +)Args:\n(?:.+\n)+)", rf"\g<1>\g<2>    {ASYNC_RUNNER}\n", blocking_text(text), count=1
    )


def imports(modules: dict[str, ast.Module], client: ast.ClassDef) -> str:
    """Return the imports of the client, under `TYPE_CHECKING` where no default needs them."""
    known = {"AsyncRunner": "from model_registry.blocking import AsyncRunner"}
    known |= {"Pager": "from model_registry.types import Pager", "overload": "from typing import overload"}
    for name, module in modules.items():
        for node in ast.walk(module):
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                continue
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                known |= {alias.asname or alias.name: importing(node, alias) for alias in node.names}
        for node in module.body:
            if isinstance(node, ast.ClassDef):
                known[node.name] = f"from model_registry.client.{name} import {node.name}"
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):  # a TypeVar
                variable = node.targets[0].id
                known.setdefault(variable, f"from model_registry.client.{name} import {variable}")
    known[BASE] = f"from model_registry._legacy_names import {BASE}"
    known[FACADE] = f"from model_registry.client import {FACADE}"
    used = {node.id for node in ast.walk(client) if isinstance(node, ast.Name)}
    arguments = [node for node in ast.walk(client) if isinstance(node, ast.arguments)]
    defaults = [
        each for node in arguments for each in [*node.defaults, *node.kw_defaults] if each is not None
    ]
    now = {node.id for each in defaults for node in ast.walk(each) if isinstance(node, ast.Name)} | {
        "overload"
    }
    now |= {BASE, FACADE}
    lines = ["from typing import TYPE_CHECKING"]
    lines += [known[name] for name in sorted(used & now & known.keys())]
    later = [f"    {known[name]}" for name in sorted(used & known.keys() - now)]
    return "\n".join([*lines, "if TYPE_CHECKING:", *(later or ["    pass"])])


def importing(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    """Return the import of one name."""
    named = alias.name + (f" as {alias.asname}" if alias.asname else "")
    if isinstance(node, ast.Import):
        return f"import {named}"
    package = "model_registry.client" if node.level == 1 else ""
    return f"from {'.'.join(filter(None, [package, node.module]))} import {named}"


def formatted(code: str) -> str:
    """Return code as ruff formats it."""
    for command in (["check", "--fix", "--quiet", "--select", "F401,I"], ["format", "--quiet"]):
        run = [sys.executable, "-m", "ruff", *command, f"--stdin-filename={PRODUCED}", "-"]
        done = subprocess.run(run, input=code, capture_output=True, text=True, check=False, cwd=ROOT)
        if done.returncode != 0:
            raise SystemExit((done.stdout + done.stderr)[-2000:])
        code = done.stdout
    return code


if __name__ == "__main__":
    sys.exit(main())
