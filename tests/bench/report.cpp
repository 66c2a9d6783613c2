#include "bench/report.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>

namespace ttq::bench {
namespace {

using Row = std::vector<std::string>;

std::vector<Row> rows_of(const std::vector<Figure>& figures) {
  std::vector<Row> rows = {{"what", "median [least-most]", "unit", "goal", ""}};
  for (const Figure& figure : figures) {
    rows.push_back({figure.bench + ": " + figure.what, print_spread(figure), figure.unit,
                    figure.goal, verdict(figure)});
  }
  return rows;
}

std::vector<std::size_t> widths_of(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  return widths;
}

}  // namespace

void Report::add(Figure figure) {
  std::cout << print_figure(figure) << std::endl;
  figures_.push_back(std::move(figure));
}

void progress(std::string_view what) {
  static const auto began = std::chrono::steady_clock::now();
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - began;
  std::fprintf(stderr, "[%5.0f s] %.*s\n", since.count(), static_cast<int>(what.size()),
               what.data());
}

std::string print_table(const std::vector<Figure>& figures) {
  const auto rows = rows_of(figures);
  const auto widths = widths_of(rows);
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::vector<Figure> with_goals(const std::vector<Figure>& figures) {
  std::vector<Figure> found;
  for (const Figure& figure : figures) {
    if (!figure.goal.empty()) found.push_back(figure);
  }
  return found;
}

}  // namespace ttq::bench
