"""Processor time of short commands as whole processes: the help, and a list from a server and from a file.

`python -m benchmarks.commands` prints the best and the median. Rounds are interleaved: all meet the same
noise.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.backends import Server

ROUNDS = 20
COMMAND = [sys.executable, "-m", "model_registry"]


def milliseconds(arguments: list[str]) -> float:
    """Processor time of a process that prints nothing."""
    silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    process = os.posix_spawn(arguments[0], arguments, os.environ, file_actions=silent)
    _, status, used = os.wait4(process, 0)
    assert status == 0
    return (used.ru_utime + used.ru_stime) * 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "registry.db")
        subprocess.run([*COMMAND, "demo", "--registry", file], check=True, capture_output=True)
        server = Server(f"sqlite:///{file}")
        commands = {
            "Python itself": [sys.executable, "-c", "pass"],
            "--help": [*COMMAND, "--help"],
            "models ls, from a server": [*COMMAND, "models", "ls", "--registry", server.url],
            "models ls, from a file": [*COMMAND, "models", "ls", "--registry", file],
        }
        rounds = [{name: milliseconds(each) for name, each in commands.items()} for _ in range(ROUNDS)]
        server.stop()
    print(f"Commands, processor time of {ROUNDS} processes")
    for name in commands:
        taken = [each[name] for each in rounds]
        print(f"  {name:<26}{min(taken):7.0f} ms at best {statistics.median(taken):7.0f} ms median")


if __name__ == "__main__":
    main()
