#include "walk/own_questions.h"

namespace ttq {
namespace {

bool is_named(const Owner& owner, std::string_view name) {
  return owner.process && owner.process->name == name;
}

}  // namespace

bool is_own_question(const ToldFlow& flow, std::uint16_t peer_port) {
  if (flow.key.listen.port != peer_port || flow.key.listen.proto != Protocol::tcp) return false;
  return flow.owner->unknown ||
         is_named(*flow.owner, flow.key.role == Role::active ? "ttq" : "ttracerd");
}

bool is_own_question(const Joint& joint, std::uint16_t peer_port) {
  return joint.listen.port == peer_port && joint.listen.proto == Protocol::tcp &&
         (joint.target.owner.unknown || is_named(joint.target.owner, "ttracerd") ||
          is_named(joint.source.owner, "ttq"));
}

bool is_own_listener(const ToldListener& listener, std::uint16_t peer_port) {
  return listener.endpoint.port == peer_port && is_named(*listener.owner, "ttracerd");
}

}  // namespace ttq
