#include "ttracerd/probes.h"

#include <optional>
#include <vector>

#include "base/log.h"
#include "probe/ebpf_probe.h"
#include "ttracerd/host_facts.h"

namespace ttq {
namespace {

constexpr const char* mounts = "/proc/mounts";

/// Events are held against the snapshot by cookies, which Netlink alone tells.
Result<std::unique_ptr<Probe>> make_ebpf_probe() {
  NetlinkProbe sockets = make_netlink_probe();
  std::vector<std::uint64_t> datagram_sockets;
  const auto looked = sockets.look_at_listeners([&](const Socket& socket) {
    if (socket.local.proto == Protocol::udp) datagram_sockets.push_back(socket.cookie);
  });
  if (!looked) return looked.error();
  if (looked->source != "netlink") return Fault{"sock_diag does not tell TCP sockets"};
  auto counter = FlowCounter::attach(sockets.netns(), {});
  if (!counter) return counter.error();
  const PortRange ephemeral = ephemeral_ports(proc_root);
  const UdpCounter::Scope scope{.mounts = mounts,
                                .pid_level = counter->pid_level(),
                                .first_ephemeral = ephemeral.first,
                                .last_ephemeral = ephemeral.last};
  // Rows of /proc/net have no cookies, so what was counted could not be told from what is seen.
  auto datagrams = looked->degradations.empty()
                       ? UdpCounter::attach(scope, datagram_sockets)
                       : Result<UdpCounter>(Fault{looked->degradations.front()});
  return std::unique_ptr<Probe>(
      new EbpfProbe(std::move(sockets), std::move(*counter), std::move(datagrams)));
}

/// None where the kernel does not allow it, or nobody wants it: then owners are read from /proc.
std::optional<OpenFiles> make_open_files(const Config& config) {
  if (config.probe == "netlink") return std::nullopt;
  auto files = OpenFiles::load();
  if (files) return std::move(*files);
  log(LogLevel::info, "reading who holds a socket from /proc: " + files.error().message);
  return std::nullopt;
}

}  // namespace

NetlinkProbe make_netlink_probe(std::string reason) {
  auto handle = NetlinkHandle::open();
  if (handle) return {std::move(*handle), proc_root, std::move(reason)};
  log(LogLevel::warning, handle.error().message + "; reading /proc/net instead");
  return {std::nullopt, proc_root, handle.error().message};
}

Result<std::unique_ptr<Probe>> make_probe(const Config& config) {
  if (config.probe == "netlink")
    return std::unique_ptr<Probe>(new NetlinkProbe(make_netlink_probe()));
  auto probe = make_ebpf_probe();
  if (probe || config.probe == "ebpf") return probe;
  log(LogLevel::info, "watching by snapshots alone: " + probe.error().message);
  return std::unique_ptr<Probe>(new NetlinkProbe(make_netlink_probe(probe.error().message)));
}

SocketOwners make_owners(const Config& config) {
  return SocketOwners(ProcReader(proc_root), make_open_files(config));
}

Callers make_callers(const Probe& probe) {
  if (!probe.tells_events()) return Callers(ProcReader(proc_root));
  return Callers(ProcReader(proc_root), CgroupTree(mounts));
}

}  // namespace ttq
