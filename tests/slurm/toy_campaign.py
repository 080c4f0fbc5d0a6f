"""A small campaign, sent to Slurm the way a user sends one."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import yaml
from toy_slurm import ToySlurm, wait_until

from castline.lammps.program import lammps_binary

PACKAGE = Path(__file__).resolve().parents[2] / "workflow"
RECIPE = "results/toy/AM_1/sc50/recipe.json"
CELL = "results/toy/AM_1/sc50/r1"
SLURRY = f"{CELL}/slurry.json"
# Longer than anything lasts on a crowded machine, where two ranks wait for each other's core.
PATIENCE = 1800.0
# LAMMPS, whose third segment is frozen (SIGSTOP) once where a test has asked for that.
LAMMPS = """#!/bin/sh
case "$*" in
  *segment-0002.log*) rm "{request}" 2>/dev/null && kill -STOP $$ ;;
esac
exec "{program}" "$@"
"""


class Campaign:
    """A copy of the workflow with a small campaign, run through profiles/slurm.

    Parameters
    ----------
    package : folder of the castline package that the jobs use.
    """

    def __init__(self, folder: Path, cluster: ToySlurm, package: Path = PACKAGE):
        self.folder, self.cluster, self.package = folder, cluster, package
        self.output = folder / "snakemake.out"
        self.process: subprocess.Popen | None = None
        self._freeze = folder / "freeze"
        self._lammps = folder / "lmp"
        self._lammps.write_text(LAMMPS.format(request=self._freeze, program=lammps_binary()))
        self._lammps.chmod(0o755)
        config = yaml.safe_load((folder / "config/test.yaml").read_text())
        config["campaign"] = "toy"
        config["matrix"]["replicates"] = 1
        config["viscosity"]["shear_rates_per_s"] = [1000]
        config["transport"] = {"voxel_um": 0.4}
        del config["measurements"]
        (folder / "config/toy.yaml").write_text(yaml.safe_dump(config))

    def start(self, *arguments: str) -> None:
        """Start Snakemake; it looks at its jobs more often than the profile says."""
        command = [sys.executable, str(Path(__file__).with_name("toy_snakemake.py"))]
        command += ["--workflow-profile", "profiles/slurm", "--configfile", "config/toy.yaml"]
        command += ["--slurm-init-seconds-before-status-checks", "1"]
        command += ["--max-status-checks-per-second", "1", "--retries", "8", "--latency-wait", "20"]
        environment = {
            **self.cluster.environment,
            "PYTHONPATH": str(self.package),
            "CASTLINE_LAMMPS": str(self._lammps),
        }
        with self.output.open("ab") as out:
            self.process = subprocess.Popen(
                [*command, *arguments],
                cwd=self.folder,
                env=environment,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def take_recipe_of(self, other: "Campaign") -> None:
        """Spare the job that computes the recipe."""
        (self.folder / RECIPE).parent.mkdir(parents=True)
        shutil.copy(other.folder / RECIPE, self.folder / RECIPE)

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

    def start_and_freeze(self, *arguments: str) -> psutil.Process:
        """Start the slurry, whose LAMMPS stops (SIGSTOP) after two finished segments, so that the
        stage neither ends nor moves on before the test does what it is about."""
        self._freeze.touch()
        self.start(SLURRY, *arguments)

        def frozen():
            assert self.process.poll() is None, self.text()[-6000:]
            return [p for p in self.lammps() if p.status() == psutil.STATUS_STOPPED]

        [lammps] = wait_until(frozen, "LAMMPS stops in its third segment", PATIENCE)
        return lammps

    def running_job(self) -> str:
        """Number of the one Slurm job that runs."""
        [job] = self.cluster.jobs("running")
        return job

    def end(self) -> None:
        """Leave nothing behind, whatever the test did."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
