#!/usr/bin/env python3
"""Whether the hardening that meson.build asks for has arrived in a program.

hardening.py [--without fortify] PROGRAM...  prints what a program lacks, a line each, and ends with
1 if it lacks anything; without readelf, or with --skip REASON, it says why it did not look (77).

Read from the ELF file: how it is laid out and loaded, which checks of the C and C++ libraries it
calls, and on x86-64 how our own functions begin and how large frames are made. The property note
that turns on indirect branch tracking cannot be promised: the linker gives it only if all that is
linked has it, and Debian's crt1.o has none.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

SKIPPED = 77
ENDBR64 = bytes.fromhex("f30f1efa")
# How gcc and clang touch a page before they go on to the next: or, or mov, of 0 at (%rsp).
PROBES = (bytes.fromhex("48830c2400"), bytes.fromhex("48c7042400000000"))

SEGMENT = re.compile(
    r"^ +([A-Z_]+) +(0x\w+) (0x\w+) 0x\w+ (0x\w+) 0x\w+ ([R ][W ][E ])", re.MULTILINE)
SYMBOL = re.compile(r"^ *\d+: (\w+) +\w+ +(\w+) +(\w+) +\w+ +(\w+) (\S+)", re.MULTILINE)


class Program:
    """`dump` is what readelf says of it, `image` are the bytes of its file."""

    def __init__(self, dump, image):
        self.dump = dump
        self.image = image
        self.segments = [(kind, int(offset, 16), int(address, 16), int(size, 16), flags)
                         for kind, offset, address, size, flags in SEGMENT.findall(dump)]
        self.symbols = SYMBOL.findall(dump)

    def says(self, pattern):
        return re.search(pattern, self.dump, re.MULTILINE) is not None

    def has_symbol(self, pattern):
        return any(re.search(pattern, symbol[4]) for symbol in self.symbols)

    def flags_of(self, kind):
        return [flags for is_of, _, _, _, flags in self.segments if is_of == kind]

    def code_at(self, address, size):
        for kind, offset, begin, length, _ in self.segments:
            if kind == "LOAD" and begin <= address < begin + length:
                start = offset + address - begin
                return self.image[start:start + size]
        return b""

    def own_functions(self):
        """(name, address) of those that other files may call."""
        for value, kind, binding, place, name in self.symbols:
            own = re.match(r"_ZNK?3ttq", name) or name == "main"
            if own and kind == "FUNC" and binding == "GLOBAL" and place != "UND":
                yield name, int(value, 16)


def layout_faults(program):
    if not program.says(r"^ +Type: +DYN") or not program.says(r"\(FLAGS_1\).*\bPIE\b"):
        yield "its place in memory is fixed: no PIE"
    if not program.flags_of("GNU_RELRO"):
        yield "its relocations stay writable: no RELRO"
    if not program.says(r"\(FLAGS(_1)?\).*\b(BIND_)?NOW\b"):
        yield "functions are looked up as they are called: no BIND_NOW"
    if not program.flags_of("GNU_STACK") or "E" in program.flags_of("GNU_STACK")[0]:
        yield "its stack is executable"
    if any("W" in flags and "E" in flags for flags in program.flags_of("LOAD")):
        yield "a segment is writable and executable"
    if program.says(r"\((RPATH|RUNPATH)\)"):
        yield "it looks for libraries in a place of its own: RPATH or RUNPATH"
    if program.says(r"\(TEXTREL\)"):
        yield "its code is changed as it is loaded: TEXTREL"


def library_faults(program, without):
    if not program.has_symbol(r"^__stack_chk_fail\b"):
        yield "no stack is guarded: no __stack_chk_fail"
    if "fortify" not in without and not program.has_symbol(r"^__(?!stack)\w+_chk\b"):
        yield "no call is fortified: no __*_chk"
    # Before gcc 12 it was a function in the program itself.
    if not program.has_symbol(r"__glibcxx_assert_fail|__replacement_assert"):
        yield "libstdc++ asserts nothing: no __glibcxx_assert_fail"


def code_faults(program):
    if not program.says(r"^ +Machine: .*X86-64"):
        return
    functions = list(program.own_functions())
    if not functions:
        yield "it has no symbols: how its functions begin cannot be seen"
    bare = [name for name, address in functions
            if program.code_at(address, len(ENDBR64)) != ENDBR64]
    if bare:
        yield f"{len(bare)} of {len(functions)} functions begin without endbr64: {bare[0]} ..."
    code = [program.code_at(address, size)
            for kind, _, address, size, flags in program.segments
            if kind == "LOAD" and "E" in flags]
    if not any(probe in piece for piece in code for probe in PROBES):
        yield "large frames may jump over the guard page: no stack probe"


def faults(program, without=()):
    return [*layout_faults(program), *library_faults(program, without), *code_faults(program)]


def read(path):
    dump = subprocess.run(["readelf", "-W", "-h", "-l", "-d", "-s", path],
                          check=True, capture_output=True, text=True).stdout
    return Program(dump, pathlib.Path(path).read_bytes())


def skip(reason):
    print(f"hardening is not looked at: {reason}")
    return SKIPPED


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--without", action="append", default=[], choices=["fortify"])
    arguments.add_argument("--skip", metavar="REASON")
    arguments.add_argument("program", nargs="*")
    given = arguments.parse_args()
    if given.skip:
        return skip(given.skip)
    if not shutil.which("readelf"):
        return skip("there is no readelf")
    found = [f"{path}: {fault}" for path in given.program
             for fault in faults(read(path), given.without)]
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
