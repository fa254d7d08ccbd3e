"""Runs the benchmarks: `python -m benchmarks [NAME ...]`, all of them when none is named."""

import importlib
import platform
import sys

BENCHMARKS = [
    "import_time",
    "commands",
    "one_call",
    "many_calls",
    "frames",
    "decode_page",
    "listing",
    "registering",
    "faults",
    "registry",
    "identity",
    "storage_s3",
    "storage_oci",
    "storage_hf",
    "signing",
    "pages",
    "mlflow_search",
]


def main() -> None:
    chosen = sys.argv[1:] or BENCHMARKS
    if unknown := [name for name in chosen if name not in BENCHMARKS]:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    for name in chosen:
        print()
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
