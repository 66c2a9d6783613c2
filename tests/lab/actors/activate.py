"""Socket activation: listens on PORT, hands the listener to a program and keeps it open itself.

With a FILE as third argument, not before that is there.
"""

import os
import socket
import subprocess
import sys
import time

port, serve = int(sys.argv[1]), sys.argv[2]
listener = socket.create_server(("", port))
while len(sys.argv) > 3 and not os.path.exists(sys.argv[3]):
    time.sleep(0.05)
command = [sys.executable, "-IB", serve, "--port", str(port), "--fd", str(listener.fileno())]
child = subprocess.Popen(command, pass_fds=[listener.fileno()], start_new_session=True)
print(child.pid, flush=True)
child.wait()
