// The listeners of the open window: when each was there, and which of them must be written.
//
// Which listeners there are changes rarely. So they are compared only when they have changed, and
// one that was written as standing is not written again before it goes (ttq/store.h).
#pragma once

#include <map>
#include <tuple>
#include <vector>

#include "ttq/listener.h"

namespace ttq {

/// Which listener it is: one process at one endpoint.
using ListenerKey = std::tuple<Endpoint, NetNs, ProcessKey>;

inline ListenerKey key_of(const Listener& listener) {
  return {listener.endpoint, listener.netns, listener.owner.key()};
}

class ListenerLog {
 public:
  void begin_window();

  /// At a look at which the listeners are others than at the one before.
  void note(std::vector<Listener> present, Time last_look, Time now);

  [[nodiscard]] std::size_t present() const { return present_.size(); }

  /// Those that are new, have gone, or have come back since written() was called.
  [[nodiscard]] std::vector<Listener> changes(Time last_look);
  /// Those changes were taken.
  void written();
  /// What was taken in this window is not kept any more.
  void unwritten();

 private:
  struct Noted {
    Listener listener;
    bool stands = false;  ///< as of changes()
    bool is_written = false;
    bool stood = false;  ///< when it was written
  };

  void see_present(Time now);

  std::vector<Listener> present_;
  std::map<ListenerKey, Noted> noted_;
};

}  // namespace ttq
