#include "api/metrics.h"

#include <doctest/doctest.h>

#include <regex>
#include <set>
#include <sstream>

#include "support/hostile_text.h"

using namespace ttq;
using namespace ttq::test;
using namespace std::chrono_literals;

namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("figures are printed with their units") {
  const Health health{.started = Time(1500ms),
                      .interval = 500ms,
                      .ticks = 12345678,
                      .sockets = 20000,
                      .dropped_flows = 3,
                      .snapshot_seconds = 0.25};
  const std::string text = print_metrics(health, {.bytes = 4096, .max_bytes = 8192}, "0.1.0");
  CHECK(has_line(text, "ttracerd_start_time_seconds 1.5"));
  CHECK(has_line(text, "ttracerd_interval_seconds 0.5"));
  CHECK(has_line(text, "ttracerd_ticks_total 12345678"));
  CHECK(has_line(text, "ttracerd_sockets 20000"));
  CHECK(has_line(text, "ttracerd_dropped_flows_total 3"));
  CHECK(has_line(text, "ttracerd_last_snapshot_seconds 0.25"));
  CHECK(has_line(text, "ttracerd_store_bytes 4096"));
  CHECK(has_line(text, "ttracerd_store_max_bytes 8192"));
  CHECK(has_line(text, "ttracerd_store_corrupt_records_total 0"));
  CHECK(has_line(text, "ttracerd_store_oldest_window_time_seconds 0"));
}

TEST_CASE("every line is a comment or a sample of the exposition format, and no name comes twice") {
  const Health health{.last_tick = Time(1ms),
                      .achieved_interval = 1s,
                      .join_seconds = 1e-9,
                      .degradations = {"a", "b"},
                      .collector = Footprint{1ns, 1},
                      .server = Footprint{24h * 365, ~0ULL}};
  const std::string text = print_metrics(health, {.bytes = ~0ULL}, "0.1.0");
  const std::string name = "ttracerd_[a-z_]+";
  const std::string label = R"re([a-z_]+="[^"]*")re";
  const std::regex line_form("# (HELP|TYPE) " + name + " .+|" + name + R"((\{)" + label + "(," +
                             label + R"()*\})? [0-9.e+-]+)");
  std::set<std::string> seen;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(std::regex_match(line, line_form));
    CHECK(seen.insert(line.substr(0, line.find(' ', line[0] == '#' ? 7 : 0))).second);
  }
}

TEST_CASE("what each process takes is told, by the process") {
  const std::string text = print_metrics(
      {.collector = Footprint{1500ms, 8U << 20U}, .server = Footprint{250us, 64U << 20U}}, {}, "");
  CHECK(has_line(text, "# TYPE ttracerd_process_cpu_seconds_total counter"));
  CHECK(has_line(text, R"(ttracerd_process_cpu_seconds_total{process="collector"} 1.5)"));
  CHECK(has_line(text, R"(ttracerd_process_cpu_seconds_total{process="server"} 0.00025)"));
  CHECK(has_line(text, "# TYPE ttracerd_process_resident_memory_bytes gauge"));
  CHECK(has_line(text, R"(ttracerd_process_resident_memory_bytes{process="collector"} 8388608)"));
  CHECK(has_line(text, R"(ttracerd_process_resident_memory_bytes{process="server"} 67108864)"));
}

TEST_CASE("rule 1: what a process takes, and how often it looks, is left out where nobody knows") {
  const std::string text = print_metrics({.collector = Footprint{1s, {}}}, {}, "");
  CHECK(text.find("process=\"server\"") == std::string::npos);
  CHECK(text.find("ttracerd_process_resident_memory_bytes{") == std::string::npos);
  CHECK(has_line(text, R"(ttracerd_process_cpu_seconds_total{process="collector"} 1)"));
  CHECK(text.find("ttracerd_achieved_interval_seconds") == std::string::npos);
  CHECK(has_line(print_metrics({.achieved_interval = 2500ms}, {}, ""),
                 "ttracerd_achieved_interval_seconds 2.5"));
}

TEST_CASE("trap 29: a label cannot be left with a quote or a line break") {
  const Health health{.probe = "a\"} 1\nx", .degradations = {"back\\slash\x1b[2J"}};
  const std::string text = print_metrics(health, {}, "v");
  CHECK(has_line(text, R"(ttracerd_info{version="v",probe="a\"} 1)"
                       "\uFFFD"
                       R"(x",probe_reason=""} 1)"));
  CHECK(has_line(text, R"(ttracerd_degradation{reason="back\\slash)"
                       "\uFFFD"
                       R"([2J"} 1)"));
  for (const std::string& name : hostile_names()) {
    CAPTURE(name);
    CHECK(hostile_in(print_metrics({.probe_reason = name, .degradations = {name}}, {}, name),
                     "\n") == "");
  }
}

TEST_CASE("what was refused is counted by the limit") {
  const std::string text = print_metrics({.refused = {{"busy", 3}, {"too_many", 0}}}, {}, "");
  CHECK(has_line(text, R"(ttracerd_http_refused_total{reason="busy"} 3)"));
  CHECK(has_line(text, R"(ttracerd_http_refused_total{reason="too_many"} 0)"));
}

TEST_CASE("a fault that is not overcome shows, without its text") {
  CHECK(has_line(print_metrics({}, {}, ""), "ttracerd_faulted 0"));
  const std::string text = print_metrics({.last_fault = "/secret"}, {}, "");
  CHECK(has_line(text, "ttracerd_faulted 1"));
  CHECK(text.find("secret") == std::string::npos);
}
