"""A build back end (PEP 517) for a package of plain Python files: it zips them with their metadata."""

import base64
import hashlib
import pathlib
import re
import tarfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent


def _project() -> dict[str, str]:
    """The plain strings of [project]: read by hand, since tomllib is younger than the oldest Python that is served."""
    text = (HERE / "pyproject.toml").read_text()
    return dict(re.findall(r'^([\w-]+) = "(.*)"$', text.split("[project]")[1], flags=re.M))


def _metadata(project: dict[str, str]) -> str:
    return (
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        f"Summary: {project['description']}\nRequires-Python: {project['requires-python']}\n"
        "Requires-Dist: numpy>=1.20\n\n" + (HERE / "README.md").read_text()
    )


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Write loligo-VERSION-py3-none-any.whl and return its name."""
    project = _project()
    stem = f"{project['name']}-{project['version']}"
    info = f"{stem}.dist-info"
    files = {f"loligo/{p.name}": p.read_bytes() for p in sorted((HERE / "loligo").glob("*.py"))}
    files["loligo/py.typed"] = (HERE / "loligo" / "py.typed").read_bytes()
    files[f"{info}/METADATA"] = _metadata(project).encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: loligo\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = ""
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(data)}\n"
    files[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    name = f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, data in files.items():
            wheel.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return name


def build_sdist(sdist_directory, config_settings=None):
    """Write loligo-VERSION.tar.gz and return its name."""
    project = _project()
    stem = f"{project['name']}-{project['version']}"
    with tarfile.open(pathlib.Path(sdist_directory) / f"{stem}.tar.gz", "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for path in ["pyproject.toml", "pack.py", "README.md", "loligo/py.typed", *sorted((HERE / "loligo").glob("*.py"))]:
            path = HERE / path
            archive.add(path, f"{stem}/{path.relative_to(HERE)}")
    return f"{stem}.tar.gz"
