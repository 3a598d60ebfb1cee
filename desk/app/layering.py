"""A root made of layers: the product, over it a folder of one's own, and of both the cities that are served.

Whatever reads a root, the trainer of the bot's model too, reads one folder. Where neither a folder of one's own
(`DESK_CITIES`) nor some of the cities (`DESK_ONLY_CITIES`) are set that is the product's; else it is made in the data
directory, once for each state of the files: links, and what two layers say together. So the model's fingerprint follows
from what is served, as it does from the product's files alone.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from desk.app.layers import CITIES, DECLARED, Layers
from desk.app.model import WIDER
from desk.city.guides import FOLDER as GUIDES
from desk.city.names import FOLDER as NAMES
from desk.city.names import check_names
from desk.city.overlay import layered
from desk.contract.errors import ConfigurationError
from desk.texts.overlay import overlay_texts

FOLDER = "layers"
"""Of the data directory: the roots that were made."""
PRETEND = "pretend"
"""In a root that was made: the pretend systems of the sandbox, by city, of both layers."""
KEPT = 6
FORM = "1"
"""Of what is made here; another makes all of it anew."""
LOCALES, NLU, SANDBOX = "locales", "nlu", Path("sandbox/data")
LAYERED = (CITIES, GUIDES, LOCALES, NLU)
READ = (*LAYERED, DECLARED)
PARTS = (CITIES, f"{CITIES}/shared", f"{CITIES}/{NAMES}", GUIDES)
"""Folders whose files of data are laid over each other."""
HOW = "See docs/how-to/add-cities-of-your-own.md."


def root_of(layers: Layers, data_dir: Path) -> Path:
    """The root that some layers make, made now where it was not before.

    Raises:
        ConfigurationError: a file of one's own is wrong, or a city is served that there is not. It names file and line.
    """
    if layers.is_plain:
        return layers.product
    check(layers)
    wider = root_of(Layers(layers.product, layers.own), data_dir) if layers.only else None
    made = data_dir / FOLDER / _digest(layers)
    if not made.is_dir():
        _make(layers, made, wider)
    return made


def check(layers: Layers) -> None:
    """Look whether the layers can be made something of.

    Raises:
        ConfigurationError: they cannot.
    """
    own = layers.own
    if own is not None:
        if not own.is_dir():
            raise ConfigurationError(f"DESK_CITIES: there is no folder {own}. {HOW}")
        for path in sorted(one for one in own.iterdir() if one.name not in READ and not one.name.startswith(".")):
            if near := get_close_matches(path.name, READ, n=1, cutoff=0.7):
                raise ConfigurationError(f"{path} is read by nobody. Did you mean {near[0]}? {HOW}")
        if not any((own / name).is_dir() for name in READ):
            raise ConfigurationError(f"DESK_CITIES: {own} has none of {', '.join(READ)}. {HOW}")
        if known := sorted(set(own_services(own)) & set(own_services(layers.product))):
            raise ConfigurationError(f"{own / NLU / known[0]}: the product has a folder {known[0]}; name it otherwise.")
    there = [path.stem for path in _all(layers, CITIES)]
    for slug in layers.only:
        if slug not in there:
            near = get_close_matches(slug, there, n=1)
            hint = f" Did you mean {near[0]}?" if near else f" There are {', '.join(there)}."
            raise ConfigurationError(f"DESK_ONLY_CITIES: there is no city {slug}.{hint}")


def own_services(folder: Path) -> list[str]:
    """The names of the folders in `nlu/`."""
    return sorted(path.name for path in (folder / NLU).glob("*") if path.is_dir())


def summary(layers: Layers) -> str:
    """What the layers bring, in one line."""
    said = []
    if layers.own is not None:
        said.append(str(layers.own))
        for part in PARTS:
            names = {path.name for path in (layers.own / part).glob("*.yml")}
            over = {path.name for path in (layers.product / part).glob("*.yml")} & names
            if names:
                said.append(f"{part}: {len(names - over)} added, {len(over)} laid over")
        if services := own_services(layers.own):
            said.append(f"{NLU}: {', '.join(services)}")
        if texts := list((layers.own / LOCALES).rglob("*.po")):
            said.append(f"{LOCALES}: {len(texts)} files")
    if layers.only:
        said.append(f"served: {', '.join(layers.only)}")
    return "; ".join(said) or "the product's own"


def _make(layers: Layers, made: Path, wider: Path | None) -> None:
    """Make it beside, then put it in its place in one step: others may make the same at the same time."""
    fresh = made.with_name(f".{made.name}-{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    made.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh.mkdir()
    try:
        _fill(layers, fresh)
        if wider is not None:
            (fresh / WIDER).symlink_to(wider)
        if not made.is_dir():
            fresh.rename(made)
    except OSError:
        if not made.is_dir():  # another made it first
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    _forget_old(made)


def _fill(layers: Layers, root: Path) -> None:
    product, own = layers.product, layers.own
    parts = [CITIES, *(name for name in LAYERED[1:] if own is not None and (own / name).is_dir())]
    for path in sorted(product.iterdir()):
        if not path.name.startswith(".") and path.name not in parts:
            (root / path.name).symlink_to(path)
    for part in PARTS:
        if part.partition("/")[0] in parts:
            _lay(layers, part, root / part)
    if own is None:
        return
    if LOCALES in parts:
        overlay_texts(product / LOCALES, own / LOCALES, root / LOCALES, own_services(own))
    if NLU in parts:
        _link_all(product / NLU, root / NLU)
        _link_all(own / NLU, root / NLU)
    if (own / SANDBOX).is_dir():
        (root / PRETEND).mkdir()
        for folder in (product / SANDBOX, own / SANDBOX):
            for city in sorted(folder.iterdir()):
                (root / PRETEND / city.name).unlink(missing_ok=True)
                (root / PRETEND / city.name).symlink_to(city)


def _lay(layers: Layers, part: str, target: Path) -> None:
    """Lay a folder's files of data over each other; of files of cities, those that are served."""
    target.mkdir(parents=True)
    for name, (over, below) in _pairs(layers, part).items():
        if part in (CITIES, f"{CITIES}/{NAMES}") and not _is_served(layers, Path(name).stem):
            continue
        if over is None:
            (target / name).symlink_to(below or "")
        elif part == f"{CITIES}/{NAMES}":
            check_names(over)
            (target / name).symlink_to(over)
        elif (text := layered(over, below, layers.own or over.parent)) is None:
            (target / name).symlink_to(over)
        else:
            (target / name).write_text(text, encoding="utf-8")


def _pairs(layers: Layers, part: str) -> dict[str, tuple[Path | None, Path | None]]:
    """The files of a part by name, each as it is in one's own folder and in the product."""
    below = {path.name: path for path in (layers.product / part).glob("*.yml")}
    over = {} if layers.own is None else {path.name: path for path in (layers.own / part).glob("*.yml")}
    return {name: (over.get(name), below.get(name)) for name in sorted({*below, *over})}


def _all(layers: Layers, part: str) -> list[Path]:
    return [found for pair in _pairs(layers, part).values() if (found := pair[0] or pair[1]) is not None]


def _is_served(layers: Layers, slug: str) -> bool:
    """Whether a file of this name is of a city that is served, or of none."""
    is_city = slug in {path.stem for path in _all(layers, CITIES)}
    return not layers.only or slug in layers.only or not is_city


def _link_all(folder: Path, target: Path) -> None:
    """Links to all files of a folder, in folders of their own: who looks for files does not go through links."""
    for path in sorted(folder.rglob("*")):
        there = target / path.relative_to(folder)
        if path.is_dir():
            there.mkdir(parents=True, exist_ok=True)
        elif "__pycache__" not in path.parts:
            there.parent.mkdir(parents=True, exist_ok=True)
            there.symlink_to(path)


def _digest(layers: Layers) -> str:
    """What changes with everything that the root is made of; links say themselves what they lead to."""
    digest = hashlib.sha256(json.dumps([FORM, str(layers.product), str(layers.own), layers.only]).encode())
    for name, content in _content(layers):
        digest.update(f"\0{name}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _content(layers: Layers) -> Iterator[tuple[str, bytes]]:
    for path in sorted(layers.product.iterdir()):
        if not path.name.startswith("."):
            yield path.name, b""
    for part in PARTS:
        for name, (over, below) in _pairs(layers, part).items():
            said = b"" if over is None else over.read_bytes() + (b"" if below is None else below.read_bytes())
            yield f"{part}/{name}", said
    if layers.own is None:
        return
    for folder, with_product in ((LOCALES, "*.po"), (NLU, "*"), (str(SANDBOX), "*")):
        if (layers.own / folder).is_dir():
            yield from _files(layers.own / folder, "*", read=folder == LOCALES)
            yield from _files(layers.product / folder, with_product, read=folder == LOCALES)


def _files(folder: Path, pattern: str, *, read: bool) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob(pattern)):
        if path.is_file():
            yield str(path), path.read_bytes() if read else b""


def _forget_old(made: Path) -> None:
    """Delete the roots that were made longest ago, but for some: whoever runs reads the one it began with."""
    others = [path for path in made.parent.iterdir() if path != made and not path.name.startswith(".")]
    kept: Sequence[Path] = [made, (made / WIDER).resolve()]
    others = sorted((path for path in others if path not in kept), key=lambda path: path.stat().st_mtime)
    for path in others[: max(0, len(others) + 1 - KEPT)]:
        shutil.rmtree(path, ignore_errors=True)
