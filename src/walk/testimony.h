// What one host told, in our clock's time, laid out for the questions that the stitch asks of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "ttq/flow.h"
#include "ttq/listener.h"

namespace ttq {

/// A flow as a host told it; its owner is told once, whatever has flows of it.
struct ToldFlow {
  FlowKey key;
  const Owner* owner = nullptr;  ///< as long as the testimony is
  Connections connections;
  std::optional<Traffic> traffic;
  Time first_seen;
  Time last_seen;
  Evidence evidence = Evidence::port;
};

struct ToldListener {
  Endpoint endpoint;
  NetNs netns = 0;
  const Owner* owner = nullptr;  ///< as long as the testimony is
  bool v6only = false;
  Time first_seen;
  Time last_seen;
};

class Testimony {
 public:
  Testimony() = default;
  Testimony(Testimony&&) = default;
  Testimony& operator=(Testimony&&) = default;
  Testimony(const Testimony&) = delete;  // flows point at owners
  Testimony& operator=(const Testimony&) = delete;
  ~Testimony() = default;

  /// Connections that were seen in TIME_WAIT only have no owner. Where one process alone has others
  /// of the same (protocol, listen, client) they are most likely its own, but nobody saw that: they
  /// are set aside, neither counted for it nor told as an unknown end (traps 8, 31).
  Testimony(std::vector<Flow> flows, std::vector<Listener> listeners);

  [[nodiscard]] const std::vector<ToldFlow>& flows() const { return flows_; }
  [[nodiscard]] const std::vector<ToldListener>& listeners() const { return listeners_; }

  /// Every flow of that process in that role.
  [[nodiscard]] std::vector<const ToldFlow*> of(const ProcessKey& process, Role role) const;

  /// Every flow of that role with the key's (protocol, listen, client), whoever owns it. Loopback
  /// addresses match within the key's network namespace only: the host must be the one that told
  /// the key.
  [[nodiscard]] std::vector<const ToldFlow*> matching(Role role, const FlowKey& key) const;
  /// How many they are. Quick, also where a stranger tells a hundred thousand alike.
  [[nodiscard]] std::size_t count_matching(Role role, const FlowKey& key) const;

  /// Every flow of that role and protocol through any port of `listen` from `client`, if there are
  /// no more than a hundred.
  [[nodiscard]] std::vector<const ToldFlow*> between(Role role, Protocol proto,
                                                     const Address& listen,
                                                     const Address& client) const;

  /// The listeners that a connection to the key's listening endpoint reaches: those with the most
  /// specific address (inet_lookup_listener() prefers them too). With SO_REUSEPORT there are
  /// several; no more than a thousand are told.
  [[nodiscard]] std::vector<const ToldListener*> accepting(const FlowKey& key) const;

  /// Every listener of that process.
  [[nodiscard]] std::vector<const ToldListener*> listeners_of(const ProcessKey& process) const;

  /// Where that process listens; by its passive flows where no listener of it was told.
  [[nodiscard]] std::vector<Endpoint> listens(const ProcessKey& process) const;

  /// What was set aside of the flow with this listen and client; null: nothing.
  [[nodiscard]] const ToldFlow* set_aside(Role role, const Endpoint& listen,
                                          const Address& client) const;

  /// Puts flows in the place of others, and adds them up where that makes the same flow twice.
  void correct(const std::map<FlowKey, ToldFlow>& corrections);

 private:
  using Flows = std::vector<ToldFlow>;

  const Owner* keep(Owner owner);
  void index();
  void index_listeners();
  [[nodiscard]] std::pair<Flows::const_iterator, Flows::const_iterator> range(
      Role role, const FlowKey& key) const;
  void set_remains_aside();

  std::multimap<ProcessKey, Owner> owners_;  // one of a key, unless a host contradicts itself
  Flows flows_;      // by key, so that those of one (listen, client, role) lie together
  Flows set_aside_;  // likewise
  std::vector<ToldListener> listeners_;    // by endpoint
  std::vector<std::uint32_t> by_process_;  // of flows_
  std::vector<std::uint32_t> listeners_by_process_;
};

}  // namespace ttq
