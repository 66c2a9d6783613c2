// Memory that a process has in common with others or with the kernel (mmap(2), MAP_SHARED).
//
// fork(2) hands it on, and so both write to the same pages afterwards: closing the descriptors that
// it was mapped from changes nothing. The kernel's programs have their ring buffers and tables
// there, which libbpf maps where nobody outside can mark them (MADV_DONTFORK in madvise(2)).
#pragma once

#include "ttq/result.h"

namespace ttq {

/// Unmaps all of it that can be written, and all that the kernel made without a file
/// ("anon_inode:" in proc_pid_maps(5)). Files that are mapped to be read stay: the C library has
/// some. REQUIRES: nobody in this process looks there any more.
Result<void> drop_shared_memory();

}  // namespace ttq
