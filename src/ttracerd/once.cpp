#include "ttracerd/once.h"

#include <iostream>

#include "store/memory_store.h"
#include "ttracerd/collector.h"
#include "ttracerd/host_facts.h"
#include "ttracerd/options.h"
#include "ttracerd/probes.h"
#include "ttracerd/refusal.h"
#include "ttracerd/speaking_host.h"
#include "ttracerd/store_intake.h"
#include "wire/report_json.h"

namespace ttq {

int run_once(const Config& config) {
  MemoryStore store;
  HealthBoard board;
  StoreIntake intake(store, board);
  intake.post_addresses(host_addresses());
  NetlinkProbe probe =
      make_netlink_probe(config.probe == "netlink" ? "" : "--once looks once, and sees no event");
  Collector collector(probe, make_owners(config), make_callers(probe), intake,
                      ephemeral_ports(proc_root), config.pace);
  const Time now = wall_clock();
  collector.tick(now);
  collector.flush();
  const Health health = board.read();
  if (health.failed_ticks > 0) return refuse(Fault{health.last_fault});
  FlowReport report;
  report.host = SpeakingHost(config, read_host_facts(), store.instance(), board).now();
  report.span = {now, now + Duration(1)};
  auto coverage = store.coverage(report.span);
  auto page = store.flows({.span = report.span, .limit = FlowLimits{}.max_flows});
  if (!coverage || !page) return refuse(page ? coverage.error() : page.error());
  report.coverage = std::move(*coverage);
  report.flows = std::move(page->flows);
  std::cout << to_json(report) << std::endl;
  return std::cout ? exit_ok : exit_fault;
}

}  // namespace ttq
