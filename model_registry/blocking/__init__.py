"""Run coroutines from code that blocks: scripts, notebooks, threads, forked workers."""

from .runner import AsyncRunner, BackgroundCall, BlockingRunner, runner_for

__all__ = ["AsyncRunner", "BackgroundCall", "BlockingRunner", "runner_for"]
