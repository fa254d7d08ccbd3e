"""Random numbers of the program are left alone, and those of the package are its own in each process."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import asyncio
import os
import random

from model_registry import ModelRegistry
from model_registry.random_numbers import GENERATOR
from model_registry.server.middleware.request_id import RequestIdMiddleware, request_id
from model_registry.transport import retry


def ids():
    found = []

    async def application(scope, receive, send):
        found.append(request_id.get())

    scope = {"type": "http", "method": "GET", "headers": []}
    asyncio.run(RequestIdMiddleware(application, reads=True)(scope, None, None))
    return found


random.seed(7)
before = random.getstate()
with ModelRegistry.local() as registry:
    registry.register("fraud", "1.0", "s3://models/1")
assert len(set(map(tuple, [ids(), ids()]))) == 2
assert retry.wait(3, None) != retry.wait(3, None)
assert random.getstate() == before
random.seed(7)
after_a_seed = ids()
random.seed(7)
assert ids() != after_a_seed

reading, writing = os.pipe()
child = os.fork()
if not child:
    os.write(writing, b"%032x" % GENERATOR.getrandbits(128))
    os._exit(0)
os.waitpid(child, 0)
assert os.read(reading, 32) != b"%032x" % GENERATOR.getrandbits(128)
"""


def test_numbers_of_the_program_are_left_alone_and_ids_differ_in_forked_processes() -> None:
    subprocess.run([sys.executable, "-c", SCRIPT], check=True, timeout=60)
