// bench: measures ttracerd and ttq beside what else there is.
//
//   bench [PART...] [--quick] [--write FILE --notes FILE]
//
// Prints each figure as it comes, a line of JSON, and at the end a table. BENCHMARKS.md is what it
// writes when told to.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <iostream>

#include "bench/markdown.h"
#include "bench/parts.h"
#include "lab/lab.h"

using namespace ttq::bench;

namespace {

struct Part {
  std::string name;
  void (*run)(Report&, const Plan&);
};

// The paper's experiment wants a quiet machine most, and comes first.
const std::array<Part, 8> parts = {{{"paper", paper},
                                    {"held", held},
                                    {"churn", churn},
                                    {"many", many},
                                    {"events", events},
                                    {"store", store},
                                    {"walk", walk},
                                    {"micro", micro}}};

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const Part& part : parts) all.push_back(part.name);
  return all;
}

void run_all(Report& report, const Plan& plan, const std::vector<std::string>& wanted) {
  for (const Part& part : parts) {
    const bool is_wanted = std::find(wanted.begin(), wanted.end(), part.name) != wanted.end();
    if (wanted.empty() || is_wanted) part.run(report, plan);
  }
}

std::string heading(const Plan& plan, std::chrono::steady_clock::duration took) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(took).count();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(took).count() % 60;
  return std::string("Written by `make bench") + (plan.quick ? "-quick" : "") + "`, which took " +
         std::to_string(minutes) + " min " + std::to_string(seconds) +
         " s; the notes below are kept from `tests/bench/notes.md`.";
}

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) std::cerr << "bench: cannot write " << path << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App options("Measures ttracerd and ttq, side by side with what else there is");
  Plan plan;
  std::vector<std::string> wanted;
  std::string file;
  std::string notes;
  options.add_option("PART", wanted, "Only these")->check(CLI::IsMember(names()));
  options.add_flag("--quick", plan.quick, "Fewer questions, fewer answers");
  options.add_option("--counts", plan.counts, "Of held sockets: 20000,1000000")->delimiter(',');
  options.add_option("--write", file, "Write BENCHMARKS.md there");
  options.add_option("--notes", notes, "The hand-written part of it")->check(CLI::ExistingFile);
  CLI11_PARSE(options, argc, argv);
  if (const std::string reason = ttq::lab::obstacle(); !reason.empty()) {
    std::cerr << "bench: " << reason << "It needs root.\n";
    return EXIT_FAILURE;
  }
  const auto began = std::chrono::steady_clock::now();
  const Facts facts = machine_facts();  // with the load that was there before ours
  Report report;
  run_all(report, plan, wanted);
  const std::string head = heading(plan, std::chrono::steady_clock::now() - began);
  std::cout << '\n' << print_table(report.figures());
  if (!file.empty()) write(file, print_markdown(report, head, facts, ttq::lab::read_file(notes)));
}
