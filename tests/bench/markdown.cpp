#include "bench/markdown.h"

#include <algorithm>
#include <map>

namespace ttq::bench {
namespace {

constexpr const char* how_to_repeat = R"(
## How to repeat it

    make bench          # all of this, in half an hour
    make bench-quick    # the same questions, fewer answers, in 6 minutes
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
    {"events", "Short connections, and who is told of each"},
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

std::string print_facts(const Facts& facts) {
  std::string text = "\n" + row({"", ""}) + row({"---", "---"});
  for (const auto& [name, value] : facts) text += row({name, value});
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

/// What is said as "situation: figure", as a table with a row for each situation.
class Grid {
 public:
  /// false: it is said otherwise.
  bool take(const Figure& figure) {
    const auto colon = figure.what.rfind(": ");
    if (colon == std::string::npos) return false;
    const std::string name = figure.what.substr(0, colon);
    const std::string unit = figure.unit.empty() ? "" : ", " + figure.unit;
    const std::string column = figure.what.substr(colon + 2) + unit;
    note(rows_, name);
    note(columns_, column);
    cells_[{name, column}] = print_spread(figure);
    return true;
  }

  [[nodiscard]] std::string print() const {
    if (rows_.empty()) return {};
    std::vector<std::string> head = {"median [least-most]"};
    head.insert(head.end(), columns_.begin(), columns_.end());
    std::string text = row(head) + row(std::vector<std::string>(head.size(), "---"));
    for (const std::string& name : rows_) text += row(cells_of(name));
    return text + "\n";
  }

 private:
  static void note(std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }

  [[nodiscard]] std::vector<std::string> cells_of(const std::string& name) const {
    std::vector<std::string> cells = {name};
    for (const std::string& column : columns_) {
      const auto found = cells_.find({name, column});
      cells.push_back(found == cells_.end() ? "" : found->second);
    }
    return cells;
  }

  std::vector<std::string> rows_;
  std::vector<std::string> columns_;
  std::map<std::pair<std::string, std::string>, std::string> cells_;
};

std::string print_section(const std::vector<Figure>& figures, const std::string& bench) {
  Grid grid;
  std::vector<Figure> rest;
  for (const Figure& figure : figures) {
    if (figure.bench == bench && !grid.take(figure)) rest.push_back(figure);
  }
  const auto title = titles.find(bench);
  return "\n## " + (title == titles.end() ? bench : title->second) + "\n\n" + grid.print() +
         (rest.empty() ? "" : table_head("what") + print_rows(rest, false));
}

}  // namespace

std::string print_markdown(const Report& report, const std::string& heading, const Facts& facts,
                           const std::string& notes) {
  const auto& figures = report.figures();
  std::string text = "# Benchmarks\n\n" + heading + "\n" + print_facts(facts);
  text += "\n## Against the goals\n\n" + table_head("what") + print_rows(with_goals(figures), true);
  text += "\n" + notes + how_to_repeat;
  for (const std::string& bench : benches_of(figures)) text += print_section(figures, bench);
  return text;
}

}  // namespace ttq::bench
