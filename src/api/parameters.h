// The parameters that questions may have. One table says which there are, what each allows, and how
// it narrows the question; refusals, and the test of /openapi.json, are made from the same rows.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "api/request_target.h"
#include "ttq/result.h"
#include "ttq/store.h"
#include "ttq/time.h"

namespace ttq {

inline constexpr Duration default_span = std::chrono::hours(1);
inline constexpr std::size_t default_limit = 1000;  ///< of flows
inline constexpr std::size_t max_limit = 10'000;    ///< and the default of listeners

/// What is asked, beside the query that goes to the store.
struct Question {
  Time now;  ///< what ages count from
  std::optional<Time> since;
  std::optional<Time> until;
  std::optional<std::size_t> limit;
  FlowQuery query;
  bool with_listeners = false;        ///< of the span, in the same answer
  bool with_recent = false;           ///< the last hour's coverage, too
  std::optional<std::string> unless;  ///< nothing but the host, if this is its instance
};

struct Parameter {
  std::string_view name;
  std::string_view allowed;                                   ///< "… must be ALLOWED"
  bool (*put)(Question& question, const std::string& value);  ///< false: not allowed
};

std::span<const Parameter> flow_parameters();
std::span<const Parameter> listener_parameters();

/// The default span is the hour before `until`, and the default `until` is `now`. A Fault says
/// which parameter is wrong, and what is allowed. The query's span is set, whatever was given.
Result<Question> parse_question(std::span<const Parameter> allowed,
                                const std::vector<GivenParameter>& given, Time now);

}  // namespace ttq
