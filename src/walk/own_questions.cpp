#include "walk/own_questions.h"

namespace ttq {
namespace {

bool is_named(const Owner& owner, std::string_view name) {
  return owner.process && owner.process->name == name;
}

}  // namespace

bool is_own_question(const ToldFlow& flow, const WalkLimits& limits) {
  const Endpoint& listen = flow.key.listen;
  if (listen.proto != Protocol::tcp || !limits.is_daemon_at(listen)) return false;
  if (flow.owner->unknown) return listen.port == limits.peer_port;
  return is_named(*flow.owner, flow.key.role == Role::active ? "ttq" : "ttracerd");
}

bool is_own_question(const Joint& joint, const WalkLimits& limits) {
  if (joint.listen.proto != Protocol::tcp || !limits.is_daemon_at(joint.listen)) return false;
  const Owner& target = joint.target.owner;
  if (is_named(target, "ttracerd")) return true;
  const bool is_asked = is_named(joint.source.owner, "ttq");
  if (joint.listen.port != limits.peer_port) return is_asked && !target.process;
  return is_asked || target.unknown;
}

bool is_own_listener(const ToldListener& listener, const WalkLimits& limits) {
  return limits.is_daemon_at(listener.endpoint) && is_named(*listener.owner, "ttracerd");
}

}  // namespace ttq
