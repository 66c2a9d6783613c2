#include "confine/privileges.h"

#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

namespace ttq {
namespace {

struct FreeCapabilities {
  void operator()(cap_t set) const { ::cap_free(set); }
};
using CapabilitySet = std::unique_ptr<std::remove_pointer_t<cap_t>, FreeCapabilities>;

bool has(cap_t set, int capability) {
  cap_flag_value_t value = CAP_CLEAR;
  return ::cap_get_flag(set, capability, CAP_PERMITTED, &value) == 0 && value == CAP_SET;
}

bool is_kept(const Capabilities& kept, int capability) {
  return std::find(kept.begin(), kept.end(), capability) != kept.end();
}

/// Without CAP_SETPCAP it cannot be done; then no_new_privs alone must do.
void narrow_bounding_set(const Capabilities& kept) {
  for (int capability = 0; capability < ::cap_max_bits(); ++capability) {
    if (!is_kept(kept, capability)) ::cap_drop_bound(capability);
  }
}

Result<void> change_user(const std::optional<Identity>& user) {
  if (::geteuid() != 0 || !user) return {};
  if (::prctl(PR_SET_KEEPCAPS, 1L) != 0) return errno_fault("PR_SET_KEEPCAPS");
  auto became = become(*user);
  ::prctl(PR_SET_KEEPCAPS, 0L);
  return became ? became : became.error().in("become user " + user->name);
}

}  // namespace

Result<void> keep_only(const Capabilities& kept) {
  const CapabilitySet before(::cap_get_proc());
  const CapabilitySet after(::cap_init());
  if (!before || !after) return errno_fault("cap_get_proc");
  for (const int capability : kept) {
    if (!has(before.get(), capability)) continue;
    for (const cap_flag_t flag : {CAP_PERMITTED, CAP_EFFECTIVE}) {
      ::cap_set_flag(after.get(), flag, 1, &capability, CAP_SET);
    }
  }
  if (::cap_set_proc(after.get()) != 0) return errno_fault("cap_set_proc");
  return {};
}

Result<void> shed_privileges(const std::optional<Identity>& user, const Capabilities& kept) {
  narrow_bounding_set(kept);
  if (auto changed = change_user(user); !changed) return changed;
  if (auto narrowed = keep_only(kept); !narrowed) return narrowed;
  ::cap_reset_ambient();
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0) return errno_fault("PR_SET_NO_NEW_PRIVS");
  return {};
}

}  // namespace ttq
