#include "bench/kernel_clock.h"

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <map>
#include <sstream>

#include "lab/program.h"

namespace ttq::bench {
namespace {

namespace fs = std::filesystem;

/// Lines of "name:\tvalue".
using Fields = std::map<std::string, std::string>;

Fields fields_of(const fs::path& path) {
  Fields fields;
  std::istringstream lines(lab::read_file(path));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    std::string value;
    if (words >> name >> value) fields.insert_or_assign(name.substr(0, name.find(':')), value);
  }
  return fields;
}

std::string value_of(const Fields& fields, const char* name) {
  const auto found = fields.find(name);
  return found == fields.end() ? "" : found->second;
}

UniqueFd call_bpf(bpf_cmd command, bpf_attr& attributes) {
  return UniqueFd(static_cast<int>(::syscall(SYS_bpf, command, &attributes, sizeof attributes)));
}

std::uint64_t address_of(const void* data) { return reinterpret_cast<std::uintptr_t>(data); }

UniqueFd load_empty_program() {
  const std::array<bpf_insn, 2> nothing = {
      {{.code = BPF_ALU64 | BPF_MOV | BPF_K,
        .dst_reg = BPF_REG_0,
        .src_reg = 0,
        .off = 0,
        .imm = 0},
       {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}}};
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT;
  attributes.insns = address_of(nothing.data());
  attributes.insn_cnt = nothing.size();
  attributes.license = address_of("GPL");
  return call_bpf(BPF_PROG_LOAD, attributes);
}

UniqueFd attach(const UniqueFd& program, const std::string& tracepoint) {
  bpf_attr attributes{};
  attributes.raw_tracepoint.name = address_of(tracepoint.c_str());
  attributes.raw_tracepoint.prog_fd = static_cast<std::uint32_t>(program.get());
  return call_bpf(BPF_RAW_TRACEPOINT_OPEN, attributes);
}

UniqueFd enable_statistics() {
  bpf_attr attributes{};
  attributes.enable_stats.type = BPF_STATS_RUN_TIME;
  return call_bpf(BPF_ENABLE_STATS, attributes);
}

}  // namespace

std::optional<Runs> runs_of(pid_t pid, const std::string& tracepoint) {
  std::string program;
  std::map<std::string, Runs> runs;  ///< by the program's id
  std::error_code gone;
  for (const auto& each :
       fs::directory_iterator("/proc/" + std::to_string(pid) + "/fdinfo", gone)) {
    const Fields fields = fields_of(each.path());
    const std::string id = value_of(fields, "prog_id");
    if (value_of(fields, "tp_name") == tracepoint) program = id;
    if (!fields.contains("run_cnt")) continue;
    runs[id] = {std::stod(fields.at("run_cnt")), Nanoseconds(std::stoll(fields.at("run_time_ns")))};
  }
  const auto found = runs.find(program);
  if (found == runs.end()) return std::nullopt;
  return found->second;
}

KernelClock::KernelClock(const std::string& tracepoint)
    : tracepoint_(tracepoint),
      statistics_(enable_statistics()),
      program_(load_empty_program()),
      link_(attach(program_, tracepoint)) {
  if (!statistics_ || !program_ || !link_) lab::give_up("the kernel keeps no statistics of BPF");
}

Runs KernelClock::empty() const { return runs_of(::getpid(), tracepoint_).value_or(Runs()); }

}  // namespace ttq::bench
