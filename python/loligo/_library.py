"""Find and load libloligo, and keep the list of the functions that this package calls.

Every function is declared once, where it is used, by ``declare()``: the names are those of the public headers
(``include/loligo``), and a test holds that no other symbol is called.
"""

from __future__ import annotations

import ctypes
import os
import pathlib

VERSION = "0.1.0"
"""Version of this package; the library must have the same major and minor number."""

DECLARED: dict[str, tuple[object, tuple[object, ...]]] = {}
"""Every C function that the package calls: name -> (result type, argument types)."""

STATUS = ctypes.c_int
POINTER = ctypes.c_void_p
TEXT = ctypes.c_char_p
SIZE = ctypes.c_size_t
DOUBLE = ctypes.c_double
INT = ctypes.c_int
UINT = ctypes.c_uint


def _places() -> list[str]:
    """Where the library is looked for, in this order."""
    here = pathlib.Path(__file__).resolve().parent
    named = os.environ.get("LIBLOLIGO")  # LOLIGO_… would be an option of the program: --library of a trial
    if named:  # somebody said which one: no other will do
        return [os.path.join(named, "libloligo.so.0") if os.path.isdir(named) else named]
    places = []
    # make install: PREFIX/lib/python3.x/dist-packages/loligo beside PREFIX/lib/[x86_64-linux-gnu/]libloligo.so.0
    for above in here.parents:
        if above.name in ("lib", "lib64"):
            places += sorted(str(p) for p in above.glob("*-linux-gnu/libloligo.so.0"))
            places.append(str(above / "libloligo.so.0"))
            break
    source = here.parent.parent  # a checkout: python/loligo beside build/
    if (source / "include" / "loligo" / "ctx.h").exists():
        places.append(str(source / "build" / "libloligo.so"))
    places.append("libloligo.so.0")  # what the dynamic linker knows
    for folder in ("/usr/local/lib", "/usr/lib"):
        places += sorted(str(p) for p in pathlib.Path(folder).glob("*-linux-gnu/libloligo.so.0"))
        places.append(folder + "/libloligo.so.0")
    return places


def _load() -> tuple[ctypes.CDLL, str]:
    tried = []
    for place in _places():
        try:
            # CDLL lets go of the interpreter's lock during every call.
            return ctypes.CDLL(place), place
        except OSError as error:
            tried.append(f"  {place}: {error}")
    raise ImportError(
        "libloligo was not found. Build it (make) and install it (make install), or name it: "
        "LIBLOLIGO=/path/to/libloligo.so. Tried:\n" + "\n".join(tried)
    )


lib, path = _load()


def _check_version() -> str:
    try:
        function = lib.lg_version
    except AttributeError:
        raise ImportError(f"{path} is not libloligo: it has no lg_version") from None
    function.restype = TEXT
    function.argtypes = []
    found = function().decode()
    if found.split(".")[:2] != VERSION.split(".")[:2]:
        raise ImportError(f"{path} is version {found}; this package wants {VERSION}: install both from one source")
    return found


library_version = _check_version()


def declare(name: str, result: object, *arguments: object):
    """Declare a function of the library and return it."""
    try:
        function = getattr(lib, name)
    except AttributeError:
        raise ImportError(
            f"{path} (version {library_version}) has no {name}: it is older than this package"
        ) from None
    function.restype = result
    function.argtypes = list(arguments)
    DECLARED[name] = (result, arguments)
    return function


declare("lg_version", TEXT)
_commit = declare("lg_version_commit", TEXT)
_compiler = declare("lg_version_compiler", TEXT)


def version() -> dict[str, str]:
    """Version, commit and compiler of the library that is loaded, and where it lies."""
    return {
        "version": library_version,
        "commit": _commit().decode(),
        "compiler": _compiler().decode(),
        "library": path,
    }


def text(value: bytes | None) -> str:
    """Words of the library as str; None is ""."""
    return value.decode("utf-8", "replace") if value else ""


def encode(value: str | os.PathLike | None) -> bytes | None:
    """Words or a path for the library; None stays None."""
    return None if value is None else os.fsencode(value)
