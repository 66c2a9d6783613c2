// The server's end of the relay: reads records, and lets an Intake have what they tell.
#pragma once

#include <string>

#include "base/unique_fd.h"
#include "relay/records.h"

namespace ttq {

class Inlet {
 public:
  /// `intake` must outlive it.
  Inlet(UniqueFd socket, Intake& intake);

  /// Waits for the next record, and reads it. False: the collector has gone, and all that it told
  /// was read.
  Result<bool> next();
  /// Whether it said that it would go.
  [[nodiscard]] bool was_told_farewell() const { return reader_.has_ended(); }

 private:
  UniqueFd socket_;
  RecordReader reader_;
  std::string buffer_;
};

}  // namespace ttq
