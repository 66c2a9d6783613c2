#include "ttq/progress_line.h"

#include <unistd.h>

#include <string>
#include <string_view>

namespace ttq {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view erase = "\r\x1b[K";

/// A terminal that went away is nobody to complain to.
void put(std::string_view text) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

std::string print(const Progress& progress) {
  return std::string(erase) + "ttq: step " + std::to_string(progress.depth) + ", " +
         std::to_string(progress.answered) + " of " + std::to_string(progress.asked) +
         " hosts done";
}

}  // namespace

ProgressLine::ProgressLine() {
  if (::isatty(STDERR_FILENO) != 1) return;
  painter_ = std::jthread([this](const std::stop_token& stop) { draw(stop); });
}

ProgressLine::~ProgressLine() = default;

void ProgressLine::see(const Progress& progress) {
  const std::lock_guard lock(mutex_);
  latest_ = progress;
}

void ProgressLine::draw(const std::stop_token& stop) {
  const auto never = [] { return false; };
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, stop, 1s, never);
  if (stop.stop_requested()) return;
  while (!stop.stop_requested()) {
    put(print(latest_));
    wake_.wait_for(lock, stop, 200ms, never);
  }
  put(erase);
}

}  // namespace ttq
