"""The watcher of systemd's units, loaded from where it is installed: it belongs to no package."""

import importlib.util
from functools import cache
from types import ModuleType

from deploy.files import DEPLOY


@cache
def watch() -> ModuleType:
    """`deploy/systemd/watch.py`."""
    spec = importlib.util.spec_from_file_location("watch", DEPLOY / "systemd" / "watch.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
