// The polling probe: the kernel's socket tables (TCP and UDP, IPv4 and IPv6) through sock_diag, TCP
// in one dump where the kernel allows, else each on its own; and each on its own falling back to
// /proc/net where sock_diag refuses it.
//
// Netlink is asked in the network namespace that the daemon was started in. UDP dumps are often
// missing (CONFIG_INET_UDP_DIAG, a module) where TCP works, hence the fallback for each table.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "probe/inet_diag.h"
#include "probe/netlink_handle.h"
#include "ttq/probe.h"

namespace ttq {

class NetlinkProbe : public Probe {
 public:
  /// Without a handle every table is read from `proc`/net. `reason`: why events are done without.
  NetlinkProbe(std::optional<NetlinkHandle> handle, std::filesystem::path proc,
               std::string reason = "");

  Result<Snapshot> look(Remains remains, const SocketVisitor& visit) override;
  /// But those whose opening was seen.
  void measure(std::vector<Socket>& sockets) override;
  Result<Snapshot> look_at_listeners(const SocketVisitor& visit) override;
  [[nodiscard]] NetNs netns() const { return netns_; }

 private:
  Result<Snapshot> read_tables(StateMask tcp, StateMask udp, const SocketVisitor& visit);
  bool read_tcp_at_once(StateMask states, const SocketVisitor& visit, Snapshot& snapshot);
  Result<void> read_table(const SocketTable& table, StateMask states, const SocketVisitor& visit,
                          Snapshot& snapshot);
  template <class Request>
  Result<Dump> dump(const Request& request, Protocol proto, const SocketVisitor& visit);

  std::optional<NetlinkHandle> handle_;
  std::filesystem::path proc_;
  std::string reason_;
  NetNs netns_ = 0;
  std::size_t rows_ = 0;  ///< of the last look's dumps
};

}  // namespace ttq
