"""A process manager: runs the program once for each port. manager.py PROGRAM OWN|SHARED PORT...

OWN gives each its own process group, as supervisord does; SHARED does not, as a shell script."""

import subprocess
import sys

program, groups, ports = sys.argv[1], sys.argv[2], sys.argv[3:]
children = [
    subprocess.Popen(
        [sys.executable, "-IB", program, "--port", port], start_new_session=groups == "OWN"
    )
    for port in ports
]
print(*[child.pid for child in children], flush=True)
for child in children:
    child.wait()
