"""Opens COUNT connections to ADDRESS:PORT and holds them. Says "held" when they stand."""

import argparse
import resource
import socket
import struct
import time


def startup(connection):
    """PostgreSQL's protocol 3.0: begins a session, and reads until the server is ready."""
    body = struct.pack("!I", 196608) + b"user\0postgres\0\0"
    connection.sendall(struct.pack("!I", len(body) + 4) + body)
    while not connection.recv(65536).endswith(b"Z\0\0\0\5I"):
        pass


parser = argparse.ArgumentParser()
parser.add_argument("address")
parser.add_argument("port", type=int)
parser.add_argument("count", type=int)
parser.add_argument("--udp", action="store_true")
parser.add_argument("--postgres", action="store_true", help="begin a session on each")
parser.add_argument("--half-close", action="store_true", help="say that no more will be sent")
options = parser.parse_args()

_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

kind = socket.SOCK_DGRAM if options.udp else socket.SOCK_STREAM
family = socket.AF_INET6 if ":" in options.address else socket.AF_INET
held = []
for _ in range(options.count):
    connection = socket.socket(family, kind)
    connection.connect((options.address, options.port))
    if options.postgres:
        startup(connection)
    if options.half_close:
        connection.shutdown(socket.SHUT_WR)
    held.append(connection)
print("held", flush=True)
while True:
    time.sleep(60)
