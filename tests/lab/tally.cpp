#include "lab/tally.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "lab/picture.h"

namespace ttq::lab {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto patience = 60s;

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string begin_line(std::string_view name, std::string_view evidence) {
  return std::string(name) + " " + std::string(evidence) + ":";
}

std::string line_of(const json& flow, std::string_view counts) {
  const json& process = flow.at("process");
  const json& name = process.is_null() ? flow.at("unknown_owner") : process.at("name");
  std::string line = begin_line(text_of(name), text_of(flow.at("evidence")));
  std::istringstream words{std::string(counts)};
  for (std::string word; words >> word;) line += " " + word + " " + count_of(flow, word).dump();
  return line;
}

}  // namespace

json count_of(const json& flow, const std::string& name) {
  const json& connections = flow.at("connections");
  return connections.contains(name) ? connections.at(name) : flow.at(name);
}

json Question::flows() const {
  return daemon
      .json("/v1/flows?role=" + std::string(role) + "&proto=" + std::string(proto) +
            "&port=" + std::to_string(port))
      .at("flows");
}

std::string tally(const Question& question) {
  std::vector<std::string> rows;
  for (const json& flow : question.flows()) rows.push_back(line_of(flow, question.counts));
  return lines(std::move(rows));
}

std::string tally(const Question& question, const std::string& expected) {
  return settled(
      patience, [&] { return tally(question); }, expected);
}

std::string flow_line(std::string_view name, std::string_view counts,
                      const std::vector<std::uint64_t>& values) {
  std::string line = begin_line(name, "event");
  std::istringstream words{std::string(counts)};
  std::string word;
  for (const std::uint64_t value : values) {
    words >> word;
    line += " " + word + " " + std::to_string(value);
  }
  return line + "\n";
}

std::string total(const Question& question) {
  const json flows = question.flows();
  std::vector<std::uint64_t> sums;
  std::istringstream words{std::string(question.counts)};
  for (std::string word; words >> word;) {
    sums.push_back(0);
    for (const json& flow : flows) sums.back() += count_of(flow, word).get<std::uint64_t>();
  }
  return flow_line("all", question.counts, sums);
}

std::string total(const Question& question, const std::string& expected) {
  return settled(
      patience, [&] { return total(question); }, expected);
}

}  // namespace ttq::lab
