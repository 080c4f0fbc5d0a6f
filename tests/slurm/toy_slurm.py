"""A real Slurm in one folder: munged, slurmctld and one slurmd that says it has 40 CPUs.

No systemd, no database, no files outside the folder. Needs Debian's packages slurmctld, slurmd,
slurm-client and munge.
"""

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import psutil

PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel", "scontrol"]
SYSTEM_PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
# The executor's job step starts srun without SLURM_CONF, which a cluster has in /etc/slurm instead.
WRAPPED = ["sbatch", "srun", "squeue", "scancel", "scontrol", "sinfo"]

CONFIGURATION = """
ClusterName=toy
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
SlurmctldPort={controller_port}
SlurmdPort={node_port}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd.log
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
# Memory by sampling: a job over its request is killed (clusters do it with cgroups).
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=2,batch_sched_delay=0
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout={node_timeout}
InactiveLimit=0
KillWait=2
# Finished jobs stay visible, so that a test can ask what became of them.
MinJobAge=86400
JobRequeue=1
DefMemPerCPU=100
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/log/jobcomp.log
NodeName=node1 NodeHostname={host} NodeAddr=127.0.0.1 CPUs=40 RealMemory=180000 State=UNKNOWN
PartitionName=main Nodes=node1 Default=YES MaxTime=INFINITE DefaultTime=10 State=UP
"""


class SlurmError(RuntimeError):
    """Slurm did not do what was waited for; the message ends with its logs."""


def missing_programs() -> list[str]:
    """Slurm programs that are not installed here."""
    return [p for p in PROGRAMS if shutil.which(p, path=SYSTEM_PATH) is None]


def wait_until(condition, what: str, seconds: float = 120.0, every: float = 0.1):
    """The first true value of `condition()`; fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(every)
    raise SlurmError(f"after {seconds:.0f} s still not: {what}")


def is_alive(process: psutil.Process) -> bool:
    """Whether a process still runs or may run again; a zombie does not."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ToySlurm:
    """A running cluster; `environment` is what its users need in theirs."""

    def __init__(self, folder: Path, node_timeout_seconds: int = 10):
        self.folder = folder
        self._daemons: dict[str, subprocess.Popen] = {}
        for name in ("munge", "state", "spool", "log", "bin"):
            (folder / name).mkdir(parents=True)
            (folder / name).chmod(0o755)
        conf = folder / "slurm.conf"
        conf.write_text(
            CONFIGURATION.format(
                host=socket.gethostname(),
                user=getpass.getuser(),
                folder=folder,
                controller_port=free_port(),
                node_port=free_port(),
                node_timeout=node_timeout_seconds,
            )
        )
        for name in WRAPPED:
            program = shutil.which(name, path=SYSTEM_PATH)
            wrapper = folder / "bin" / name
            wrapper.write_text(f'#!/bin/sh\nSLURM_CONF={conf} exec {program} "$@"\n')
            wrapper.chmod(0o755)
        self.environment = {
            **os.environ,
            "SLURM_CONF": str(conf),
            "PATH": f"{folder / 'bin'}:{SYSTEM_PATH}",
        }

    def start(self) -> None:
        munge = self.folder / "munge"
        (munge / "key").write_bytes(os.urandom(128))
        (munge / "key").chmod(0o400)
        names = {"key": "key-file", "socket": "socket", "pid": "pid-file"}
        files = {**names, "log": "log-file", "seed": "seed-file"}
        options = [f"--{option}={munge / name}" for name, option in files.items()]
        self._launch("munged", "--foreground", "--force", *options)
        wait_until(lambda: (munge / "socket").exists(), "munged listens", 30)
        self._launch("slurmctld", "-D")
        self.start_node()

    def start_node(self) -> None:
        """Start slurmd and wait until its node takes jobs."""
        self._launch("slurmd", "-D", "-N", "node1")
        try:
            wait_until(lambda: self.node_state() in ("idle", "mixed"), "node1 takes jobs", 60)
        except SlurmError as error:
            raise SlurmError(f"{error}\n{self.logs()}") from error

    def kill_daemon(self) -> None:
        """kill -9 of slurmd alone, where it runs; its job steps live on."""
        if slurmd := self._daemons.pop("slurmd", None):
            slurmd.kill()
            slurmd.wait()

    def kill_node(self) -> None:
        """kill -9 of slurmd and of every process of a job, as when the power fails.

        Slurm is told so; by itself it would notice after half a minute or more.
        """
        self.kill_daemon()
        killed = []
        for step in self._job_steps():
            for process in [step, *step.children(recursive=True)]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
                    killed.append(process)
        wait_until(lambda: not any(map(is_alive, killed)), "all processes of the node are dead")
        self.run("scontrol", "update", "nodename=node1", "state=down", "reason=power")

    def _job_steps(self) -> list[psutil.Process]:
        """This cluster's slurmstepd processes: they log to its folder."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.name() == "slurmstepd":
                    files = [Path(f.path) for f in process.open_files()]
                    found += [process] if any(self.folder in f.parents for f in files) else []
        return found

    def _launch(self, name: str, *options: str) -> None:
        program = shutil.which(name, path=SYSTEM_PATH)
        with (self.folder / "log" / f"{name}.out").open("ab") as out:
            self._daemons[name] = subprocess.Popen(
                [program, *options], env=self.environment, stdout=out, stderr=out
            )

    def run(self, *command: str) -> str:
        """Output of a Slurm command."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    def node_state(self) -> str:
        return self.run("sinfo", "--noheader", "--format=%T")

    def jobs(self, state: str = "all") -> dict[str, str]:
        """Rule name of each job by its id."""
        lines = self.run("squeue", "--noheader", f"--states={state}", "--format=%i|%k").splitlines()
        pairs = [line.split("|") for line in lines]
        return {
            job: comment.split("_wildcards_")[0].removeprefix("rule_") for job, comment in pairs
        }

    def jobs_of(self, folder: Path) -> dict[str, str]:
        """As `jobs`, those that were sent from a folder."""
        return {j: rule for j, rule in self.jobs().items() if self.job(j)["WorkDir"] == str(folder)}

    def release_requeued(self) -> None:
        """Start requeued jobs at once; Slurm would hold them back for two minutes."""
        for job in self.jobs("pending"):
            self.run("scontrol", "update", f"jobid={job}", "StartTime=now")

    def job(self, identity: str) -> dict[str, str]:
        """Fields of a job as `scontrol show job` prints them."""
        text = self.run("scontrol", "show", "job", identity)
        return dict(word.split("=", 1) for word in text.split() if "=" in word)

    def cancel_all(self) -> None:
        """End every job."""
        if waiting := list(self.jobs("pending,running,suspended,completing")):
            self.run("scancel", *waiting)
        wait_until(lambda: not self.jobs("pending,running,completing"), "all jobs have ended", 90)

    def clear(self) -> None:
        """An idle node for the next test, whatever the last one left behind."""
        try:
            self.cancel_all()
        except SlurmError:
            self.kill_node()
            self.start_node()
            self.cancel_all()
        if "slurmd" not in self._daemons:
            self.start_node()

    def stop(self) -> None:
        with contextlib.suppress(SlurmError):
            self.cancel_all()
        for name in ("slurmd", "slurmctld", "munged"):
            daemon = self._daemons.pop(name, None)
            if daemon is None:
                continue
            daemon.terminate()
            try:
                daemon.wait(timeout=20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def logs(self) -> str:
        """Last lines of every log of the cluster."""
        parts = []
        for path in sorted((self.folder / "log").glob("*.log")):
            tail = path.read_text(errors="replace").splitlines()[-15:]
            parts.append(f"--- {path.name}\n" + "\n".join(tail))
        return "\n".join(parts)
