"""The race of candidates whose objective is noisy: which is repeated, which is the set found."""

import math
from pathlib import Path

import numpy as np
import pytest
from optuna.trial import TrialState
from toy_line import START, STIFFNESS, toy_campaign, toy_space, toy_steps, toy_work

from castline.base.errors import InputError, SimulationError, WalltimeError
from castline.base.files import write_table
from castline.calibration import report
from castline.calibration.candidates import by_candidate, candidates, own_trials
from castline.calibration.finalists import choose, finalist_trials
from castline.calibration.racing import Entrant, leader, pooled_noise, promising_below, to_repeat
from castline.calibration.searches import STEPS
from castline.calibration.settings import Racing
from castline.calibration.study import check_study, load_study, next_trial, open_study
from castline.calibration.targets import terms_in_trials
from castline.campaign.described import TABLES
from castline.figures import calibration as figures
from castline.lammps.forcefield import load_force_field
from castline.line.slurry import SLURRY
from castline.results.tables import read_table

RULE = Racing(replicates=3, fewest=2, chance=0.4)
RACE = {"trials": 16, "random_trials": 5, "racing": {"replicates": 3, "fewest": 2}}
CAMPAIGN = toy_campaign(slurry=RACE)
SEARCH = CAMPAIGN.calibration.slurry


def entrants(*losses: list[float], running: int | None = None) -> list[Entrant]:
    return [Entrant(v, len(v) + (place == running)) for place, v in enumerate(losses)]


def test_noise_is_pooled_over_candidates():
    noise, freedom = pooled_noise([[1.0, 3.0], [10.0, 10.0, 13.0], [7.0]])
    assert freedom == 3
    assert noise == pytest.approx(math.sqrt((2.0 + 6.0) / 3))
    assert pooled_noise([[1.0], []])[1] == 0


def test_leader_is_no_lucky_single():
    assert leader(entrants([4.0, 4.0], [0.1], [5.0, 2.0]), 2) == 2
    assert leader(entrants([4.0], [0.1]), 2) is None
    assert leader([Entrant([1.0, 1.0], 3, is_out=True), Entrant([2.0, 2.0], 2)], 2) == 1
    # of equal means the one known better
    assert leader(entrants([2.0, 2.0], [2.0, 2.0, 2.0]), 2) == 1


def test_promising_is_what_the_t_distribution_leaves_a_chance():
    field = entrants([4.0, 6.0], [5.2])
    # one degree of freedom: the t of 0.6 is tan(0.1 pi)
    reach = math.tan(0.1 * math.pi) * math.sqrt(2.0) * math.sqrt(1 + 1 / 2)
    assert promising_below(field, RULE, 1) == pytest.approx(5.0 + reach)
    assert promising_below(field, RULE, 3) < promising_below(field, RULE, 1)
    even = RULE.model_copy(update={"chance": 0.5})
    assert promising_below(field, even, 1) == pytest.approx(5.0)
    assert promising_below(entrants([4.0]), RULE, 1) == math.inf


PLENTY = 9
DUE = [
    # the first set until it can be the leader, then a new one
    (entrants([4.0]), PLENTY, 0),
    (entrants([4.0, 4.5]), PLENTY, None),
    # a promising one, until it is known as well as the leader, which then has its turn
    (entrants([4.0, 4.5], [3.0]), PLENTY, 1),
    (entrants([4.0, 4.5], [3.0, 5.3]), PLENTY, 1),
    (entrants([4.0, 4.5], [3.0, 5.3, 4.3]), PLENTY, 0),
    # at most as often as allowed
    (entrants([4.0, 4.5, 4.1], [3.0, 5.0, 4.4]), PLENTY, None),
    # not a poor one
    (entrants([4.0, 4.5], [9.0]), PLENTY, None),
    # not one that is running already
    (entrants([4.0, 4.5], [3.0], running=1), PLENTY, 0),
    # no new one that could not be repeated, but the best
    (entrants([4.0, 4.5], [9.0]), 1, 0),
    (entrants([4.0, 4.5, 4.2], [9.0]), 1, 1),
    (entrants([4.0, 4.5, 4.2]), 1, None),
    # nothing is known yet: a second worker tries a new one
    (entrants([], running=0), PLENTY, None),
]


@pytest.mark.parametrize(("field", "left", "place"), DUE)
def test_what_is_measured_next(field, left, place):
    assert to_repeat(field, RULE, left) == place


def test_a_failed_or_hopeless_candidate_is_never_repeated():
    field = [Entrant([4.0, 4.5], 2), Entrant([1.0], 2, is_out=True)]
    assert to_repeat(field, RULE, PLENTY) is None


def noisy_search(race: bool, generator: np.random.Generator, budget: int) -> float:
    """True objective of the set found by random proposals: x^2 of a standard normal x, measured
    with a noise of 3, with a race or with as many single evaluations.
    """
    truth: list[float] = []
    losses: list[list[float]] = []
    for spent in range(budget):
        field = [Entrant(values, len(values)) for values in losses]
        place = to_repeat(field, RULE, budget - spent) if race else None
        if place is None:
            truth.append(float(generator.normal() ** 2))
            losses.append([])
            place = len(losses) - 1
        losses[place].append(truth[place] + 3.0 * generator.normal())
    if race:
        return truth[leader([Entrant(v, len(v)) for v in losses], RULE.fewest)]
    return truth[int(np.argmin([values[0] for values in losses]))]


def test_a_race_finds_a_better_set_than_as_many_single_evaluations():
    """16 evaluations of a function whose noise is twice its spread, in 300 searches."""
    raced, single = (
        np.array([noisy_search(race, np.random.default_rng(k), 16) for k in range(300)])
        for race in (True, False)
    )
    assert raced.mean() < 0.8 * single.mean()
    # one of the best fifth of all sets, x^2 < 0.0642
    assert np.sum(raced < 0.0642) > 1.2 * np.sum(single < 0.0642)


def noisy_steps(candidate, electrodes, terms):
    """The toy, its porosity off by a normal error of its own in every replicate and set."""
    friction = candidate.slurry_set.hertz.friction
    for electrode, numbers in toy_steps(candidate, electrodes, terms):
        seed = candidate.bench(electrode, SLURRY).seed
        error = np.random.default_rng([seed, int(1e9 * friction)]).normal()
        yield (
            electrode,
            {
                key: value + 0.2 * error if key.observable == "porosity" else value
                for key, value in numbers.items()
            },
        )


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.setitem(STEPS, "slurry", noisy_steps)


def sequence(folder: Path) -> list[tuple]:
    """Candidate, replicate and values of every trial."""
    return [
        (t.user_attrs["candidate"], t.user_attrs["replicate"], tuple(t.params.values()))
        for t in own_trials(load_study(folder))
    ]


def test_the_starting_set_comes_first_and_only_promising_sets_are_repeated(tmp_path, toy):
    toy_work(CAMPAIGN, tmp_path)
    study = load_study(tmp_path)
    places = [entry[:2] for entry in sequence(tmp_path)]
    assert len(places) == 16
    assert places[:2] == [(0, 1), (0, 2)]
    per_set = {number: len(trials) for number, trials in by_candidate(study).items()}
    assert len(per_set) > 4
    assert max(per_set.values()) == 3
    assert min(per_set.values()) == 1
    for number in per_set:  # one set each, its replicates in their order
        own = [entry for entry in sequence(tmp_path) if entry[0] == number]
        assert len({entry[2] for entry in own}) == 1
        assert [entry[1] for entry in own] == list(range(1, len(own) + 1))
    # the rule, asked again about the trials before each
    trials = own_trials(study)
    for end in range(2, 16):
        before: dict[int, list] = {}
        for trial in trials[:end]:
            before.setdefault(trial.user_attrs["candidate"], []).append(trial)
        field = [
            Entrant(
                [t.value for t in own if t.state == TrialState.COMPLETE],
                len(own),
                any(t.state == TrialState.PRUNED for t in own),
            )
            for own in before.values()
        ]
        due = to_repeat(field, SEARCH.racing, 16 - end)
        assert trials[end].user_attrs["candidate"] == (len(field) if due is None else due)


def test_every_replicate_has_electrodes_of_its_own(tmp_path, monkeypatch):
    seen = []

    def steps(candidate, electrodes, terms):
        seen.append([electrode.replicate for electrode in electrodes])
        return noisy_steps(candidate, electrodes, terms)

    monkeypatch.setitem(STEPS, "slurry", steps)
    toy_work(toy_campaign(slurry={**RACE, "trials": 6}, replicates=2), tmp_path)
    places = [entry[1] for entry in sequence(tmp_path)]
    assert seen == [[2 * place - 1, 2 * place] for place in places]
    assert max(places) > 1


def test_an_interrupted_race_goes_on_as_if_it_had_not_been(tmp_path, monkeypatch):
    monkeypatch.setitem(STEPS, "slurry", noisy_steps)
    toy_work(CAMPAIGN, tmp_path / "whole")

    def ends(candidate, electrodes, terms):
        calls.append(candidate.work)
        if len(calls) in (2, 6, 9):
            raise WalltimeError("slurry: stopped before the walltime")
        yield from noisy_steps(candidate, electrodes, terms)

    calls: list[Path] = []
    monkeypatch.setitem(STEPS, "slurry", ends)
    folder = tmp_path / "interrupted"
    for _ in range(3):
        with pytest.raises(WalltimeError):
            toy_work(CAMPAIGN, folder)
    toy_work(CAMPAIGN, folder)
    assert sorted(sequence(folder)) == sorted(sequence(tmp_path / "whole"))
    assert {t.state for t in own_trials(load_study(folder))} <= {
        TrialState.COMPLETE,
        TrialState.PRUNED,
    }


def test_a_second_worker_does_not_wait(tmp_path):
    start = {STIFFNESS: 0.5, "hertz.friction": 0.01}
    study = open_study(tmp_path, toy_space(CAMPAIGN), start, SEARCH)
    given = [next_trial(study, tmp_path, SEARCH, 1, lambda line: None) for _ in range(4)]
    attrs = [trial.user_attrs for trial, _ in given]
    assert [(a["candidate"], a["replicate"]) for a in attrs] == [(0, 1), (0, 2), (1, 1), (2, 1)]
    for _, lock in given:
        lock.close()


def test_a_hopeless_new_set_is_stopped_and_a_repeat_is_not(tmp_path, toy):
    toy_work(toy_campaign(slurry={**RACE, "trials": 40}), tmp_path)
    study = load_study(tmp_path)
    stopped = study.get_trials(states=(TrialState.PRUNED,))
    assert stopped
    assert {trial.user_attrs["replicate"] for trial in stopped} == {1}
    out = {trial.user_attrs["candidate"] for trial in stopped}
    assert all(len(by_candidate(study)[number]) == 1 for number in out)


@pytest.fixture
def raced(tmp_path, toy):
    toy_work(CAMPAIGN, tmp_path)
    return load_study(tmp_path)


def test_set_found_has_the_lowest_mean_of_the_repeated_ones(raced):
    choice = choose(raced, SEARCH, [])
    repeated = {
        number: [trial.value for trial in trials]
        for number, trials in by_candidate(raced).items()
        if len(trials) >= 2
    }
    best = min(repeated, key=lambda number: np.mean(repeated[number]))
    assert choice.trial.number == best
    assert choice.trial.value == pytest.approx(np.mean(repeated[best]))
    name = "density: AM_1 50 %"
    values = [trial.user_attrs["values"][name] for trial in by_candidate(raced)[best]]
    assert choice.values[name] == pytest.approx(np.mean(values))
    assert choice.stderrs[name] == pytest.approx(np.std(values, ddof=1) / math.sqrt(len(values)))
    numbers = {trial.number for trial in finalist_trials(raced, SEARCH, 3)}
    assert numbers <= set(repeated)


def test_no_set_is_found_before_one_was_repeated(tmp_path, toy, monkeypatch):
    study = open_study(tmp_path, toy_space(CAMPAIGN), {STIFFNESS: 0.5}, SEARCH)
    with pytest.raises(SimulationError, match="no trial was completed"):
        choose(study, SEARCH, [])

    def fails(candidate, electrodes, terms):
        if electrodes[0].replicate == 2:
            raise SimulationError("LAMMPS toy: lost atoms")
        yield from noisy_steps(candidate, electrodes, terms)

    monkeypatch.setitem(STEPS, "slurry", fails)
    folder = tmp_path / "failing"
    toy_work(toy_campaign(slurry={**RACE, "trials": 3}), folder)
    with pytest.raises(SimulationError, match="on racing.fewest = 2 replicates; raise trials"):
        choose(load_study(folder), SEARCH, [])


def test_tables_and_figures_show_replicates_and_means(raced, tmp_path):
    wanted, chosen = terms_in_trials(SEARCH, CAMPAIGN.matrix), choose(raced, SEARCH, []).trial
    table = report.trials_table(raced, wanted, chosen.number, {})
    path = tmp_path / "calibration_trials.csv"
    write_table(path, table)
    assert list(table)[1:3] == ["candidate", "replicate"]
    rows = read_table(path, TABLES["calibration_trials"])
    losses = {
        c.number: [t.value for t in by_candidate(raced)[c.number]]
        for c in candidates(raced)
        if c.state == TrialState.COMPLETE
    }
    noise, _ = pooled_noise(list(losses.values()))
    for row in rows.to_dict("records"):
        own = losses.get(row["candidate"], [])
        assert row["n_replicates"] == len(own)
        if own:
            assert row["mean_objective"] == pytest.approx(np.mean(own))
            assert row["mean_objective_stderr"] == pytest.approx(noise / math.sqrt(len(own)))
        assert row["chosen"] == (row["candidate"] == chosen.number)
    parameters = report.parameters_table(raced, SEARCH, load_force_field(START), 1.0, chosen)
    text = " ".join(
        part.get_text()
        for figure in (
            figures.convergence_figure(rows),
            figures.profiles_figure(rows, parameters, 1.0),
        )
        for part in figure.findobj(lambda artist: hasattr(artist, "get_text"))
    )
    assert "mean of a repeated set" in text
    facts = report.race(SEARCH, rows)
    assert facts["candidates"] == len(by_candidate(raced))
    assert facts["replicates_of_the_chosen"] == len(losses[chosen.number])


def test_best_so_far_of_a_race_is_a_mean_of_replicates(raced):
    chosen = choose(raced, SEARCH, []).trial
    table = report.trials_table(raced, terms_in_trials(SEARCH, CAMPAIGN.matrix), 0, {})
    best = figures._best_so_far(table)
    assert math.isnan(best[0])
    assert best[1] == pytest.approx(table["objective"][:2].mean())
    assert best[-1] == pytest.approx(chosen.value)


def test_a_race_is_another_space_but_its_numbers_are_not(tmp_path, toy):
    toy_work(toy_campaign(slurry={**RACE, "trials": 3}), tmp_path)
    more = {**RACE, "trials": 4, "racing": {"replicates": 5, "fewest": 2, "chance": 0.5}}
    check_study(tmp_path, toy_space(toy_campaign(slurry=more)))
    with pytest.raises(InputError, match="racing: True there, None here"):
        toy_work(toy_campaign(slurry={"trials": 4}), tmp_path)
