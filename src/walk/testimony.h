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

  /// Connections that were seen in TIME_WAIT only have no owner. Where one process alone has others
  /// of the same (protocol, listen, client) they are most likely its own, but nobody saw that: they
  /// are set aside, neither counted for it nor told as an unknown end (traps 8, 31).
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

  /// What was set aside of the flow with this listen and client; null: nothing.
  [[nodiscard]] const Flow* set_aside(Role role, const Endpoint& listen,
                                      const Address& client) const;

  /// Puts flows in the place of others, and adds them up where that makes the same flow twice.
  void correct(const std::map<FlowKey, Flow>& corrections);

 private:
  void index();
  void set_remains_aside();
  [[nodiscard]] bool has_one_user(const Flow& remains) const;

  std::vector<Flow> flows_;  // by key, so that those of one (listen, client, role) lie together
  std::vector<Flow> set_aside_;
  std::vector<Listener> listeners_;
  std::map<ProcessKey, std::vector<std::size_t>> by_process_;
};

}  // namespace ttq
