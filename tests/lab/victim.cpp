#include "lab/victim.h"

#include <chrono>
#include <nlohmann/json.hpp>

namespace ttq::lab {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

Argv with(Argv words, const Argv& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

Time wall_clock() { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

Victim::Victim(Host& host, const Argv& options)
    : daemon_(host, with({"--window", "1s", "--flush", "100ms"}, options)),
      next_(std::chrono::ceil<std::chrono::seconds>(wall_clock())) {}

void Victim::remember() {
  for (const Time until = wall_clock(); next_ + 2s <= until; next_ += 1s) {
    remembered_[next_] = told(next_);
  }
}

std::vector<std::string> Victim::changed() const {
  std::vector<std::string> starts;
  for (const auto& [start, text] : remembered_) {
    if (told(start) != text) starts.push_back(print_time(start));
  }
  return starts;
}

/// Without what changes from answer to answer: the host's clock.
std::string Victim::told(Time start) const {
  const json answer =
      daemon_.json("/v1/flows?since=" + print_time(start) + "&until=" + print_time(start + 1s));
  return answer.at("flows").dump(1);
}

bool Victim::covered(Time moment) const {
  const json coverage = daemon_.json("/v1/flows?port=1").at("coverage");  // no flow is asked for
  for (const json& span : coverage) {
    const auto since = parse_time(span.at("since").get<std::string>()).value();
    const auto until = parse_time(span.at("until").get<std::string>()).value();
    if (since <= moment && moment < until) return true;
  }
  return false;
}

}  // namespace ttq::lab
