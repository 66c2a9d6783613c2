#!/usr/bin/env python3
"""Who may include whom, and how long a file may be.

includes.py ROOT prints what breaks the table below, a line each, and ends with 1 if anything does.
A stage knows its input noun and its output noun (include/ttq), never its neighbour; a library is
known to one stage only. What is not in the table may not be included.
"""

import pathlib
import re
import sys

VOCABULARY = {
    f"ttq/{header.name}"
    for header in (pathlib.Path(__file__).parents[2] / "include/ttq").glob("*.h")
}

# Directories of src/ beside a directory's own, base/ and include/ttq.
STAGES = {
    "base": set(),
    "settings": set(),
    "confine": set(),
    "bpf": set(),
    "model": set(),
    "wire": {"model"},
    "tls": set(),
    "probe": {"model", "bpf"},
    "join": {"model", "bpf"},
    "flow": {"model"},
    "relay": {"model"},
    "store": {"model"},
    "api": {"model", "wire", "tls"},
    "walk": {"model", "wire", "tls"},
    "render": {"model", "wire"},
    # The programs put them together.
    "ttracerd": {"settings", "model", "wire", "tls", "confine", "probe", "join", "flow", "relay", "store", "api"},
    "ttq": {"settings", "model", "wire", "tls", "walk", "render"},
    # A program of the build, which tells shells of their options.
    "completions": {"ttq", "ttracerd"},
}
# What is shared of model/ is its spelling, the kernel's of an address, and what finds a host; its
# nouns are in include/ttq. Of bpf/ it is what its programs tell, and of the programs the tables of their options.
SHARED = {
    "model": {"model/spelling.h", "model/socket_address.h", "model/whereabouts.h"},
    "bpf": {"bpf/flow_event.h", "bpf/open_file.h"},
    "ttq": {"ttq/usage.h"},
    "ttracerd": {"ttracerd/options.h"},
}

LIBRARIES = {
    r"nlohmann/": {"wire"},
    r"httplib\.h": {"api"},
    r"rocksdb/": {"store"},
    r"libmnl/": {"probe"},
    r"bpf/": {"bpf", "join", "probe"},
    r"(flow|udp)_events\.skel\.h": {"probe"},  # these are made by the build, of src/bpf
    r"open_files\.skel\.h": {"join"},
    r"openssl/": {"tls", "ttracerd"},
    r"seccomp\.h|sys/capability\.h": {"confine"},
    r"zlib\.h": {"api", "walk"},
    r"CLI/": {"ttracerd", "ttq"},
    r"toml\+\+/|toml\.hpp": {"settings"},
}
# The system's own headers: of C++, of C and POSIX, of the kernel.
SYSTEM = re.compile(r"[a-z_0-9]+|[a-z_0-9]+\.h|(arpa|linux|net|netinet|sys)/[a-z_0-9/]+\.h")

INCLUDE = re.compile(r'\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")')
MOST_LINES = 400
MOST_COLUMNS = 100
MOST_VOCABULARY = 1250


def library_fault(stage, header):
    for pattern, stages in LIBRARIES.items():
        if re.match(pattern, header):
            return None if stage in stages else f"<{header}> is not for {stage}"
    return None if SYSTEM.fullmatch(header) else f"<{header}> is in no table"


def stage_fault(stage, header):
    directory = header.split("/")[0]
    if directory == stage or (directory == "base" and stage != "vocabulary"):
        return None
    if header in VOCABULARY:
        return None
    if directory not in STAGES.get(stage, set()):
        if directory == "ttq":
            return f'"{header}" is no noun of the vocabulary'
        return f'"{header}" is not for {stage}'
    if header not in SHARED.get(directory, {header}):
        return f'"{header}" is the own affair of {directory}'
    return None


def length_faults(path, lines):
    if len(lines) > MOST_LINES:
        yield f"{path}: {len(lines)} lines"


def faults_of(path, stage):
    lines = path.read_text().splitlines()
    yield from length_faults(path, lines)
    for number, line in enumerate(lines, 1):
        if len(line) > MOST_COLUMNS:
            yield f"{path}:{number}: {len(line)} columns"
        if include := INCLUDE.match(line):
            system, own = include.groups()
            fault = library_fault(stage, system) if system else stage_fault(stage, own)
            if fault:
                yield f"{path}:{number}: {fault}"


def sources(directory):
    return sorted(p for p in directory.rglob("*") if p.suffix in (".h", ".cpp", ".c", ".py"))


def faults(root):
    for path in sources(root / "src"):
        yield from faults_of(path, path.relative_to(root / "src").parts[0])
    for path in sources(root / "tests"):  # whose lines may be as long as the data that they quote
        yield from length_faults(path, path.read_text().splitlines())
    vocabulary = sources(root / "include")
    for path in vocabulary:
        yield from faults_of(path, "vocabulary")
    length = sum(len(path.read_text().splitlines()) for path in vocabulary)
    if length > MOST_VOCABULARY:
        yield f"include/ttq: {length} lines, more than {MOST_VOCABULARY}"


if __name__ == "__main__":
    found = list(faults(pathlib.Path(sys.argv[1])))
    print(*found, sep="\n")
    sys.exit(1 if found else 0)
