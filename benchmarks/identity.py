"""What tokens and the audit trail cost: the same registry without them, and with `--named-tokens --audit`.

`python -m benchmarks.identity [--seconds S] [--rounds R] [--databases sqlite postgresql]` serves both on one
core, and drives them in turns with `wrk` from another. Each rate is the median of its rounds, and the
processor time that the server takes for a request the lowest of them.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.registry import DATABASES, MODELS, databases, load, running
from tests.support.servers import unused_port

CONNECTIONS: Final = 16
GET: Final = """
wrk.headers["Authorization"] = "Bearer TOKEN"
"""
CREATE: Final = """
local made = 0
request = function()
  made = made + 1
  return wrk.format("POST", "PATH",
    {["Content-Type"] = "application/json", ["Authorization"] = "Bearer TOKEN"},
    string.format('{"name":"RUN-%d","owner":"ann","description":"text"}', made))
end
"""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.identity")
    parser.add_argument("--seconds", type=float, default=1.0, help="for each figure and round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    options = parser.parse_args([] if arguments is None else arguments)
    if missing := [tool for tool in ("wrk", "curl", "taskset") if shutil.which(tool) is None]:
        print(f"What tokens and the trail cost: left out, for {', '.join(missing)} is not installed")
        return
    for kind in options.databases:
        measure(kind, options.seconds, options.rounds)


def measure(kind: str, seconds: float, rounds: int) -> None:
    """Print the rates of reads and writes, without and with tokens and the trail."""
    from model_registry.server.identity.administration import create_token
    from model_registry.server.identity.roles import Role

    with databases(kind) as new:
        plain, guarded = new(), new()
        token = create_token(guarded, "benchmark", Role.WRITER)
        ports = {plain: unused_port(), guarded: unused_port()}
        serve = [sys.executable, "-m", "model_registry.cli", "serve"]
        commands = {
            db: [
                *serve,
                "--db",
                db,
                f"--port={port}",
                *(["--named-tokens", "--audit"] if db == guarded else []),
            ]
            for db, port in ports.items()
        }
        ready = {db: f"http://127.0.0.1:{port}/readyz/isDirty" for db, port in ports.items()}
        with (
            running(commands[plain], ready[plain]) as one,
            running(commands[guarded], ready[guarded]) as other,
        ):
            servers = {plain: one, guarded: other}
            for what in ("read", "write"):
                figures: dict[str, list[Figures]] = {plain: [], guarded: []}
                for number in range(rounds):
                    for db, port in ports.items():
                        script = (CREATE if what == "write" else GET).replace("TOKEN", token)
                        script = script.replace("PATH", MODELS).replace("RUN", f"r{number}")
                        url = f"http://127.0.0.1:{port}{MODELS}" + ("?pageSize=1" if what == "read" else "")
                        before = processor_seconds(servers[db])
                        rate = load(url, CONNECTIONS, seconds, script).rate
                        used = processor_seconds(servers[db]) - before
                        figures[db].append(Figures(rate, used / (rate * seconds) * 1e6))
                report(f"{kind}: {what}s", figures[plain], figures[guarded])


class Figures(NamedTuple):
    """Requests per second, and microseconds of processor time of the server for each."""

    rate: float
    cost: float


def processor_seconds(process: subprocess.Popen[bytes]) -> float:
    """Processor time that a process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(what: str, plain: list[Figures], guarded: list[Figures]) -> None:
    without, with_both = (statistics.median(each.rate for each in rounds) for rounds in (plain, guarded))
    low, high = (min(each.cost for each in rounds) for rounds in (plain, guarded))
    print(
        f"{what} without {without:,.0f}/s, with tokens and trail {with_both:,.0f}/s"
        f" ({with_both / without - 1:+.1%}); processor time {low:.0f} and {high:.0f} microseconds"
        f" ({low / high - 1:+.1%} requests)"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
