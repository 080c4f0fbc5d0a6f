"""The rules of the workflow and what needs what, as Snakemake itself plans them."""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from castline.base.errors import InputError

NODE = re.compile(r'^\s*(\d+)\[label = "([^"]+)"', re.MULTILINE)
EDGE = re.compile(r"^\s*(\d+) -> (\d+)", re.MULTILINE)

Edges = set[tuple[str, str]]


def rule_graph(snakefile: str, settings: dict, target: str = "all") -> tuple[list[str], Edges]:
    """Rules and (needed, needing) pairs of a campaign, from `snakemake --rulegraph`.

    Parameters
    ----------
    snakefile : the workflow's Snakefile.
    settings : the campaign, as in its file.
    target : rule whose needs are followed; it is left out of the result.

    Raises
    ------
    InputError
        Snakemake cannot plan the campaign.
    """
    with tempfile.TemporaryDirectory() as folder:
        campaign = Path(folder, "campaign.json")
        campaign.write_text(json.dumps(settings))
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", target, "--snakefile", snakefile, "--nolock",
             "--rulegraph", "dot", "--cores", "1", "--configfile", str(campaign)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode != 0:
        last = " | ".join(line.strip() for line in done.stderr.strip().splitlines()[-4:])
        raise InputError(f"rule graph: Snakemake cannot plan the campaign: {last}")
    return parse_dot(done.stdout, target)


def parse_dot(text: str, target: str) -> tuple[list[str], Edges]:
    """Rules and edges of Snakemake's dot text, without the target."""
    names = dict(NODE.findall(text))
    edges = {(names[a], names[b]) for a, b in EDGE.findall(text)}
    rules = [name for name in names.values() if name != target]
    return rules, {edge for edge in edges if target not in edge}


def merged(rules: list[str], edges: Edges, prefix: str, name: str) -> tuple[list[str], Edges]:
    """All rules that start with `prefix` as one."""
    renamed = {rule: name if rule.startswith(prefix) else rule for rule in rules}
    pairs = {(renamed[a], renamed[b]) for a, b in edges}
    return list(dict.fromkeys(renamed.values())), {(a, b) for a, b in pairs if a != b}


def reduced(edges: Edges) -> Edges:
    """Edges that no longer way implies (transitive reduction)."""
    following: dict[str, set[str]] = {}
    for a, b in edges:
        following.setdefault(a, set()).add(b)

    def reaches(a: str, b: str) -> bool:
        return any(c == b or reaches(c, b) for c in following.get(a, ()))

    return {(a, b) for a, b in edges if not any(reaches(c, b) for c in following[a] if c != b)}


def layers(rules: list[str], edges: Edges) -> dict[str, int]:
    """Layer of each rule: one below the lowest rule that it needs."""
    needs: dict[str, set[str]] = {rule: set() for rule in rules}
    for a, b in edges:
        needs[b].add(a)
    depth: dict[str, int] = {}

    def layer(rule: str) -> int:
        if rule not in depth:
            depth[rule] = 1 + max((layer(need) for need in needs[rule]), default=-1)
        return depth[rule]

    return {rule: layer(rule) for rule in rules}
