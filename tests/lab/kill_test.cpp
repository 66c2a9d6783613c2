#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "lab/picture.h"
#include "lab/servers.h"
#include "ttq/time.h"

using namespace ttq::lab;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

ttq::Time now() { return std::chrono::floor<ttq::Duration>(std::chrono::system_clock::now()); }

/// A daemon with windows of a second that is killed again and again while it writes.
class Victim {
 public:
  explicit Victim(Host& host) : daemon_(host, {"--window", "1s", "--flush", "100ms"}) {}

  /// Remembers what is told of the windows that have been closed since the last call, and were
  /// flushed since: those that ended a second ago.
  void remember(ttq::Time until) {
    for (ttq::Time start = next_; start + 2s <= until; start += 1s) {
      remembered_[start] = told(start);
      next_ = start + 1s;
    }
  }

  /// What is told of it now. Without what changes from answer to answer: the host's clock.
  [[nodiscard]] std::string told(ttq::Time start) const {
    const json answer = daemon_.json("/v1/flows?since=" + ttq::print_time(start) +
                                     "&until=" + ttq::print_time(start + 1s));
    return answer.at("flows").dump(1);
  }

  void kill_and_restart() {
    CHECK(daemon_.kill() == 128 + SIGKILL);
    std::this_thread::sleep_for(200ms);
    gaps_.push_back(now());
    std::this_thread::sleep_for(100ms);
    daemon_.start();
  }

  [[nodiscard]] json coverage() const {
    return daemon_.json("/v1/flows?port=1").at("coverage");  // no flow is asked for
  }

  [[nodiscard]] bool covered(ttq::Time moment) const {
    for (const json& span : coverage()) {
      const auto since = ttq::parse_time(span.at("since").get<std::string>()).value();
      const auto until = ttq::parse_time(span.at("until").get<std::string>()).value();
      if (since <= moment && moment < until) return true;
    }
    return false;
  }

  [[nodiscard]] const std::map<ttq::Time, std::string>& remembered() const { return remembered_; }
  [[nodiscard]] const std::vector<ttq::Time>& gaps() const { return gaps_; }

 private:
  Daemon daemon_;
  ttq::Time next_ = std::chrono::ceil<std::chrono::seconds>(now());
  std::map<ttq::Time, std::string> remembered_;
  std::vector<ttq::Time> gaps_;
};

}  // namespace

TEST_CASE(
    "a daemon that is killed 30 times while it writes loses no closed window and tells gaps") {
  Lab lab;
  Host& host = lab.host("server", "10.0.0.2");
  serve(host, 80);
  hold(host, "10.0.0.2", 80, 10);
  wrk(host, "http://127.0.0.1:1/");  // refused connects: sockets that come and go
  Victim victim(host);
  for (int round = 0; round < 30; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(250 + 13 * round));  // never in step
    victim.remember(now());
    victim.kill_and_restart();
  }
  CHECK(victim.remembered().size() > 15);
  for (const auto& window : victim.remembered()) {
    CAPTURE(ttq::print_time(window.first));
    CHECK(victim.told(window.first) == window.second);
  }
  for (const ttq::Time gap : victim.gaps()) CHECK_FALSE(victim.covered(gap));
  const ttq::Time last = now();
  CAPTURE(ttq::print_time(last));
  CAPTURE(victim.coverage().dump());
  CHECK(eventually(5s, [&] { return victim.covered(last); }));
}
