#!/usr/bin/python3 -B
"""Whether systemd finds anything wrong with the unit: unit.py UNIT PROGRAM [DROP-IN]...

It is looked at with PROGRAM in the place of the one that is not installed yet, alone and with each
drop-in: `systemd-analyze verify` says nothing, and without a drop-in `systemd-analyze security` is
at most 2.5.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MOST_EXPOSED = "25"  # tenths


def complaints(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    text = (done.stdout + done.stderr).strip()
    return text or (f"status {done.returncode}" if done.returncode else "")


def with_program(text, program):
    return re.sub(r"(?m)^(Exec\w+=)\S*/ttracerd\b", rf"\g<1>{program}", text)


def look(unit, program, drop_ins):
    wrong = []
    with tempfile.TemporaryDirectory() as place:
        path = pathlib.Path(place) / "ttracerd.service"
        path.write_text(with_program(unit.read_text(encoding="utf-8"), program), encoding="utf-8")
        beside = pathlib.Path(place) / "ttracerd.service.d"
        beside.mkdir()
        verify = ["systemd-analyze", "--man=no", "verify", str(path)]
        wrong.append(complaints(verify))
        security = ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}",
                    "--no-pager", str(path)]
        exposed = subprocess.run(security, capture_output=True, text=True, check=False)
        if exposed.returncode != 0:
            wrong.append(exposed.stdout[-200:] + exposed.stderr)
        for drop_in in drop_ins:
            text = with_program(drop_in.read_text(encoding="utf-8"), program)
            (beside / drop_in.name).write_text(text, encoding="utf-8")
            wrong.append(complaints(verify))
            (beside / drop_in.name).unlink()
    return [text for text in wrong if text]


def main(unit, program, *drop_ins):
    if shutil.which("systemd-analyze") is None:
        print("skipped: there is no systemd-analyze", file=sys.stderr)
        sys.exit(77)
    wrong = look(pathlib.Path(unit), pathlib.Path(program).resolve(),
                 [pathlib.Path(name) for name in drop_ins])
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
