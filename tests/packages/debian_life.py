#!/usr/bin/python3 -B
"""The life of the Debian packages in a clean system: debian_life.py DIRECTORY-OF-PACKAGES

Install, run, reload, upgrade, remove and purge, with systemd, dpkg and users as they are there.
Ends with 0, 1 or, where no system can be booted, 77.
"""

import json
import pathlib
import re
import statistics
import subprocess
import sys
import time

from machine import Machine, Report, make_root, need, private_place

CAPABILITIES = {"dac_read_search": 2, "net_admin": 12, "sys_ptrace": 19, "perfmon": 38, "bpf": 39}
OF_WATCHING = {"dac_read_search", "sys_ptrace", "perfmon", "bpf"}
MOST_MEMORY = 30  # MiB, of both processes
MOST_CPU = 0.003  # of a core
IDLE_SECONDS = 30
MOST_HELP = 20  # milliseconds


def field(deb, name):
    return subprocess.run(["dpkg-deb", "--field", str(deb), name], capture_output=True, text=True,
                          check=True).stdout.strip()


def find_package(directory, name):
    found = [deb for deb in pathlib.Path(directory).glob(f"{name}_*.deb")]
    if len(found) != 1:
        sys.exit(f"{directory}: {len(found)} packages {name}, not one")
    return found[0]


def needs_of(deb):
    """Names of the packages that it depends on, without versions."""
    return [re.split(r"[ (|:]", name.strip())[0] for name in field(deb, "Depends").split(",")]


def make_next(deb, place):
    """The same package under a higher version, as the next build of it would have."""
    tree = place / f"next-{deb.name}"
    subprocess.run(["dpkg-deb", "--raw-extract", str(deb), str(tree)], check=True)
    control = tree / "DEBIAN/control"
    text = control.read_text(encoding="utf-8")
    control.write_text(re.sub(r"(?m)^(Version: .*)$", r"\1+next", text), encoding="utf-8")
    made = place / f"next-{deb.name}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", str(tree), str(made)], check=True,
                   stdout=subprocess.DEVNULL)
    return made


def capabilities(text):
    held = int(text, 16)
    return {name for name, bit in CAPABILITIES.items() if held >> bit & 1}, held


def status_of(machine, pid):
    lines = machine.must(f"cat /proc/{pid}/status").splitlines()
    return {line.partition(":")[0]: line.partition(":")[2].strip() for line in lines}


def look_at_processes(machine, report):
    """User, capabilities and confinement of both, as the unit says."""
    collector = machine.must("systemctl show -P MainPID ttracerd")
    server = machine.must(f"pgrep -P {collector}")
    for name, pid, right in (("collector", collector, OF_WATCHING), ("server", server, set())):
        status = status_of(machine, pid)
        user = machine.must(f"ps -o user= -p {pid}")
        report.equal(f"the {name} runs as", user, "ttracerd")
        held, number = capabilities(status["CapPrm"])
        report.equal(f"capabilities of the {name}", held, right)
        report.check(f"and no other of the {name}", bin(number).count("1") == len(right))
        report.equal(f"no new privileges for the {name}", status["NoNewPrivs"], "1")
        report.equal(f"system calls of the {name} are filtered", status["Seccomp"], "2")
    return collector, server


def look_at_files(machine, report):
    for path, right in (("/var/lib/ttracerd", "ttracerd:ttracerd 750"),
                        ("/run/ttracerd", "ttracerd:ttracerd 755"),
                        ("/run/ttracerd/api.sock", "ttracerd:ttq 660"),
                        ("/etc/ttracerd", "root:root 755"),
                        ("/etc/ttracerd/ttracerd.toml", "root:root 644"),
                        ("/etc/ttracerd/tls", "root:ttracerd 750")):
        report.equal(path, machine.must(f"stat -c '%U:%G %a' {path}"), right)


def answer(machine, path):
    return json.loads(machine.must(
        f"curl -sS --max-time 20 --unix-socket /run/ttracerd/api.sock 'http://ttracerd{path}'"))


def install(machine, report, packages):
    done = machine.run("dpkg --install " + " ".join(f"/packages/{p.name}" for p in packages))
    report.check("the packages install", done.returncode == 0, done.stderr.strip())
    report.equal("the daemon runs", machine.run("systemctl is-active ttracerd").stdout.strip(),
                 "active")
    report.equal("and is started at boot",
                 machine.run("systemctl is-enabled ttracerd").stdout.strip(), "enabled")
    listening = machine.must("cat /proc/net/tcp /proc/net/tcp6")
    report.check("no port is open", " 0A " not in listening)


def ask(machine, report):
    """What is said of them to root, to a member of the group, and to others."""
    seen = ""
    for _ in range(100):
        seen = machine.run("ttq impact :8080").stdout
        if "1 connection" in seen:
            break
        time.sleep(0.2)
    hosts = machine.run("ttq hosts").stdout
    report.check("by events", "event" in hosts, hosts)
    tree = [line.split(" pgid=")[0] for line in seen.splitlines()[:2]]
    report.equal("ttq tells who leans on a server", [re.sub(r"^.*: ", "", line) for line in tree],
                 ["python3", "bash"])
    machine.must("useradd --create-home stranger; useradd --create-home --groups ttq member")
    report.equal("a member of the group may ask",
                 machine.run("su member -c 'ttq hosts >/dev/null'").returncode, 0)
    refused = machine.run("su stranger -c ttq")
    report.equal("others may not", refused.returncode, 1)
    report.check("and are told why", "Permission denied" in refused.stderr, refused.stderr.strip())


def memory(machine, pid, kind):
    """MiB."""
    rollup = machine.must(f"cat /proc/{pid}/smaps_rollup")
    return int(re.search(rf"(?m)^{kind}: +(\d+) kB", rollup).group(1)) / 1024


def idle(machine, report, pids):
    """What both processes take where nothing happens."""
    def ticks():
        stats = [machine.must(f"cat /proc/{pid}/stat").rpartition(")")[2].split() for pid in pids]
        return sum(int(words[11]) + int(words[12]) for words in stats)

    machine.must("systemctl stop server client")
    time.sleep(5)
    before, begun = ticks(), time.monotonic()
    time.sleep(IDLE_SECONDS)
    share = (ticks() - before) / 100 / (time.monotonic() - begun)
    report.check("CPU of both processes, idle", share < MOST_CPU, f"{share:.2%} of a core")
    rss, pss = ([memory(machine, pid, kind) for pid in pids] for kind in ("Rss", "Pss"))
    report.check("memory of both processes, what they share once", sum(pss) < MOST_MEMORY,
                 f"{sum(pss):.1f} MiB; RSS " + " and ".join(f"{size:.1f}" for size in rss))


def reload(machine, report):
    """A configuration that is wrong is refused, and one that is right is taken up."""
    pid = machine.must("systemctl show -P MainPID ttracerd")
    configuration = machine.root / "etc/ttracerd/conf.d/site.toml"
    configuration.write_text("retention = 'for ever'\n", encoding="utf-8")
    report.check("a wrong configuration is not reloaded",
                 machine.run("systemctl reload ttracerd").returncode != 0)
    report.equal("and leaves it running", machine.must("systemctl is-active ttracerd"), "active")
    configuration.write_text("host_name = 'renamed'\n", encoding="utf-8")
    machine.must("systemctl reload ttracerd")
    names = set()
    for _ in range(100):
        seen = machine.run("curl -sS --unix-socket /run/ttracerd/api.sock http://x/v1/host").stdout
        names.add(json.loads(seen)["host"]["name"] if seen.startswith("{") else "")
        if "renamed" in names:
            break
        time.sleep(0.1)
    report.check("a right one is taken up", "renamed" in names, ", ".join(sorted(names)))
    report.equal("by the same daemon", machine.must("systemctl show -P MainPID ttracerd"), pid)


def watchdog(machine, report):
    """A daemon that stands still is started again."""
    pid = machine.must("systemctl show -P MainPID ttracerd")
    report.equal("systemd waits for signs of life",
                 machine.must("systemctl show -P WatchdogUSec ttracerd"), "1min")
    machine.must("mkdir -p /run/systemd/system/ttracerd.service.d; printf '[Service]\\nWatchdogSec=3\\n'"
                 " >/run/systemd/system/ttracerd.service.d/quick.conf; systemctl daemon-reload;"
                 " systemctl restart ttracerd")
    pid = machine.must("systemctl show -P MainPID ttracerd")
    time.sleep(7)
    report.equal("gets them", machine.must("systemctl show -P MainPID ttracerd"), pid)
    machine.must(f"kill -STOP {pid}")
    now = pid
    for _ in range(200):
        now = machine.must("systemctl show -P MainPID ttracerd")
        if now not in (pid, "0") and machine.run("systemctl is-active ttracerd").returncode == 0:
            break
        time.sleep(0.1)
    report.check("and starts a daemon again that gives none", now not in (pid, "0"))
    machine.must("rm -r /run/systemd/system/ttracerd.service.d; systemctl daemon-reload;"
                 " systemctl restart ttracerd")


def credentials(machine, report):
    """A key that only systemd may read, TLS, and a walk with a certificate."""
    machine.must("ttq pki init && ttq pki issue here 127.0.0.1 && mkdir -p -m 700 /etc/credstore")
    for name in ("ca.pem", "certificate.pem", "key.pem"):
        machine.must(f"install -m 600 ~/.config/ttq/pki/hosts/here/{name} /etc/credstore/ttracerd.{name}")
    configuration = machine.root / "etc/ttracerd/conf.d/site.toml"
    configuration.write_text("listen = ['unix:/run/ttracerd/api.sock', '127.0.0.1:18870']\n",
                             encoding="utf-8")
    machine.must("systemctl restart ttracerd")
    asked = machine.run("ttq hosts 127.0.0.1 --via tls")
    report.check("with keys of systemd's it answers by TLS", asked.returncode in (0, 4),
                 asked.stdout + asked.stderr if asked.returncode not in (0, 4) else "")
    stranger = machine.run("curl -sk https://127.0.0.1:18870/v1/flows -o /dev/null -w '%{http_code}'")
    report.equal("but not everybody", stranger.stdout, "403")
    # The other way: where `ttq pki issue` says that they go.
    machine.must("rm -r /etc/credstore && tar -C ~/.config/ttq/pki/hosts/here -c . |"
                 " tar -C /etc/ttracerd/tls -xo && chmod -R u=rwX,g=rX,o= /etc/ttracerd/tls &&"
                 " chgrp -R ttracerd /etc/ttracerd/tls && systemctl restart ttracerd")
    asked = machine.run("ttq hosts 127.0.0.1 --via tls")
    report.check("and with those in /etc/ttracerd/tls", asked.returncode in (0, 4), asked.stderr)
    machine.must("chown root: /etc/ttracerd/tls/key.pem && chmod 600 /etc/ttracerd/tls/key.pem")
    refused = machine.run("systemctl reload ttracerd")
    report.check("a key that it cannot read is not reloaded", refused.returncode != 0)
    report.equal("and leaves it answering", machine.run("ttq hosts >/dev/null").returncode, 0)
    machine.must("rm /etc/ttracerd/tls/*.pem")


def windows_of(machine):
    """First moments of the flows of the server of before."""
    flows = answer(machine, "/v1/flows?port=8080&since=-1h")["flows"]
    return sorted((flow["role"], flow["first_seen"]) for flow in flows)


def upgrade(machine, report, packages):
    """The next build keeps windows and configuration, and runs in the place of the one before."""
    before = windows_of(machine)
    edited = machine.root / "etc/ttracerd/ttracerd.toml"
    edited.write_text(edited.read_text(encoding="utf-8") + "interval = '2s'\n", encoding="utf-8")
    pid = machine.must("systemctl show -P MainPID ttracerd")
    done = machine.run("dpkg --install " + " ".join(f"/packages/{p.name}" for p in packages))
    report.check("the next build installs", done.returncode == 0, done.stderr.strip())
    report.check("and runs", machine.run("systemctl is-active ttracerd").returncode == 0
                 and machine.must("systemctl show -P MainPID ttracerd") != pid)
    report.check("windows are kept", before and windows_of(machine) == before, before)
    report.check("so is the configuration", "interval = '2s'" in edited.read_text(encoding="utf-8"))
    report.check("and it is in use",
                 "interval = '2s'" in machine.must("ttracerd --print-config"))


def what_is_left(machine):
    """Files of ours, whosever they are, but for those of this test."""
    return machine.must(
        "find / -xdev \\( -path /proc -o -path /sys -o -path /packages -o -path /root -o -path /home"
        " -o -path /var/lib/dpkg -o -path /var/log -o -path /var/cache -o -path /etc/credstore"
        " -o -path /run \\) -prune -o \\( -iname '*ttracer*' -o -iname '*ttq*' -o -user ttracerd"
        " -o -group ttq \\) -print").split()


def remove_and_purge(machine, report):
    done = machine.run("dpkg --remove ttracerd ttq")
    report.check("the packages can be removed", done.returncode == 0, done.stderr.strip())
    report.check("nothing runs", machine.run("pgrep -x 'ttracerd.*'").returncode == 1)
    report.check("programs are gone", not (machine.root / "usr/sbin/ttracerd").exists())
    report.check("the data stay", (machine.root / "var/lib/ttracerd/db/CURRENT").exists())
    report.check("so does the configuration", (machine.root / "etc/ttracerd/ttracerd.toml").exists())
    machine.must("mount --bind /var/lib/ttracerd /var/lib/ttracerd")
    done = machine.run("dpkg --purge ttracerd ttq")
    report.check("they can be purged", done.returncode == 0, done.stderr.strip())
    report.equal("what was mounted is empty", machine.run("ls -A /var/lib/ttracerd").stdout, "")
    machine.must("umount /var/lib/ttracerd && rmdir /var/lib/ttracerd")
    report.equal("nothing is left", what_is_left(machine), [])
    report.equal("no unit has failed",
                 machine.run("systemctl --failed --plain --no-legend ttracerd.service").stdout, "")


def alone(place, report, ttq):
    """The command line on a workstation: what it draws in, and how soon it is there."""
    needed = needs_of(ttq)
    heavy = [name for name in needed if re.search("rocksdb|mnl|bpf", name)]
    report.equal("ttq needs no RocksDB, libmnl or libbpf", heavy, [])
    root = place / "alone"
    make_root(root, needed)
    subprocess.run(["dpkg", "--root", str(root), "--install", str(ttq)], check=True,
                   stdout=subprocess.DEVNULL)
    taken = []
    for _ in range(41):
        begun = time.monotonic()
        subprocess.run(["chroot", str(root), "/usr/bin/ttq", "--help"], check=True,
                       stdout=subprocess.DEVNULL)
        taken.append((time.monotonic() - begun) * 1000)
    # What the machine does beside makes it slower, and nothing makes it quicker.
    report.check("ttq --help is quick", min(taken) < MOST_HELP,
                 f"{min(taken):.1f} to {max(taken):.1f} ms, median {statistics.median(taken):.1f}")


def main(directory):
    need("mmdebstrap", "systemd-nspawn", "nsenter", "dpkg-deb")
    packages = [find_package(directory, name) for name in ("ttracerd", "ttq")]
    place = private_place()
    report = Report()
    alone(place, report, packages[1])
    root = place / "machine"
    needed = {name for package in packages for name in needs_of(package)} - {"ttq", "ttracerd"}
    make_root(root, sorted(needed | {"systemd-sysv", "dbus", "curl", "procps", "python3"}))
    following = [make_next(package, place) for package in packages]
    for package in [*packages, *following]:
        target = root / "packages" / package.name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(package.read_bytes())
    with Machine(root) as machine:
        install(machine, report, packages)
        machine.start_traffic()
        pids = look_at_processes(machine, report)
        look_at_files(machine, report)
        ask(machine, report)
        idle(machine, report, pids)
        reload(machine, report)
        watchdog(machine, report)
        credentials(machine, report)
        upgrade(machine, report, following)
        remove_and_purge(machine, report)
    report.end()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
