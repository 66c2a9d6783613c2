"""What real shells offer.

shells_test.py SHELL TTQ TTRACERD COMPLETIONS HOSTILE: bash, bash-completion (bash, with that
package), zsh or fish; the two programs; the directory of their completions, and that of those whose
help is hostile. Where the shell is missing, it says so and is skipped (77).
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import shells
import tables

SKIPPED = 77
SHELLS = {
    "bash": (shells.Bash(), "{}"),
    "bash-completion": (shells.Bash(package=True), "{}"),
    "zsh": (shells.Zsh(), "_{}"),
    "fish": (shells.Fish(), "{}.fish"),
}
ASKED = sys.argv[1]
SHELL, FILE = SHELLS[ASKED]
TTQ, TTRACERD, COMPLETIONS, HOSTILE = (pathlib.Path(argument) for argument in sys.argv[2:6])
HOSTILE_TEXT = (r"""it's "x" [y]:z; $(touch ran) `touch ran` \n %d {a,b} * ~ !! # & | <a> $HOME""")


def file_of(program):
    return (HOSTILE if program == "hostile" else COMPLETIONS) / FILE.format(program)


def offers(line):
    return SHELL.offers(file_of(line.split()[0]), line)


def last_pieces(line):
    """Without what is in one word with it: the option of a value, the directory of a file."""
    return sorted({re.split(r"[=,/]", offer.rstrip("/"))[-1] for offer in offers(line)})


def words_by_refusal(program, command, option):
    """What the program itself says its value may be."""
    done = subprocess.run([program, *command.split(), option, "="], capture_output=True, text=True,
                          check=False)
    told = re.search(r"(?:is not|must be) ([\w, ]+)$", done.stderr.strip())[1]
    return sorted(re.split(r", | or ", told))


class Files(unittest.TestCase):
    CHECKS = {"bash": ["bash", "-n"], "zsh": ["zsh", "-n"], "fish": ["fish", "--no-execute"]}

    def check(self, command):
        for program in "ttq", "ttracerd", "hostile":
            done = subprocess.run([*command, file_of(program)], stdout=subprocess.PIPE, text=True,
                                  stderr=subprocess.STDOUT, check=False)
            self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_the_shell_can_read_them(self):
        self.check(self.CHECKS[SHELL.name])

    @unittest.skipUnless(SHELL.name == "bash" and shutil.which("shellcheck"),
                         "it is for bash, and wants shellcheck")
    def test_they_are_as_clean_as_our_own_scripts(self):
        self.check(["shellcheck"])


class Offers(unittest.TestCase):
    @classmethod
    def tearDownClass(cls):
        if ASKED == "zsh":
            SHELL.close()

    def test_each_command_has_the_options_of_its_help_and_no_other(self):
        for program in TTQ, TTRACERD:
            for command in tables.commands(program):
                line = " ".join([program.name, *command.split(), "-"])
                with self.subTest(line=line):
                    self.assertEqual(set(offers(line)), set(tables.options(program, command)))

    def test_commands_are_offered_where_they_stand(self):
        self.assertEqual(offers("ttq dep"), ["deps"])
        for command in tables.commands(TTQ):
            self.assertTrue(not command or command.split()[-1] in offers(f"ttq {command}"))
        self.assertEqual(sorted(offers("ttq pki ")), ["init", "issue", "token"])
        self.assertEqual(offers("ttq deps pk"), [])
        self.assertEqual(offers("ttq pki issue tok"), [])

    def test_words_are_those_that_the_program_takes(self):
        for command in "", "show", "deps", "impact", "hosts":
            for option in "-o", "--output", "--via":
                line = " ".join(["ttq", *command.split(), option, ""])
                with self.subTest(line=line):
                    self.assertEqual(sorted(offers(line)), words_by_refusal(TTQ, command, option))
        self.assertEqual(sorted(offers("ttracerd --probe ")),
                         words_by_refusal(TTRACERD, "", "--probe"))

    def test_a_value_may_be_in_one_word_with_its_option(self):
        self.assertEqual(last_pieces("ttq --output=j"), ["json"])
        self.assertEqual(last_pieces("ttq deps --via="), ["ssh", "tcp", "tls"])
        self.assertEqual([offer.removeprefix("-o") for offer in offers("ttq -oc")], ["classic"])

    def test_a_list_goes_on_behind_a_comma(self):
        self.assertEqual(last_pieces("ttq --allow "), ["any", "private"])
        self.assertEqual(last_pieces("ttq --allow private,a"), ["any"])

    def test_options_before_a_command_do_not_hide_it(self):
        self.assertEqual(offers("ttq --depth 3 --self -ojson imp"), ["impact"])
        self.assertEqual(offers("ttq --output=json dep"), ["deps"])
        self.assertEqual(offers("ttq --socket a:b dep"), ["deps"])

    def test_a_value_is_no_command(self):
        self.assertEqual(offers("ttq --process pki imp"), ["impact"])
        self.assertIn("--output", offers("ttq --process pki --o"))

    def test_a_value_of_which_nothing_is_known_is_left_to_the_user(self):
        for line in "ttq --depth ", "ttq --ipv4 ", "ttq --since ", "ttracerd --listen ":
            self.assertEqual(offers(line), [])

    def test_one_target_is_enough(self):
        for line in "ttq web1:443 ", "ttq deps web1 ", "ttq pki token ", "ttq stdio ":
            # Where nothing else is left, zsh offers options.
            self.assertEqual([offer for offer in offers(line) if not offer.startswith("-")], [])

    def test_behind_a_target_are_the_options_of_its_command(self):
        self.assertIn("--depth", offers("ttq web1 --d"))
        self.assertEqual(offers("ttq hosts web1:443 --outp"), ["--output"])
        self.assertEqual(sorted(offers("ttq pki issue web1 --d")), ["--days"])

    def test_behind_two_hyphens_there_are_no_options(self):
        self.assertEqual(offers("ttq deps -- --o"), [])

    def test_files_and_directories_are_told_apart(self):
        with tempfile.TemporaryDirectory() as name:
            (pathlib.Path(name) / "a_file").touch()
            (pathlib.Path(name) / "a_directory").mkdir()
            for option in "ttq --socket", "ttq stdio --socket", "ttracerd --config":
                self.assertEqual(last_pieces(f"{option} {name}/a_"), ["a_directory", "a_file"])
            for option in "ttq --tls", "ttq pki init --pki", "ttracerd --store", "ttq --tls=":
                line = option if option.endswith("=") else option + " "
                self.assertEqual(last_pieces(f"{line}{name}/a_"), ["a_directory"])

    def test_hosts_are_offered_as_targets(self):
        for command in "", "show ", "deps ", "impact ", "hosts ", "pki issue ", "pki issue web1 ":
            self.assertEqual(set(offers(f"ttq {command}known-")), {"known-host"})
        self.assertLessEqual({"impact", "known-host"}, set(offers("ttq ")))

    def test_users_and_groups(self):
        self.assertIn("root", offers("ttracerd --user roo"))
        self.assertIn("root", offers("ttracerd --group roo"))

    def test_operands_have_their_places(self):
        self.assertEqual(sorted(offers("hostile sub ")), ["alpha", "beta"])
        self.assertEqual(offers("hostile sub alpha "), ["gamma"])
        self.assertEqual(offers("hostile sub -- alpha gamma gamma "), ["gamma"])

    def test_help_is_text_whatever_is_in_it(self):
        self.assertIn("--word", offers("hostile -"))
        self.assertEqual(sorted(offers("hostile --word ")), ["one", "two"])
        self.assertIn("sub", offers("hostile "))
        if ASKED == "fish":
            described = SHELL.described_offers(file_of("hostile"), "hostile --f")
            self.assertEqual(described, [("--file", HOSTILE_TEXT), ("--flag", HOSTILE_TEXT)])
        if ASKED == "zsh":
            self.assertIn("-- " + HOSTILE_TEXT, SHELL.ask(file_of("hostile"), "hostile --fl")[1])


class Readline(unittest.TestCase):
    """Bash at a terminal, where the words are cut and put in by readline."""

    def typed(self, program, line, setup=":"):
        """The arguments that the program gets."""
        with shells.Terminal(["bash", "--norc", "--noprofile", "-i"]) as bash:
            package = f". {SHELL.package};" if SHELL.package else ""
            bash.do(f" PS1=; {setup}; {package} . {file_of(program)}; {program}() {{ printf '<%s>' \"$@\";"
                    " echo '.'; }")
            bash.type(line + "\n")
            return re.findall("<([^<>\r\n]*)>", bash.wait_for(r"<[^\r\n]*>\."))

    def test_what_is_chosen_takes_the_place_of_what_was_typed(self):
        self.assertEqual(self.typed("ttq", "ttq dep\t--out\tcl\t"), ["deps", "--output", "classic"])
        self.assertEqual(self.typed("ttq", "ttq pk\tis\t"), ["pki", "issue"])
        self.assertEqual(self.typed("ttracerd", "ttracerd --pro\te\t"), ["--probe", "ebpf"])

    def test_equals_signs_colons_and_commas_within_a_word(self):
        self.assertEqual(self.typed("ttq", "ttq --output=cl\t--socket a:b hos\t"),
                         ["--output=classic", "--socket", "a:b", "hosts"])
        self.assertEqual(self.typed("ttq", "ttq web1:443 --vi\tss\t"), ["web1:443", "--via", "ssh"])
        self.assertEqual(self.typed("ttq", "ttq --allow=10.0.0.0/8,pri\t"),
                         ["--allow=10.0.0.0/8,private"])
        self.assertEqual(self.typed("ttq", "ttq --via ssh known-\t"), ["--via", "ssh", "known-host"])

    def test_words_that_are_not_cut(self):
        whole = "COMP_WORDBREAKS=${COMP_WORDBREAKS//[=:]/}"
        self.assertEqual(self.typed("ttq", "ttq --output=cl\t--socket a:b hos\t", whole),
                         ["--output=classic", "--socket", "a:b", "hosts"])

    def test_a_file_with_a_blank_is_one_word(self):
        self.assertEqual(self.typed("ttq", "mkdir 'a b'\nttq --tls a\t dep\t"),
                         ["--tls", "a b/", "deps"])


def reason_to_skip():
    if not shutil.which(SHELL.name):
        return f"there is no {SHELL.name}"
    if ASKED == "bash-completion" and not shells.BASH_COMPLETION.exists():
        return f"there is no {shells.BASH_COMPLETION}"
    return None


if __name__ == "__main__":
    if reason := reason_to_skip():
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    if not ASKED.startswith("bash"):
        del Readline
    unittest.main(argv=sys.argv[:1])
