"""The rule graph: Snakemake's dot text, reduction, layers."""

from castline.figures.rule_graph import layers, merged, parse_dot, reduced

DOT = """digraph snakemake_dag {
    node[shape=box];
\t0[label = "all", color = "0.00 0.6 0.85", style="rounded"];
\t1[label = "tables", color = "0.48 0.6 0.85", style="rounded"];
\t2[label = "recipe", color = "0.35 0.6 0.85", style="rounded,dashed"];
\t1 -> 0
\t2 -> 1
}
"""


def test_dot_text_becomes_rules_and_edges_without_the_target():
    assert parse_dot(DOT, "all") == (["tables", "recipe"], {("recipe", "tables")})


def test_rules_of_one_prefix_become_one():
    rules, edges = merged(["a", "f_1", "f_2"], {("a", "f_1"), ("a", "f_2")}, "f_", "f")
    assert (rules, edges) == (["a", "f"], {("a", "f")})


def test_implied_edges_go_and_layers_follow_the_longest_way():
    edges = {("a", "b"), ("b", "c"), ("c", "d"), ("a", "d"), ("a", "c")}
    assert reduced(edges) == {("a", "b"), ("b", "c"), ("c", "d")}
    assert layers(["d", "c", "b", "a"], edges) == {"a": 0, "b": 1, "c": 2, "d": 3}
