#include "confine/identity.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace ttq {

std::optional<Identity> find_identity(const std::string& user, const std::string& askers) {
  const passwd* entry = ::getpwnam(user.c_str());
  if (entry == nullptr) return std::nullopt;
  Identity identity{user, entry->pw_uid, entry->pw_gid, std::nullopt};
  const group* group_entry = ::getgrnam(askers.c_str());
  if (group_entry != nullptr) identity.askers = group_entry->gr_gid;
  return identity;
}

/// The ids are set for good, saved ones included (setresuid(2)); the groups first, while it may.
Result<void> become(const Identity& identity) {
  const gid_t askers = identity.askers.value_or(identity.gid);
  if (::setgroups(1, &askers) != 0) return errno_fault("setgroups");
  if (::setresgid(identity.gid, identity.gid, identity.gid) != 0) return errno_fault("setresgid");
  if (::setresuid(identity.uid, identity.uid, identity.uid) != 0) return errno_fault("setresuid");
  return {};
}

}  // namespace ttq
