"""Hears who calls, and answers nobody: record.py ADDRESS:PORT... Says "recording", then a line for
each connection."""

import select
import socket
import sys

listeners = []
for place in sys.argv[1:]:
    address, port = place.rsplit(":", 1)
    listeners.append(socket.create_server((address, int(port))))
print("recording", flush=True)
while True:
    for ready in select.select(listeners, [], [])[0]:
        connection, caller = ready.accept()
        place = ":".join(map(str, ready.getsockname()))
        print("heard at", place, flush=True)
        connection.close()
