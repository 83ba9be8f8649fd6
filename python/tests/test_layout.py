"""The structures and functions of the package are those of the public headers, field by field."""

import ctypes
import os
import re
import subprocess
import tempfile
import unittest

import helper

from loligo import _library, _structs


def structures():
    """Every structure of the package."""
    return [s for s in vars(_structs).values() if isinstance(s, type) and issubclass(s, ctypes.Structure) and s._fields_]


def kind_of(field_type):
    """How C's _Generic sees a field: f double, p pointer, a array or structure, i integer."""
    if issubclass(field_type, (ctypes.Array, ctypes.Structure)):
        return "a"
    if field_type is ctypes.c_double:
        return "f"
    if field_type in (ctypes.c_char_p, ctypes.c_void_p) or hasattr(field_type, "contents"):
        return "p"
    return "i"


def c_program():
    """A program that prints what the compiler makes of every structure: tables, since they compile fast."""
    kinds, rows, defaults, statics = "double: 'f', int: 'i', unsigned: 'i', long: 'i', unsigned long: 'i'", [], [], []
    for s in structures():
        name = s.__name__
        rows.append(f'{{"{name} size", sizeof({name}), 0, 0}},')
        if hasattr(s, "_macro_"):
            statics.append(f"static const {name} default_{name} = {s._macro_};")
        for field, kind in s._fields_:
            member = f"(({name} *)0)->{field}"
            # Enumerations and elements of arrays are left out: what is wanted is which are doubles and which pointers.
            what = f"KIND({member})" if kind_of(kind) in "fp" else "0"
            rows.append(f'{{"{name} {field}", offsetof({name}, {field}), sizeof {member}, {what}}},')
            if hasattr(s, "_macro_"):
                text = int(kind is ctypes.c_char_p)
                defaults.append(f'{{"{name} {field}", &default_{name}.{field}, sizeof {member}, {text}}},')
    return "\n".join(
        [f"#include <loligo/{h}>" for h in sorted({s._header_ for s in structures()})]
        + ["#include <stdio.h>", "#include <stddef.h>"]
        + [f"#define KIND(x) _Generic((x), {kinds}, unsigned long long: 'i', default: 'p')"]
        + statics
        + ["static const struct { const char *name; size_t at, bytes; int kind; } rows[] = {", *rows, "};"]
        + ["static const struct { const char *name; const void *at; size_t bytes; int text; } defaults[] = {", *defaults, "};"]
        + [
            "int main(void) {",
            "  for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)",
            '    printf("%s %zu %zu %c\\n", rows[k].name, rows[k].at, rows[k].bytes, rows[k].kind ? rows[k].kind : \'-\');',
            "  for (size_t k = 0; k < sizeof defaults / sizeof *defaults; k++) {",
            '    printf("%s default ", defaults[k].name);',
            "    const char *text = defaults[k].text ? *(const char *const *)defaults[k].at : NULL;",
            '    if (defaults[k].text) printf("%s", text ? text : "NULL");',
            "    for (size_t b = 0; !defaults[k].text && b < defaults[k].bytes; b++)",
            '      printf("%02x", ((const unsigned char *)defaults[k].at)[b]);',
            '    puts("");',
            "  }",
            "  return 0;",
            "}",
            "",
        ]
    )


class Layout(helper.Case):
    def test_structures_are_the_headers(self):
        with tempfile.TemporaryDirectory() as folder:
            source, binary = os.path.join(folder, "layout.c"), os.path.join(folder, "layout")
            with open(source, "w") as file:
                file.write(c_program())
            compiler = os.environ.get("CC", "cc")
            subprocess.run(
                [compiler, "-std=c17", f"-I{helper.ROOT}/include", source, "-o", binary],
                check=True,
                env={k: v for k, v in os.environ.items() if k != "LD_PRELOAD"},
            )
            said = subprocess.run([binary], check=True, capture_output=True, text=True).stdout.split("\n")
        wanted = []
        for s in structures():
            name = s.__name__
            if not getattr(s, "_open_", False):
                wanted.append(f"{name} size {ctypes.sizeof(s)} 0 -")
            defaults = _structs.options(s) if hasattr(s, "_macro_") else None
            for field, kind in s._fields_:
                at = getattr(s, field)
                if not (getattr(s, "_open_", False) and field == s._fields_[-1][0]):
                    what = kind_of(kind) if kind_of(kind) in "fp" else "-"
                    wanted.append(f"{name} {field} {at.offset} {at.size} {what}")
                if defaults is not None:
                    raw = bytes(defaults)[at.offset : at.offset + at.size].hex()
                    if kind is ctypes.c_char_p:
                        raw = (getattr(defaults, field) or b"NULL").decode()
                    wanted.append(f"{name} {field} default {raw}")
        self.assertGreater(len(wanted), 200)
        self.assertEqual(sorted(set(wanted) - set(said)), [])

    def test_every_function_is_public_and_has_so_many_parameters(self):
        headers = "".join(p.read_text() for p in sorted((helper.ROOT / "include" / "loligo").glob("*.h")))
        headers = re.sub(r"/\*.*?\*/", " ", headers, flags=re.S)
        self.assertGreater(len(_library.DECLARED), 40)
        for name, (result, arguments) in _library.DECLARED.items():
            found = re.search(r"\b" + name + r"\s*\(([^;{]*?)\)\s*(LG_PRINTF\([^)]*\))?;", headers)
            self.assertIsNotNone(found, f"{name} is called and in no public header")
            parameters = [p for p in found.group(1).split(",") if p.strip() not in ("", "void")]
            self.assertEqual(len(parameters), len(arguments), f"{name}: {found.group(1)}")
            returns = re.split(r"[;}]", headers[: found.start()])[-1].split()
            if "lg_status" in returns:
                self.assertIs(result, ctypes.c_int, name)
            for parameter, argument in zip(parameters, arguments):
                pointer = "*" in parameter or "[" in parameter or "_fn " in parameter
                is_pointer = (
                    argument in (ctypes.c_void_p, ctypes.c_char_p)
                    or hasattr(argument, "contents")
                    or hasattr(argument, "_restype_")
                )
                self.assertEqual(pointer, is_pointer, f"{name}: {parameter}")
                self.assertEqual("double" in parameter and not pointer, argument is ctypes.c_double, f"{name}: {parameter}")


if __name__ == "__main__":
    unittest.main()
