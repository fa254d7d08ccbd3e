"""How far a call is from the socket."""

from benchmarks import frames


def test_a_call_passes_few_functions() -> None:
    with frames.registry() as client:
        walk = frames.measure(lambda: client.get_model("fraud"))
    assert walk.requests == 1
    assert walk.frames <= 13
    assert walk.files <= 11
