"""The check of hardening, checked: each lack is found, and nothing in a program that has it all."""

import unittest

import hardening

# As GNU readelf 2.40 prints it, shortened. One page of code, at 0x1000 in the file and in memory.
SOUND = """
ELF Header:
  Type:                              DYN (Position-Independent Executable file)
  Machine:                           Advanced Micro Devices X86-64
Program Headers:
  Type           Offset   VirtAddr           PhysAddr           FileSiz  MemSiz   Flg Align
  LOAD           0x000000 0x0000000000000000 0x0000000000000000 0x00f668 0x00f668 R   0x1000
  LOAD           0x001000 0x0000000000001000 0x0000000000001000 0x001000 0x001000 R E 0x1000
  LOAD           0x002000 0x0000000000002000 0x0000000000002000 0x0030c8 0x003998 RW  0x1000
  GNU_STACK      0x000000 0x0000000000000000 0x0000000000000000 0x000000 0x000000 RW  0x10
  GNU_RELRO      0x002000 0x0000000000002000 0x0000000000002000 0x0027f0 0x0027f0 R   0x1
Dynamic section at offset 0x1b5988 contains 36 entries:
 0x000000000000001e (FLAGS)              BIND_NOW
 0x000000006ffffffb (FLAGS_1)            Flags: NOW PIE
Symbol table '.dynsym' contains 3 entries:
     1: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND __stack_chk_fail@GLIBC_2.4 (3)
     2: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND __read_chk@GLIBC_2.4 (3)
     3: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND _ZSt21__glibcxx_assert_failPKciS0_S0_
Symbol table '.symtab' contains 4 entries:
     1: 0000000000001000    64 FUNC    GLOBAL DEFAULT   14 main
     2: 0000000000001010    64 FUNC    GLOBAL DEFAULT   14 _ZN3ttq3runEv
     3: 0000000000001020    64 FUNC    LOCAL  DEFAULT   14 _ZN3ttqL5innerEv
     4: 0000000000001020    64 FUNC    GLOBAL DEFAULT   14 _start
"""


def image(second=hardening.ENDBR64, probe=hardening.PROBES[0]):
    code = hardening.ENDBR64.ljust(16, b"\x90") + second.ljust(16, b"\x90") + probe
    return bytes(0x1000) + code.ljust(0x1000, b"\x90")


class Hardening(unittest.TestCase):
    def faults(self, dump=SOUND, code=None, without=()):
        program = hardening.Program(dump, image() if code is None else code)
        return hardening.faults(program, without)

    def check_lack(self, fault, there, instead=""):
        self.assertIn(there, SOUND)
        found = self.faults(SOUND.replace(there, instead))
        self.assertEqual(len(found), 1, found)
        self.assertIn(fault, found[0])

    def test_a_program_that_has_it_all_lacks_nothing(self):
        self.assertEqual(self.faults(), [])
        self.assertEqual(self.faults(code=image(probe=hardening.PROBES[1])), [])

    def test_a_program_at_a_fixed_place_is_found(self):
        self.check_lack("PIE", "DYN (Position", "EXEC (Position")
        self.check_lack("PIE", "NOW PIE", "NOW")  # a library is DYN, too

    def test_relocations_that_stay_writable_are_found(self):
        self.check_lack("RELRO", "GNU_RELRO", "GNU_OTHER")

    def test_late_binding_is_found(self):
        late = SOUND.replace("BIND_NOW", "").replace("NOW PIE", "PIE")
        self.assertEqual(len(self.faults(late)), 1)
        self.assertEqual(self.faults(SOUND.replace("BIND_NOW", "")), [])

    def test_an_executable_stack_is_found(self):
        self.check_lack("stack is executable", "0x000000 RW  0x10", "0x000000 RWE 0x10")
        self.check_lack("stack is executable", "GNU_STACK", "GNU_OTHER")

    def test_memory_that_is_writable_and_executable_is_found(self):
        self.check_lack("writable and executable", "RW  0x1000", "RWE 0x1000")

    def test_a_place_of_its_own_for_libraries_is_found(self):
        line = " 0x000000000000001d (RUNPATH)            Library runpath: [/tmp]\n"
        self.assertEqual(len(self.faults(SOUND + line)), 1)

    def test_code_that_is_changed_as_it_is_loaded_is_found(self):
        self.assertEqual(len(self.faults(SOUND + " 0x0000000000000016 (TEXTREL)  0x0\n")), 1)

    def test_what_the_libraries_do_not_check_is_found(self):
        self.check_lack("guarded", "__stack_chk_fail", "__other")
        self.check_lack("fortified", "__read_chk", "read")
        self.check_lack("libstdc++", "__glibcxx_assert_fail", "other")

    def test_the_guard_of_the_stack_is_not_taken_for_a_fortified_call(self):
        self.check_lack("fortified", "__read_chk", "__stack_chk_guard")

    def test_a_build_that_cannot_fortify_is_not_asked_to(self):
        plain = SOUND.replace("__read_chk", "read")
        self.assertEqual(self.faults(plain, without=["fortify"]), [])

    def test_a_function_that_others_may_call_begins_with_a_landing(self):
        found = self.faults(code=image(second=b"\x55"))
        self.assertEqual(len(found), 1)
        self.assertIn("1 of 2 functions begin without endbr64: _ZN3ttq3runEv", found[0])

    def test_frames_without_a_probe_are_found(self):
        found = self.faults(code=image(probe=b"\x90"))
        self.assertEqual(len(found), 1)
        self.assertIn("stack probe", found[0])

    def test_other_processors_are_not_asked_for_what_x86_has(self):
        other = SOUND.replace("Advanced Micro Devices X86-64", "AArch64")
        self.assertEqual(self.faults(other, code=b""), [])

    def test_a_stripped_program_is_not_taken_for_a_sound_one(self):
        stripped = SOUND[:SOUND.index("Symbol table '.symtab'")]
        self.assertEqual(len(self.faults(stripped)), 1)


if __name__ == "__main__":
    unittest.main()
