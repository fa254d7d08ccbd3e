"""What an import loads, seen from fresh interpreters."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import model_registry
import model_registry.server
import model_registry.storage
import model_registry.types

ROOT = Path(__file__).parents[2]

HEAVY = ("aiohttp", "pydantic", "mr_openapi.models", "sqlalchemy", "alembic", "msgspec", "uvicorn", "urllib3")

BLOCK = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
"""


def run(code):
    """Run a program; give what it prints."""
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded_by(code):
    """Modules that a program loads."""
    return set(json.loads(run(f"{code}\nimport json, sys; print(json.dumps(list(sys.modules)))")))


@pytest.mark.parametrize(
    "code",
    [
        "import model_registry",
        "from model_registry import ModelRegistryAPIClient",
        "from model_registry import AsyncModelRegistry, ModelRegistry",
        "from model_registry import storage, signing; storage.upload, signing.SigningError",
        "import model_registry.core, model_registry.exceptions, model_registry.utils",
        "import model_registry.types",
        "from model_registry import F, ModelRegistry, AsyncModelRegistry; F.name.like('a%') & (F.id == 1)",
        "import model_registry.server",
        "import model_registry.storage",
    ],
)
def test_light_imports(code):
    loaded = loaded_by(code)
    heavy = {name for name in loaded if name.startswith(HEAVY)}
    server = {name for name in loaded if name.startswith("model_registry.server.")}
    assert heavy == set()
    assert server == set()


def test_building_a_client_loads_neither_http_nor_models():
    loaded = loaded_by(
        "from model_registry import ModelRegistryAPIClient\n"
        "ModelRegistryAPIClient.insecure_connection('localhost', 8080)\n"
        "ModelRegistryAPIClient.local()"
    )
    assert {
        name for name in loaded if name.startswith(("aiohttp", "mr_openapi.models", "sqlalchemy"))
    } == set()


def test_a_local_registry_loads_no_http_client_and_no_server():
    loaded = loaded_by(
        "import asyncio\n"
        "from model_registry import ModelRegistryAPIClient\n"
        "from model_registry.types import RegisteredModel\n"
        "async def main():\n"
        "    async with ModelRegistryAPIClient.local() as client:\n"
        "        await client.upsert_registered_model(RegisteredModel('m'))\n"
        "asyncio.run(main())"
    )
    assert {name for name in loaded if name.startswith(("aiohttp", "uvicorn", "psycopg"))} == set()


EXPORTS = [
    (module.__name__, name)
    for module in (model_registry, model_registry.types, model_registry.server, model_registry.storage)
    for name in module.__all__
]


@pytest.mark.slow
def test_each_exported_name_can_be_the_first_that_is_imported():
    # One interpreter that forgets everything in between takes the place of fifty.
    run(
        "import importlib, sys\n"
        f"for module, name in {EXPORTS!r}:\n"
        "    for loaded in [m for m in sys.modules if m.startswith(('model_registry', 'mr_openapi'))]:\n"
        "        del sys.modules[loaded]\n"
        "    home = importlib.import_module(module)\n"
        "    assert name in dir(home), (module, name)\n"
        "    getattr(home, name)\n"
    )


@pytest.mark.parametrize(
    "module", [model_registry, model_registry.types, model_registry.server, model_registry.storage]
)
def test_unknown_names_are_attribute_errors(module):
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = module.nonsense
    assert set(module.__all__) <= set(dir(module))


LOCAL = """
import asyncio
from model_registry import ModelRegistryAPIClient
from model_registry.exceptions import MissingExtraError
try:
    client = ModelRegistryAPIClient.local()
    asyncio.run(client.get_registered_models())
except MissingExtraError as error:
    assert isinstance(error, ImportError)
    print(error)
"""


@pytest.mark.parametrize(
    "blocked", [["sqlalchemy"], ["msgspec"], ["sqlalchemy", "alembic", "msgspec"]], ids=str
)
def test_a_missing_extra_is_named_with_its_command(blocked):
    printed = run(BLOCK.format(blocked=set(blocked)) + LOCAL)
    assert "A local registry needs the extra 'server'" in printed
    assert any(f"'{name}'" in printed for name in blocked)
    assert printed.rstrip().endswith("pip install 'model-registry[server]'")


def test_the_client_over_http_needs_no_extra():
    extras = {
        "sqlalchemy",
        "alembic",
        "msgspec",
        "starlette",
        "uvicorn",
        "uvloop",
        "httptools",
        "psycopg",
        "boto3",
    }
    run(
        BLOCK.format(blocked=extras) + "import asyncio\n"
        "from model_registry import ModelRegistryAPIClient\n"
        "from model_registry.exceptions import RegistryConnectionError\n"
        "from model_registry.types import RegisteredModel\n"
        "import model_registry.transport.retry\n"
        "model_registry.transport.retry.FIRST_WAIT = 0\n"
        "async def main():\n"
        "    async with ModelRegistryAPIClient.insecure_connection('127.0.0.1', 1) as client:\n"
        "        await client.upsert_registered_model(RegisteredModel('m'))\n"
        "try:\n"
        "    asyncio.run(main())\n"
        "except RegistryConnectionError:\n"
        "    print('refused')\n"
    )


@pytest.mark.parametrize(
    ("extra", "library", "code"),
    [
        ("s3", "obstore", "storage.download('s3://models/fraud', 'x')"),
        ("s3", "botocore", "storage.download('s3://models/fraud', 'x')"),
        ("s3", "boto3", "utils.upload_to_s3(utils.S3Params('models', 'x'), __file__, s3_client=object())"),
        ("gs", "obstore", "storage.download('gs://models/fraud', 'x')"),
        ("hf", "huggingface_hub", "storage.download('hf://acme/fraud', 'x')"),
        ("signing", "model_signing", "signing.ModelSigner.with_key(private_key=__file__).sign(__file__)"),
    ],
)
def test_every_missing_extra_is_named_with_its_command(extra, library, code, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        BLOCK.format(blocked={library}) + "from model_registry import signing, storage, utils\n"
        "from model_registry.exceptions import MissingExtraError\n"
        f"try:\n    {code}\nexcept MissingExtraError as error:\n    print(error)\n"
    )
    printed = run(f"import runpy; runpy.run_path({str(script)!r})")
    assert f"pip install 'model-registry[{extra}]'" in printed
