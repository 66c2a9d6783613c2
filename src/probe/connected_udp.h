// Which connected UDP sockets looks show, where the kernel counts those that they do not meet
// (bpf/connected_udp.h): each is counted once, by the kernel as it ends, or by whoever looks.
//
// One that stood at the first look is shown at once. Of the others a look may meet many that are
// gone before anybody has found whose they are; so they are shown by the second look that meets
// them, and the kernel is told. What the kernel knows nothing of then has mostly ended meanwhile;
// what has not is shown by the third.
#pragma once

#include <cstdint>
#include <map>

#include "probe/udp_counter.h"
#include "ttq/socket.h"

namespace ttq {

class ConnectedUdp {
 public:
  /// False: it is not to be shown, yet.
  bool see(Socket& socket, UdpCounter& counter);
  void end_look(UdpCounter& counter);

 private:
  using Looks = std::map<std::uint64_t, unsigned>;  ///< that have met it, by cookie

  Looks before_;
  Looks met_;
  bool is_first_ = true;
};

}  // namespace ttq
