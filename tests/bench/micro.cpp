// micro-bench: part g, one function of each stage at n and at 10 n, and how its time grows.
//
//   micro-bench [--quick]
//
// Times are of the whole work on n things; growth is the time at 10 n through ten times that at n:
// 1 is linear. Prints figures (figure.h).
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <linux/inet_diag.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "bench/figure.h"
#include "flow/connection_book.h"
#include "probe/inet_diag.h"
#include "store/chunk.h"
#include "store/keys.h"
#include "store/owner_codec.h"
#include "ttq/report.h"
#include "walk/stitch.h"
#include "wire/report_json.h"

namespace ttq::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t few = 1'000;
constexpr std::int64_t many = 10 * few;

Address address(std::int64_t i) {
  const std::array<std::uint8_t, 4> bytes{10, static_cast<std::uint8_t>(i >> 16),
                                          static_cast<std::uint8_t>(i >> 8),
                                          static_cast<std::uint8_t>(i)};
  return Address::v4(bytes);
}

Owner nginx() {
  return Owner::of({.key = {.pgid = 4656, .pid = 4656, .mark = 81230},
                    .name = "nginx",
                    .pgid = 4656,
                    .exe = "/usr/sbin/nginx",
                    .uid = 33,
                    .unit = "nginx.service"});
}

/// Of a web server with so many clients.
std::vector<Flow> flows(std::int64_t count, Role role = Role::passive) {
  std::vector<Flow> made;
  const Owner owner = nginx();
  for (std::int64_t i = 0; i < count; ++i) {
    Flow flow;
    flow.key = {.listen = {Protocol::tcp, address(1 << 20), 80},
                .client = address(i),
                .role = role,
                .netns = 4026531840,
                .process = owner.key()};
    flow.owner = owner;
    flow.connections = {.now = 30, .max = 31, .opened = 3, .closed = 2};
    flow.first_seen = Time(Duration(1'764'000'000'000));
    flow.last_seen = flow.first_seen + Duration(59'000);
    flow.evidence = Evidence::listener;
    made.push_back(flow);
  }
  return made;
}

/// Established connections to port 80, as the kernel tells them.
std::vector<inet_diag_msg> rows(std::int64_t count) {
  std::vector<inet_diag_msg> made;
  for (std::int64_t i = 0; i < count; ++i) {
    inet_diag_msg row{};
    row.idiag_family = AF_INET;
    row.idiag_state = 1;
    row.id.idiag_sport = htons(80);
    row.id.idiag_dport = htons(static_cast<std::uint16_t>(1024 + i % 60'000));
    row.id.idiag_src[0] = htonl(0x0a100000);
    row.id.idiag_dst[0] = htonl(0x0a000000 + static_cast<std::uint32_t>(i / 60'000));
    row.id.idiag_cookie[0] = static_cast<std::uint32_t>(i + 1);
    row.idiag_inode = static_cast<std::uint32_t>(i + 1'000);
    made.push_back(row);
  }
  return made;
}

std::vector<Socket> sockets(std::int64_t count) {
  std::vector<Socket> made;
  for (const inet_diag_msg& row : rows(count)) {
    made.push_back(*decode_row(std::as_bytes(std::span(&row, 1)), Protocol::tcp));
  }
  return made;
}

void decode(benchmark::State& state) {
  const auto messages = rows(state.range(0));
  for ([[maybe_unused]] auto _ : state) {
    for (const inet_diag_msg& row : messages) {
      benchmark::DoNotOptimize(decode_row(std::as_bytes(std::span(&row, 1)), Protocol::tcp));
    }
  }
}

/// What a tick does with sockets of which none is new.
void fold(benchmark::State& state) {
  const auto steady = sockets(state.range(0));
  const PortRange ephemeral;
  ListenerBook listeners(ephemeral);
  ConnectionBook connections(ephemeral);
  FlowTable table;
  Holders holders;
  for (const Socket& socket : steady) holders.add(socket.inode, {nginx()});
  Time now(Duration(1'764'000'000'000));
  table.open_window(window_at(now, std::chrono::minutes(1)), now);
  const auto look = [&] {
    listeners.begin_look(Remains::left_out);
    connections.begin_look(Remains::left_out);
    for (const Socket& socket : steady) {
      listeners.see(socket);
      connections.see(socket);
    }
    listeners.end_look(0);
    connections.end_look(Snapshot{});
    connections.settle({holders, listeners, {}, {}}, table, now);
  };
  look();
  for ([[maybe_unused]] auto _ : state) {
    now += Duration(1);
    look();
  }
}

struct Record {
  std::string key;
  std::vector<Row> rows;  ///< ten minutes of one flow
};

std::vector<Record> records(std::int64_t count, const std::string& owner) {
  const Time start = fine_bucket(window_at(Time(Duration(1'764'000'000'000)), 1min));
  std::vector<Record> made;
  for (const Flow& flow : flows(count)) {
    Record record{chunk_key(RecordKind::fine_flow, start, flow_series(flow.key)), {}};
    for (int minute = 0; minute < 10; ++minute) {
      record.rows.push_back({.window = {start + minute * 1min, 1min},
                             .counts = flow.connections,
                             .note = static_cast<std::uint8_t>(flow.evidence),
                             .owner = owner});
    }
    made.push_back(std::move(record));
  }
  return made;
}

void encode(benchmark::State& state) {
  const std::string owner = encode_owner(nginx());
  const auto made = records(state.range(0), owner);
  for ([[maybe_unused]] auto _ : state) {
    for (const Record& record : made) {
      benchmark::DoNotOptimize(encode_chunk(record.key, record.rows));
    }
  }
}

void decode_records(benchmark::State& state) {
  const std::string owner = encode_owner(nginx());
  std::vector<std::pair<std::string, std::string>> stored;
  for (const Record& record : records(state.range(0), owner)) {
    stored.emplace_back(record.key, encode_chunk(record.key, record.rows));
  }
  for ([[maybe_unused]] auto _ : state) {
    for (const auto& [key, value] : stored) benchmark::DoNotOptimize(decode_chunk(key, value));
  }
}

FlowReport report_of(std::int64_t count) {
  FlowReport report;
  report.flows = flows(count);
  return report;
}

void write_json(benchmark::State& state) {
  const FlowReport report = report_of(state.range(0));
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(to_json(report));
}

void read_json(benchmark::State& state) {
  const std::string text = to_json(report_of(state.range(0)));
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(parse_flow_report(text));
}

/// A server's flows, each with what its client's host tells.
void stitch_flows(benchmark::State& state) {
  const Testimony here(flows(state.range(0)), {});
  const Testimony there(flows(state.range(0), Role::active), {});
  for ([[maybe_unused]] auto _ : state) {
    for (const ToldFlow& flow : here.flows()) {
      benchmark::DoNotOptimize(stitch(flow, {HostIndex{0}, &here}, {HostIndex{1}, &there}));
    }
  }
}

/// Keeps the times of all runs, by name and n.
class Keeper : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      times_[{run.run_name.function_name, run.run_name.args}].push_back(run.GetAdjustedCPUTime());
    }
  }

  /// Microseconds of one thing's share, and the growth.
  void print() const {
    for (const auto& [name, at_few] : times_) {
      if (name.second != std::to_string(few)) continue;
      const auto& at_many = times_.at({name.first, std::to_string(many)});
      print_share(name.first + ": each of 1,000", at_few, few);
      print_share(name.first + ": each of 10,000", at_many, many);
      std::cout << print_figure({.bench = "micro",
                                 .what = name.first + ": growth",
                                 .unit = "",
                                 .samples = {median(at_many) / median(at_few) / 10}})
                << std::endl;
    }
  }

 private:
  static void print_share(const std::string& what, std::vector<double> times, std::int64_t count) {
    for (double& time : times) time = time / static_cast<double>(count);
    std::cout << print_figure({.bench = "micro", .what = what, .unit = "ns", .samples = times})
              << std::endl;
  }

  std::map<std::pair<std::string, std::string>, std::vector<double>> times_;
};

void measure(const char* name, void (*what)(benchmark::State&), bool quick) {
  benchmark::RegisterBenchmark(name, what)
      ->Arg(few)
      ->Arg(many)
      ->MinTime(quick ? 0.05 : 0.2)
      ->Repetitions(quick ? 1 : 3);
}

}  // namespace
}  // namespace ttq::bench

int main(int argc, char** argv) {
  using namespace ttq::bench;
  const bool quick = argc > 1 && std::strcmp(argv[1], "--quick") == 0;
  measure("decode a row of the kernel's", decode, quick);
  measure("fold a steady connection", fold, quick);
  measure("encode ten windows of a flow", encode, quick);
  measure("decode ten windows of a flow", decode_records, quick);
  measure("write a flow as JSON", write_json, quick);
  measure("read a flow from JSON", read_json, quick);
  measure("stitch a flow to its other end", stitch_flows, quick);
  Keeper keeper;
  benchmark::RunSpecifiedBenchmarks(&keeper);
  keeper.print();
}
