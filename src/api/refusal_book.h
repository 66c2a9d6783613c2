// Who was refused, and by which limit: counted, and told in the log now and then.
//
// A stranger decides how often we refuse him, so he would decide how long the log becomes if each
// time were a line. One line tells of all since the last one.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ttq {

enum class Refusal : std::uint8_t {
  too_many,     ///< connections of one origin
  made_room,    ///< a connection that was closed because another wanted its place
  too_large,    ///< the request line or the headers
  malformed,    ///< no request of HTTP/1.1
  too_slow,     ///< the request did not come to its end in time
  slow_reader,  ///< the answer was not taken in time
  busy,         ///< questions that read the store, beyond those that may at once
  stranger,     ///< questions of whoever was not admitted to them
  bad_token,    ///< questions with a token that is nobody's
  no_tls,       ///< no TLS was agreed upon, or the certificate was none of ours
};

class RefusalBook {
 public:
  using Counts = std::vector<std::pair<std::string, std::uint64_t>>;  ///< by name
  using Moment = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::minutes pause{1};  ///< between two lines of the log

  /// From any thread.
  void count(Refusal reason);
  [[nodiscard]] std::uint64_t count_of(Refusal reason) const {
    return counts_.at(static_cast<std::size_t>(reason));
  }
  /// By the names of ttq-report(7), those that are 0 included. From any thread.
  [[nodiscard]] Counts read() const;

  /// What is to be logged; empty: nothing, or not yet. From one thread.
  std::string take_news(Moment now);

 private:
  static constexpr std::size_t reasons = 10;

  std::array<std::atomic<std::uint64_t>, reasons> counts_{};
  Counts told_ = read();
  Moment told_at_{};
};

}  // namespace ttq
