"""Opens COUNT TCP connections to ADDRESS PORT and holds them: hold.py ADDRESS PORT COUNT"""

import socket
import sys
import time

address, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
held = [socket.create_connection((address, port)) for _ in range(count)]
print("held", flush=True)
while True:
    time.sleep(60)
