// Port: where sockets come from. Netlink, /proc/net, later kernel events; a list in tests.
#pragma once

#include <vector>

#include "ttq/result.h"
#include "ttq/snapshot.h"

namespace ttq {

class Probe {
 public:
  virtual ~Probe() = default;

  /// Every TCP and UDP socket of the network namespace, without counters. A part that cannot be
  /// read is a degradation in the snapshot; a Fault means that nothing could be read.
  virtual Result<Snapshot> snapshot() = 0;

  /// Fills in `counters` of these TCP sockets, as far as they still exist and the kernel tells.
  virtual void measure(std::vector<Socket>& sockets) = 0;
};

}  // namespace ttq
