"""Pages of the commands, from the option tables that `loligo help --json` prints."""
import json
import subprocess

KINDS = {"flag": "", "text": "text", "choice": "one of these", "input": "file or folder that is read",
         "output": "file or folder that is written", "count": "whole number", "number": "number",
         "time": "time", "current": "current", "potential": "potential", "frequency": "frequency",
         "concentration": "concentration"}


def cell(text):
    """Words in a table: nothing that Markdown takes for markup."""
    for mark in "\\`*_<>[]|":
        text = text.replace(mark, "\\" + mark)
    return text


def literal(text):
    return "`" + text.replace("|", "\\|") + "`" if text else ""


def option_row(option):
    name = ("-o, " if option["name"] == "output" else "") + "--" + option["name"]
    if option["value"]:
        name += " " + option["value"]
    kind = KINDS[option["kind"]] + (f", bare number in {option['unit']}" if option["unit"] else "")
    return f"| {literal(name)} | {cell(option['help'])} | {kind} | {literal(option['default'] or '')} |"


def options_table(options):
    return ["| option | what it does | takes | default |", "|---|---|---|---|", *map(option_row, options), ""]


def command_section(command):
    name = f"loligo {command['name']}"
    lines = [f"## {name}", "", cell(command["summary"]), "", "```sh"]
    lines += [line.strip() for line in command["example"].splitlines() if line.strip()]
    lines += ["```", "", "```text", f"{name} {command['arguments']}".rstrip(), "```", ""]
    return lines + (options_table(command["options"]) if command["options"] else [])


def help_of(loligo, *topic):
    return json.loads(subprocess.run([loligo, "help", *topic, "--json"], check=True, capture_output=True).stdout)


def pages(loligo, table):
    """Name and text of each page: one for each group ("axon …"), one for the commands of one word, and their index."""
    out = {}
    groups = {}
    first_words = [c["name"].split()[0] for c in table["commands"]]
    for command in table["commands"]:
        first = command["name"].split()[0]
        groups.setdefault(first if first_words.count(first) > 1 else "general", []).append(command)
    index = ["# Commands", "", f"Every command of Loligo {table['version']}, from its own option tables: what `loligo COMMAND --help` "
             "and the manual pages say. [Exit codes](../docs/exit-codes.md) and [file formats](../docs/formats.md) are the same everywhere.", ""]
    for page in sorted(groups, key=lambda g: (g != "general", g)):
        title = "Commands of one word" if page == "general" else f"loligo {page}"
        index += [f"## {title}", ""]
        body = [f"# {title}", ""]
        for command in groups[page]:
            anchor = "loligo-" + command["name"].replace(" ", "-")
            index.append(f"- [`{command['name']}`]({page}.md#{anchor}): {cell(command['summary'])}")
            body += command_section(command)
        index.append("")
        out[f"{page}.md"] = "\n".join(body)
    index += ["## Options of every command", "", *options_table(table["common_options"])]
    index += ["## Units", "", "```text", help_of(loligo, "units")["text"].rstrip(), "```", ""]
    index += ["```{toctree}", ":hidden:", ":titlesonly:", "", *(page[:-3] for page in out), "```", ""]
    out["index.md"] = "\n".join(index)
    return out
