"""UDP without connect().

datagrams.py serve PORT [ADDRESS]            answers whatever comes, from a socket bound there
datagrams.py take PORT                       takes whatever comes, and does not ask from whom
datagrams.py send ADDRESS PORT [FROM ...]    sends ten datagrams a second, and waits for no answer;
                                             from each of these addresses in turn, if there are any"""

import socket
import sys
import time


def serve(port, address="0.0.0.0"):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, int(port)))
    print("serving", flush=True)
    while True:
        what, sender = server.recvfrom(512)
        server.sendto(what, sender)


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


{"serve": serve, "take": take, "send": send}[sys.argv[1]](*sys.argv[2:])
