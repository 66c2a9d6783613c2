// Every open descriptor of every process, read at once from the kernel by a BPF iterator, at a
// fraction of what /proc/*/fd costs. It may leave a process out that has some: silence is no
// answer.
#pragma once

#include <functional>
#include <memory>

#include "join/proc_reader.h"
#include "ttq/result.h"

namespace ttq {

class OpenFiles {
 public:
  /// Fault: this kernel does not allow it, or we were built without eBPF. The message says which.
  static Result<OpenFiles> load();
  OpenFiles(OpenFiles&&) noexcept;
  OpenFiles& operator=(OpenFiles&&) noexcept;
  OpenFiles(const OpenFiles&) = delete;
  OpenFiles& operator=(const OpenFiles&) = delete;
  ~OpenFiles();

  /// Of a socket; 0: it is another file. The descriptors of one process come one after the other.
  using Visitor = std::function<void(Pid pid, std::size_t descriptor, Inode inode)>;
  /// Visits those of the processes in our PID namespace. Fault: some may not have been visited.
  Result<void> read(const Visitor& visit) const;

 private:
  class Kernel;
  explicit OpenFiles(std::unique_ptr<Kernel> kernel);

  std::unique_ptr<Kernel> kernel_;
};

}  // namespace ttq
