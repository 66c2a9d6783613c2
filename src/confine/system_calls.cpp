#include "confine/system_calls.h"

#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

#include "base/instrumented.h"

namespace ttq {
namespace {

// A name that this architecture or this libseccomp does not know is left out.
constexpr std::array allowed{
    // files: the store is read, written, copied, linked, renamed and removed
    "access", "close", "close_range", "copy_file_range", "dup", "faccessat", "faccessat2",
    "fadvise64", "fallocate", "fchmod", "fcntl", "fdatasync", "flock", "fstat", "fstatfs", "fsync",
    "ftruncate", "getcwd", "getdents", "getdents64", "link", "linkat", "lseek", "lstat", "mkdir",
    "mkdirat", "newfstatat", "open", "openat", "pread64", "preadv", "pwrite64", "pwritev", "read",
    "readahead", "readlink", "readlinkat", "readv", "rename", "renameat", "renameat2", "rmdir",
    "sendfile", "stat", "statfs", "statx", "sync_file_range", "unlink", "unlinkat", "write",
    "writev",
    // connections that were accepted, and waiting for them
    "accept4", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_wait", "eventfd2", "getpeername",
    "getsockname", "getsockopt", "poll", "ppoll", "recvfrom", "recvmsg", "sendmsg", "sendto",
    "setsockopt", "shutdown",
    // memory
    "brk", "madvise", "mmap", "mprotect", "mremap", "munmap",
    // threads and time
    "clock_getres", "clock_gettime", "clock_nanosleep", "exit", "exit_group", "futex", "getcpu",
    "gettimeofday", "membarrier", "nanosleep", "restart_syscall", "rseq", "sched_getaffinity",
    "sched_getparam", "sched_getscheduler", "sched_yield", "set_robust_list", "time",
    // signals to itself
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "sigaltstack",
    // what it is, and where
    "getegid", "geteuid", "getgid", "getpid", "getppid", "getrandom", "getrlimit", "getrusage",
    "gettid", "getuid", "sysinfo", "uname"};

struct ReleaseFilter {
  void operator()(void* filter) const { ::seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;

/// A call that is harmless where the argument of that number, as far as the mask goes, is this.
struct Harmless {
  const char* name;
  unsigned argument;
  scmp_datum_t mask;
  scmp_datum_t value;
};

/// Calls that are harmless with some arguments only.
int allow_with_arguments(const Filter& filter) {
  constexpr scmp_datum_t all = ~scmp_datum_t{0};
  const std::array<Harmless, 5> calls{{
      // Threads, and no processes. The flags of clone3 cannot be seen, so the C library is left to
      // find that there is none.
      {"clone", 0, CLONE_THREAD, CLONE_THREAD},
      {"ioctl", 1, all, TCGETS},                                  // is the log a terminal?
      {"prctl", 0, all, PR_SET_NAME},                             // of a thread
      {"tgkill", 0, all, static_cast<scmp_datum_t>(::getpid())},  // abort
      {"prlimit64", 2, all, 0},                                   // reading them
  }};
  int failed = 0;
  for (const Harmless& call : calls) {
    const int number = ::seccomp_syscall_resolve_name(call.name);
    if (number == __NR_SCMP_ERROR) continue;
    const scmp_arg_cmp condition{call.argument, SCMP_CMP_MASKED_EQ, call.mask, call.value};
    failed |= ::seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, number, 1, &condition);
  }
  return failed;
}

int allow_plainly(const Filter& filter) {
  int failed = 0;
  for (const char* name : allowed) {
    const int number = ::seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) continue;
    failed |= ::seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, number, 0, nullptr);
  }
  return failed;
}

}  // namespace

Result<bool> restrict_system_calls() {
  if (is_instrumented) return false;  // sanitizers have calls of their own
  const Filter filter(::seccomp_init(SCMP_ACT_ERRNO(ENOSYS)));
  if (!filter) return Fault{"seccomp_init failed"};
  if (allow_plainly(filter) != 0 || allow_with_arguments(filter) != 0) {
    return Fault{"the list of system calls could not be made a filter"};
  }
  if (::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1) != 0) return false;
  const int failed = ::seccomp_load(filter.get());
  if (failed == -EINVAL || failed == -ENOSYS) return false;
  if (failed != 0) return errno_fault("seccomp_load", -failed);
  return true;
}

}  // namespace ttq
