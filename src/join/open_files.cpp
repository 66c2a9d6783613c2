#include "join/open_files.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <open_files.skel.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/unique_fd.h"
#include "bpf/open_file.h"

namespace ttq {
namespace {

struct Destroy {
  void operator()(open_files* skeleton) const { open_files::destroy(skeleton); }
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};

}  // namespace

class OpenFiles::Kernel {
 public:
  std::unique_ptr<open_files, Destroy> object;
  std::unique_ptr<bpf_link, Destroy> iterator;
};

OpenFiles::OpenFiles(std::unique_ptr<Kernel> kernel) : kernel_(std::move(kernel)) {}
OpenFiles::OpenFiles(OpenFiles&&) noexcept = default;
OpenFiles& OpenFiles::operator=(OpenFiles&&) noexcept = default;
OpenFiles::~OpenFiles() = default;

Result<OpenFiles> OpenFiles::load() {
  libbpf_set_print(nullptr);  // it tells pages where one line is wanted
  auto kernel = std::make_unique<Kernel>();
  kernel->object.reset(open_files::open_and_load());
  if (!kernel->object) return errno_fault("load the iterator of open files");
  kernel->iterator.reset(bpf_program__attach_iter(kernel->object->progs.tell_open_file, nullptr));
  if (!kernel->iterator) return errno_fault("attach the iterator of open files");
  return OpenFiles(std::move(kernel));
}

Result<void> OpenFiles::read(const Visitor& visit) const {
  const UniqueFd told(bpf_iter_create(bpf_link__fd(kernel_->iterator.get())));
  if (!told) return errno_fault("start the iterator of open files");
  std::array<open_file, 256> files{};
  for (;;) {
    const ssize_t size = ::read(told.get(), files.data(), sizeof files);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size < 0) return errno_fault("read the open files");
    if (size == 0) return {};
    const auto count = static_cast<std::size_t>(size) / sizeof(open_file);
    for (std::size_t at = 0; at < count; ++at) {
      if (files[at].pid != 0) visit(files[at].pid, files[at].descriptor, files[at].inode);
    }
  }
}

}  // namespace ttq
