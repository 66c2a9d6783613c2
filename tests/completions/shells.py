"""Asks a real shell what it offers for a command line.

Each has offers(file, line), which gives the words that the shell would offer where the line ends,
by the completions in that file. Nothing of the user's own configuration is read.
"""

import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

BASH_COMPLETION = pathlib.Path("/usr/share/bash-completion/bash_completion")
PATIENCE = 60  # seconds, for a busy machine; only a shell that hangs needs them


def environment(home):
    return {"HOME": str(home), "ZDOTDIR": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
            "TERM": "xterm", "XDG_CONFIG_HOME": str(home), "XDG_DATA_HOME": str(home),
            "HOSTFILE": f"{home}/hosts"}


class Home:
    """A directory of its own for a shell, which knows one host, and where nothing is made."""

    def __init__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.temporary.name)
        (self.path / ".ssh").mkdir()
        (self.path / ".ssh/known_hosts").write_text("known-host ssh-ed25519 AAAA\n")
        (self.path / "hosts").write_text("192.0.2.1 known-host\n")

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        ran = (self.path / "ran").exists()
        self.temporary.cleanup()
        assert not ran, "a command within a text was run"


def run(command, home):
    done = subprocess.run(command, env=environment(home), cwd=home, capture_output=True, text=True,
                          timeout=PATIENCE, check=False)
    if done.returncode or done.stderr:
        raise AssertionError(f"{command[0]} ended with {done.returncode}: {done.stderr}")
    return done.stdout


class Terminal:
    """An interactive shell behind a terminal of its own."""

    def __init__(self, command):
        self.own = Home()
        self.home = self.own.path
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.chdir(self.home)
            os.execvpe(command[0], command, environment(self.home))
        self.seen = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.file)
        self.own.__exit__()

    def type(self, text):
        os.write(self.file, text.encode())

    def do(self, command):
        """What is shown until it is done; typed in two pieces, the mark is not in what is typed."""
        self.type(command + "\n echo 'all ''done'\n")
        return self.wait_for("all done")

    def wait_for(self, pattern):
        """What was shown since the last time, up to the pattern."""
        end = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.seen, re.DOTALL)):
            if not select.select([self.file], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"waited for {pattern!r}, and saw {self.seen!r}")
            self.seen += os.read(self.file, 65536).decode(errors="replace")
        shown, self.seen = self.seen[:found.end()], self.seen[found.end():]
        return shown


class Bash:
    """As readline would call it: with "=" and ":" as words of their own."""

    name = "bash"
    ASK = """
      file=$1 line=$2 program=$3 package=$4
      shift 4
      if [[ -n $package ]]; then . "$package"; fi
      . "$file"
      COMP_LINE=$line COMP_POINT=${#line} COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
      "_$program" "$program" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
      if ((${#COMPREPLY[@]} > 0)); then printf '%s\\n' "${COMPREPLY[@]}"; fi
    """

    def __init__(self, package=False):
        self.package = BASH_COMPLETION if package else ""

    @staticmethod
    def pieces(line, breaks="=:"):
        """A word that only now begins is an empty one, but not behind a break."""
        found = re.findall(rf"[{breaks}]+|[^\s{breaks}]+", line)
        return found + ([""] if line[-1].isspace() else [])

    def offers(self, file, line):
        pieces = self.pieces(line)
        with Home() as home:
            return run(["bash", "--norc", "--noprofile", "-c", self.ASK, "bash", str(file), line,
                        pieces[0], str(self.package), *pieces], home).splitlines()


class Fish:
    name = "fish"

    def described_offers(self, file, line):
        """[(word, description)]"""
        with Home() as home:
            text = run(["fish", "--no-config", "-c", "source $argv[1]; complete --do-complete $argv[2]",
                        str(file), line], home)
        return [tuple((row + "\t").split("\t")[:2]) for row in text.splitlines()]

    def offers(self, file, line):
        return [word for word, _ in self.described_offers(file, line)]


class Zsh:
    """A shell with a terminal: the completion system runs within its line editor alone.

    What is offered is read where it is handed to the editor, by compadd; with -O, -A and -D that
    hands over nothing, but asks which words would match. One shell is asked all questions about the
    completions of one file.
    """

    name = "zsh"
    SETUP = """
      PS1=; unsetopt prompt_cr prompt_sp; unset zle_bracketed_paste; LISTMAX=1000
      setopt extendedglob; fpath=($HOME $fpath)
      stty columns 200 rows 500
      autoload -Uz compinit && compinit -u -D
      zstyle ':completion:*' list-separator '--'
      compadd() {
        local -a flags=(${argv[1,(i)(-|--)]})
        if (( ! ${#flags[(r)-[a-zA-Z]#[OAD]]} )); then
          local -a offered
          builtin compadd -O offered "$@"
          print -rl -- $offered >>$HOME/offered
        fi
        builtin compadd "$@"
      }
      ended() { print >$HOME/ended }
      bindkey '^I' list-choices
    """

    def __init__(self):
        self.terminals = {}

    def open(self, file):
        zsh = self.terminals[file] = Terminal(["zsh", "-f", "-i"])
        shutil.copy(file, zsh.home)
        (zsh.home / "setup").write_text(self.SETUP)
        zsh.do(" . $HOME/setup")
        return zsh

    def close(self):
        while self.terminals:
            self.terminals.popitem()[1].__exit__()

    def ask(self, file, line):
        """What was offered, and what the terminal has shown."""
        zsh = self.terminals.get(file) or self.open(file)
        offered, ended = zsh.home / "offered", zsh.home / "ended"
        offered.write_text("")
        ended.unlink(missing_ok=True)
        zsh.do(" comppostfuncs=(ended)")
        zsh.type(line + "\t")
        end = time.monotonic() + PATIENCE
        while not ended.exists():
            if time.monotonic() > end:
                raise AssertionError(f"zsh does not answer: {zsh.seen!r}")
            time.sleep(0.01)
        shown = zsh.do("\x15 :")
        return sorted({word for word in offered.read_text().splitlines() if word}), shown

    def offers(self, file, line):
        return self.ask(file, line)[0]
