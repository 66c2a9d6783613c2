"""Clean Debian systems for the tests of packages, booted with their own systemd.

A *machine* is a directory that mmdebstrap filled, booted by systemd-nspawn: pid 1, units, users and
a journal of its own, no network but loopback, and the kernel of the host. It lives in a tmpfs that
only this process and its children see (a private mount namespace), and in a PID namespace whose first
process ends with its parent: what nspawn starts would outlive one that is killed. So nothing is left
behind however the test ends, but an empty directory of nspawn's in /run where it is killed.

mmdebstrap is given the sources of packages that the host's own apt uses.
"""

import ctypes
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

SKIPPED = 77
CLONE_NEWNS = 0x00020000
PR_SET_PDEATHSIG = 1
POWER_OFF = signal.SIGRTMIN + 4  # to pid 1, systemd(1)

libc = ctypes.CDLL(None, use_errno=True)


def skip(reason):
    print(f"skipped: {reason}", file=sys.stderr)
    sys.exit(SKIPPED)


def private_place():
    """A directory in memory that is gone with this process."""
    if os.geteuid() != 0:
        skip("machines are made by root")
    if libc.unshare(CLONE_NEWNS) != 0:
        skip("a mount namespace is not allowed here")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "ttq-packages", "/mnt"], check=True)
    return pathlib.Path("/mnt")


def need(*commands):
    for command in commands:
        if shutil.which(command, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
            skip(f"there is no {command}")


def sources():
    """Files that say where the host's apt finds packages."""
    apt = pathlib.Path("/etc/apt")
    found = [apt / "sources.list", *sorted(apt.glob("sources.list.d/*"))]
    return [str(file) for file in found
            if file.suffix in (".list", ".sources") and file.is_file() and is_debians(file)]


def is_debians(file):
    """Has the release's own suite; others' packages have no place in a clean system."""
    words = file.read_text(encoding="utf-8").split()
    return suite() in words and "main" in words


def suite():
    for line in pathlib.Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    return skip("the host's release has no code name")


def make_root(directory, packages):
    command = ["mmdebstrap", "--quiet", "--variant=minbase", "--include=" + ",".join(packages)]
    made = subprocess.run([*command, suite(), str(directory), *sources()],
                          capture_output=True, text=True, check=False)
    if made.returncode != 0:
        sys.exit(f"mmdebstrap: {made.stderr[-2000:]}")


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def children(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(word) for word in text.split()]


class Machine:
    """A root that has booted; with `with`, it is powered off in the end."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.nspawn = None
        self.leader = None

    def __enter__(self):
        # nspawn keeps from its systems what any host lets its services do.
        calls = "bpf landlock_create_ruleset landlock_add_rule landlock_restrict_self"
        bound = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
        command = [*bound, "systemd-nspawn", "--quiet", "--boot", f"--system-call-filter={calls}", "--directory", str(self.root),
                   "--machine", f"ttq-{os.getpid()}", "--private-network", "--capability=all",
                   "--register=no", "--keep-unit", "--link-journal=no", "--console=pipe"]
        self.log = open(self.root.with_suffix(".console"), "wb")  # pylint: disable=R1732
        self.nspawn = subprocess.Popen(  # pylint: disable=R1732,W1509
            command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent)
        try:
            self.leader = self.await_leader()
            self.await_boot()
        except BaseException:
            self.nspawn.kill()
            raise
        return self

    def __exit__(self, *_):
        if self.leader is not None and self.nspawn.poll() is None:
            os.kill(self.leader, POWER_OFF)
        try:
            self.nspawn.wait(60)
        except subprocess.TimeoutExpired:
            self.nspawn.kill()
            self.nspawn.wait()
        self.log.close()

    def await_leader(self):
        for _ in range(300):
            if self.nspawn.poll() is not None:
                skip("no system boots here: " + self.console()[-1000:])
            # unshare's child is nspawn, and its child the system.
            for nspawn in children(self.nspawn.pid):
                for leader in children(nspawn):
                    return leader
            time.sleep(0.1)
        return sys.exit("nspawn: no pid 1: " + self.console()[-1000:])

    def await_boot(self):
        for _ in range(600):
            # Until pid 1 is there, there is nothing to enter, either.
            state = self.run("systemctl is-system-running").stdout.strip()
            if state in ("running", "degraded"):
                return
            time.sleep(0.1)
        sys.exit("nspawn: the system does not come up: " + self.console()[-2000:])

    def console(self):
        return self.root.with_suffix(".console").read_text(encoding="utf-8", errors="replace")

    def run(self, script, **options):
        """A shell script in it, as root."""
        enter = ["nsenter", "--target", str(self.leader), "--mount", "--uts", "--ipc", "--net",
                 "--pid", "--cgroup", "--root"]
        clean = ["env", "--chdir=/root", "-i", "HOME=/root", "LC_ALL=C.UTF-8",
                 "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive"]
        return subprocess.run([*enter, *clean, "sh", "-c", script], capture_output=True, text=True,
                              check=False, timeout=120, stdin=subprocess.DEVNULL, **options)

    def must(self, script):
        """What it prints; the test ends where it fails."""
        done = self.run(script)
        if done.returncode != 0:
            journal = self.run("journalctl -b --no-pager -n 40").stdout
            sys.exit(f"{script}: status {done.returncode}\n{done.stdout}{done.stderr}\n{journal}")
        return done.stdout.strip()

    def start_traffic(self):
        """Units `server`, on port 8080, and `client`, which keeps a connection to it."""
        self.must("systemd-run --quiet --unit=server python3 -m http.server 8080")
        self.must("systemd-run --quiet --unit=client bash -c 'until exec 3<>/dev/tcp/127.0.0.1/8080;"
                  " do sleep 0.1; done; read -r <&3'")


class Report:
    """What was looked at, a line each, and the exit status that follows."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, claim, holds, seen=""):
        self.passed += bool(holds)
        self.failed += not holds
        print(f"{'ok' if holds else 'NOT OK'}  {claim}" + (f": {seen}" if seen != "" else ""),
              flush=True)

    def equal(self, claim, seen, right):
        self.check(claim, seen == right, seen if seen == right else f"{seen!r}, not {right!r}")

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)
