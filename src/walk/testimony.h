// What one host told, in our clock's time, laid out for the questions that the stitch asks of it.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "ttq/flow.h"
#include "ttq/listener.h"

namespace ttq {

class Testimony {
 public:
  Testimony() = default;

  /// Connections that were seen in TIME_WAIT only are those of the one process that has others of
  /// the same (protocol, listen, client): what a daemon could not know yet when it met them is
  /// known at the end of the span (trap 31). With several such processes, or none, they stay
  /// nobody's.
  Testimony(std::vector<Flow> flows, std::vector<Listener> listeners);

  [[nodiscard]] const std::vector<Flow>& flows() const { return flows_; }
  [[nodiscard]] const std::vector<Listener>& listeners() const { return listeners_; }

  /// Every flow of that process in that role.
  [[nodiscard]] std::vector<const Flow*> of(const ProcessKey& process, Role role) const;

  /// Every flow of that role with the key's (protocol, listen, client), whoever owns it. Loopback
  /// addresses match within the key's network namespace only: the host must be the one that told
  /// the key.
  [[nodiscard]] std::vector<const Flow*> matching(Role role, const FlowKey& key) const;

  /// Every flow of that role and protocol through any port of `listen` from `client`.
  [[nodiscard]] std::vector<const Flow*> between(Role role, Protocol proto, const Address& listen,
                                                 const Address& client) const;

  /// The listeners that a connection to the key's listening endpoint reaches: those with the most
  /// specific address (inet_lookup_listener() prefers them too). With SO_REUSEPORT there are
  /// several.
  [[nodiscard]] std::vector<const Listener*> accepting(const FlowKey& key) const;

  /// Where that process listens; by its passive flows where no listener of it was told.
  [[nodiscard]] std::vector<Endpoint> listens(const ProcessKey& process) const;

  /// Puts flows in the place of others, and adds them up where that makes the same flow twice.
  void correct(const std::map<FlowKey, Flow>& corrections);

 private:
  void index();
  void settle_remains();

  std::vector<Flow> flows_;  // by key, so that those of one (listen, client, role) lie together
  std::vector<Listener> listeners_;
  std::map<ProcessKey, std::vector<std::size_t>> by_process_;
};

}  // namespace ttq
