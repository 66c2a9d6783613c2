// Parts e, f and g: programs of their own, which print their figures, a line each.
#include <filesystem>
#include <sstream>

#include "bench/parts.h"
#include "bench/site.h"

namespace ttq::bench {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

void take_figures(Report& report, const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (auto figure = parse_figure(line)) report.add(std::move(*figure));
  }
}

void run_part(Report& report, const Plan& plan, const std::string& name) {
  const std::string program = bench_program(name);
  if (!fs::exists(program)) {
    progress(name + ": is not built");
    return;
  }
  progress(name);
  const lab::Lab files;  // for its directory
  const fs::path out = files.dir() / "figures";
  lab::Argv command = {program};
  if (plan.quick) command.emplace_back("--quick");
  lab::Program running(command, {.out = out, .err = "/dev/stderr"});
  const int status = running.wait(15min);
  take_figures(report, lab::read_file(out));
  if (status != 0) lab::give_up(name + " ended with " + std::to_string(status));
}

}  // namespace

void store(Report& report, const Plan& plan) { run_part(report, plan, "store-bench"); }
void walk(Report& report, const Plan& plan) { run_part(report, plan, "walk-bench"); }
void micro(Report& report, const Plan& plan) { run_part(report, plan, "micro-bench"); }

}  // namespace ttq::bench
