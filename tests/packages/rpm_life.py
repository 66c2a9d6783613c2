#!/usr/bin/python3 -B
"""The life of the rpms in a clean system: rpm_life.py DIRECTORY-OF-MAKE-RPM

What they say of themselves; then install, run, upgrade and erase, by Debian's rpm and with systemd as
it is there. Ends with 0, 1 or, where no system can be booted, 77.

rpm is told not to look for what they require (--nodeps): its database knows nothing of Debian's
packages, which have the libraries, and are put into the system before. It has no word for a purge:
what an erased package has written stays, and is its administrator's to delete.
"""

import json
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import time

from machine import Machine, Report, make_root, need, private_place

PACKAGING = pathlib.Path(__file__).resolve().parents[2] / "packaging"
LIBRARIES = pathlib.Path(f"/usr/lib/{platform.machine()}-linux-gnu")
OF_THE_DAEMON = {"librocksdb", "libmnl", "libbpf"}
CONFIG = "/etc/ttracerd/ttracerd.toml"
# Data, configuration and keys; what systemd keeps of any unit; and the test's own.
KEPT = "/var/lib/ttracerd", "/etc/ttracerd", "/var/lib/systemd/", "/packages/"
RPM = "cd / && rpm --force-debian --nodeps"

# Of each file: owner, mode, and what rpm is to do with it ("cn": configuration, never replaced).
RIGHT = {
    "/usr/bin/ttq": "root root -rwxr-xr-x ",
    "/usr/sbin/ttracerd": "root root -rwxr-xr-x ",
    "/usr/lib/systemd/system/ttracerd.service": "root root -rw-r--r-- ",
    "/usr/lib/sysusers.d/ttracerd.conf": "root root -rw-r--r-- ",
    "/usr/lib/tmpfiles.d/ttracerd.conf": "root root -rw-r--r-- ",
    "/etc/ttracerd": "root root drwxr-xr-x ",
    "/etc/ttracerd/conf.d": "root root drwxr-xr-x ",
    "/etc/ttracerd/tls": "root ttracerd drwxr-x--- ",
    CONFIG: "root root -rw-r--r-- cn",
    "/etc/ttq": "root root drwxr-xr-x ",
    "/etc/ttq/peers.d": "root root drwxr-xr-x ",
    "/etc/ttq/ttq.toml": "root root -rw-r--r-- cn",
    "/usr/lib/firewalld/services/ttracerd.xml": "root root -rw-r--r-- ",
    "/usr/share/bash-completion/completions/ttq": "root root -rw-r--r-- ",
    "/usr/share/zsh/site-functions/_ttracerd": "root root -rw-r--r-- ",
    "/usr/share/man/man1/ttq.1.gz": "root root -rw-r--r-- d",
    "/usr/share/man/man8/ttracerd.8.gz": "root root -rw-r--r-- d",
    "/usr/share/doc/ttq/sbom.spdx.json": "root root -rw-r--r-- d",
    "/usr/share/doc/ttracerd/sbom.spdx.json": "root root -rw-r--r-- d",
    "/usr/share/licenses/ttq/LICENSE": "root root -rw-r--r-- l",
    "/usr/share/licenses/ttracerd/LICENSE": "root root -rw-r--r-- l",
}


def say(package, *options):
    return subprocess.run(["rpm", "--query", "--package", *options, str(package)],
                          capture_output=True, text=True, check=True).stdout


def find_package(directory, name):
    found = list(directory.glob(f"RPMS/*/{name}-[0-9]*.rpm"))
    if len(found) != 1:
        sys.exit(f"{directory}: {len(found)} packages {name}, not one: `make rpm` makes it")
    return found[0]


def libraries_of(package):
    """Names of the shared libraries that it requires, as rpm found them out."""
    return set(re.findall(r"(?m)^(lib[^ ()]+\.so[.\d]*)", say(package, "--requires")))


def look_at_needs(report, ttq, ttracerd):
    def stems(package):
        return {re.split(r"[-.]", name)[0] for name in libraries_of(package)}

    report.equal("of RocksDB, libmnl and libbpf ttq needs", stems(ttq) & OF_THE_DAEMON, set())
    report.equal("and ttracerd", stems(ttracerd) & OF_THE_DAEMON, OF_THE_DAEMON)
    report.check("ttracerd recommends ttq", "ttq" in say(ttracerd, "--recommends"))
    report.equal("ttq runs nothing when it is installed", say(ttq, "--scripts"), "")


def look_at_lists(report, *packages):
    row = r"[%{FILENAMES}\t%{FILEUSERNAME} %{FILEGROUPNAME} %{FILEMODES:perms} %{FILEFLAGS:fflags}\n]"
    listed = dict(line.split("\t") for package in packages
                  for line in say(package, "--queryformat", row).splitlines())
    for path, right in RIGHT.items():
        report.equal(path, listed.get(path), right)
    strange = [path for path in listed if not path.startswith(("/usr/", "/etc/ttracerd", "/etc/ttq", "/etc/ufw"))]
    report.equal("files in other places", strange, [])


def look_at_debuginfo(report, directory):
    """Symbols of both programs, and no word of where they were built."""
    for name in ("ttq", "ttracerd"):
        files = say(find_package(directory, f"{name}-debuginfo"), "--list")
        report.check(f"there are symbols of {name}", f"/{name}-" in files and ".debug" in files)
    sources = say(find_package(directory, "ttq-debugsource"), "--list")
    report.check("and what a debugger shows", "/src/ttracerd/collector.cpp" in sources)


def look_with_rpmlint(report, directory):
    packages = directory.glob("*RPMS/**/*.rpm")
    seen = subprocess.run(["rpmlint", "--config", PACKAGING / "rpm/rpmlint.toml", *packages,
                           PACKAGING / "rpm/ttq.spec"], capture_output=True, text=True, check=False)
    report.check("rpmlint has nothing to say", " 0 errors, 0 warnings" in seen.stdout,
                 "\n".join(line for line in seen.stdout.splitlines() if ": " in line))


def make_next(directory, place):
    """Both packages a release later, from what is compiled already, and with another configuration."""
    later = ["--short-circuit", "--define", "release_suffix .1", "--define", f"_rpmdir {place}/RPMS",
             "--define", f"_buildrootdir {place}", "--define", "debug_package %{nil}"]

    archive = shutil.copy(next(directory.glob("SOURCES/*.tar.gz")), place)

    def build(step):
        made = subprocess.run([PACKAGING / "make-rpm", archive, directory, step,
                               "--without", "check", *later], capture_output=True, text=True,
                              check=False)
        if made.returncode != 0:
            sys.exit(f"make-rpm {step}: {made.stdout[-1000:]}{made.stderr[-2000:]}")

    build("-bi")
    with next(place.glob(f"ttq-*{CONFIG}")).open("a", encoding="utf-8") as config:
        config.write("# Of the next release.\n")
    build("-bb")
    return [find_package(place, name) for name in ("ttq", "ttracerd")]


def debian_packages(libraries):
    """Those that have the libraries on this system, wherever below / they say that they put them."""
    files = [(LIBRARIES / library).resolve() for library in libraries]
    names = [f"*/{LIBRARIES.name}/{file.name}" for file in files if file.exists()]
    found = subprocess.run(["dpkg", "--search", *names], capture_output=True, text=True, check=True)
    return sorted({line.partition(":")[0] for line in found.stdout.splitlines()})


def capabilities(machine, pid):
    return machine.must(f"grep CapPrm /proc/{pid}/status").split()[1]


def state(machine):
    return machine.run("systemctl is-active ttracerd").stdout.strip()


def flows(machine):
    """What the daemon told of the server on port 8080: who, and since when."""
    answer = json.loads(machine.must("curl -sS --max-time 20 --unix-socket /run/ttracerd/api.sock"
                                     " 'http://ttracerd/v1/flows?since=-1h&port=8080&role=passive'"))
    return {(flow["process"] or {}).get("name"): flow["first_seen"] for flow in answer["flows"]}


def eventually(ask, seconds=60):
    """The first answer that is not empty, or the last."""
    for _ in range(seconds * 5):
        if answer := ask():
            return answer
        time.sleep(0.2)
    return ask()


def install(machine, report, packages):
    done = machine.run(f"{RPM} --install " + " ".join(f"/packages/{p.name}" for p in packages))
    report.check("they install", done.returncode == 0 and "rror" not in done.stderr, done.stderr)
    report.equal("all is as it was packaged", machine.run(f"{RPM} --verify ttq ttracerd").stdout, "")
    for name, needs_rocksdb in (("ttq", False), ("ttracerd", True)):
        text = machine.must(f"cat /usr/share/doc/{name}/sbom.spdx.json")
        parts = {part["name"] for part in json.loads(text)["packages"]}
        report.check(f"{name} says what it is made of", name in parts and needs_rocksdb ==
                     any("rocksdb" in part for part in parts), ", ".join(sorted(parts)))
    report.check("group ttq has the daemon's user", "ttracerd" in machine.must("getent group ttq"))
    report.equal("nothing has been started", state(machine), "inactive")


def run(machine, report):
    """Started by its unit: as it says there, and asked by ttq."""
    machine.must("systemctl start ttracerd")
    collector = machine.must("systemctl show --value --property=MainPID ttracerd")
    server = machine.must(f"pgrep --parent {collector}")
    for name, pid in (("collector", collector), ("server", server)):
        report.equal(f"the {name} runs as", machine.must(f"ps -o user= -p {pid}"), "ttracerd")
        report.equal(f"its program is the package's, the {name}'s",
                     machine.must(f"readlink /proc/{pid}/exe"), "/usr/sbin/ttracerd")
    report.check("the collector has rights", int(capabilities(machine, collector), 16) != 0)
    report.check("the server has none", int(capabilities(machine, server), 16) == 0)
    report.equal("its socket", machine.must("stat -c '%U:%G %a' /run/ttracerd/api.sock"),
                 "ttracerd:ttq 660")
    machine.start_traffic()
    told = eventually(lambda: "python3" in (seen := machine.run("ttq impact :8080").stdout) and seen)
    report.check("ttq tells who leans on a server", told, told)


def upgrade(machine, report, packages):
    machine.must(f"echo 'host_name = \"edited\"' >>{CONFIG}")
    before = eventually(lambda: flows(machine))
    machine.must("systemctl stop server client")
    was = machine.must("systemctl show --value --property=MainPID ttracerd")
    done = machine.run(f"{RPM} --upgrade " + " ".join(f"/packages/{p.name}" for p in packages))
    report.equal("they upgrade", done.returncode, 0)
    report.check("and say what became of the new configuration", "rpmnew" in done.stderr, done.stderr)
    report.equal("one release is installed",
                 len(machine.must("rpm --query ttq ttracerd").splitlines()), 2)
    eventually(lambda: state(machine) == "active")
    report.equal("the daemon runs", state(machine), "active")
    report.check("and is another process",
                 was != machine.must("systemctl show --value --property=MainPID ttracerd"))
    report.check("its windows are kept", before and before.items() <= flows(machine).items(), before)
    report.equal("the configuration is as it was edited",
                 machine.must(f"tail -n 1 {CONFIG}"), 'host_name = "edited"')
    report.equal("and in use", json.loads(machine.must(
        "curl -sS --unix-socket /run/ttracerd/api.sock http://ttracerd/v1/host"))["host"]["name"], "edited")
    report.check("the new one lies beside it", "Of the next" in machine.must(f"cat {CONFIG}.rpmnew"))


def erase(machine, report):
    machine.must("echo secret >/etc/ttracerd/tls/key.pem")
    done = machine.run(f"{RPM} --erase ttq ttracerd")
    report.equal("they are erased", done.returncode, 0)
    report.equal("the daemon has ended", machine.run("pgrep ttracerd").stdout, "")
    report.equal("rpm knows of none", machine.run("rpm --query --all").stdout, "")
    left = machine.must("find / -xdev -name '*ttracerd*' -o -xdev -name '*ttq*'").split()
    report.equal("elsewhere nothing is left", [path for path in left if not path.startswith(KEPT)], [])
    report.check("the store is kept", machine.must("ls -A /var/lib/ttracerd"))
    report.check("so is the edited configuration", machine.must(f"cat {CONFIG}.rpmsave"))
    report.equal("and a key", machine.must("cat /etc/ttracerd/tls/key.pem"), "secret")


def main(directory):
    need("rpm", "rpmbuild", "rpmlint", "mmdebstrap", "systemd-nspawn")
    place = private_place()
    report = Report()
    packages = [find_package(directory, name) for name in ("ttq", "ttracerd")]
    look_at_needs(report, *packages)
    look_at_lists(report, *packages)
    look_at_debuginfo(report, directory)
    look_with_rpmlint(report, directory)
    later = make_next(directory, place)

    root = place / "root"
    make_root(root, ["bash", "curl", "procps", "python3", "rpm", "systemd-sysv",
                     *debian_packages(libraries_of(packages[0]) | libraries_of(packages[1]))])
    (root / "packages").mkdir()
    for package in packages + later:
        shutil.copy(package, root / "packages")
    with Machine(root) as machine:
        install(machine, report, packages)
        run(machine, report)
        upgrade(machine, report, later)
        erase(machine, report)
    report.end()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]).resolve())
