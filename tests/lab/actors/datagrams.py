"""UDP without connect().

datagrams.py serve PORT [ADDRESS]            answers whatever comes, from a socket bound there
datagrams.py take PORT                       takes whatever comes, and does not ask from whom
datagrams.py sessions PORT                   answers each client from a socket that is connected to it
datagrams.py pass_on PORT                    answers once, and leaves the rest to another program, whose
                                             pid it tells; that one calls port 9 of each
                                             client from a socket of its own
datagrams.py join GROUP ADDRESS PORT         answers what comes to the group from a socket bound there
datagrams.py send ADDRESS PORT [FROM ...]    sends ten datagrams a second, and waits for no answer;
                                             from each of these addresses in turn, if there are any
datagrams.py ask ADDRESS PORT [FROM]         asks ten times a second from one socket, and hears answers,
                                             whoever sends them"""

import select
import socket
import subprocess
import sys
import time


def serve(port, address="0.0.0.0"):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, int(port)))
    print("serving", flush=True)
    while True:
        answer(server)


def answer(server):
    what, sender = server.recvfrom(512)
    server.sendto(what, sender)
    return sender


def go_on(descriptor):
    server = socket.socket(fileno=int(descriptor))
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    while True:
        own.sendto(b"gone on", (answer(server)[0], 9))


def pass_on(port):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("0.0.0.0", int(port)))
    print("serving", flush=True)
    answer(server)
    command = [sys.executable, "-IB", __file__, "go_on", str(server.fileno())]
    heir = subprocess.Popen(command, pass_fds=[server.fileno()], start_new_session=True)
    print(heir.pid, flush=True)
    heir.wait()


def share(port):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("0.0.0.0", int(port)))
    return made


def sessions(port):
    server = share(port)
    sockets = [server]
    print("serving", flush=True)
    while True:
        for ready in select.select(sockets, [], [])[0]:
            if ready is server:
                what, sender = server.recvfrom(512)
                sockets.append(share(port))
                sockets[-1].connect(sender)
                sockets[-1].send(what)
            else:
                ready.send(ready.recv(512))


def join(group, address, port):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("0.0.0.0", int(port)))
    both = socket.inet_aton(group) + socket.inet_aton(address)
    server.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, both)
    print("serving", flush=True)
    while True:
        answer(server)


def take(port):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("0.0.0.0", int(port)))
    print("taking", flush=True)
    while True:
        server.recv(512)


def send(address, port, *sources):
    senders = []
    for source in sources or [None]:
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        if source:
            sender.bind((source, 0))
        senders.append(sender)
    print("sending", flush=True)
    while True:
        for sender in senders:
            sender.sendto(b"hits:1|c", (address, int(port)))
        time.sleep(0.1)


def ask(address, port, source=None):
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if source:
        client.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(source))
    client.settimeout(0.1)
    print("asking", flush=True)
    while True:
        client.sendto(b"who is there", (address, int(port)))
        try:
            client.recvfrom(512)
            time.sleep(0.1)
        except TimeoutError:
            pass


manners = [serve, take, sessions, pass_on, go_on, join, send, ask]
{manner.__name__: manner for manner in manners}[sys.argv[1]](*sys.argv[2:])
