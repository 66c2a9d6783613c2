#!/usr/bin/env python3
"""What our Prometheus examples say, held against a daemon that runs, and against promtool.

prometheus.py names|promtool EXAMPLES TTRACERD TTQ  `names`: each metric in the examples is one that
the daemon has. `promtool`: the examples and what the daemon tells are well by Prometheus's own
checks; ends with 77 where there is no promtool.
"""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
PATIENCE = 60  # seconds, for a daemon on a busy machine to answer
CREDENTIALS = "/etc/prometheus/ttracerd"  # where the example has them


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **options).stdout


def make_credentials(ttq, place):
    """Directories of credentials of a host, which is called localhost, and of who may ask it."""
    pki = place / "pki"
    host, client = pki / "hosts/localhost", pki / "clients/prometheus"
    run(ttq, "pki", "init", "--pki", pki)
    run(ttq, "pki", "issue", "localhost", "127.0.0.1", "--pki", pki)
    run(ttq, "pki", "issue", "--client", "prometheus", "--pki", pki)
    with open(host / "tokens", "w", encoding="ascii") as known:
        (client / "token").write_text(run(ttq, "pki", "token", "prometheus", stderr=known))
    (host / "tokens").chmod(0o600)
    return host, client


def get(path, target):
    """The answer of an HTTP server behind a UNIX socket, which ends as the connection does."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.sendall(f"GET {target} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
        head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
    return body.decode() if head.split()[1:2] == [b"200"] else None


@contextlib.contextmanager
def daemon(ttracerd, place, credentials, *options):
    """The UNIX socket of a daemon that has a certificate, and so every figure there is."""
    command = [ttracerd, "--config", place / "ttracerd.toml", "--store", place / "store"]
    command += ["--listen", f"unix:{place}/api.sock", "--tls", credentials, "--flush", "100ms", *options]
    (place / "ttracerd.toml").touch()
    if os.geteuid() == 0:
        command += ["--user", "root"]
    process = subprocess.Popen(command)
    try:
        yield place / "api.sock", process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def await_metrics(api, process):
    """The text of /metrics, once everything is in it that comes with the first looks."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            text = get(api, "/metrics")
            if text and "ttracerd_achieved_interval_seconds " in text:
                return text
        time.sleep(0.1)
    raise AssertionError("the daemon tells no metrics")


def check_names(examples, text):
    """Whether all metrics in the examples are there, and all alerts have a test that sees them."""
    there = set(re.findall(r"^# TYPE (\w+) ", text, re.M))
    wrong = []
    for example in sorted(examples.glob("*.yml")):
        named = set(re.findall(r"\bttracerd_\w+", example.read_text()))
        wrong += [f"{example.name}: the daemon has no {name}" for name in sorted(named - there)]
    alerts = re.findall(r"- alert: (\w+)", (examples / "alerts.yml").read_text())
    tested = (examples / "alerts_test.yml").read_text()
    assert alerts and there, "there is nothing to look at"
    wrong += [f"no test sees {name} fire" for name in alerts if f'alertname="{name}"' not in tested]
    assert not wrong, "\n" + "\n".join(wrong)


def fill_in(examples, client, place):
    """The examples as somebody would have them who has the credentials that they name."""
    own = place / "prometheus"
    shutil.copytree(examples, own)
    shutil.copytree(client, own / "ttracerd")
    scrape = own / "scrape.yml"
    scrape.write_text(scrape.read_text().replace(CREDENTIALS, str(own / "ttracerd")))
    return own


def check_by_promtool(own, text):
    for command in (
        ["check", "metrics"],
        ["check", "config", "scrape.yml"],
        ["check", "rules", "--lint=all", "--lint-fatal", "alerts.yml"],
        ["test", "rules", "alerts_test.yml"],
    ):
        print("promtool", *command, flush=True)
        subprocess.run(["promtool", *command], input=text, text=True, cwd=own, check=True)


def main(what, examples, ttracerd, ttq):
    if what == "promtool" and not shutil.which("promtool"):
        print("skipped: there is no promtool (Debian's package prometheus)")
        return SKIPPED
    examples = pathlib.Path(examples)
    with tempfile.TemporaryDirectory() as directory:
        place = pathlib.Path(directory)
        host, client = make_credentials(os.path.abspath(ttq), place)
        with daemon(os.path.abspath(ttracerd), place, host) as (api, process):
            text = await_metrics(api, process)
        if what == "names":
            check_names(examples, text)
        else:
            check_by_promtool(fill_in(examples, client, place), text)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
