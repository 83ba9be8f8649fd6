"""Commands and options that pages name must be those of the program."""
import re

SPAN = re.compile(r"`(loligo [^`]*)`")
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]*)")
ANYTHING = {"COMMAND", "<command>", "…", "..."}


def calls(text):
    """Number of the line and words of each `loligo …` in code: spans, blocks, indented lines."""
    fenced, kept = False, ""
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(r"^\s*(```|~~~)", line):
            fenced, kept = not fenced, ""
            continue
        if not fenced and not line.startswith("    "):
            for span in SPAN.findall(line):
                yield number, span
            continue
        line = kept + line.strip()
        kept = line[:-1] + " " if line.endswith("\\") else ""
        found = re.match(r"(?:mpirun [^#]*? )?(?:\S*/)?loligo (.*)", line)
        if found and not kept:
            yield number, "loligo " + found[1]


def faults(page, text, table):
    commands = {c["name"]: {o["name"] for o in c["options"]} for c in table["commands"]}
    groups = {name.split()[0] for name in commands if " " in name}
    shared = {o["name"] for o in table["common_options"]} | {"help", "version"}
    for number, call in calls(text):
        for part in re.split(r" #| \| | && | \|\| |; ", call)[:1]:
            words = part.split()[1:]
            # "loligo axon simulate|sample": the first of the choice
            words = [w.split("|")[0].rstrip(".,;:") if k < 2 else w for k, w in enumerate(words)]
            if not words or words[0] in ANYTHING or words[0].startswith("-"):
                continue
            name = " ".join(words[:2]) if " ".join(words[:2]) in commands else words[0]
            if name in groups and name not in commands and (len(words) == 1 or words[1] in ANYTHING or words[1].startswith("-")):
                continue
            if name not in commands:
                yield f"{page}:{number}: there is no command 'loligo {' '.join(words[:2])}'"
                continue
            for option in OPTION.findall(part):
                if option not in commands[name] | shared:
                    yield f"{page}:{number}: loligo {name} has no option --{option}"
