"""A client that does not live long: connects to ADDRESS PORT, stays for half a second, goes."""

import socket
import sys
import time

with socket.create_connection((sys.argv[1], int(sys.argv[2]))):
    time.sleep(0.5)
