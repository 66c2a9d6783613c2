// A command that carries a connection: its standard input and output are one end of a socket, and
// what it complains of is kept. No shell is asked.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "ttq/result.h"

namespace ttq {

class Subprocess {
 public:
  /// `words`: the command, looked for in $PATH, and what it is told. `stream` becomes its standard
  /// input and output. It has no terminal's signals: who starts it, ends it.
  static Result<Subprocess> start(const std::vector<std::string>& words, const UniqueFd& stream);

  Subprocess(Subprocess&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)),
        complaints_(std::move(other.complaints_)),
        status_(other.status_) {}
  Subprocess& operator=(Subprocess&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(complaints_, other.complaints_);
    std::swap(status_, other.status_);
    return *this;
  }
  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;
  /// Ends it at once.
  ~Subprocess();

  /// Its exit status, or 128 and the signal; none: it runs. One that has closed its output is given
  /// a moment.
  std::optional<int> status();

  /// The last line of what it has written to its standard error so far, cleaned; may be empty.
  [[nodiscard]] std::string last_complaint() const;

 private:
  Subprocess(pid_t pid, UniqueFd complaints) : pid_(pid), complaints_(std::move(complaints)) {}

  pid_t pid_ = -1;  ///< -1: another has taken it over
  UniqueFd complaints_;
  std::optional<int> status_;
};

}  // namespace ttq
