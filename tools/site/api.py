"""Reference of the public headers: Doxygen's XML to one page of Sphinx's C domain for each header."""
import re
import xml.etree.ElementTree as ET
from pathlib import Path

INDENT = "   "
JOIN = "\0"  # between markup and what stands beside it: a space that is not shown, where there is none


def escape(text):
    """Words that reStructuredText would take for markup."""
    return re.sub(r"([\\*|`])|(_)(?=\W|$)", lambda m: "\\" + m.group(0), text)


def tidy(text):
    """One paragraph on one line; "(n) samples" and "1. x" at its beginning are no lists."""
    text = " ".join(text.split())
    text = re.sub(rf"^{JOIN}|{JOIN}$|(?<=\s){JOIN}|{JOIN}(?=\s)", "", text).replace(JOIN, "\\ ")
    return re.sub(r"^(\(?\w+[).]|[-+•])(?=\s)", r"\\\1", text)


class Words:
    """Doxygen's description nodes as reStructuredText."""

    def inline(self, node):
        out = escape(node.text or "")
        for child in node:
            out += self.inline_child(child) + escape(child.tail or "")
        return out

    def inline_child(self, child):
        plain = "".join(child.itertext())
        if child.tag == "computeroutput":
            return f"{JOIN}``{plain}``{JOIN}" if plain.strip() else ""
        if child.tag == "ref":
            return f"{JOIN}:c:expr:`{plain}`{JOIN}" if re.fullmatch(r"\w+", plain) else escape(plain)
        if child.tag in ("emphasis", "bold"):
            mark = "*" if child.tag == "emphasis" else "**"
            return f"{JOIN}{mark}{escape(plain)}{mark}{JOIN}"
        if child.tag == "ulink":
            return f"`{escape(plain)} <{child.get('url')}>`__"
        if child.tag in ("parameterlist", "simplesect", "itemizedlist", "orderedlist", "programlisting", "verbatim", "table"):
            return ""  # blocks: see paragraphs()
        return {"ndash": "–", "mdash": "—", "nonbreakablespace": " ", "deg": "°", "micro": "µ", "plusmn": "±",
                "hellip": "…", "le": "≤", "ge": "≥", "times": "×", "linebreak": " "}.get(child.tag, self.inline(child))

    def paragraphs(self, node):
        """(blocks, fields): blocks of text, and :param: and :retval: lines."""
        blocks, fields = [], []
        for para in node if node is not None else []:
            if para.tag in ("sect1", "sect2", "sect3"):
                more, of_them = self.paragraphs(para)
                blocks, fields = blocks + more, fields + of_them
                continue
            if para.tag != "para":
                continue
            words = tidy(self.inline(para))
            if words:
                blocks.append(words)
            for child in para:
                self.block(child, blocks, fields)
        return blocks, fields

    def block(self, child, blocks, fields):
        if child.tag == "parameterlist":
            for item in child.findall("parameteritem"):
                text = " ".join(" ".join(self.paragraphs(item.find("parameterdescription"))[0]).split())
                for name in item.iter("parametername"):
                    way = name.get("direction")
                    text_of = f"({way}) {text}" if way in ("out", "inout") else text
                    kind = "retval" if child.get("kind") == "retval" else "param"
                    fields.append(f":{kind} {''.join(name.itertext())}: {text_of}")
        elif child.tag == "simplesect":
            words, inner = self.paragraphs(child)
            text = " ".join(words)
            if child.get("kind") == "return":
                fields.append(f":returns: {text}")
            else:
                blocks.append(f"**{child.get('kind').capitalize()}**: {text}")
            fields.extend(inner)
        elif child.tag in ("itemizedlist", "orderedlist"):
            items = [" ".join(" ".join(self.paragraphs(item)[0]).split()) for item in child.findall("listitem")]
            blocks.append("\n".join("* " + item for item in items))
        elif child.tag in ("programlisting", "verbatim"):
            blocks.append("::\n\n" + "\n".join(INDENT + line for line in code_of(child).splitlines()))
        elif child.tag == "table":
            for row in child.findall("row"):
                blocks.append(" · ".join(" ".join(self.paragraphs(e)[0]) for e in row.findall("entry")))


def code_of(node):
    if node.tag == "verbatim":
        return node.text or ""
    lines = []
    for line in node.findall("codeline"):
        lines.append("".join(" " if e.tag == "sp" else (e.text or "") for e in line.iter()) if len(line) else "")
    return "\n".join(lines)


WORDS = Words()


def text_of(node, tag):
    found = node.find(tag)
    return " ".join("".join(found.itertext()).split()) if found is not None else ""


def description(node, depth):
    brief, fields = WORDS.paragraphs(node.find("briefdescription"))
    detail, more = WORDS.paragraphs(node.find("detaileddescription"))
    pad = INDENT * depth
    out = []
    for block in brief + detail:
        out += ["", *(pad + line if line else "" for line in block.splitlines())]
    if fields or more:
        out += ["", *(pad + line for line in fields + more)]
    return out


def declaration(member):
    """`double x[3]`, `void (*fn)(void *user)` as written."""
    kind = text_of(member, "type").replace("LG_MUST_CHECK ", "").replace(" *", " *")
    return f"{kind} {text_of(member, 'name')}{text_of(member, 'argsstring')}".replace("* ", "*").strip()


def structure(xml, refid):
    compound = ET.parse(xml / f"{refid}.xml").getroot().find("compounddef")
    name = compound.findtext("compoundname")
    out = [f".. c:{compound.get('kind')}:: {name}", *description(compound, 1)]
    for member in compound.iter("memberdef"):
        out += ["", INDENT + f".. c:member:: {declaration(member)}", *description(member, 2)]
    return int(compound.find("location").get("line")), name, out


def constants(member):
    """An enum without a name: its values by themselves."""
    out = []
    for value in member.findall("enumvalue"):
        number = text_of(value, "initializer")
        out += ["", f".. c:macro:: {text_of(value, 'name')}", *description(value, 1), *description(member, 1)]
        out += ["", INDENT + f"``{number}``"] if number else []
    return out


def enumeration(member):
    if not text_of(member, "name") or text_of(member, "name").startswith("@"):
        return constants(member)
    out = [f".. c:enum:: {text_of(member, 'name')}", *description(member, 1)]
    for value in member.findall("enumvalue"):
        number = text_of(value, "initializer")
        out += ["", INDENT + f".. c:enumerator:: {text_of(value, 'name')}"]
        if number:
            out += ["", INDENT * 2 + f"``{number}``"]
        out += description(value, 2)
    return out


def define(member):
    arguments = ", ".join(text_of(p, "defname") for p in member.findall("param"))
    name = text_of(member, "name")
    return [f".. c:macro:: {name}({arguments})" if arguments else f".. c:macro:: {name}", *description(member, 1)]


def member_entry(member):
    kind = member.get("kind")
    if kind == "enum":
        return enumeration(member)
    if kind == "define":
        return define(member)
    if kind == "typedef":
        declared = declaration(member)
        return [f".. c:type:: {declared}", *description(member, 1)]
    if kind in ("function", "variable"):
        return [f".. c:{'function' if kind == 'function' else 'var'}:: {declaration(member)}", *description(member, 1)]
    return []


def header_page(xml, refid):
    compound = ET.parse(xml / f"{refid}.xml").getroot().find("compounddef")
    name = "loligo/" + compound.findtext("compoundname")
    entries, known = [], set()
    for inner in compound.findall("innerclass"):
        line, struct_name, out = structure(xml, inner.get("refid"))
        entries.append((line, out))
        known.add(struct_name)
    members = list(compound.iter("memberdef"))
    known |= {text_of(m, "name") for m in members if m.get("kind") == "enum"}
    for member in members:
        if member.get("kind") == "typedef" and text_of(member, "name") in known:
            continue
        if member.get("kind") == "define" and text_of(member, "name").endswith("_H"):
            continue
        entries.append((int(member.find("location").get("line")), member_entry(member)))
    out = [name, "=" * len(name), *description(compound, 0), "", f"``#include <{name}>``", ""]
    for _, lines in sorted(entries, key=lambda e: e[0]):
        out += ["", *lines, ""]
    brief = " ".join(WORDS.paragraphs(compound.find("briefdescription"))[0])
    return name, brief, "\n".join(out) + "\n"


def is_described(node):
    return bool(text_of(node, "briefdescription") or text_of(node, "detaileddescription"))


def undocumented(xml):
    """What a caller of the library would have to guess, as sentences: things without a word, parameters without one."""
    for path in sorted(Path(xml).glob("*.xml")):
        for compound in ET.parse(path).getroot().iter("compounddef"):
            place = compound.findtext("compoundname")
            if compound.get("kind") not in ("file", "struct"):
                continue
            if not is_described(compound):
                yield f"{place} is not documented"
            for member in compound.iter("memberdef"):
                name = text_of(member, "name")
                # a struct's typedef is documented with the struct; guards have no reader
                is_twin = member.get("kind") == "typedef" and text_of(member, "type").startswith(("struct", "enum"))
                if not is_described(member) and not name.endswith("_H") and not (is_twin and name in text_of(member, "type")):
                    yield f"{place}: {name} is not documented"
                for value in member.findall("enumvalue"):
                    if not is_described(value) and text_of(member, "name").startswith("lg_"):
                        yield f"{place}: {text_of(value, 'name')} is not documented"
                if member.get("kind") == "function":
                    described = {"".join(n.itertext()) for n in member.iter("parametername")}
                    for param in member.findall("param"):
                        declared = text_of(param, "declname")
                        if declared and declared not in described:
                            yield f"{place}: {name}() does not say what '{declared}' is"


def pages(xml):
    """Name and text of each page: one a header, and their index."""
    xml = Path(xml)
    out, rows = {}, []
    for compound in ET.parse(xml / "index.xml").getroot().findall("compound"):
        if compound.get("kind") != "file" or not compound.findtext("name").endswith(".h"):
            continue
        name, brief, text = header_page(xml, compound.get("refid"))
        out[f"{Path(name).stem}.rst"] = text
        rows.append(f"* :doc:`{name} <{Path(name).stem}>`: {brief}")
    title = "Reference of the headers"
    words = ("Made by Doxygen from the comments in ``include/loligo``; every function, parameter and field has one. "
             "What holds for all of them, and an example: :doc:`/docs/reference`.")
    toc = ["", ".. toctree::", "   :hidden:", "   :titlesonly:", "", *("   " + page[:-4] for page in out)]
    out["index.rst"] = "\n".join([title, "=" * len(title), "", words, "", *rows, *toc]) + "\n"
    return out
