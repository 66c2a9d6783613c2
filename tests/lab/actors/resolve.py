"""A resolver: asks ADDRESS for app.test by UDP, ten times a second.

resolve.py ADDRESS [kept | anew | unconnected]

kept: over one connected socket; anew: over another one for each question."""

import socket
import sys
import time

QUESTION = b"\x12\x34\x01\x00\x00\x01\0\0\0\0\0\0\x03app\x04test\0\0\x01\0\x01"

address = (sys.argv[1], 53)
manner = sys.argv[2] if len(sys.argv) > 2 else "kept"


def open_socket():
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if manner != "unconnected":
        made.connect(address)
    return made


server = open_socket()
while True:
    server.sendto(QUESTION, address) if manner == "unconnected" else server.send(QUESTION)
    if server.recv(512)[:2] == QUESTION[:2]:
        print("answered", flush=True)
    if manner == "anew":
        server.close()
        server = open_socket()
    time.sleep(0.1)
