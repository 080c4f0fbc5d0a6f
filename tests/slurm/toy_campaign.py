"""A small campaign, sent to Slurm the way a user sends one."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import yaml
from toy_slurm import ToySlurm, wait_until

CELL = "results/toy/AM_1/sc50/r1"
SLURRY = f"{CELL}/slurry.json"
PATIENCE = 2400.0


class Campaign:
    """A copy of the workflow with a small campaign, run through profiles/slurm."""

    def __init__(self, folder: Path, cluster: ToySlurm):
        self.folder, self.cluster = folder, cluster
        self.output = folder / "snakemake.out"
        self.process: subprocess.Popen | None = None
        config = yaml.safe_load((folder / "config/test.yaml").read_text())
        config["campaign"] = "toy"
        config["matrix"]["replicates"] = 1
        config["viscosity"]["shear_rates_per_s"] = [1000]
        config["transport"] = {"voxel_um": 0.4}
        del config["measurements"]
        (folder / "config/toy.yaml").write_text(yaml.safe_dump(config))

    def start(self, *arguments: str) -> None:
        """Start Snakemake; it looks at its jobs more often than the profile says."""
        command = [str(Path(sys.executable).parent / "snakemake")]
        command += ["--workflow-profile", "profiles/slurm", "--configfile", "config/toy.yaml"]
        command += ["--slurm-init-seconds-before-status-checks", "1"]
        command += ["--max-status-checks-per-second", "1", "--retries", "8", "--latency-wait", "20"]
        environment = {**self.cluster.environment, "PYTHONPATH": str(self.folder / "workflow")}
        with self.output.open("ab") as out:
            self.process = subprocess.Popen(
                [*command, *arguments],
                cwd=self.folder,
                env=environment,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def finish(self) -> None:
        """Wait for Snakemake's good end."""
        try:
            status = self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            status = "no end"
        assert status == 0, f"{self.cluster.logs()}\n{self.text()[-6000:]}\nended with {status}"

    def kill(self) -> None:
        """kill -9 of Snakemake alone; its Slurm jobs live on."""
        self.process.kill()
        self.process.wait()

    def text(self) -> str:
        """What Snakemake has printed so far."""
        return self.output.read_text(errors="replace")

    def job_logs(self) -> str:
        """Logs of this campaign's Slurm jobs that failed or still run."""
        logs = sorted((self.folder / "logs/slurm").rglob("*.log"))
        return "\n".join(log.read_text(errors="replace") for log in logs)

    def read(self, name: str) -> bytes:
        return (self.folder / CELL / name).read_bytes()

    def sidecar(self, stage: str) -> dict:
        return json.loads(self.read(f"{stage}.json"))

    def segments(self, stage: str = "slurry") -> dict[str, int]:
        """Markers of finished segments with the time of their writing."""
        return {
            p.name: p.stat().st_mtime_ns
            for p in self.folder.glob(f"results/toy/work/{stage}-*/segment-*.json")
        }

    def lammps(self) -> list[psutil.Process]:
        """The LAMMPS processes that work in this campaign's folder."""
        work = self.folder / "results/toy/work"
        found = []
        for process in psutil.process_iter(["name", "cwd"]):
            if process.info["name"] == "lmp" and work in Path(process.info["cwd"] or "/").parents:
                found.append(process)
        return found

    def freeze_lammps(self) -> psutil.Process:
        """Stop (SIGSTOP) the slurry's LAMMPS after two finished segments, so that the stage
        neither ends nor moves on before the test does what it is about."""

        def frozen():
            assert self.process.poll() is None, self.text()[-6000:]
            for process in self.lammps() if len(self.segments()) >= 2 else []:
                try:
                    process.suspend()
                except psutil.NoSuchProcess:
                    continue
                return process
            return None

        return wait_until(frozen, "LAMMPS runs the third segment", PATIENCE, every=0.02)

    def running_job(self) -> str:
        """Number of the one Slurm job that runs."""
        [job] = self.cluster.jobs("running")
        return job

    def end(self) -> None:
        """Leave nothing behind, whatever the test did."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
