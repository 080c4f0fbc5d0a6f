"""Snakemake as users start it, but it looks at its Slurm jobs every second.

The executor waits 10 s longer after each look at which no job has ended, up to 3 min. No option
changes that, and a test would spend most of its time there.
"""

import asyncio
import sys

from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor


async def one_second(_: RemoteExecutor) -> None:
    await asyncio.sleep(1.0)


RemoteExecutor.sleep = one_second
sys.exit(main())
