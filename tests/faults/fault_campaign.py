"""A tiny campaign that is killed, starved and started again, and what must hold afterwards."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import yaml

SNAKEMAKE = [str(Path(sys.executable).parent / "snakemake"), "--cores", "2"]
REPOSITORY = Path(__file__).resolve().parents[2]
LONG = "CASTLINE_FAULT_LONG" in os.environ
# Up to tables and figures, without the report of the full target; less in the short run.
TARGETS = ["tables", "figure_conductivity"]
if LONG:
    TARGETS += ["summary", "voxel_error", "impedance_prediction", "figure_impedance"]
    TARGETS += ["figure_viscosity", "figure_density_porosity"]
STAGES = {
    "slurry": ["slurry"],
    "viscosity": ["viscosity"],
    "drying": ["drying"],
    "calendering": ["calendering"],
    "voxels": ["voxels", "voxel_series", "structure"],
    "transport": ["transport"],
    "tables": ["tables", "summary", "voxel_error", "impedance_prediction"],
    "figures": [target for target in TARGETS if target.startswith("figure_")],
}
# Measured run times are in these, and differ between runs of the same campaign.
TIMED = {"cost.csv", "summary.txt"}
TIMED_KEYS = {"cost", "cost_by_shear_rate"}
# Far above what a run takes: a busy machine is no fault.
TIMEOUT = 6 * 3600
POLL = 0.02


def write_config(folder: Path) -> None:
    """The test campaign with one electrode, one shear rate and no measurements."""
    config = yaml.safe_load((folder / "config/test.yaml").read_text())
    config["campaign"] = "faults"
    config["matrix"]["replicates"] = 1
    config["viscosity"]["shear_rates_per_s"] = [1000]
    del config["measurements"]
    (folder / "config/faults.yaml").write_text(yaml.safe_dump(config))


@dataclass
class Campaign:
    """A copy of the workflow, run with the package of this repository."""

    folder: Path
    prefix: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    label: str = "output"
    targets: list[str] = field(default_factory=lambda: TARGETS)

    @property
    def results(self) -> Path:
        return self.folder / "results/faults"

    @property
    def output_file(self) -> Path:
        """Beside the folder, which may be full or read-only."""
        return self.folder.parent / f"{self.folder.name}.{self.label}.txt"

    def command(self, *arguments: str) -> list[str]:
        config = ["--configfile", "config/faults.yaml"]
        return [*self.prefix, *SNAKEMAKE, *self.targets, *config, *arguments]

    def start(self, *arguments: str) -> subprocess.Popen:
        """Start Snakemake as leader of its own process group; its output goes to a file."""
        with self.output_file.open("wb") as output:
            return subprocess.Popen(
                self.command(*arguments),
                cwd=self.folder,
                env={
                    **os.environ,
                    "PYTHONPATH": str(REPOSITORY / "workflow"),
                    **self.environment,
                },
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def finish(self, *arguments: str) -> tuple[int, str]:
        """Run to the end: exit status and output."""
        status = self.start(*arguments).wait(TIMEOUT)
        return status, self.output()

    def output(self) -> str:
        return self.output_file.read_text(errors="replace")

    def durations(self) -> dict[str, float]:
        """Seconds that each rule took, from Snakemake's records."""
        records = [
            json.loads(path.read_text()) for path in self.folder.glob(".snakemake/metadata/*")
        ]
        return {r["rule"]: r["endtime"] - r["starttime"] for r in records}

    def rule_of_output(self) -> dict[str, str]:
        """Rule of every output, by Snakemake's name for the output."""
        paths = self.folder.glob(".snakemake/metadata/*")
        return {path.name: json.loads(path.read_text())["rule"] for path in paths}

    def pending(self, stage: str, rule_of_output: dict[str, str]) -> bool:
        """Whether an output of the stage is still to be made."""
        records = self.folder / ".snakemake"
        return any(
            not (records / "metadata" / name).exists() or (records / "incomplete" / name).exists()
            for name, rule in rule_of_output.items()
            if rule in STAGES[stage]
        )

    def started_rules(self, rule_of_output: dict[str, str], since: float) -> set[str]:
        """Rules with a job that began after `since` and has not ended."""
        found = set()
        for marker in self.folder.glob(".snakemake/incomplete/*"):
            try:
                if marker.stat().st_mtime >= since and marker.name in rule_of_output:
                    found.add(rule_of_output[marker.name])
            except FileNotFoundError:
                continue
        return found

    def processes(self) -> list[int]:
        """Living processes whose working directory lies in the campaign's folder."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if (entry / "cwd").resolve().is_relative_to(self.folder) and (
                    "Z" not in (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
                ):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def published(self) -> dict[str, bytes]:
        """All results by name, without the work folder and what Snakemake keeps."""
        return {
            str(path.relative_to(self.results)): path.read_bytes()
            for path in sorted(self.results.rglob("*"))
            if path.is_file()
            and not path.name.startswith(".")
            and path.relative_to(self.results).parts[0] != "work"
        }


def comparable(name: str, content: bytes):
    """A result without the measured times in it; raises ValueError if it is half-written."""
    if Path(name).name in TIMED:
        if not content.endswith(b"\n"):
            raise ValueError(f"{name} is cut short")
        return None
    if name.endswith(".json"):
        return {k: v for k, v in json.loads(content).items() if k not in TIMED_KEYS}
    return content


def differences(given: dict[str, bytes], reference: dict[str, bytes]) -> list[str]:
    """Names of results that are half-written, unknown, or not those of the reference."""
    return [
        name
        for name, content in given.items()
        if name not in reference or comparable(name, content) != comparable(name, reference[name])
    ]


@dataclass(frozen=True)
class Kill:
    """One kill: the stage that was aimed at, what was killed, and what ran at that moment."""

    stage: str
    how: str
    running: tuple[str, ...]


def kill_in(
    campaign: Campaign,
    stage: str,
    how: str,
    reference: Campaign,
    rng: random.Random,
) -> Kill | None:
    """Start the campaign and kill it at a random moment of a stage; None if it ended before.

    how : "group" kills Snakemake with all that it started, "snakemake" only itself, "job" only one
        process of the stage, after which Snakemake is left to end by itself.
    """
    rule_of_output, durations = reference.rule_of_output(), reference.durations()
    began = time.time()
    process = campaign.start()
    deadline = time.monotonic() + TIMEOUT
    while True:
        running = campaign.started_rules(rule_of_output, began)
        at_hand = running & set(STAGES[stage])
        if at_hand or process.poll() is not None:
            break
        assert time.monotonic() < deadline, campaign.output()
        time.sleep(POLL)
    if process.poll() is not None:
        return None
    time.sleep(rng.uniform(0, durations[sorted(at_hand)[0]]))
    if process.poll() is not None:
        return None
    running = campaign.started_rules(rule_of_output, began)
    if how == "group":
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    elif how == "snakemake":
        process.kill()
        process.wait()
    else:
        jobs = [pid for pid in campaign.processes() if pid != process.pid]
        if jobs:
            os.kill(rng.choice(jobs), signal.SIGKILL)
        process.wait(TIMEOUT)
        if not jobs:
            return None
    return Kill(stage, how, tuple(sorted(running)))


def wait_until_dead(campaign: Campaign, seconds: float = 10.0) -> list[int]:
    """Processes that survive a kill of their group for so long."""
    deadline = time.monotonic() + seconds
    while campaign.processes() and time.monotonic() < deadline:
        time.sleep(POLL)
    return campaign.processes()


def litter(campaign: Campaign) -> list[str]:
    """Half-written files of killed writers."""
    found = [*campaign.results.rglob("*.part*"), *campaign.results.rglob("part-*")]
    return [str(path) for path in found]
