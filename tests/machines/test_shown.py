"""What docs/lab.md says is shown by a test has that test: under its name, in its file."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "docs" / "lab.md"


def rows():
    """The rows of the table part by part: its cells."""
    text = LAB.read_text().partition("\n## Part by part\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_every_part_names_tests_that_are_there():
    assert len(rows()) >= 11
    for part, shown, _ in rows():
        named = re.findall(r"`([^`]+\.(?:py|rs))(?:::(\w+))?`", shown)
        assert named, f"{part}: no test is named"
        for path, test in named:
            file = ROOT / path
            assert file.is_file(), f"{part}: {path}"
            assert not test or re.search(rf"^\s*(def|fn) {test}\(", file.read_text(), re.M), f"{part}: {path}::{test}"


def test_every_file_of_the_lab_is_listed_and_run():
    """A file of tests that `make lab` leaves out, or that the document does not know, shows nothing to anybody."""
    ran = re.search(r"^TESTS = \(([^)]*)\)", (ROOT / "tests/lab/lab.py").read_text(), re.M)[1]
    names = {path.stem.removeprefix("test_") for path in (ROOT / "tests" / "lab").glob("test_*.py")}
    assert set(re.findall(r'"(\w+)"', ran)) == names
    assert set(re.findall(r"^\| `test_(\w+)` \|", LAB.read_text(), re.M)) == names
