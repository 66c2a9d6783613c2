"""A resolver that keeps its socket: asks ADDRESS for app.test by UDP, ten times a second.

resolve.py ADDRESS [unconnected]"""

import socket
import sys
import time

QUESTION = b"\x12\x34\x01\x00\x00\x01\0\0\0\0\0\0\x03app\x04test\0\0\x01\0\x01"

address = (sys.argv[1], 53)
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
unconnected = "unconnected" in sys.argv
if not unconnected:
    server.connect(address)
while True:
    server.sendto(QUESTION, address) if unconnected else server.send(QUESTION)
    if server.recv(512)[:2] == QUESTION[:2]:
        print("answered", flush=True)
    time.sleep(0.1)
