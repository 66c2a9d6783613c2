// A look at all sockets of one network namespace: how far it can be trusted. The rows themselves
// are handed on one by one as the kernel tells them (probe.h), for there may be a million.
#pragma once

#include <string>
#include <vector>

#include "ttq/socket.h"

namespace ttq {

struct Snapshot {
  NetNs netns = 0;
  bool consistent =
      true;            ///< false: the table changed under two dumps in a row; rows may be missing
  std::string source;  ///< "ebpf", "netlink" or "procfs"
  std::string reason;  ///< why it is no better one; empty: none is better, or it was asked for
  std::vector<std::string> degradations;  ///< what could not be read, and why; a sentence each
};

}  // namespace ttq
