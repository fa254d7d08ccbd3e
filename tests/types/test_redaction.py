"""No text shows what may be secret in a URI."""

from __future__ import annotations

import pytest

from model_registry import ModelRegistry
from model_registry.exceptions import ConflictError, CopyInterruptedError, StaleObjectError
from model_registry.types.redaction import redacted

URIS = [
    "https://account.blob.core.windows.net/c/m.onnx?sv=2024&sig=SECRET",
    "https://ann:SECRET@files.example.org/m.onnx",
    "s3://bucket/m.onnx#SECRET",
]


@pytest.mark.parametrize("uri", URIS)
def test_results_and_errors(uri):
    texts = {}
    with ModelRegistry.local(author="ann") as registry, ModelRegistry.local(author="ann") as other:
        with registry.dry_run() as trial:
            trial.register("fraud", "1", uri)
            texts["plan"] = str(trial.plan)
        done = registry.register("fraud", "1", uri, properties={"from": {"uris": [uri]}})
        texts["result"] = f"{done!r} {done._repr_html_()}"
        with pytest.raises(ConflictError) as conflict:
            registry.register("fraud", "1", f"{uri}2", if_exists="resume")
        mine, theirs = registry.get_artifact("fraud/1", "fraud"), registry.get_artifact("fraud/1", "fraud")
        theirs.uri = f"{uri}3"
        registry.update(theirs)
        mine.uri = f"{uri}4"
        with pytest.raises(StaleObjectError) as stale:
            registry.update(mine)
        other.register("fraud", "1", f"{uri}5", properties={"from": {"uris": [f"{uri}5"]}})
        with pytest.raises(CopyInterruptedError) as copy:
            registry.copy("fraud", to=other)
        registry.register("fraud", "2", f"{uri}6")
        compared, lineage = registry.compare("fraud/1", "fraud/2"), registry.lineage("fraud")
        texts["comparison"] = f"{compared} {compared._repr_html_()}"
        texts["lineage"] = f"{lineage} {lineage._repr_html_()}"
    texts |= {"conflict": str(conflict.value), "stale": str(stale.value), "copy": str(copy.value)}
    assert [name for name, text in texts.items() if "SECRET" in text] == []
    assert "m.onnx" in texts["result"]


def test_what_is_no_uri_stays():
    value = {"a": ["x?y", 1, "see https://example.org/?a=b there"], "b": None}
    assert redacted(value) == value
