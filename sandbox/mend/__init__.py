"""The mends: what moto does otherwise than AWS documents, put right in-process.

Every module here that has `install()` is a mend; they are installed in the order of their names.
"""

from __future__ import annotations

import importlib
import pkgutil

_installed: list[str] = []


def install_all() -> list[str]:
    """Installs every mend once and gives their names."""
    if _installed:
        return list(_installed)
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda i: i.name):
        module = importlib.import_module(f"{__name__}.{info.name}")
        install = getattr(module, "install", None)
        if install is not None:
            install()
            _installed.append(info.name)
    return list(_installed)
