// Connections that open and close in any order, under ticks, looks and new windows: whatever order
// that is, each is counted once, and for whoever had it.
#include <doctest/doctest.h>

#include <array>
#include <map>
#include <random>

#include "busy_host.h"

using namespace ttq;
using namespace std::chrono_literals;
using test::BusyHost;
using test::call;
using test::curl;
using test::nginx;
using test::process;
using test::visit;
using test::WatchedHost;

namespace {

/// A kernel that counts, and takes over at each look what is held by then.
class Storm {
 public:
  enum class Losses { none, some, untold };
  explicit Storm(unsigned seed, Losses losses = Losses::none) : random_(seed), losses_(losses) {}

  void step() {
    switch (random_() % 8) {
      case 0:
      case 1:
        return open(Role::active);
      case 2:
      case 3:
        return open(Role::passive);
      case 4:
      case 5:
        return close();
      case 6:
        return tick();
      default:
        return random_() % 20 == 0 ? next_window() : look();
    }
  }
  void end() {
    while (!standing_.empty()) close();
    for (int looks = 0; looks < 3; ++looks) look();
    next_window();
  }

  /// Of all windows.
  [[nodiscard]] std::uint64_t opened(Role role) const { return opened_.at(role); }
  [[nodiscard]] std::uint64_t counted_opened(Role role) const { return sums_.at(role).opened; }
  [[nodiscard]] std::uint64_t counted_closed(Role role) const { return sums_.at(role).closed; }
  [[nodiscard]] std::string left_over() { return host_.lines(); }
  [[nodiscard]] const WatchedHost& host() const { return host_; }

 private:
  struct Standing {
    Role role = Role::active;
    int opened_at = 0;
    std::uint64_t cookie = 0;  ///< 0: not shown yet
    bool is_announced = true;
  };
  bool loses_one() {
    const bool loses = losses_ != Losses::none && random_() % 5 == 0;
    if (loses && losses_ == Losses::some) host_.loses_events();
    return loses;
  }
  /// Its listener keeps a connection, or passes it on to a worker.
  const Process& some_holder() {
    static const std::array holders{nginx, process("worker", 20), process("worker", 21)};
    return holders.at(random_() % holders.size());
  }
  void open(Role role) {
    standing_.push_back({role, now_});
    ++opened_[role];
    standing_.back().is_announced = !loses_one();
    if (!standing_.back().is_announced) return;
    ++kernel_[role].opened;
    if (role == Role::active) ++kernel_[role].traffic.attempts;
  }
  void close() {
    if (standing_.empty()) return;
    const auto one = standing_.begin() + static_cast<long>(random_() % standing_.size());
    if (one->is_announced && !loses_one()) {
      FlowEvents& counted = kernel_[one->role];
      ++(one->cookie == 0 ? counted.closed : counted.taken_ended);
    }
    if (one->cookie != 0) host_.goes(one->cookie);
    standing_.erase(one);
  }
  void tell() {
    for (auto& [role, counted] : kernel_) {
      std::string line = role == Role::active ? call : visit;
      line += "attempts=" + std::to_string(counted.traffic.attempts);
      line += " opened=" + std::to_string(counted.opened);
      line += " closed=" + std::to_string(counted.closed);
      line += " taken_ended=" + std::to_string(counted.taken_ended);
      host_.happens(line);
    }
    kernel_.clear();
  }
  void tick() {
    now_ += 1;
    tell();
    host_.tick();
  }
  void look() {
    now_ += 1;
    for (Standing& one : standing_) {
      const bool is_held = random_() % 4 != 0;
      if (one.cookie == 0 && (is_held || !one.is_announced)) show(one);
    }
    tell_left();
    tell();
    host_.look(Remains::left_out);
  }
  void show(Standing& one) {
    const std::string port = std::to_string(10'000 + (++last_port_ % 50'000));
    const bool calls = one.role == Role::active;
    one.cookie = calls ? host_.connects("10.0.0.1:" + port, "10.0.0.9:5432", curl)
                       : host_.connects("10.0.0.1:80", "10.0.0.2:" + port, some_holder());
    if (!one.is_announced) return;
    host_.takes_over(one.cookie, calls ? call : visit,
                     std::chrono::seconds(now_ - one.opened_at) - 500ms);
  }
  void tell_left() {
    host_.has_left_nothing();
    std::map<Role, Left> left;
    for (const Standing& one : standing_) left[one.role].now += one.cookie == 0 ? 1 : 0;
    for (const auto& [role, some] : left) host_.has_left(role == Role::active ? call : visit, some);
  }
  void next_window() {
    for (const Flow& flow : host_.changes().flows) latest_[flow.key] = flow;
    for (const auto& [key, flow] : latest_) {
      sums_[key.role].opened += flow.connections.opened;
      sums_[key.role].closed += flow.connections.closed;
    }
    latest_.clear();
    host_.next_window();
    now_ += 60;
  }

  std::mt19937 random_;
  Losses losses_;
  BusyHost host_;
  int now_ = 0;
  int last_port_ = 0;
  std::vector<Standing> standing_;
  std::map<Role, FlowEvents> kernel_;
  std::map<Role, std::uint64_t> opened_;
  std::map<Role, Connections> sums_;
  std::unordered_map<FlowKey, Flow> latest_;
};

}  // namespace

TEST_CASE("whatever opens and closes, under whatever looks, is counted once") {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    Storm storm(seed);
    for (int steps = 0; steps < 2'000; ++steps) storm.step();
    storm.end();
    for (const Role role : {Role::active, Role::passive}) {
      CHECK(storm.counted_opened(role) == storm.opened(role));
      CHECK(storm.counted_closed(role) == storm.opened(role));
    }
    CHECK(storm.left_over().empty());
    CHECK(storm.host().events().size() == 0);
    CHECK(storm.host().connections().size() == 0);
  }
}

TEST_CASE("whatever was lost, and told or not, nothing stands for ever") {
  for (const auto losses : {Storm::Losses::some, Storm::Losses::untold}) {
    const bool are_told = losses == Storm::Losses::some;
    CAPTURE(are_told);
    for (unsigned seed = 1; seed <= 50; ++seed) {
      CAPTURE(seed);
      Storm storm(seed, losses);
      for (int steps = 0; steps < 2'000; ++steps) storm.step();
      storm.end();
      CHECK(storm.left_over().empty());
      CHECK(storm.host().events().connections() == 0);
      CHECK(storm.host().connections().size() == 0);
      // Whose flow it was is remembered for ends that nobody will tell of.
      if (are_told) CHECK(storm.host().events().size() == 0);
    }
  }
}
