"""Seeded damage to the shipped YAML files: what people mistype, and what attackers send."""

import copy
import random
from dataclasses import dataclass
from pathlib import Path

import yaml

from castline.campaign.config import read_campaign
from castline.line.order import ROUTES, STAGES

DELETED = object()
HOSTILE_VALUES = [
    *(None, True, False, "", " ", "text", [], {}, [[]], [1, 2], {"a": {"b": [1]}}, "4 um", "4,0"),
    *(-1, 0, -0.5, 1e308, -1e308, 1e-308, 10**30, 2**63, 1e10, 0.5, 3, 99),
    *(float("nan"), float("inf"), float("-inf"), "nan", "inf", "1e400", "0x10", "1_000", "٥٠"),
    *("../../etc/passwd", "/etc/passwd", "/dev/zero", "/tmp", "a\nb", "a\0b", "{psd}", "${kn}"),
    *("$(touch pwned)", "`touch pwned`", "'; touch pwned; '", '" & touch pwned', "x" * 100_000),
    *("\u202egnp.exe", "\ud7ff", "😀", "é", "\x1b[31mred", "=1+1", "__class__", "~", "*", "-rf"),
]
# What only text can say: put in the place of a value.
HOSTILE_TEXT = [
    *("010", "1:30", "4_0", "0x1F", "yes", "on", "~", "<<", "=", "2024-99-99", "2024-01-01"),
    *("1" * 5000, "1e-9", "1.e5", ".inf", "-.NaN", "*missing", "&a [*a]", "&a {b: *a}", "!!int ''"),
    *("!!float abc", "!!bool x", "!!null 3", "!!set {a}", "!!binary 'AA=='", "!!timestamp x"),
    *("!!python/object/apply:os.system ['touch pwned']", "!!python/name:os.system", "!new x"),
    *("[" * 3000, "{a: " * 500, "'unclosed", "|\n text", "{", "]", "? [1, 2] : 3", "%", "@", "\t"),
    "[&a [x, x, x, x, x, x, x, x, x], &b [*a, *a, *a, *a, *a, *a, *a, *a, *a], "
    "&c [*b, *b, *b, *b, *b, *b, *b, *b, *b], &d [*c, *c, *c, *c, *c, *c, *c, *c, *c], "
    "&e [*d, *d, *d, *d, *d, *d, *d, *d, *d], &f [*e, *e, *e, *e, *e, *e, *e, *e, *e], "
    "[*f, *f, *f, *f, *f, *f, *f, *f, *f]]",
]
# What a whole file can be: prefix, suffix, or replacement.
HOSTILE_FILES = [
    *(b"", b"\n", b"# only a comment\n", b"just text", b"- a\n- b\n", b"3", b"null", b"[]", b"{}"),
    *(b"\xff\xfe\x00c", b"\x00" * 100, b"\x1f\x8b\x08\x00", bytes(range(256)), b"\x85"),
    *(b"%YAML 9.9\n---\n", b"--- a\n--- b\n", b"campaign: [\n", b"a: b: c\n", b"\tx: 1\n", b"!!"),
]
HOSTILE_LINES = [
    *("__use_yte__: true", "<<: {seed: 3}", "campaign: other", "seed: 3", "name: other", "48: x"),
    *("? [a]\n: b", "unknown_key: 3", "'': 3", "'a\\nb': 3", "'{psd}': 3", "data_origin: measured"),
    *(
        "# harmless comment",
        "---",
        "...",
        "recipe: {",
        "ключ: 3",
        "'\\e[31m': 3",
        "null: 1",
        "yes: 1",
    ),
]


@dataclass(frozen=True)
class Mutation:
    """A damaged file.

    Attributes
    ----------
    kind : "campaign", "force field" or "measurements".
    base : the undamaged file.
    what : the damage, in words.
    content : of the damaged file.
    path, value : keys down to the changed value and what it is now, where one value was changed;
        `DELETED` where a key was taken out.
    """

    kind: str
    base: str
    what: str
    content: bytes
    path: tuple = ()
    value: object = None


def bases() -> list[tuple[str, str, dict]]:
    """(kind, file, tree) of every shipped YAML that castline reads; campaigns with all defaults."""
    campaigns = [f"config/{name}.yaml" for name in ("demo", "paper", "test", "calibration")]
    full = [("campaign", path, with_defaults(path)) for path in campaigns]
    others = [
        *[("campaign", path) for path in campaigns],
        *[("force field", f"config/forcefields/{name}.yaml") for name in ("slurry", "dry")],
        ("measurements", "examples/synthetic_measurements/measurements.yaml"),
    ]
    return full + [(kind, path, yaml.safe_load(Path(path).read_text())) for kind, path in others]


def with_defaults(path: str) -> dict:
    """A campaign with every key that its route has."""
    campaign = read_campaign(path)
    foreign = {stage.name for stage in STAGES if stage not in ROUTES[campaign.route]}
    return campaign.model_dump(mode="json", exclude=foreign)


def places(tree, path=()) -> list[tuple]:
    """Paths of all values in a tree, sections and lists included."""
    found = [path] if path else []
    if isinstance(tree, dict | list):
        items = tree.items() if isinstance(tree, dict) else enumerate(tree)
        for key, value in items:
            found += places(value, (*path, key))
    return found


def parent_of(tree, path):
    for key in path[:-1]:
        tree = tree[key]
    return tree


def mutate(kind: str, base: str, tree: dict, rng: random.Random) -> Mutation:
    """One damage to one file."""
    tree = copy.deepcopy(tree)
    path = rng.choice(places(tree))
    parent, name = parent_of(tree, path), ".".join(map(str, path))
    how = rng.choice(["value"] * 5 + ["delete", "rename", "text", "text", "line", "file", "cut"])
    if how == "delete":
        del parent[path[-1]]
        return Mutation(kind, base, f"without {name}", dump(tree), path, DELETED)
    if how == "rename" and isinstance(parent, dict):
        parent[f"{path[-1]}_"] = parent.pop(path[-1])
        return Mutation(kind, base, f"{name} misspelt", dump(tree), (*path[:-1], f"{path[-1]}_"))
    if how == "value":
        value = rng.choice(HOSTILE_VALUES)
        parent[path[-1]] = value
        return Mutation(kind, base, f"{name} = {value!r:.60}", dump(tree), path, value)
    if how == "text":
        text = rng.choice(HOSTILE_TEXT)
        parent[path[-1]] = "PLACE"
        content = dump(tree).replace(b"PLACE", text.encode(), 1)
        return Mutation(kind, base, f"{name}: {text!r:.60}", content)
    lines = dump(tree).splitlines()
    if how == "line":
        line = rng.choice(HOSTILE_LINES)
        lines.insert(rng.randrange(len(lines) + 1), line.encode())
        return Mutation(kind, base, f"line {line!r}", b"\n".join(lines))
    if how == "file":
        content = rng.choice(HOSTILE_FILES)
        return Mutation(kind, base, f"file {content!r:.60}", content)
    cut = rng.randrange(len(b"\n".join(lines)))
    return Mutation(kind, base, f"cut after {cut} bytes", b"\n".join(lines)[:cut])


def dump(tree: dict) -> bytes:
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True).encode("utf-8", "replace")


def mutations(count: int, seed: int) -> list[Mutation]:
    """`count` damaged files, the same for the same seed; every shipped file in turn."""
    rng, sources = random.Random(seed), bases()
    return [mutate(*sources[k % len(sources)], rng) for k in range(count)]
