"""Where ministack answers otherwise than AWS: one module for each defect, found by listing this folder.

Each module says what ministack does, where AWS documents what it should do, and how to see that a newer
ministack does it. Then deleting the file is all there is to do.
"""

import importlib
import pkgutil


def install() -> None:
    """Call every module's `install`.

    Raises:
        HookError: ministack lacks a name that a mend adapts, or knows an added resource type by now.
    """
    for found in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(found.name).install()
