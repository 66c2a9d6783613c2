"""What packaging/sbom makes of this build: sbom_test.py SBOM.PY BUILD"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SBOM, BUILD = sys.argv[1:3]


# As an rpm system's answers, to the two questions that are asked of it.
RPM = """#!/bin/sh
case $* in
*--list*) echo /usr/include/header.h ;;
*/librocksdb*) printf 'rocksdb\\t9.1-2\\tx86_64\\trocksdb-9.1-2.src.rpm\\n' ;;
*) echo "file $5 is not owned by any package" ;;
esac
"""


def described(program, root, path=os.environ["PATH"]):
    subprocess.run(
        [sys.executable, "-B", SBOM, "--build", BUILD, "--target", f"src/{program}/{program}",
         "--version", "1.2-3", "--arch", "any", "--files", root, program, "sbom.json"],
        check=True, env={**os.environ, "SOURCE_DATE_EPOCH": "0", "PATH": path})
    return pathlib.Path(root, "sbom.json").read_text()


def libraries(text, relation):
    return " ".join(one["relatedSpdxElement"] for one in json.loads(text)["relationships"]
                    if one["relationshipType"] == relation)


class Sbom(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = scratch.name
        pathlib.Path(self.root, "file").write_text("what is shipped")

    def test_the_daemon_loads_the_libraries_that_the_command_does_without(self):
        ours = re.compile(r"rocksdb|libmnl")
        self.assertRegex(libraries(described("ttracerd", self.root), "DEPENDS_ON"), ours)
        self.assertNotRegex(described("ttq", self.root), ours)

    def test_the_same_package_has_the_same_document_and_another_has_not(self):
        first = described("ttq", self.root)
        self.assertEqual(first, described("ttq", self.root))
        pathlib.Path(self.root, "file").write_text("what is shipped a week later")
        names = [json.loads(text)["documentNamespace"] for text in (first, described("ttq", self.root))]
        self.assertNotEqual(*names)

    def test_it_has_the_time_of_the_source_and_what_is_compiled_in(self):
        told = described("ttq", self.root)
        self.assertEqual(json.loads(told)["creationInfo"]["created"], "1970-01-01T00:00:00Z")
        self.assertRegex(libraries(told, "CONTAINS").lower(), "cli11")
        self.assertRegex(libraries(told, "CONTAINS").lower(), "json")

    def test_where_there_is_no_dpkg_it_is_rpm_that_knows(self):
        programs = pathlib.Path(self.root, "bin")
        programs.mkdir()
        for program in ("ninja", "readelf", "ldd"):
            (programs / program).symlink_to(shutil.which(program))
        (programs / "rpm").write_text(RPM)
        (programs / "rpm").chmod(0o755)
        told = json.loads(described("ttracerd", self.root, path=str(programs)))
        rocksdb, = (one for one in told["packages"] if one["name"] == "rocksdb")
        self.assertRegex(rocksdb["externalRefs"][0]["referenceLocator"],
                         r"^pkg:rpm/\w+/rocksdb@9.1-2\?arch=x86_64$")
        self.assertEqual(rocksdb["licenseDeclared"], "Apache-2.0 OR GPL-2.0-only")
        self.assertRegex(libraries(json.dumps(told), "DEPENDS_ON"), r"libmnl\.so")


if __name__ == "__main__":
    if not shutil.which("dpkg-query") and not shutil.which("rpm"):
        print("skipped: neither dpkg nor rpm is there to know whose a file is")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
