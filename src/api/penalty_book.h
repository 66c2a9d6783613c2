// How long whoever has shown a wrong token waits to be told.
//
// A token is not to be guessed (tls/tokens.h), but who tries shall find it slow: a second, and two
// for each that follows; not longer, or whoever has mistyped his would take the host for dead. A
// right token is never kept waiting, so whoever shares an address with somebody who guesses is not
// locked out by him.
#pragma once

#include <chrono>
#include <map>

#include "api/admission.h"

namespace ttq {

class PenaltyBook {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds first{1};
  static constexpr std::chrono::seconds longest{2};
  static constexpr std::chrono::minutes memory{1};  ///< since the last one
  static constexpr std::size_t most_origins = 256;

  /// Until when the origin is to wait.
  Moment after_failure(const Origin& origin, Moment now);

 private:
  struct Record {
    std::chrono::seconds penalty{};
    Moment at;
  };

  void make_room(Moment now);

  std::map<Origin, Record> records_;
};

}  // namespace ttq
