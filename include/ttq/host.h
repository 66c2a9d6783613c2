// A host as it speaks of itself. Hosts are told apart by id, never by address.
#pragma once

#include <string>
#include <vector>

#include "ttq/address.h"
#include "ttq/time.h"

namespace ttq {

struct Host {
  std::string id;        ///< application-specific machine id, or --host-id
  std::string instance;  ///< of store and boot: tells two cloned machines with one id apart
  std::string name;
  std::vector<Address> addresses;         ///< of this network namespace, loopback left out, sorted
  std::string version;                    ///< of ttracerd
  std::string probe;                      ///< "ebpf", "netlink" or "procfs"
  std::string probe_reason;               ///< why it is no better one; may be empty
  std::vector<std::string> degradations;  ///< what this daemon cannot see, and why; a sentence each
  Time now;                               ///< the host's own clock as it answers

  bool operator==(const Host&) const = default;
};

}  // namespace ttq
