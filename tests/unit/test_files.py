"""Times of files after a clock that was ahead."""

import os
import time

from castline.base.files import date_future_files_now

HOUR = 3600.0


def test_only_files_of_the_future_are_dated_now(tmp_path):
    now = time.time()
    times = {"past.csv": now - HOUR, "deep/future.csv": now + 5 * HOUR, "later.csv": now + HOUR}
    for name, then in times.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
        os.utime(tmp_path / name, (then, then))
    assert date_future_files_now(tmp_path) == 2
    after = {name: (tmp_path / name).stat().st_mtime for name in times}
    assert after["past.csv"] == times["past.csv"]
    assert after["deep/future.csv"] == after["later.csv"]
    assert now <= after["later.csv"] <= time.time()
    assert date_future_files_now(tmp_path) == 0


def test_a_folder_that_is_not_there_has_none(tmp_path):
    assert date_future_files_now(tmp_path / "absent") == 0
