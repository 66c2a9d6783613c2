#include "confine/identity.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace ttq {
namespace {

std::optional<gid_t> find_group(const std::string& name) {
  const group* entry = ::getgrnam(name.c_str());
  return entry != nullptr ? std::optional(entry->gr_gid) : std::nullopt;
}

bool is_member(gid_t group) {
  if (::getegid() == group) return true;
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
  const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
  groups.resize(static_cast<std::size_t>(std::max(count, 0)));
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

}  // namespace

std::optional<Identity> find_identity(const std::string& user, const std::string& askers) {
  const passwd* entry = ::getpwnam(user.c_str());
  if (entry == nullptr) return std::nullopt;
  return Identity{user, entry->pw_uid, entry->pw_gid, find_group(askers)};
}

Identity own_identity(const std::string& askers) {
  const passwd* entry = ::getpwuid(::geteuid());
  Identity identity{entry != nullptr ? entry->pw_name : "", ::geteuid(), ::getegid(),
                    find_group(askers)};
  if (identity.askers && !is_member(*identity.askers)) identity.askers.reset();
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
