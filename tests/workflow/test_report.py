"""The report of a finished campaign, opened in a browser without a network."""

import pytest
from browser import browser, errors, needs_browser, picture, wait_for
from campaign_runs import TEST, snakemake

REPORT = "results/test/report.html"
STYLESHEET = "workflow/report/report.css"
SIZE_LIMIT = 60e6

pytestmark = [pytest.mark.workflow, needs_browser]


@pytest.fixture(scope="module")
def page(finished):
    """The report, written as `make report` writes it, open in a browser."""
    for arguments in ([], ["--report", REPORT, "--report-stylesheet", STYLESHEET]):
        done = snakemake(finished, "report", *TEST, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
    with browser() as driver:
        driver.get((finished / REPORT).as_uri())
        yield driver


def show(driver, category: str) -> list[str]:
    """Open a category from the start page; returns the text of its rows."""
    report = driver.current_url
    driver.get("about:blank")  # else a link of the old page may be clicked while it still stands
    driver.get(report)
    wait_for(lambda: _links(driver, category))[0].click()
    rows = wait_for(lambda: driver.find_elements("css selector", "nav tbody tr"))
    return [row.text for row in rows]


def view(driver, row: int) -> None:
    driver.find_elements("css selector", "nav tbody tr")[row].find_element("tag name", "a").click()


def _links(driver, text: str):
    return [a for a in driver.find_elements("css selector", "nav a") if a.text.strip() == text]


def test_report_is_one_file_below_the_size_limit(page, finished):
    assert (finished / REPORT).stat().st_size < SIZE_LIMIT


def test_every_figure_loads(page):
    rows = show(page, "Figures")
    assert len(rows) >= 10
    for number in range(len(rows)):
        view(page, number)
        size = wait_for(
            lambda: page.execute_script(
                "const image = document.querySelector('div.h-screen > div > img');"
                "return image && image.complete ? [image.naturalWidth, image.naturalHeight,"
                "  image.getBoundingClientRect().top] : null"
            )
        )
        assert min(size[:2]) > 100, rows[number]
        assert size[2] >= 0, f"{rows[number]}: its top is out of reach"
    assert errors(page) == []


def test_every_table_is_offered_with_what_its_rows_are(page, finished):
    rows = show(page, "Tables")
    for table in (finished / "results/test/tables").glob("*.csv"):
        [row] = [text for text in rows if text.split()[0] == table.stem]
        assert len(row.split()) > 2
    assert errors(page) == []


def test_results_page_shows_the_summary(page):
    show(page, "Results")
    view(page, 0)
    page.switch_to.frame(wait_for(lambda: page.find_elements("tag name", "iframe"))[0])
    text = wait_for(lambda: page.find_element("tag name", "body").text)
    page.switch_to.default_content()
    assert "Campaign test" in text
    assert "sigma_ion, calendered / mS/cm" in text
    assert errors(page) == []


def test_microstructure_draws_inside_the_report(page):
    rows = show(page, "Microstructures in 3-D")
    assert rows == ["AM_1 50"]  # the page switches between replicates inside the row
    view(page, 0)
    page.switch_to.frame(wait_for(lambda: page.find_elements("tag name", "iframe"))[0])
    wait_for(lambda: page.execute_script("return document.documentElement.dataset.drawn"))
    page.switch_to.default_content()
    yellow = picture(page)
    yellow = (yellow[..., 0] > 120) & (yellow[..., 1] > 90) & (yellow[..., 2] < 90)
    assert yellow.mean() > 0.02  # the solid electrolyte
    assert errors(page) == []
