"""What the tally makes of Meson's log."""

import json
import unittest

import tally


def entry(result, stdout=""):
    return json.dumps({"name": "a", "result": result, "stdout": stdout})


def cases(passed, failed):
    return f"[doctest] test cases: {passed + failed} | {passed} passed | {failed} failed | 0 skipped"


class Tally(unittest.TestCase):
    def check(self, lines, expected):
        self.assertEqual(tally.summary(tally.tally(lines)), expected)

    def test_a_doctest_program_counts_as_its_cases(self):
        self.check([entry("OK", cases(7, 0)), entry("FAIL", cases(3, 2))], "10 passed, 2 failed")

    def test_any_other_test_counts_as_one(self):
        self.check([entry("OK"), entry("FAIL"), entry("TIMEOUT")], "1 passed, 2 failed")

    def test_a_crash_after_the_cases_passed_is_a_failure(self):
        self.check([entry("ERROR", cases(3, 0))], "3 passed, 1 failed")

    def test_skipped_tests_are_told(self):
        self.check([entry("OK"), entry("SKIP")], "1 passed, 0 failed, 1 skipped")


if __name__ == "__main__":
    unittest.main()
