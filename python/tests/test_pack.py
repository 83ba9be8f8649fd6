"""The package packs itself: a wheel that can be installed, with the version that everything else has."""

import base64
import csv
import hashlib
import io
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import helper

import loligo

sys.path.insert(0, str(helper.ROOT / "python"))
import pack  # noqa: E402


class Pack(helper.Case):
    def test_the_wheel_runs_and_its_record_holds(self):
        with tempfile.TemporaryDirectory() as folder:
            name = pack.build_wheel(folder)
            self.assertRegex(name, r"^loligo-[\d.]+-py3-none-any\.whl$")
            path = os.path.join(folder, name)
            with zipfile.ZipFile(path) as wheel:
                names = wheel.namelist()
                record = next(n for n in names if n.endswith("RECORD"))
                rows = list(csv.reader(io.StringIO(wheel.read(record).decode())))
                self.assertEqual(sorted(row[0] for row in rows), sorted(names))
                for file, digest, size in rows:
                    if file != record:
                        data = wheel.read(file)
                        found = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
                        self.assertEqual((digest, int(size)), (f"sha256={found}", len(data)))
                modules = sorted(p.name for p in (helper.ROOT / "python" / "loligo").glob("*.py"))
                self.assertEqual(sorted(n[7:] for n in names if n.endswith(".py")), modules)
                wheel.extractall(os.path.join(folder, "site"))
            said = subprocess.run(
                [sys.executable, "-c", "import loligo; print(loligo.__file__, loligo.Neuron('hh52').rest())"],
                env={**os.environ, "PYTHONPATH": os.path.join(folder, "site"), "LIBLOLIGO": loligo.version()["library"]},
                cwd=folder,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            self.assertIn(os.path.join(folder, "site"), said)
            self.assertEqual(float(said.split()[-1]), loligo.Neuron("hh52").rest())
            with tarfile.open(os.path.join(folder, pack.build_sdist(folder))) as archive:
                self.assertTrue(any(n.endswith("loligo/py.typed") for n in archive.getnames()))

    def test_one_version_everywhere(self):
        header = (helper.ROOT / "include" / "loligo" / "version.h").read_text()
        wanted = re.search(r'LG_VERSION "([\d.]+)"', header).group(1)
        project = (helper.ROOT / "python" / "pyproject.toml").read_text()
        self.assertEqual(re.search(r'^version = "(.*)"$', project, flags=re.M).group(1), wanted)
        self.assertEqual(loligo.__version__, wanted)
        self.assertEqual(loligo.version()["version"], wanted)
        self.assertNotEqual(loligo.version()["commit"], "")
