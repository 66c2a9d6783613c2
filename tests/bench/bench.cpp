// bench: measures, prints each figure as it comes (JSON lines), and a table at the end.
#include <CLI/CLI.hpp>
#include <iostream>

#include "bench/parts.h"
#include "lab/lab.h"

using namespace ttq::bench;

namespace {

struct Part {
  std::string name;
  void (*run)(Report&, const Plan&);
};

const std::vector<Part> parts = {
    {"held", held}, {"churn", churn}, {"many", many}, {"paper", paper}};

}  // namespace

int main(int argc, char** argv) {
  CLI::App options("Measures ttracerd and ttq, side by side with what else there is");
  Plan plan;
  std::vector<std::string> wanted;
  options.add_option("PART", wanted);
  options.add_flag("--quick", plan.quick);
  options.add_option("--counts", plan.counts)->delimiter(',');
  CLI11_PARSE(options, argc, argv);
  if (const std::string reason = ttq::lab::obstacle(); !reason.empty()) {
    std::cerr << "bench: " << reason << "It needs root.\n";
    return EXIT_FAILURE;
  }
  Report report;
  for (const Part& part : parts) {
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), part.name) != wanted.end()) {
      part.run(report, plan);
    }
  }
  std::cout << '\n' << print_table(report.figures());
}
