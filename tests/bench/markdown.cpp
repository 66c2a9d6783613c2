#include "bench/markdown.h"

#include <algorithm>
#include <map>

#include "bench/machine.h"

namespace ttq::bench {
namespace {

constexpr const char* how_to_repeat = R"(
## How to repeat it

    make bench          # all of this, in less than 20 minutes
    make bench-quick    # the same questions, fewer answers, in 2 minutes
    sudo build-bench/tests/bench/bench held --counts 20000    # one part alone

It needs root, for network namespaces, and installs from Debian's packages what it compares with. The
hosts are namespaces of this machine, and all that is started and made is gone when it ends, however
it ends. Each figure is also printed as a line of JSON, with all of its samples.
)";

/// What each part asks.
const std::map<std::string, std::string> titles = {
    {"paper", "The paper's experiment: what the application notices"},
    {"held", "Held sockets: the daemon, the floor and the tools"},
    {"churn", "New connections all the time"},
    {"many", "Many processes"},
    {"store", "The store"},
    {"walk", "The walk"},
    {"micro", "One function at a time"}};

std::string row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + (cell.empty() ? "|" : " |");
  return line + "\n";
}

std::string table_head(const char* first) {
  return row({first, "median [least-most]", "unit", "goal", ""}) +
         row({"---", "---", "---", "---", "---"});
}

std::string print_rows(const std::vector<Figure>& figures, bool with_bench) {
  std::string text;
  for (const Figure& figure : figures) {
    text += row({(with_bench ? figure.bench + ": " : "") + figure.what, print_spread(figure),
                 figure.unit, figure.goal, verdict(figure)});
  }
  return text;
}

std::string print_facts() {
  std::string text = "\n" + row({"", ""}) + row({"---", "---"});
  for (const auto& [name, value] : machine_facts()) text += row({name, value});
  return text;
}

/// In the order in which they came.
std::vector<std::string> benches_of(const std::vector<Figure>& figures) {
  std::vector<std::string> names;
  for (const Figure& figure : figures) {
    if (std::find(names.begin(), names.end(), figure.bench) == names.end()) {
      names.push_back(figure.bench);
    }
  }
  return names;
}

std::string print_section(const std::vector<Figure>& figures, const std::string& bench) {
  std::vector<Figure> own;
  for (const Figure& figure : figures) {
    if (figure.bench == bench) own.push_back(figure);
  }
  const auto title = titles.find(bench);
  return "\n## " + (title == titles.end() ? bench : title->second) + "\n\n" + table_head("what") +
         print_rows(own, false);
}

}  // namespace

std::string print_markdown(const Report& report, const std::string& heading,
                           const std::string& notes) {
  const auto& figures = report.figures();
  std::string text = "# Benchmarks\n\n" + heading + "\n" + print_facts();
  text += "\n## Against the goals\n\n" + table_head("what") + print_rows(with_goals(figures), true);
  text += "\n" + notes + how_to_repeat;
  for (const std::string& bench : benches_of(figures)) text += print_section(figures, bench);
  return text;
}

}  // namespace ttq::bench
