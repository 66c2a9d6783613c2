// The steps of a walk: from which process it goes on, which way, and by which of its flows.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "walk/stitch.h"
#include "walk/walker.h"

namespace ttq {

/// A process from which the walk goes on, and which way.
struct Step {
  Role role = Role::active;  ///< of its flows: active to what it needs, passive to who needs it
  HostIndex host = 0;
  ProcessKey process;
  std::optional<std::uint16_t> port;  ///< only through that one: the target was HOST:PORT

  auto operator<=>(const Step&) const = default;
};

std::vector<Role> ways(Direction direction);

/// Which flows a step goes along, by what was asked.
class Course {
 public:
  /// All arguments must outlive it.
  Course(const Target& target, const WalkQuery& query, const WalkLimits& limits)
      : target_(target), query_(query), limits_(limits) {}

  /// `there` is the testimony of the step's host, here and below.
  [[nodiscard]] std::vector<const ToldFlow*> flows_of(const Step& step,
                                                      const Testimony& there) const;

  /// Flows that may really belong to the step, since they were filed under the other role by a
  /// guess.
  [[nodiscard]] static std::vector<const ToldFlow*> guesses_of(const Step& step,
                                                               const Testimony& there);

  /// Whether an edge is left out, since it is the tool's own.
  [[nodiscard]] bool hides(const Joint& joint) const;

 private:
  const Target& target_;
  const WalkQuery& query_;
  const WalkLimits& limits_;
};

}  // namespace ttq
