"""What makes a copy of the database in a cluster of Kubernetes, loaded from where it is installed."""

import importlib.util
from functools import cache
from types import ModuleType

from deploy.files import DEPLOY


@cache
def copy_cluster() -> ModuleType:
    """`deploy/image/copy_cluster.py`."""
    spec = importlib.util.spec_from_file_location("copy_cluster", DEPLOY / "image" / "copy_cluster.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
