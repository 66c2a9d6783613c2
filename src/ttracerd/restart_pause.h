// How long to wait before a process that ended is started once more: not at all the first time,
// then longer each time, until one has lasted.
#pragma once

#include <algorithm>
#include <chrono>

namespace ttq {

class RestartPause {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// One that was started then has ended now. Gives when the next is due.
  Moment after(Moment started, Moment ended) {
    if (ended - started >= lasting) pause_ = std::chrono::milliseconds(0);
    const Moment due = ended + pause_;
    pause_ = std::clamp(2 * pause_, least, most);
    return due;
  }

 private:
  static constexpr std::chrono::milliseconds lasting{300'000};
  static constexpr std::chrono::milliseconds least{250};
  static constexpr std::chrono::milliseconds most{60'000};

  std::chrono::milliseconds pause_{0};
};

}  // namespace ttq
