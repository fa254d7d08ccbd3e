"""Compare the parameters of a function with those that programs rely on."""

import inspect

REQUIRED = inspect.Parameter.empty
ABSENT = object()
MARKS = {inspect.Parameter.KEYWORD_ONLY: "*", inspect.Parameter.VAR_KEYWORD: "**"}


def parameters_of(function):
    """Defaults by name; `*` before a name says that it is for keywords only."""
    return {
        MARKS.get(parameter.kind, "") + name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
    }


def assert_offers(function, expected):
    """The parameters are there, at their places; more may follow, and what was required may be optional."""
    offered = parameters_of(function)
    positional = [name for name in expected if not name.startswith("*")]
    assert [name for name in offered if not name.startswith("*")][: len(positional)] == positional
    for name, default in expected.items():
        assert name in offered, name
        assert default is REQUIRED or offered[name] == default, name
    for name in offered.keys() - expected.keys():
        assert offered[name] is not REQUIRED or name.startswith("**"), name
