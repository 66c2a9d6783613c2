"""Stands where a ttracerd should, and means harm: hostile_peer.py HOW [PORT]

redirect  sends whoever asks to 10.0.0.3
elsewhere a report whose flows lead to where nobody may be asked
forged    a report of a host with the id and instance that it was asked to take: FORGED_HOST is the
          "host" of another's answer
escapes   a report with escape codes in every string
endless   a body of 1 GiB in chunks; says how much of it was taken
bomb      the same of blanks, compressed to a megabyte
deep      a million brackets
drip      a byte now and then
"""

import datetime
import json
import os
import socket
import sys
import threading
import time
import zlib

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
OWN = "10.0.0.2"
FORBIDDEN = ["127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0", "169.254.169.254", "100.100.100.200",
             "203.0.113.7", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::1", "fd00:ec2::254"]
EVIL = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\u2066\u200b\u2028\ufeff\U000e0041\"\\];}<b>&lt;\n%s"


def now(ago=0):
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=ago)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def flow(role, listen, port, client, text):
    return {"proto": "tcp", "role": role, "listen": {"address": listen, "port": port},
            "client": client, "peer": listen if role == "active" else client, "netns": 1,
            "process": {"id": "7.7.7", "name": text, "pgid": 7, "groups": 1, "exe": text, "uid": 0,
                        "unit": text, "container": text},
            "unknown_owner": None,
            "connections": {"now": 1, "max": 1, "opened": 1, "closed": 0, "failed": 0,
                            "pending": 0},
            "first_seen": now(60), "last_seen": now(1), "evidence": "event"}


def report(text, flows, forged=None):
    host = {"id": text, "instance": text, "name": text, "addresses": [OWN], "version": text,
            "probe": text, "probe_reason": text, "degradations": [text], "now": now()}
    host.update(forged or {})
    return {"host": host, "since": now(3600), "until": now(), "coverage": [], "recent": [],
            "listeners": [], "flows": flows, "next": None}


def served(text):
    """What the honest client has with us, so that the walk goes on from here."""
    return [flow("passive", OWN, 80, "10.0.0.1", text)]


def elsewhere():
    flows = served("liar") + [flow("active", "10.0.0.3", 6666, OWN, "liar")]
    for address in FORBIDDEN:
        flows.append(flow("active", address, 18870, OWN, "liar"))
        flows.append(flow("passive", OWN, 80, address, "liar"))
    return flows


def counted(body, more=b""):
    return HEAD + more + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


def send_report(connection, value):
    connection.sendall(counted(json.dumps(value).encode()))


def send_endless(connection):
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    sent = 0
    try:
        for _ in range(1024):
            connection.sendall(chunk)
            sent += len(chunk)
    finally:
        print("taken", sent >> 20, flush=True)


def bomb():
    """A block that was flushed decodes alike wherever it stands, so one is compressed for all."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    blanks = b" " * (1 << 20)
    first = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + block * 1022 + packer.flush()


def answer(connection, how):
    connection.recv(65536)
    if how == "redirect":
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.3/v1/flows\r\n"
                           b"Content-Length: 0\r\n\r\n")
    elif how == "elsewhere":
        send_report(connection, report("liar", elsewhere()))
    elif how == "forged":
        forged = json.loads(os.environ["FORGED_HOST"])
        send_report(connection, report("liar", served("liar"), {**forged, "now": now()}))
    elif how == "escapes":
        send_report(connection, report(EVIL, served(EVIL)))
    elif how == "endless":
        send_endless(connection)
    elif how == "bomb":
        connection.sendall(counted(BOMB, b"Content-Encoding: gzip\r\n"))
    elif how == "deep":
        connection.sendall(counted(b"[" * 1_000_000))
    elif how == "drip":
        connection.sendall(HEAD + b"Content-Length: 1000000\r\n\r\n")
        while True:
            connection.sendall(b" ")
            time.sleep(0.1)
    connection.recv(1)  # until the other side has had enough


def serve_one(connection, how):
    with connection:
        try:
            answer(connection, how)
        except OSError:
            pass  # the other side has had enough


BOMB = bomb() if sys.argv[1] == "bomb" else b""
listener = socket.create_server(("", int(sys.argv[2]) if len(sys.argv) > 2 else 18870))
while True:
    client, _ = listener.accept()
    threading.Thread(target=serve_one, args=[client, sys.argv[1]], daemon=True).start()
