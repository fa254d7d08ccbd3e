"""Run the stand-in for the reference server: `python -m tests.support.reference --port 0`."""

from __future__ import annotations

import argparse
import contextlib
import sys

from tests.support.reference.serving import CONTROL, ReferenceServer


def main() -> None:
    """Serve until interrupted. The first line of the output is the address."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.reference", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="port, 0 for a free one")
    parser.add_argument("--sunset", help="date of the header Sunset on v1alpha3")
    arguments = parser.parse_args()
    with ReferenceServer(arguments.port, arguments.sunset) as server:
        sys.stdout.write(f"{server.url}\nPOST {CONTROL}?state=refused|stopping|up switches the database\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            server.wait()


if __name__ == "__main__":
    main()
