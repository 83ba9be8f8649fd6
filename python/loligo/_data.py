"""Files that ship with the library: networks, the table of drugs, example recordings."""

from __future__ import annotations

import os
import pathlib

from . import _library as L


def places() -> list[pathlib.Path]:
    """Where they are looked for, as the program does: $LOLIGO_DATA_DIR, share/loligo beside the library, the source."""
    found = []
    if os.environ.get("LOLIGO_DATA_DIR"):
        found.append(pathlib.Path(os.environ["LOLIGO_DATA_DIR"]))
    if os.path.sep in L.path:
        library = pathlib.Path(L.path).resolve().parent
        found += [above / "share" / "loligo" for above in (library.parent, library.parent.parent)]
        found.append(library.parent)  # build/ of a checkout
    source = pathlib.Path(__file__).resolve().parents[2]
    found += [source, pathlib.Path("/usr/local/share/loligo"), pathlib.Path("/usr/share/loligo")]
    return found


def find(relative: str) -> pathlib.Path:
    """Path of a file that ships: ``find("data/drugs.csv")``, ``find("data/recordings/171116sh_0018.abf")``."""
    for place in places():
        if (place / relative).exists():
            return place / relative
    raise FileNotFoundError(
        f"{relative} is in none of {', '.join(map(str, places()))}; name the folder: LOLIGO_DATA_DIR"
    )
