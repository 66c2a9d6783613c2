"""What the programs themselves say of their options and commands, and what the manual pages say."""

import re
import subprocess

OPTION = re.compile(r"^  (?: *)((?:-\w, ?)?--[a-z0-9][a-z0-9-]*)(?: ([A-Z]\S*))?  +\S", re.MULTILINE)
COMMAND = re.compile(r"^  ([a-z]+(?: [a-z]+)*)  +\S", re.MULTILINE)


def help_of(program, command=""):
    return subprocess.run([program, *command.split(), "--help"], check=True, text=True,
                          capture_output=True).stdout


def spellings(option):
    """ "-S, --since" in two. """
    return [piece.strip() for piece in option.split(",")]


def options(program, command=""):
    """Spelling -> what its value is called, or None; of one command."""
    return {spelling: value or None for option, value in OPTION.findall(help_of(program, command))
            for spelling in spellings(option)}


def section(text, title):
    found = re.search(rf"^{title}:\n(.*?)(?:\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] + "\n" if found else ""


def commands(program, command=""):
    """All below it, as they are typed: "pki", "pki issue"; and itself, which is "" at the top."""
    found = [command]
    for part in COMMAND.findall(section(help_of(program, command), "Commands")):
        found += commands(program, part)
    return found


def manual_options(page):
    """Spellings that head an item of its lists: ".It Fl S , Fl Fl since Ar time"."""
    found = set()
    for item in re.findall(r"^\.It (Fl .*)$", page.read_text(), re.MULTILINE):
        for name in re.findall(r"\bFl ((?:Fl )?-?\w[\w-]*)", item):
            long = name.startswith(("Fl ", "-"))
            found.add(("--" if long else "-") + name.removeprefix("Fl ").removeprefix("-"))
    return found


def manual_commands(page):
    return set(re.findall(r"^\.It Cm ([a-z]+)(?: Ar .*| Op .*)?$", page.read_text(), re.MULTILINE))
