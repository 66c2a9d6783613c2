#!/usr/bin/env python3
"""What firewalld and ufw make of the files that describe our port, by their own parsers.

firewalls.py firewalld|ufw DIRECTORY TTQ  Ends with 77 where that firewall's Python modules are
missing. Nothing is opened, and no firewall is asked for anything.
"""

import builtins
import os
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77


def usual_port(ttq):
    """That which ttq asks where nothing else is said, by its own help."""
    told = subprocess.run([ttq, "--help"], capture_output=True, text=True, check=True).stdout
    return re.search(r"--peer-port .*\(default: (\d+)\)", told)[1]


def firewalld(directory):
    """The ports that the service has; the parser raises what it does not like."""
    from firewall.core.io.service import service_reader

    service = service_reader("ttracerd.xml", directory)
    service.check_config(service.export_config())
    assert service.short == "ttracerd" and service.description, "it does not say what it is"
    others = service.protocols + service.source_ports + service.includes + service.modules
    assert not others, f"it lets in more than a port: {others}"
    return ["/".join(port) for port in service.ports]


def ufw(directory):
    """The ports of the profile, which ufw leaves out (and prints why) where it does not like it."""
    builtins._ = str  # gettext's, which ufw's program puts there
    import ufw.applications

    with tempfile.TemporaryDirectory() as profiles:
        shutil.copy(os.path.join(directory, "ttracerd.ufw"), os.path.join(profiles, "ttracerd"))
        found = ufw.applications.get_profiles(profiles)
    assert list(found) == ["ttracerd"], f"ufw knows these of our profiles: {list(found)}"
    assert ufw.applications.verify_profile("ttracerd", found["ttracerd"])
    return ufw.applications.get_ports(found["ttracerd"])


def main(firewall, directory, ttq):
    try:
        ports = {"firewalld": firewalld, "ufw": ufw}[firewall](directory)
    except ModuleNotFoundError as absent:
        print(f"skipped: {firewall} is not installed: {absent}")
        return SKIPPED
    expected = [usual_port(ttq) + "/tcp"]
    assert ports == expected, f"{firewall} would open {ports}, and ttq asks at {expected}"
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
