// Merging: how the windows of one flow, or of one listener, become one record. For the answer to a
// question, and for the hours that old windows are folded into: so both tell the same.
#pragma once

#include <optional>
#include <utility>

#include "ttq/flow.h"
#include "ttq/listener.h"
#include "ttq/time.h"

namespace ttq {

/// Adds the same listener's later window to this one.
void absorb(Listener& listener, const Listener& later);

/// What is left of a record that was not there at the last look.
void end(Flow& flow);
void end(Listener& listener);

/// Record is Flow or Listener.
template <class Record>
class Sum {
 public:
  /// REQUIRES: in the order of time, and all of one series.
  void add(const Window& window, Record record) {
    if (sum_) {
      absorb(*sum_, record);
    } else {
      sum_ = std::move(record);
    }
    last_ = window;
  }

  /// The sum over a span whose newest window is `newest`; none where nothing was added.
  std::optional<Record> take(const Window& newest) && {
    if (sum_ && !last_.span().overlaps(newest.span())) end(*sum_);
    return std::move(sum_);
  }

 private:
  std::optional<Record> sum_;
  Window last_;
};

}  // namespace ttq
