"""Every option and command is in all completions and in the manual, and nothing else is.

tables_test.py TTQ TTRACERD COMPLETIONS MAN: the two programs, and two directories. It reads the
files; what shells make of them is for shells_test.py.
"""

import pathlib
import re
import subprocess
import sys
import unittest

import tables

TTQ, TTRACERD, COMPLETIONS, MAN = (pathlib.Path(argument) for argument in sys.argv[1:5])
PROGRAMS = {"ttq": TTQ, "ttracerd": TTRACERD}
PAGES = {"ttq": ["ttq.1", "ttq-pki.1"], "ttracerd": ["ttracerd.8"]}
FILES = {"bash": "{}", "zsh": "_{}", "fish": "{}.fish"}


def all_options(name):
    program = PROGRAMS[name]
    return {option for command in tables.commands(program)
            for option in tables.options(program, command)}


def completed_options(shell, name):
    text = (COMPLETIONS / FILES[shell].format(name)).read_text()
    if shell == "fish":
        lines = "\n".join(re.findall(r"^complete .*?(?= -d )", text, re.MULTILINE))
        return ({f"--{long}" for long in re.findall(r" -l (\S+)", lines)}
                | {f"-{short}" for short in re.findall(r" -s (\S+)", lines)})
    if shell == "zsh":
        return set(re.findall(r"^    '(?:\([^)]*\)|\*)(-[\w-]+)[=+]?\[", text, re.MULTILINE))
    return {word for words in re.findall(r"^    '\S+ -'\) choice=\((.*)\)", text, re.MULTILINE)
            for word in words.split()}


def complaint(program, command, option, value):
    """What it says of a line with that option that it would refuse in any case: none of these does
    anything."""
    end = {"ttracerd": ["--check-config", "--window", "7s"]}.get(program.name, ["a", "b"])
    if command in ("pki issue", "pki token"):
        end = []
    line = [*command.split(), option, *([value] if value else []), *end]
    done = subprocess.run([program, *line], capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


class Tables(unittest.TestCase):
    def test_help_is_understood(self):
        self.assertIn("pki issue", tables.commands(TTQ))
        self.assertEqual(tables.options(TTQ, "hosts")["-S"], "TIME")
        self.assertIsNone(tables.options(TTRACERD)["--once"])

    def test_completions_have_the_options_of_the_tables_and_no_other(self):
        for name in PROGRAMS:
            for shell in FILES:
                with self.subTest(name=name, shell=shell):
                    self.assertEqual(completed_options(shell, name), all_options(name))

    def test_the_manual_has_the_options_of_the_tables_and_no_other(self):
        for name, pages in PAGES.items():
            with self.subTest(name=name):
                told = set().union(*(tables.manual_options(MAN / page) for page in pages))
                self.assertEqual(told, all_options(name))

    def test_completions_have_every_command(self):
        for command in tables.commands(TTQ):
            for shell, file in FILES.items():
                with self.subTest(command=command, shell=shell):
                    text = (COMPLETIONS / file.format("ttq")).read_text()
                    path = ("ttq " + command).strip()
                    path = "_" + path.replace(" ", "_") if shell == "zsh" else path.replace(" ", "/")
                    self.assertTrue(re.search(rf"\b{path}\b", text))

    def test_the_manual_has_every_command(self):
        told = tables.manual_commands(MAN / "ttq.1") | tables.manual_commands(MAN / "ttq-pki.1")
        for command in tables.commands(TTQ):
            if command:
                self.assertIn(command.split()[-1], told)

    def test_no_option_is_completed_that_the_program_refuses(self):
        for name, program in PROGRAMS.items():
            for command in tables.commands(program):
                for option, value in tables.options(program, command).items():
                    with self.subTest(name=name, command=command, option=option):
                        told = complaint(program, command, option, "x" if value else None)
                        self.assertNotRegex(told, "no such option|it is not for ttq|not expected")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
