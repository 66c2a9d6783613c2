"""Socket activation: listens on PORT, hands the listener to a program and keeps it open itself."""

import os
import socket
import subprocess
import sys

port, serve = int(sys.argv[1]), sys.argv[2]
listener = socket.create_server(("", port))
command = [sys.executable, "-IB", serve, "--port", str(port), "--fd", str(listener.fileno())]
child = subprocess.Popen(command, pass_fds=[listener.fileno()], start_new_session=True)
print(child.pid, flush=True)
child.wait()
