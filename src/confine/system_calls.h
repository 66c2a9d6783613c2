// seccomp(2): which system calls are left to a process that serves what it has opened already.
//
// A list of what is allowed. It has no execve, no ptrace, no kill of others, no socket, bind,
// listen and connect: whoever takes over the process can neither start a program nor call anybody.
// All else is answered as a kernel would that does not know the call (ENOSYS), so that a C library
// that is newer than the list does without, and does not die of it.
#pragma once

#include "ttq/result.h"

namespace ttq {

/// For all threads of this process. False: the kernel, or this build, has no such filters.
/// REQUIRES: no_new_privs.
Result<bool> restrict_system_calls();

}  // namespace ttq
