"""Random numbers that leave those of the user alone.

The generator of module `random` belongs to the program. Numbers taken from it would change the results of a
training that seeds it, and its seed would give the same ids to the requests of several processes.
"""

from __future__ import annotations

from random import Random
from typing import Final

from model_registry._forks import call_in_child

GENERATOR: Final = Random()  # noqa: S311  # for waits and ids, which are no secrets
"""Seeded by the system, anew in each forked process."""

call_in_child(GENERATOR.seed)
