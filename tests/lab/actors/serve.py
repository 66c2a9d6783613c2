"""A TCP server that accepts, holds and says nothing, with the oddities that scenes ask for."""

import argparse
import os
import resource
import socket
import threading

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--address", default="0.0.0.0")
parser.add_argument("--comm", help="call itself that")
parser.add_argument("--fd", type=int, help="the listener was inherited as this descriptor")
parser.add_argument("--reuseport", action="store_true")
parser.add_argument("--no-accept", action="store_true", help="leave clients in the backlog")
parser.add_argument("--only", type=int, help="close the listener after so many clients")
parser.add_argument("--call", help="connect to ADDRESS:PORT, from the port that is listened on")
parser.add_argument("--thread", help="accept in a thread of that name")
options = parser.parse_args()

_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

held = []


def listener():
    if options.fd is not None:
        return socket.socket(fileno=options.fd)
    family = socket.AF_INET6 if ":" in options.address else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if options.reuseport or options.call:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    server.bind((options.address, options.port))
    server.listen(1024)
    return server


def call():
    address, port = options.call.rsplit(":", 1)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    client.bind((options.address, options.port))
    client.connect((address, int(port)))
    held.append(client)


def accept_all(server):
    if options.thread:
        with open(f"/proc/self/task/{threading.get_native_id()}/comm", "w") as comm:
            comm.write(options.thread)
    while options.only is None or len(held) < options.only:
        held.append(server.accept()[0])
    server.close()
    threading.Event().wait()


if options.comm:
    with open("/proc/self/comm", "wb") as comm:
        comm.write(os.fsencode(options.comm))  # whatever bytes
server = listener()
if options.call:
    call()
print("serving", flush=True)
if options.no_accept:
    threading.Event().wait()
acceptor = threading.Thread(target=accept_all, args=[server])
acceptor.start()
acceptor.join()
