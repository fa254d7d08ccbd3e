"""Real registries for tests: Debian's `docker-registry` on free loopback ports, and a token service."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError

import pytest

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

SECONDS = 30
PROGRAM = shutil.which("docker-registry")
SKOPEO = shutil.which("skopeo")

needs_registry = pytest.mark.skipif(
    PROGRAM is None, reason="there is no docker-registry: apt-get install docker-registry"
)
needs_skopeo = pytest.mark.skipif(SKOPEO is None, reason="there is no skopeo: apt-get install skopeo")


class Registry:
    """A registry process with its own storage folder.

    Args:
        root: Folder for configuration, blobs and log.
        auth: The `auth:` part of its configuration.

    Attributes:
        host: Loopback address and port.
        blobs: Folder of its blobs.
    """

    def __init__(self, root: Path, auth: dict[str, object] | None = None) -> None:
        self.root = root
        self.blobs = root / "data" / "docker" / "registry" / "v2" / "blobs" / "sha256"
        self._auth = auth
        self.host = ""

    def __enter__(self) -> Self:
        assert PROGRAM is not None
        self.root.mkdir(parents=True, exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.host = f"127.0.0.1:{probe.getsockname()[1]}"
        config: dict[str, object] = {
            "version": 0.1,
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {
                "filesystem": {"rootdirectory": str(self.root / "data")},
                "delete": {"enabled": True},
            },
            "http": {"addr": self.host, "secret": "of the tests"},
        }
        if self._auth is not None:
            config["auth"] = self._auth
        path = self.root / "config.yml"
        path.write_text(json.dumps(config))  # JSON is YAML
        self._log = (self.root / "log").open("wb")
        self._process = subprocess.Popen(
            [PROGRAM, "serve", str(path)], stdout=self._log, stderr=subprocess.STDOUT
        )
        self._wait()
        return self

    def _wait(self) -> None:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                urllib.request.urlopen(f"http://{self.host}/v2/", timeout=SECONDS).close()
            except HTTPError as error:
                error.close()
                return  # it wants credentials: it runs
            except URLError:
                time.sleep(0.02)
            else:
                return
        pytest.fail((self.root / "log").read_text())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(SECONDS)
        self._log.close()

    def blob(self, digest: str) -> Path:
        """Where it keeps a blob."""
        name = digest.removeprefix("sha256:")
        return self.blobs / name[:2] / name / "data"


def basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def skopeo(*arguments: str) -> bytes:
    """Run skopeo; what it prints is returned."""
    done = subprocess.run(
        [str(SKOPEO), *arguments], capture_output=True, timeout=300, check=False, env={"PATH": "/usr/bin:/bin"}
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def inspect(host_and_name: str) -> dict[str, object]:
    """What skopeo tells of an image's manifest."""
    return json.loads(skopeo("inspect", "--raw", "--tls-verify=false", f"docker://{host_and_name}"))
