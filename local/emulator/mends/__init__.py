"""Where ministack answers otherwise than AWS: one module for each defect, found by listing this folder.

Each module says what it mends, where AWS documents the right behaviour, and how to see that ministack has
mended it itself. It is then enough to delete the file. A module either adapts what is there, with a function
`install`, or adds resource types that CloudFormation knows and ministack refuses, in a table `TYPES`.
"""

from __future__ import annotations

import importlib
import pkgutil


def install() -> None:
    """Install every mend.

    Raises:
        HookError: ministack lacks a name that a mend adapts, or carries an added type itself by now.
    """
    for found in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(found.name).install()
