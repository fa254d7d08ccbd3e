"""Running programs: no shell, nothing printed, their output in the log."""

from __future__ import annotations

import os
import subprocess
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from model_registry.exceptions import BaseSigningError

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping

    Adapter = logging.LoggerAdapter[logging.Logger]
    Run = Callable[..., subprocess.CompletedProcess[str]]

NOT_FOUND = 127
"""Exit code for a program that is not there, as shells have it."""


class CommandError(BaseSigningError, subprocess.CalledProcessError):
    """A program failed, or is not there.

    Attributes:
        returncode: What it ended with; 127 when it is not there.
        cmd: The program and its arguments.
        stdout: What it printed.
        stderr: What it complained about.
    """

    def __init__(self, returncode: int, cmd: list[str], output: str = "", stderr: str = "") -> None:
        subprocess.CalledProcessError.__init__(self, returncode, cmd, output, stderr)

    def __str__(self) -> str:
        program = self.cmd[0]
        if self.returncode == NOT_FOUND and not self.stderr:
            return f"The program {program!r} is not on the PATH: install it, or use another way of signing."
        lines = self.stderr.strip().splitlines() or ["it said nothing"]
        return f"{program} ended with {self.returncode}: {' '.join(lines[-3:])}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.returncode, self.cmd, self.output, self.stderr)


class CommandRunner:
    r"""Runs programs.

    Args:
        logger_adapter: Where their output goes, at level `DEBUG`.
        **kwargs: Further arguments for `subprocess.run`, such as `timeout` or `cwd`.

    Example:
        >>> import logging, sys
        >>> from model_registry.signing import CommandRunner
        >>> runner = CommandRunner(logging.LoggerAdapter(logging.getLogger("example"), {}))
        >>> runner.run([sys.executable, "-c", "print('hello')"]).stdout
        'hello\n'
    """

    def __init__(self, logger_adapter: Adapter, **kwargs: Any) -> None:
        self._log = logger_adapter
        options = {"capture_output": True, "text": True, "errors": "replace", "stdin": subprocess.DEVNULL}
        self._run = cast("Run", partial(subprocess.run, **{**options, **kwargs}))

    def run(self, cmd: list[str], env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program to its end.

        Args:
            cmd: The program and its arguments.
            env: Its environment; this process's own when not given.

        Returns:
            What it printed and ended with.

        Raises:
            CommandError: It failed, took too long, or is not there.
        """
        try:
            done = self._run(cmd, check=False, env=dict(os.environ if env is None else env))
        except FileNotFoundError:
            raise CommandError(NOT_FOUND, cmd) from None
        except subprocess.TimeoutExpired as error:
            raise CommandError(-1, cmd, "", f"it was stopped after {error.timeout} s") from None
        except OSError as error:
            raise CommandError(126, cmd, "", f"it cannot be run: {error.strerror}") from None
        for text in (done.stdout, done.stderr):
            if text:
                self._log.debug(text.strip())
        if done.returncode:
            raise CommandError(done.returncode, cmd, done.stdout or "", done.stderr or "")
        return done
