#!/usr/bin/env python3
"""What a package is made of: an SPDX 2.3 document (https://spdx.github.io/spdx-spec/v2.3/), as JSON.

sbom.py --build DIR --target PROGRAM --version V --arch A [--files ROOT] PACKAGE OUTPUT

Read from the build, and from no list that somebody has to keep:
  libraries that are loaded   what the dynamic section of PROGRAM (a target of the build in DIR) needs
  libraries compiled in       packages whose headers went into its objects, as ninja remembers them,
                              and that have no library to link with
Who owns a file, and its version, is asked of dpkg, else of rpm; what neither knows is named after the
file, without a version. Of the libraries' licences only those of a table here are told.

With --files, OUTPUT lies below ROOT, and the checksums of all other files there are in the document,
but of DEBIAN/, which is not installed: call it when nothing changes them any more. The same package
gives the same bytes: the time is SOURCE_DATE_EPOCH, and the document's name comes from what it says.
"""

import argparse
import collections
import datetime
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import time
import urllib.parse
import uuid

MAKER = "Organization: ttq maintainers"
LICENSE = "Apache-2.0"
LICENSE_OF_BPF = "GPL-2.0-only OR BSD-2-Clause"

# By source package, as Debian or Fedora call it.
LICENSES = {
    "cli11": "BSD-3-Clause",
    "cpp-httplib": "MIT",
    "gcc": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "glibc": "LGPL-2.1-or-later",
    "json": "MIT",
    "libbpf": "LGPL-2.1-only OR BSD-2-Clause",
    "libcap": "BSD-3-Clause OR GPL-2.0-only",
    "libcap2": "BSD-3-Clause OR GPL-2.0-only",
    "libmnl": "LGPL-2.1-or-later",
    "libseccomp": "LGPL-2.1-only",
    "nlohmann-json3": "MIT",
    "openssl": "Apache-2.0",
    "rocksdb": "Apache-2.0 OR GPL-2.0-only",
    "tomlplusplus": "MIT",
    "zlib": "Zlib",
}
# The kernel's headers are its interface, and nothing of the kernel is in a program that has them.
INTERFACES = {"linux", "kernel", "kernel-headers"}

# Of a file: `kind` is deb or rpm, and empty where neither knows it.
Owner = collections.namedtuple("Owner", "kind name version arch source")


def output_of(*command):
    """What a program prints; it may fail, as dpkg does for a file that is nobody's."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          check=False, env={**os.environ, "LC_ALL": "C"})
    return done.stdout


def spellings(path):
    """A file of a system whose /lib is /usr/lib has several names, of which its package has one."""
    real = os.path.realpath(path)
    return {path, real, "/usr" + path, real.removeprefix("/usr")}


def owners_by_dpkg(paths):
    asked = {spelling: path for path in paths for spelling in spellings(path)}
    packages = {}
    for line in output_of("dpkg-query", "--search", *sorted(asked)).splitlines():
        package, _, path = line.partition(": ")
        if path in asked:
            packages[asked[path]] = package.split(",")[0]
    fields = "${binary:Package}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\n"
    asked = sorted(set(packages.values()))
    told = output_of("dpkg-query", "--show", "--showformat", fields, *asked) if asked else ""
    rows = [line.split("\t") for line in told.splitlines()]
    owners = {package: Owner("deb", *facts) for package, *facts in rows}
    return {path: owners[package] for path, package in packages.items()}


def owners_by_rpm(paths):
    fields = "%{NAME}\t%{VERSION}-%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\n"
    owners = {}
    for path in paths:
        told = output_of("rpm", "--query", "--queryformat", fields, "--file", path).split("\n")[0]
        if told.count("\t") == 3:
            *facts, source = told.split("\t")
            owners[path] = Owner("rpm", *facts, source.rsplit("-", 2)[0])
    return owners


def owners_of(paths):
    """The packages that own files, those that nobody owns under their own names."""
    owners = {}
    for program, ask in (("dpkg-query", owners_by_dpkg), ("rpm", owners_by_rpm)):
        if shutil.which(program):
            owners |= ask([path for path in paths if path not in owners])
    names = {os.path.basename(path) for path in paths if path not in owners}
    unknown = {Owner("", name, "", "", name) for name in names}
    return set(owners.values()) | unknown


def loaded_libraries(program):
    needed = re.findall(r"\(NEEDED\).*\[(.+)\]", output_of("readelf", "--dynamic", program))
    found = re.findall(r"(/\S+) \(0x", output_of("ldd", program))
    places = {os.path.basename(path): path for path in found}
    return [places[name] for name in needed]


def objects_of(build, target):
    commands = output_of("ninja", "-C", build, "-t", "commands", target)
    return sorted(set(re.findall(r" -o (\S+\.o)\b", commands)))


def headers_of(build, objects):
    """One of each directory, which has one owner, but all that lie in /usr/include itself; the
    compiler's own lie elsewhere."""
    told = output_of("ninja", "-C", build, "-t", "deps", *objects)
    headers = {}
    for path in sorted(set(re.findall(r"^ +(/\S+)$", told, re.MULTILINE))):
        path = os.path.normpath(path)
        if path.startswith(("/usr/include/", "/usr/local/include/")):
            directory = os.path.dirname(path)
            headers[path if directory == "/usr/include" else directory] = path
    return list(headers.values())


def is_headers_alone(owner):
    if owner.source in INTERFACES:
        return False
    files = {"deb": ("dpkg-query", "--listfiles"), "rpm": ("rpm", "--query", "--list")}
    told = output_of(*files[owner.kind], owner.name) if owner.kind else ""
    return re.search(r"\.(so|a)$", told, re.MULTILINE) is None


def license_of(owner):
    return LICENSES.get(re.sub(r"-\d+$", "", owner.source), "NOASSERTION")


def package_url(owner):
    """https://github.com/package-url/purl-spec"""
    system = re.search(r"^ID=\"?(\w+)", pathlib.Path("/etc/os-release").read_text(), re.MULTILINE)
    version = urllib.parse.quote(owner.version, safe="")
    name = urllib.parse.quote(owner.name, safe="")
    return f"pkg:{owner.kind}/{system[1]}/{name}@{version}?arch={owner.arch}"


def library(owner):
    described = {
        "SPDXID": "SPDXRef-Library-" + re.sub(r"[^A-Za-z0-9.-]", "-", owner.name),
        "name": owner.name,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": license_of(owner),
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "LIBRARY",
    }
    if owner.kind:
        described["versionInfo"] = owner.version
        described["sourceInfo"] = f"built from source package {owner.source}"
        described["externalRefs"] = [{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": package_url(owner),
        }]
    return described


def shipped_files(root, output):
    for path in sorted(root.rglob("*")):
        is_ours = path != output and root / "DEBIAN" not in path.parents
        if is_ours and path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            sums = {"SHA1": hashlib.sha1(content), "SHA256": hashlib.sha256(content)}
            name = "./" + str(path.relative_to(root))
            yield {
                "SPDXID": "SPDXRef-File-" + hashlib.sha256(name.encode()).hexdigest()[:16],
                "fileName": name,
                "checksums": [{"algorithm": algorithm, "checksumValue": value.hexdigest()}
                              for algorithm, value in sums.items()],
                "licenseConcluded": "NOASSERTION",
                "copyrightText": "NOASSERTION",
            }


def verification_code(files):
    """Of clause 7.9: the sum of all files' sums, in their order."""
    sums = sorted(file["checksums"][0]["checksumValue"] for file in files)
    return hashlib.sha1("".join(sums).encode()).hexdigest()


def our_package(options, has_bpf, files):
    declared = f"{LICENSE} AND ({LICENSE_OF_BPF})" if has_bpf else LICENSE
    described = {
        "SPDXID": "SPDXRef-Package",
        "name": options.package,
        "versionInfo": options.version,
        "supplier": MAKER,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": bool(files),
        "licenseConcluded": declared,
        "licenseDeclared": declared,
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "APPLICATION",
    }
    if files:
        described["packageVerificationCode"] = {
            "packageVerificationCodeValue": verification_code(files),
            "packageVerificationCodeExcludedFiles": ["./" + options.output],
        }
    return described


def relationship(source, kind, target, comment=None):
    told = {"spdxElementId": source, "relationshipType": kind, "relatedSpdxElement": target}
    return told | ({"comment": comment} if comment else {})


def describe(options):
    objects = objects_of(options.build, options.target)
    loaded = owners_of(loaded_libraries(os.path.join(options.build, options.target)))
    compiled = filter(is_headers_alone, owners_of(headers_of(options.build, objects)))
    files = []
    if options.files:
        files = list(shipped_files(options.files, options.files / options.output))
    ours = our_package(options, any(name.endswith(".bpf.o") for name in objects), files)

    packages = [ours]
    relationships = [relationship("SPDXRef-DOCUMENT", "DESCRIBES", ours["SPDXID"])]
    for kind, owners, comment in (("DEPENDS_ON", loaded, "loaded when it starts"),
                                  ("CONTAINS", compiled, "compiled in, from its headers")):
        for owner in sorted(owners):
            packages.append(library(owner))
            relationships.append(
                relationship(ours["SPDXID"], kind, packages[-1]["SPDXID"], comment))
    relationships += [relationship(ours["SPDXID"], "CONTAINS", file["SPDXID"]) for file in files]
    return {"packages": packages, "files": files, "relationships": relationships}


def document(options):
    content = describe(options)
    name = f"{options.package}-{options.version}-{options.arch}"
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    created = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    place = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(content, sort_keys=True))
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": f"https://spdx.org/spdxdocs/{name}-{place}",
        "creationInfo": {
            "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": [MAKER, "Tool: ttq-sbom"],
        },
    } | content


def main():
    parser = argparse.ArgumentParser(description="What a package is made of, as SPDX 2.3.")
    for option in ("--build", "--target", "--version", "--arch"):
        parser.add_argument(option, required=True)
    parser.add_argument("--files", type=pathlib.Path)
    parser.add_argument("package")
    parser.add_argument("output")
    options = parser.parse_args()
    place = (options.files or pathlib.Path()) / options.output
    place.write_text(json.dumps(document(options), indent=2) + "\n")
    place.chmod(0o644)  # it comes after all that sees to permissions


if __name__ == "__main__":
    main()
