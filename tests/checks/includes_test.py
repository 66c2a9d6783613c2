"""The check of includes, checked: it must find each kind of fault, and no other."""

import pathlib
import tempfile
import unittest

import includes


def faults(path, text):
    """What is found in a tree of that one file."""
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        file = root / path
        file.parent.mkdir(parents=True)
        file.write_text(text)
        return [fault.removeprefix(f"{root}/") for fault in includes.faults(root)]


class Includes(unittest.TestCase):
    def test_a_stage_may_include_nouns_base_and_its_own(self):
        text = '#include "flow/a.h"\n#include <vector>\n#include "base/log.h"\n'
        self.assertEqual(faults("src/flow/a.cpp", text), [])

    def test_the_program_ttq_is_not_mistaken_for_the_vocabulary(self):
        self.assertEqual(faults("src/flow/a.cpp", '#include "ttq/host.h"\n'), [])
        self.assertEqual(len(faults("src/flow/a.cpp", '#include "ttq/options.h"\n')), 1)
        self.assertEqual(faults("src/ttq/a.cpp", '#include "ttq/options.h"\n'), [])

    def test_a_stage_may_not_include_its_neighbour(self):
        found = faults("src/flow/a.cpp", '\n#include "store/codec.h"\n')
        self.assertEqual(found, ['src/flow/a.cpp:2: "store/codec.h" is not for flow'])

    def test_of_model_only_the_spelling_is_shared(self):
        self.assertEqual(faults("src/api/a.cpp", '#include "model/spelling.h"\n'), [])
        self.assertEqual(len(faults("src/api/a.cpp", '#include "model/secret.h"\n')), 1)

    def test_of_a_program_only_its_options_are_told_to_shells(self):
        self.assertEqual(faults("src/completions/a.cpp", '#include "ttq/usage.h"\n'), [])
        self.assertEqual(faults("src/completions/a.cpp", '#include "ttq/host.h"\n'), [])
        self.assertEqual(len(faults("src/completions/a.cpp", '#include "ttq/places.h"\n')), 1)
        self.assertEqual(len(faults("src/ttracerd/a.cpp", '#include "ttq/usage.h"\n')), 1)

    def test_a_library_is_for_one_stage(self):
        self.assertEqual(faults("src/wire/a.cpp", "#include <nlohmann/json.hpp>\n"), [])
        found = faults("src/walk/a.cpp", "#include <nlohmann/json.hpp>\n")
        self.assertEqual(found, ["src/walk/a.cpp:1: <nlohmann/json.hpp> is not for walk"])

    def test_an_unknown_library_is_for_nobody(self):
        self.assertEqual(len(faults("src/walk/a.cpp", "#include <boost/asio.hpp>\n")), 1)

    def test_the_vocabulary_includes_nothing_but_itself(self):
        self.assertEqual(faults("include/ttq/a.h", '#include <array>\n#include "ttq/flow.h"\n'), [])
        self.assertEqual(len(faults("include/ttq/a.h", '#include "base/log.h"\n')), 1)
        self.assertEqual(len(faults("include/ttq/a.h", "#include <CLI/CLI.hpp>\n")), 1)

    def test_an_unknown_directory_may_include_no_other(self):
        self.assertEqual(len(faults("src/extra/a.cpp", '#include "flow/a.h"\n')), 1)

    def test_long_files_and_long_lines_are_found(self):
        self.assertEqual(len(faults("src/base/a.cpp", "\n" * 401)), 1)
        self.assertEqual(faults("src/base/a.cpp", "\n" * 400), [])
        self.assertEqual(len(faults("src/base/a.cpp", "x" * 101)), 1)
        self.assertEqual(len(faults("tests/base/a.cpp", "\n" * 401)), 1)

    def test_the_vocabulary_stays_short(self):
        with tempfile.TemporaryDirectory() as name:
            directory = pathlib.Path(name) / "include/ttq"
            directory.mkdir(parents=True)
            for number in range(4):
                (directory / f"{number}.h").write_text("\n" * (includes.MOST_VOCABULARY // 4 + 1))
            self.assertEqual(len(list(includes.faults(pathlib.Path(name)))), 1)


if __name__ == "__main__":
    unittest.main()
