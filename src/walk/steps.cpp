#include "walk/steps.h"

#include "walk/own_questions.h"

namespace ttq {

std::vector<Role> ways(Direction direction) {
  if (direction == Direction::deps) return {Role::active};
  if (direction == Direction::impact) return {Role::passive};
  return {Role::active, Role::passive};
}

std::vector<const ToldFlow*> Course::flows_of(const Step& step, const Testimony& there) const {
  auto flows = there.of(step.process, step.role);
  std::erase_if(flows, [&](const ToldFlow* flow) {
    if (!query_.self && is_own_question(*flow, limits_)) return true;
    if (step.port) return flow->key.listen.port != *step.port;
    // What nobody owns has to do with the port that was asked about only if it goes through it.
    return target_.port && !flow->owner->process;
  });
  return flows;
}

std::vector<const ToldFlow*> Course::guesses_of(const Step& step, const Testimony& there) {
  std::vector<const ToldFlow*> guesses;
  for (const Role role : {step.role, opposite(step.role)}) {
    for (const ToldFlow* flow : there.of(step.process, role)) {
      if (flow->evidence == Evidence::port) guesses.push_back(flow);
    }
  }
  return guesses;
}

bool Course::hides(const Joint& joint) const {
  return !query_.self && is_own_question(joint, limits_);
}

}  // namespace ttq
