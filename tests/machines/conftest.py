"""The machines' own programs, loaded from the templates as they are."""

import importlib.machinery
import importlib.util
import sys
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@pytest.fixture
def load():
    """Loads a program without a suffix as a module."""

    def load(path):
        name = Path(path).name.replace("-", "_")
        loader = importlib.machinery.SourceFileLoader(name, str(TEMPLATES / path))
        module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
        sys.dont_write_bytecode = True
        loader.exec_module(module)
        return module

    return load
