"""Tries to connect to ADDRESS PORT, again and again, though nobody answers; or COUNT times."""

import itertools
import socket
import sys
import time

address, port = sys.argv[1], int(sys.argv[2])
count = int(sys.argv[3]) if len(sys.argv) > 3 else None
for _ in itertools.repeat(None) if count is None else range(count):
    try:
        socket.create_connection((address, port), timeout=30)
    except OSError as error:
        print(error, flush=True)
        if count is None:
            time.sleep(1)
while True:
    time.sleep(60)
