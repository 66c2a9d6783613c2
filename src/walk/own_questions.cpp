#include "walk/own_questions.h"

namespace ttq {
namespace {

bool is_named(const Owner& owner, std::string_view name) {
  return owner.process && owner.process->name == name;
}

}  // namespace

bool is_own_question(const ToldFlow& flow, const WalkLimits& limits) {
  if (!limits.is_daemon_port(flow.key.listen.port) || flow.key.listen.proto != Protocol::tcp)
    return false;
  return flow.owner->unknown ||
         is_named(*flow.owner, flow.key.role == Role::active ? "ttq" : "ttracerd");
}

bool is_own_question(const Joint& joint, const WalkLimits& limits) {
  return limits.is_daemon_port(joint.listen.port) && joint.listen.proto == Protocol::tcp &&
         (joint.target.owner.unknown || is_named(joint.target.owner, "ttracerd") ||
          is_named(joint.source.owner, "ttq"));
}

bool is_own_listener(const ToldListener& listener, const WalkLimits& limits) {
  return limits.is_daemon_port(listener.endpoint.port) && is_named(*listener.owner, "ttracerd");
}

}  // namespace ttq
