"""The lab's numbers get into docs/benchmarks.md, once, and stay there when no lab has run."""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOLD = {"date": "2026-01-02", "machine": "2 cores", "tables": {"speed": {"cached page": "6,500"}}}


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """benches/lab.py with a document and a folder of the lab of its own."""
    spec = importlib.util.spec_from_file_location("benches_lab", ROOT / "benches" / "lab.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.DOCUMENT = tmp_path / "benchmarks.md"
    module.DOCUMENT.write_text("# Benchmarks\n\n## Commands\n\nfast\n\n## Build\n\nslow\n")
    monkeypatch.setenv("DRUCLOUD_LAB_DIR", str(tmp_path))
    return module


def test_numbers_are_written_once_and_replaced(lab, tmp_path):
    (tmp_path / "benchmarks.json").write_text(json.dumps(TOLD))
    assert lab.main() == 0 == lab.main()
    text = lab.DOCUMENT.read_text()
    assert text.count(lab.BEGIN) == 1 and "| cached page | 6,500 |" in text and "2026-01-02" in text
    assert text.index("## Commands") < text.index(lab.BEGIN) < text.index("## Build")
    (tmp_path / "benchmarks.json").write_text(json.dumps({**TOLD, "date": "2026-03-04"}))
    assert lab.main() == 0
    assert "2026-03-04" in lab.DOCUMENT.read_text() and "2026-01-02" not in lab.DOCUMENT.read_text()
    assert lab.DOCUMENT.read_text().endswith("\n\n## Build\n\nslow\n")


def test_without_a_lab_the_old_numbers_stay(lab, tmp_path):
    assert lab.main() == 1
    assert "Not measured yet" in lab.section()
    (tmp_path / "benchmarks.json").write_text(json.dumps(TOLD))
    lab.main()
    (tmp_path / "benchmarks.json").unlink()
    assert "| cached page | 6,500 |" in lab.section()


def test_the_template_has_the_place():
    assert "@LAB@" in (ROOT / "benches" / "benchmarks.md").read_text()


def test_a_part_of_the_lab_takes_no_numbers_away(lab, tmp_path):
    whole = {**TOLD, "tables": {**TOLD["tables"], "reboot": {"web-1": "4 s"}}}
    (tmp_path / "benchmarks.json").write_text(json.dumps(whole))
    assert lab.main() == 0
    (tmp_path / "benchmarks.json").write_text(json.dumps(TOLD))
    assert lab.main() == 1 and "| web-1 | 4 s |" in lab.DOCUMENT.read_text() and "web-1" in lab.section()
