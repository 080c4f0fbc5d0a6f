"""YAML read the strict way: plain data only, and nothing that YAML readers disagree about.

A file that a user got from someone else must not run code, fill the memory, or mean something else
than it says. Refused besides broken YAML: keys given twice, tags, anchors that nest or multiply,
templates, and numbers such as 010 or 1:30, which YAML 1.1 reads as 8 and 90.
"""

import re
from pathlib import Path

import yaml

from castline.base.errors import ConfigError
from castline.base.files import read_text

MAX_BYTES = 1_000_000
MAX_NODES = 20_000
PREFIX = "tag:yaml.org,2002:"
PLAIN_TAGS = {PREFIX + name for name in ("null", "bool", "int", "float", "str", "map", "seq")}
NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*|(0|[1-9][0-9]*)?\.[0-9]*([eE][-+][0-9]+)?)")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF|nan|NaN|NAN)")
MAX_DIGITS = 300
MAX_DEPTH = 50
RESOLVER = yaml.resolver.Resolver()
# Snakemake hands a file with this key to a template engine that evaluates Python expressions.
TEMPLATE_KEY = "__use_yte__"


def read_yaml(path: str | Path) -> tuple[object, yaml.Node | None]:
    """Content of a YAML file, and its node tree for line numbers; None and None when empty.

    Raises
    ------
    ConfigError
        One line with file and line: unreadable or broken file, or what the module refuses.
    """
    text = read_text(path, MAX_BYTES, ConfigError)
    _check_brackets(path, text)
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        if tree is not None:
            _check(path, tree)
        return yaml.safe_load(text), tree
    except RecursionError:
        raise ConfigError(f"{path}: nested too deeply") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or " ".join(str(error).split())
        raise ConfigError(f"{path}{line}: not valid YAML: {problem}") from None


def _check_brackets(path: str | Path, text: str) -> None:
    """The parser's time grows with the square of the number of open brackets."""
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth = depth + 1 if bracket in "[{" else max(0, depth - 1)
        if depth > MAX_DEPTH:
            raise ConfigError(f"{path}: more than {MAX_DEPTH} brackets are open")


def _check(path: str | Path, tree: yaml.Node) -> None:
    """Walk the tree as it would unfold, anchors included, and refuse at the first fault."""
    visited, open_nodes = 0, []  # open_nodes: the ancestors of the node at hand
    stack = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        del open_nodes[depth:]
        where = f"{path}:{node.start_mark.line + 1}"
        visited += 1
        if any(node is ancestor for ancestor in open_nodes):
            raise ConfigError(f"{where}: an anchor contains itself")
        if visited > MAX_NODES:
            raise ConfigError(f"{where}: more than {MAX_NODES} values, anchors counted in full")
        if node.tag not in PLAIN_TAGS or node.tag != _untagged(node):
            value = repr(node.value[:40]) if isinstance(node, yaml.ScalarNode) else "it"
            raise ConfigError(
                f"{where}: {value} would be read as a {node.tag.removeprefix(PREFIX)[:40]!r}; "
                "only texts, numbers, lists and mappings are allowed, without tags"
            )
        open_nodes.append(node)
        if isinstance(node, yaml.MappingNode):
            _check_keys(path, node)
            stack += [(value, depth + 1) for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            stack += [(value, depth + 1) for value in node.value]
        elif node.tag in (PREFIX + "int", PREFIX + "float"):
            _check_number(where, node.value)


def _untagged(node: yaml.Node) -> str:
    """The tag that a node has by its look alone."""
    plain = isinstance(node, yaml.ScalarNode) and node.style is None
    return RESOLVER.resolve(type(node), node.value, (plain, not plain))


def _check_keys(path: str | Path, node: yaml.MappingNode) -> None:
    seen = set()
    for key, _ in node.value:
        where = f"{path}:{key.start_mark.line + 1}"
        if key.tag == PREFIX + "merge":
            raise ConfigError(f"{where}: << is not allowed; write the keys out")
        if not isinstance(key, yaml.ScalarNode) or key.tag != PREFIX + "str":
            raise ConfigError(f"{where}: a key must be a text, such as a name or a quoted number")
        if key.value == TEMPLATE_KEY:
            raise ConfigError(f"{where}: {TEMPLATE_KEY}: templates are not allowed")
        if key.value in seen:
            raise ConfigError(f"{where}: the key {key.value[:40]!r} is given twice")
        seen.add(key.value)


def _check_number(where: str, text: str) -> None:
    if len(text) > MAX_DIGITS:
        raise ConfigError(f"{where}: a number of {len(text)} digits; at most {MAX_DIGITS}")
    if not NUMBER.fullmatch(text) and not NOT_FINITE.fullmatch(text):
        raise ConfigError(
            f"{where}: {text!r} would be read as {yaml.safe_load(text)}; write that, or quote it"
        )
