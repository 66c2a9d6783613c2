// Whom the daemon runs as once it has started: a user with no rights of its own.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "ttq/result.h"

namespace ttq {

struct Identity {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  /// The group whose members may ask through the UNIX socket; none: there is no such group.
  std::optional<gid_t> askers;
};

/// By passwd(5) and group(5), or whatever else nsswitch.conf(5) asks. None: there is no such user.
std::optional<Identity> find_identity(const std::string& user, const std::string& askers);

/// Of the calling process, which is not root: the askers' group only if it is one of its own.
Identity own_identity(const std::string& askers);

/// All ids of the calling process, and the askers' group beside its own. REQUIRES: no other thread.
Result<void> become(const Identity& identity);

}  // namespace ttq
