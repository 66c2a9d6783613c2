// What open_files.cpp is where eBPF was not built in.
#include "join/open_files.h"

namespace ttq {

class OpenFiles::Kernel {};

OpenFiles::OpenFiles(std::unique_ptr<Kernel> kernel) : kernel_(std::move(kernel)) {}
OpenFiles::OpenFiles(OpenFiles&&) noexcept = default;
OpenFiles& OpenFiles::operator=(OpenFiles&&) noexcept = default;
OpenFiles::~OpenFiles() = default;

Result<OpenFiles> OpenFiles::load() { return Fault{"this ttracerd was built without eBPF"}; }
Result<void> OpenFiles::read(const Visitor& /*visit*/) const { return {}; }

}  // namespace ttq
