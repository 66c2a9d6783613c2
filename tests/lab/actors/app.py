"""An HTTP server, dual-stack unless told. It asks its PostgreSQL at each request if it has one."""

import argparse
import http.server
import socket
import struct
import threading


class Database:
    """One held connection. PostgreSQL's protocol 3.0, as far as "SELECT 1" needs it."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.lock = threading.Lock()
        self.socket = socket.create_connection((host, int(port)))
        startup = struct.pack("!I", 196608) + b"user\0postgres\0\0"
        self.send(b"", startup)

    def send(self, kind, body):
        self.socket.sendall(kind + struct.pack("!I", len(body) + 4) + body)
        self.read_until_ready()

    def read_until_ready(self):
        kind = b""
        while kind != b"Z":
            kind, length = struct.unpack("!cI", self.read(5))
            body = self.read(length - 4)
            if kind == b"E":
                raise SystemExit(f"database: {body!r}")

    def read(self, length):
        data = b""
        while len(data) < length:
            piece = self.socket.recv(length - len(data))
            if not piece:
                raise SystemExit("database: closed")
            data += piece
        return data

    def ask(self):
        with self.lock:
            self.send(b"Q", b"SELECT 1\0")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    database = None

    def do_GET(self):
        if self.database:
            self.database.ask()
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128

    def __init__(self, address, port):
        self.address_family = socket.AF_INET if address else socket.AF_INET6
        super().__init__((address or "::", port), Handler)

    def server_bind(self):
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        socket.socket.bind(self.socket, self.server_address)


parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--address", default="")
parser.add_argument("--database", default="")
options = parser.parse_args()
if options.database:
    Handler.database = Database(options.database)
Server(options.address, options.port).serve_forever()
