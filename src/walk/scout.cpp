#include "walk/scout.h"

#include <limits>
#include <utility>

#include "walk/selection.h"

namespace ttq {

Scout::Scout(const Roster& roster, const Course& course, const Target& target,
             const WalkQuery& query, const WalkLimits& limits)
    : roster_(roster), course_(course), target_(target), query_(query), limits_(limits) {}

std::vector<FarEnd> Scout::set_out() {
  const HostRecord& target = roster_.target();
  for (const ProcessKey& process : select(target, target_, query_, limits_).processes) {
    for (const Role role : ways(query_.direction)) {
      const auto port = role == Role::passive ? target_.port : std::nullopt;
      agenda_.push_back({&target, {role, 0, process, port}, 0});
    }
  }
  work();
  return std::exchange(wanted_, {});
}

std::vector<FarEnd> Scout::hear(const Address& address) {
  const auto [begin, end] = pending_.equal_range(address);
  std::vector<Pending> ready;
  for (auto at = begin; at != end; ++at) ready.push_back(at->second);
  pending_.erase(begin, end);
  for (const Pending& pending : ready) {
    const HostRecord* there = roster_.met({address, pending.host});
    if (there != nullptr) follow(pending, *there);
  }
  work();
  return std::exchange(wanted_, {});
}

void Scout::work() {
  while (!agenda_.empty()) {
    const Visit next = agenda_.back();
    agenda_.pop_back();
    visit(*next.host, next.step, next.depth);
  }
}

void Scout::visit(const HostRecord& host, const Step& step, unsigned depth) {
  if (depth >= query_.depth.value_or(std::numeric_limits<unsigned>::max())) return;
  const auto [mark, is_new] = depths_.try_emplace({&host, step}, depth);
  if (!is_new && mark->second <= depth) return;
  mark->second = depth;
  for (const ToldFlow* guess : Course::guesses_of(step, host.testimony)) want(host, *guess);
  for (const ToldFlow* flow : course_.flows_of(step, host.testimony)) {
    const Pending pending{&host, flow, depth};
    const FarEnd far{flow->key.peer(), &host};
    if (const HostRecord* there = roster_.met(far)) {
      follow(pending, *there);
    } else if (roster_.may_ask(far.address)) {
      want(host, *flow);
      pending_.emplace(far.address, pending);
    }
  }
}

void Scout::want(const HostRecord& host, const ToldFlow& flow) {
  const FarEnd far{flow.key.peer(), &host};
  if (roster_.met(far) != nullptr) return;
  wanted_.push_back(far);
  locals_.insert(near_end(flow, 0).address);
}

std::optional<Address> Scout::narrow() const {
  if (query_.depth != 1U || locals_.size() != 1) return std::nullopt;
  const Address& only = *locals_.begin();
  return only.is_wildcard() ? std::nullopt : std::optional(only);  // that may be any of ours
}

void Scout::follow(const Pending& pending, const HostRecord& there) {
  if (joints_ > limits_.max_joints) return;  // nor will the walk go there
  const Party here{0, &pending.host->testimony, &pending.host->host.addresses};
  const bool down = pending.flow->key.role == Role::active;
  for (const Joint& joint :
       stitch(*pending.flow, here, {0, &there.testimony, &there.host.addresses})) {
    ++joints_;
    const End& far = down ? joint.target : joint.source;
    if (!far.owner.process || course_.hides(joint)) continue;
    const Step step{pending.flow->key.role, 0, far.owner.key(), std::nullopt};
    agenda_.push_back({&there, step, pending.depth + 1});
  }
}

}  // namespace ttq
