"""A headless Chromium for the pages that castline writes (Debian: chromium, chromium-driver)."""

import io
import shutil
import time
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--window-size=1200,800",
    "--force-device-scale-factor=1",
    "--use-angle=swiftshader",  # WebGL without a graphics card
    "--enable-unsafe-swiftshader",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # a page that asks the network gets an error
]
needs_browser = pytest.mark.skipif(
    shutil.which("chromedriver") is None, reason="needs Debian's chromium and chromium-driver"
)


@contextmanager
def browser():
    """A Selenium driver; its console log is kept."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    driver.set_page_load_timeout(60)
    try:
        yield driver
    finally:
        driver.quit()


def errors(driver) -> list[str]:
    """Messages of the console that are errors, since the last call."""
    return [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]


def wait_for(condition, seconds: float = 30.0):
    """What `condition` returns, once it is true."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "the page did not get there"
        time.sleep(0.05)
    return value


def picture(driver) -> np.ndarray:
    """Screenshot, (rows, columns, 3) of 0 to 255."""
    return np.asarray(Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB"), int)
