// Work on many things at once, by a few threads.
#pragma once

#include <cstddef>
#include <functional>

namespace ttq {

/// Calls work(0) .. work(count - 1), at most `concurrency` at a time, and returns when all are
/// done. Where the system gives fewer threads, it takes longer.
void together(std::size_t count, unsigned concurrency,
              const std::function<void(std::size_t)>& work);

}  // namespace ttq
