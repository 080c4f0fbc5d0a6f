"""The 3-D view of a microstructure, in a browser without a network."""

import numpy as np
import pytest
from browser import browser, errors, needs_browser, picture, wait_for

from castline.packing.state import ParticleState
from castline.recipe.phases import Phase
from castline.report.viewer import microstructure_page

COLOURS = {"AM": (0.1, 0.1, 0.9), "SE": (0.1, 0.8, 0.1), "CBD": (0.9, 0.1, 0.1)}


def packing() -> ParticleState:
    """One large sphere of each phase, side by side along x."""
    phases = np.array([Phase.AM, Phase.SE, Phase.CBD])
    return ParticleState(
        low_m=np.zeros(3),
        high_m=np.array([12e-6, 4e-6, 4e-6]),
        periodic=(True, True, False),
        ids=np.arange(1, 4),
        types=np.arange(1, 4),
        phases=phases,
        position_m=np.array([[2e-6, 2e-6, 2e-6], [6e-6, 2e-6, 2e-6], [10e-6, 2e-6, 2e-6]]),
        diameter_m=np.full(3, 3.8e-6),
        mass_kg=np.ones(3),
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("viewer") / "page.html"
    states = {"slurry": packing(), "dried": packing(), "calendered": packing()}
    path.write_text(microstructure_page(states, "AM_1 50 % r1 <&>", COLOURS))
    with browser() as driver:
        driver.get(path.as_uri())
        wait_for(lambda: drawn(driver))
        yield driver
        assert errors(driver) == []


@pytest.fixture(autouse=True)
def fresh(request):
    """Every test starts from the whole packing."""
    if "page" in request.fixturenames:
        driver = request.getfixturevalue("page")
        driver.execute_script(
            "for (const phase of ['AM', 'SE', 'CBD'])"
            " if (!document.getElementById('phase-' + phase).checked)"
            "  document.getElementById('phase-' + phase).click();"
        )
        choose(driver, "axis", "-1")


def drawn(driver) -> int:
    return int(driver.execute_script("return document.documentElement.dataset.drawn || 0"))


def after_redraw(driver, act) -> np.ndarray:
    before = drawn(driver)
    act()
    wait_for(lambda: drawn(driver) > before)
    return picture(driver)


def choose(driver, name: str, value: str) -> np.ndarray:
    script = (
        f"const control = document.getElementById('{name}'); control.value = '{value}';"
        "control.dispatchEvent(new Event('input'))"
    )
    return after_redraw(driver, lambda: driver.execute_script(script))


def share(image: np.ndarray, phase: str) -> float:
    """Share of the picture, right of the panel, in the colour of a phase (light or shaded)."""
    image = image[:, 280:]
    strongest = int(np.argmax(COLOURS[phase]))
    others = [k for k in range(3) if k != strongest]
    return float((image[..., strongest] > 1.8 * image[..., others].max(axis=-1) + 20).mean())


@needs_browser
def test_all_phases_are_drawn_alike(page):
    image = choose(page, "axis", "-1")
    shares = [share(image, phase) for phase in COLOURS]
    assert min(shares) > 0.02
    assert max(shares) < 1.5 * min(shares)


@needs_browser
@pytest.mark.parametrize("phase", COLOURS)
def test_a_phase_can_be_switched_off(page, phase):
    without = after_redraw(page, page.find_element("id", f"phase-{phase}").click)
    assert share(without, phase) < 0.001  # but for its swatch, which lies in the panel
    assert all(share(without, other) > 0.02 for other in set(COLOURS) - {phase})


@needs_browser
def test_clipping_across_x_takes_one_end_away(page):
    whole = choose(page, "axis", "-1")
    choose(page, "axis", "0")
    cut = choose(page, "cut", "0.34")  # between the first and the second sphere
    kept, gone = ("AM", "CBD") if share(cut, "AM") > 0.01 else ("CBD", "AM")
    assert share(cut, kept) > 0.9 * share(whole, kept)
    assert share(cut, gone) < 0.001
    flipped = after_redraw(page, page.find_element("id", "flip").click)
    assert share(flipped, kept) < 0.001


@needs_browser
def test_a_cut_sphere_shows_a_flat_face(page):
    choose(page, "cut", "0.5")
    cut = choose(page, "axis", "1")
    colours, counts = np.unique(cut[:, 280:].reshape(-1, 3), axis=0, return_counts=True)
    green = colours[:, 1] > 1.8 * colours[:, [0, 2]].max(axis=1) + 20
    assert counts[green].max() > 0.5 * counts[green].sum()


@needs_browser
def test_states_can_be_chosen_and_title_is_text(page):
    image = after_redraw(page, page.find_element("id", "state-slurry").click)
    assert share(image, "SE") > 0.02
    assert "carries the solvent" in page.find_element("id", "facts").text
    assert page.find_element("tag name", "h1").text == "AM_1 50 % r1 <&>"
    after_redraw(page, page.find_element("id", "state-calendered").click)


@needs_browser
def test_scale_bar_has_the_length_it_says(page):
    bar = page.execute_script("return document.getElementById('bar').getBoundingClientRect().width")
    length_um = float(page.find_element("id", "length").text.split()[0])
    image = choose(page, "axis", "-1")
    rows = np.flatnonzero(
        (image[:, 280:, 1] > 1.8 * image[:, 280:, [0, 2]].max(axis=-1)).any(axis=1)
    )
    assert (rows[-1] - rows[0] + 1) / (bar / length_um) == pytest.approx(3.8, rel=0.03)


def test_page_names_no_address_and_is_small():
    text = microstructure_page({"dried": packing()}, "page", COLOURS)
    assert "http" not in text
    assert len(text) < 40_000
