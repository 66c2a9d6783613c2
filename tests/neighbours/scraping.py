#!/usr/bin/env python3
"""A Prometheus that scrapes a daemon as our example says, by TLS: scraping.py EXAMPLES TTRACERD TTQ

By each job of the example: with a token, with a certificate and as a stranger; from a list, a file and
a web server. Ends with 77 where there is no Prometheus. All of it is on loopback.
"""

import contextlib
import functools
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from prometheus import PATIENCE, SKIPPED, await_metrics, daemon, fill_in, make_credentials

# What the example says, and what stands here in its place.
INVENTORY = "https://inventory.example/ttracerd/hosts.json"
EXPECTED = {
    ("ttracerd", "up"): 1,
    ("ttracerd", "nobody"): 0,
    ("ttracerd-by-file", "up"): 1,
    ("ttracerd-by-http", "up"): 1,
}


def free_port():
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


@contextlib.contextmanager
def web_server(directory):
    """Its port; it serves the files in there."""

    class Silent(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    answer = functools.partial(Silent, directory=str(directory))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), answer) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


@contextlib.contextmanager
def prometheus(own, place):
    """The port of one that has this configuration."""
    port = free_port()
    command = ["prometheus", f"--config.file={own}/scrape.yml", f"--storage.tsdb.path={place}/tsdb"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"]
    process = subprocess.Popen(command)
    try:
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def point_at(own, targets, inventory_port):
    """The example, for the daemon that runs here and a host where none does."""
    scrape = own / "scrape.yml"
    text = scrape.read_text()
    here = {"web1:18870": targets["up"], "db1:18870": targets["nobody"]}
    here[INVENTORY] = f"http://127.0.0.1:{inventory_port}/hosts.json"
    for said, instead in here.items():
        assert said in text, f"the example has no {said} any more"
        text = text.replace(said, instead)
    scrape.write_text("global: {scrape_interval: 1s, scrape_timeout: 1s}\n" + text)


def ask(port, query):
    """What Prometheus has of it: labels and value of each sample."""
    url = f"http://127.0.0.1:{port}/api/v1/query?query={query}"
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        found = json.load(answer)["data"]["result"]
    return [(sample["metric"], float(sample["value"][1])) for sample in found]


def scraped(port, targets):
    """By job and target, whether that was scraped."""
    names = {address: name for name, address in targets.items()}
    return {(s["job"], names.get(s["instance"])): value for s, value in ask(port, "up")}


def await_scrapes(port, targets):
    deadline = time.monotonic() + PATIENCE
    seen = {}
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            seen = scraped(port, targets)
            if seen == EXPECTED:
                return
        time.sleep(0.2)
    raise AssertionError(f"Prometheus sees {seen}, and not {EXPECTED}")


def main(examples, ttracerd, ttq):
    if not shutil.which("prometheus"):
        print("skipped: there is no prometheus")
        return SKIPPED
    targets = {"up": f"localhost:{free_port()}", "nobody": f"localhost:{free_port()}"}
    listen = targets["up"].replace("localhost", "127.0.0.1")
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as running:
        place = pathlib.Path(directory)
        host, client = make_credentials(os.path.abspath(ttq), place)
        own = fill_in(pathlib.Path(examples), client, place)
        (own / "ttracerd/hosts.json").write_text(json.dumps([{"targets": [targets["up"]]}]))
        point_at(own, targets, running.enter_context(web_server(own / "ttracerd")))
        await_metrics(*running.enter_context(
            daemon(os.path.abspath(ttracerd), place, host, "--listen", listen)))
        port = running.enter_context(prometheus(own, place))
        await_scrapes(port, targets)
        assert len(ask(port, "ttracerd_store_max_bytes")) == 3, "what was scraped has no metrics"
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
