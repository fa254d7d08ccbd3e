"""What it costs to import the package, in processor time of fresh processes.

`python -m benchmarks.import_time` compares with the bare interpreter and with `pydantic`, which everybody
who uses the package imports too. Rounds are interleaved: all programs meet the same noise.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.table import print_table

ROOT = Path(__file__).parents[1]
ROUNDS = 15
INTERPRETER = "Python itself"
BASELINE = "from pydantic import BaseModel"
PROGRAMS = {
    INTERPRETER: "",
    BASELINE: "from pydantic import BaseModel; type('Model', (BaseModel,), {})",
    "import model_registry": "import model_registry",
    "the core client": "from model_registry import ModelRegistryAPIClient",
    "the client": "from model_registry import ModelRegistry",
    "the client and RegisteredModel": (
        "from model_registry import ModelRegistryAPIClient; from model_registry.types import RegisteredModel"
    ),
    "import aiohttp": "import aiohttp",
    "a list from a registry in a file": (
        "import asyncio; from model_registry import ModelRegistryAPIClient as Client\n"
        "async def main():\n"
        "    async with Client.local('registry.db') as client:\n"
        "        await client.get_registered_models()\n"
        "asyncio.run(main())"
    ),
}


def milliseconds(program: str, folder: str) -> float:
    """Processor time of a fresh interpreter that runs a program in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=True, env=environment, cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) * 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for program in PROGRAMS.values():
            milliseconds(program, folder)  # compiles what is not compiled yet, and makes the registry
        rounds = [
            {name: milliseconds(program, folder) for name, program in PROGRAMS.items()} for _ in range(ROUNDS)
        ]
    taken = {name: statistics.median(one[name] for one in rounds) for name in PROGRAMS}
    bare = taken.pop(INTERPRETER)
    print_table(
        f"Imports, processor time beyond the {bare:.0f} ms of {INTERPRETER}, median of {ROUNDS} processes",
        {name: spent - bare for name, spent in taken.items()},
        BASELINE,
    )


if __name__ == "__main__":
    main()
