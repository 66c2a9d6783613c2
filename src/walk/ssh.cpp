#include "walk/ssh.h"

namespace ttq {
namespace {

constexpr int own_fault = 255;
constexpr int no_such_command = 127;

bool says(const std::string& complaint, const char* words) {
  return complaint.find(words) != std::string::npos;
}

HostState state_of(int status, const std::string& complaint) {
  if (status != own_fault) return HostState::unreachable;
  if (says(complaint, "Permission denied")) return HostState::denied;
  if (says(complaint, "Host key verification failed")) return HostState::untrusted;
  return HostState::unreachable;
}

}  // namespace

std::vector<std::string> ssh_command(const std::string& host) {
  return {"ssh", "-oBatchMode=yes", "-oForwardAgent=no", "--", host, "ttq", "stdio"};
}

PeerFailure failure_of_ssh(std::optional<int> status, const std::string& complaint) {
  if (!status) return {HostState::unreachable, "ssh: the connection broke off"};
  if (*status == no_such_command) {
    return {HostState::unreachable, "ssh: there is no ttq on that host, or it is not in the PATH"};
  }
  const std::string why =
      complaint.empty() ? "it ended with status " + std::to_string(*status) : complaint;
  const bool says_who = why.starts_with("ssh: ");
  return {state_of(*status, complaint), (says_who ? "" : "ssh: ") + why};
}

}  // namespace ttq
