"""Stands where a ttracerd should, and is none: bad_peer.py hang|garbage|huge|drip|close [PORT]"""

import socket
import sys
import threading
import time

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def answer(connection, how):
    if how == "hang":
        time.sleep(600)
    elif how == "garbage":
        connection.recv(65536)
        connection.sendall(HEAD + b"Content-Length: 20\r\n\r\n{]\xff\x00 not even text")
    elif how == "huge":
        connection.recv(65536)
        body = b'{"host": "' + b"x" * 10_000_000 + b'"}'
        connection.sendall(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    elif how == "drip":
        connection.recv(65536)
        connection.sendall(HEAD + b"Content-Length: 1000000\r\n\r\n")
        for _ in range(1_000_000):
            connection.sendall(b" ")
            time.sleep(0.1)
    connection.close()


def serve_one(connection, how):
    try:
        answer(connection, how)
    except OSError:
        pass  # the other side has had enough


port = int(sys.argv[2]) if len(sys.argv) > 2 else 18870
listener = socket.create_server(("", port))
while True:
    client, _ = listener.accept()
    threading.Thread(target=serve_one, args=[client, sys.argv[1]], daemon=True).start()
