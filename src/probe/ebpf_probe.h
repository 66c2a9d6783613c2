// The event probe: TCP connections are counted in the kernel as they open, fail and close; the
// snapshot through Netlink beside it is the truth that they are held against.
//
// A look takes over the connections that it meets and that a process holds: from then on it is by
// looks that their holders and their end are known, as with every other probe. So events are asked
// only for what no look sees.
#pragma once

#include <vector>

#include "probe/connected_udp.h"
#include "probe/flow_counter.h"
#include "probe/netlink_probe.h"
#include "probe/route_source.h"
#include "probe/udp_counter.h"

namespace ttq {

class EbpfProbe : public Probe {
 public:
  /// Without `datagrams` unconnected UDP is not seen, which every snapshot says.
  EbpfProbe(NetlinkProbe sockets, FlowCounter counter, Result<UdpCounter> datagrams);

  Result<Snapshot> look(Remains remains, const SocketVisitor& visit) override;
  void measure(std::vector<Socket>& sockets) override { sockets_.measure(sockets); }
  Result<Snapshot> look_at_listeners(const SocketVisitor& visit) override;
  [[nodiscard]] bool tells_events() const override { return true; }
  Result<Events> take_events() override;

 private:
  /// Taken over from the counter, and not met by the snapshot yet.
  struct Awaited {
    TakenOver connection;
    unsigned looks = 0;  ///< that did not meet it
    bool met = false;
  };
  Awaited* find_awaited(std::uint64_t cookie);
  void sort_out_awaited();
  void note_source(Snapshot& snapshot) const;
  [[nodiscard]] std::uint64_t lost() const;
  Result<void> take_datagrams();
  void show_datagrams(Socket socket, const SocketVisitor& visit);
  void note_left(const std::vector<FlowCounter::Other>& others);

  NetlinkProbe sockets_;
  FlowCounter counter_;
  Result<UdpCounter> datagrams_;
  ConnectedUdp connected_udp_;
  Result<RouteSource> routes_;
  std::vector<Awaited> awaited_;  ///< sorted by cookie
  Events events_;                 ///< to be told
  std::uint64_t told_lost_ = 0;
};

}  // namespace ttq
