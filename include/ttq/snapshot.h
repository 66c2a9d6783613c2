// All sockets of one network namespace at one moment, and how far that can be trusted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ttq/socket.h"

namespace ttq {

struct Snapshot {
  NetNs netns = 0;
  std::vector<Socket> sockets;
  bool consistent =
      true;            ///< false: the table changed under two dumps in a row; rows may be missing
  std::string source;  ///< "netlink" or "procfs"
  std::vector<std::string> degradations;  ///< what could not be read, and why; a sentence each
};

}  // namespace ttq
