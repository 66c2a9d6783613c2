// Port: where sockets come from. Netlink, /proc/net, kernel events; a list in tests.
#pragma once

#include <functional>
#include <vector>

#include "ttq/flow_events.h"
#include "ttq/result.h"
#include "ttq/snapshot.h"

namespace ttq {

/// Whether TIME_WAIT is asked for too. On a busy server it is most of the table, and it stays for a
/// minute: so it need not be read at every look.
enum class Remains : bool { left_out, asked_for };

using SocketVisitor = std::function<void(const Socket&)>;

class Probe {
 public:
  virtual ~Probe() = default;

  /// Visits every TCP and UDP socket of the network namespace, without counters; one that a dump
  /// told before it had to be repeated is visited twice. A part that cannot be read is a
  /// degradation in the snapshot; a Fault means that nothing could be read.
  virtual Result<Snapshot> look(Remains remains, const SocketVisitor& visit) = 0;

  /// Fills in `counters`, and `state` as it was when they were read, of these TCP sockets, as far
  /// as they still exist and the kernel tells.
  virtual void measure(std::vector<Socket>& sockets) = 0;

  /// Visits the listeners (TCP in LISTEN, UDP that is bound and not connected), and maybe others:
  /// for the time between looks, where events tell what happens.
  virtual Result<Snapshot> look_at_listeners(const SocketVisitor& visit) {
    return look(Remains::left_out, visit);
  }

  /// Whether connections are seen as they open, and not only by looks.
  [[nodiscard]] virtual bool tells_events() const { return false; }
  /// What has happened until now, since the last call; and what the last look took over.
  /// After a Fault they are told by the next call.
  virtual Result<Events> take_events() { return Events{}; }
};

}  // namespace ttq
