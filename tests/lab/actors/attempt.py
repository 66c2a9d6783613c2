"""Tries to connect to ADDRESS PORT, again and again, though nobody answers."""

import socket
import sys
import time

while True:
    try:
        socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=30)
    except OSError as error:
        print(error, flush=True)
        time.sleep(1)
