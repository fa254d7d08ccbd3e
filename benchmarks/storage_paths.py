"""Files moved and verified, against the tools of the system that do one of both.

`python -m benchmarks.storage_paths` copies a large file, fetches it from a web server of its own,
and copies a folder of many small files. Rounds are interleaved: all ways meet the same noise.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.table import print_table
from model_registry import storage

ROUNDS = 5
SMALL_FILES = 5000
SMALL_SIZE = 20 * 1024
BASELINE = {"copy": "cp, then sha256sum", "fetch": "curl, then sha256sum", "small": "cp -r, then sha256sum"}

Way = Callable[[Path], object]


def milliseconds(way: Way, folder: Path) -> float:
    start = time.perf_counter()
    way(folder)
    taken = (time.perf_counter() - start) * 1000
    shutil.rmtree(folder, ignore_errors=True)
    return taken


def compare(title: str, ways: dict[str, Way], baseline: str, folder: Path) -> None:
    rounds = [{name: milliseconds(way, folder / "back") for name, way in ways.items()} for _ in range(ROUNDS)]
    taken = {name: statistics.median(one[name] for one in rounds) for name in ways}
    print_table(f"{title}, median of {ROUNDS} rounds", taken, baseline)


def shell(command: str, *arguments: object) -> Way:
    def run(folder: Path) -> None:
        folder.mkdir()
        subprocess.run(["sh", "-ec", command, "sh", folder, *map(str, arguments)], check=True)

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mebibytes", type=int, default=1024, help="size of the large file")
    size = parser.parse_args().mebibytes
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "large").open("wb") as file:
            for _ in range(size):
                file.write(os.urandom(1024 * 1024))
        large = str(folder / "large")
        compare(
            f"Copy {size} MiB",
            {
                BASELINE["copy"]: shell('cp "$2" "$1/x"; sha256sum "$1/x" > "$1/sum"', large),
                "cp": shell('cp "$2" "$1/x"', large),
                "storage.download": lambda back: storage.download(large, back),
            },
            BASELINE["copy"],
            folder,
        )
        serve = [sys.executable, "-c", SERVE, name]
        with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{server.stdout.readline().strip()}/large"
            compare(
                f"Fetch {size} MiB over HTTP",
                {
                    BASELINE["fetch"]: shell('curl -so "$1/x" "$2"; sha256sum "$1/x" > "$1/sum"', url),
                    "curl": shell('curl -so "$1/x" "$2"', url),
                    "storage.download": lambda back: storage.download(url, back),
                },
                BASELINE["fetch"],
                folder,
            )
            server.terminate()
        (folder / "small").mkdir()
        for number in range(SMALL_FILES):
            (folder / "small" / f"{number}.bin").write_bytes(os.urandom(SMALL_SIZE))
        small = str(folder / "small")
        compare(
            f"Copy {SMALL_FILES} files of {SMALL_SIZE // 1024} KiB",
            {
                BASELINE["small"]: shell('cp -r "$2" "$1/x"; cat "$1"/x/* | sha256sum > "$1/sum"', small),
                "storage.download": lambda back: storage.download(small, back),
                "storage.upload": lambda back: storage.upload(small, str(back)),
            },
            BASELINE["small"],
            folder,
        )


SERVE = """
import os, sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer as Server
class Handler(SimpleHTTPRequestHandler):
    def copyfile(self, source, outputfile):
        self.wfile.flush()
        try:
            self.connection.sendfile(source)
        except ConnectionError:
            pass
    def log_message(self, *arguments):
        pass
os.chdir(sys.argv[1])
server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


if __name__ == "__main__":
    main()
