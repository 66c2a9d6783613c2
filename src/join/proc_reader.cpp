#include "join/proc_reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "base/text.h"
#include "base/unique_fd.h"

namespace ttq {
namespace {

struct CloseDir {
  void operator()(DIR* dir) const { ::closedir(dir); }
};
using Directory = std::unique_ptr<DIR, CloseDir>;

/// Files of /proc are made as they are read, and stat() says they are empty.
std::optional<std::string> read_file(const char* path) {
  const UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::string text;
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t size = ::read(file.get(), piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::nullopt;  // ESRCH: it went between open and read
    if (size == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
}

/// Long enough for all but paths that nobody is known by.
using LinkTarget = std::array<char, 4096>;

std::optional<std::string_view> read_link(int directory, const char* name, LinkTarget& target) {
  const ssize_t size = ::readlinkat(directory, name, target.data(), target.size());
  if (size < 0) return std::nullopt;
  return std::string_view(target.data(), static_cast<std::size_t>(size));
}

/// "socket:[12345]"
std::optional<std::uint64_t> socket_inode(std::string_view link) {
  constexpr std::string_view prefix = "socket:[";
  if (!link.starts_with(prefix) || !link.ends_with(']')) return std::nullopt;
  link.remove_prefix(prefix.size());
  link.remove_suffix(1);
  return parse_integer<std::uint64_t>(link);
}

bool is_container_id(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// "docker-<id>.scope", "cri-containerd-<id>.scope", "libpod-<id>.scope", "<id>".
std::optional<std::string> container_in(std::string_view component) {
  if (component.ends_with(".scope")) component.remove_suffix(6);
  const auto id = component.substr(component.find_last_of("-:") + 1);  // npos + 1 is 0
  if (!is_container_id(id)) return std::nullopt;
  return std::string(id);
}

}  // namespace

std::optional<ProcStat> parse_stat(std::string_view text) {
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  // proc(5) counts fields from 1, and the one after the ')' is the third.
  const auto fields = split(trim(text.substr(close + 1)), ' ');
  const auto field = [&](std::size_t number) {
    return number - 3 < fields.size() ? fields[number - 3] : std::string_view{};
  };
  const auto ppid = parse_integer<Pid>(field(4));
  const auto pgrp = parse_integer<Pid>(field(5));
  const auto start_time = parse_integer<std::uint64_t>(field(22));
  const auto start_code = parse_integer<std::uint64_t>(field(26));
  const auto start_stack = parse_integer<std::uint64_t>(field(28));
  if (!ppid || !pgrp || !start_time || !start_code || !start_stack) return std::nullopt;
  return ProcStat{std::string(text.substr(open + 1, close - open - 1)),
                  *ppid,
                  *pgrp,
                  *start_time,
                  *start_code,
                  *start_stack};
}

Cgroup parse_cgroup(std::string_view text) {
  Cgroup found;
  for (const auto line : split(text, '\n')) {
    const auto path_at = line.find(':', line.find(':') + 1);
    if (path_at == std::string_view::npos) continue;
    for (const auto component : split(line.substr(path_at + 1), '/')) {
      if (auto id = container_in(component)) found.container = std::move(id);
      if (component.ends_with(".service") || component.ends_with(".scope")) {
        found.unit = clean(component);
      }
    }
  }
  return found;
}

std::optional<std::uint32_t> parse_effective_uid(std::string_view text) {
  for (const auto line : split(text, '\n')) {
    if (!line.starts_with("Uid:")) continue;
    const auto ids = split(line, '\t');  // "Uid:" real effective saved filesystem
    return ids.size() > 2 ? parse_integer<std::uint32_t>(ids[2]) : std::nullopt;
  }
  return std::nullopt;
}

ProcReader::Path ProcReader::of(Pid pid, const char* file) const {
  Path path;
  std::snprintf(path.data(), path.size(), "%s/%d/%s", root_.c_str(), pid, file);
  return path;
}

std::vector<Pid> ProcReader::pids() const {
  std::vector<Pid> found;
  const Directory directory(::opendir(root_.c_str()));
  if (!directory) return found;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (const auto pid = parse_integer<Pid>(entry->d_name)) found.push_back(*pid);
  }
  return found;
}

bool ProcReader::shows_every_process() const {
  constexpr std::string_view initial_namespace = "pid:[4026531836]";  // PROC_PID_INIT_INO
  LinkTarget target;
  return stat(1) &&
         read_link(AT_FDCWD, (root_ / "self/ns/pid").c_str(), target) == initial_namespace;
}

std::optional<ProcStat> ProcReader::stat(Pid pid) const {
  const auto text = read_file(of(pid, "stat").data());
  return text ? parse_stat(*text) : std::nullopt;
}

bool ProcReader::runs(Pid pid) const { return ::access(of(pid, "").data(), F_OK) == 0; }

/// "0.20 0.18 0.12 1/80 11206"
std::optional<std::uint64_t> ProcReader::newest_pid() const {
  Path path;
  std::snprintf(path.data(), path.size(), "%s/loadavg", root_.c_str());
  const UniqueFd file(::open(path.data(), O_RDONLY | O_CLOEXEC));
  std::array<char, 128> text{};
  const ssize_t size = file ? ::read(file.get(), text.data(), text.size()) : -1;
  if (size < 0) return std::nullopt;
  const auto line = trim({text.data(), static_cast<std::size_t>(size)});
  return parse_integer<std::uint64_t>(line.substr(line.rfind(' ') + 1));
}

Access ProcReader::each_descriptor(Pid pid, const DescriptorVisitor& visit) const {
  const Directory directory(::opendir(of(pid, "fd").data()));
  if (!directory) return errno == EACCES || errno == EPERM ? Access::denied : Access::gone;
  Access access = Access::granted;
  const int fd = ::dirfd(directory.get());
  LinkTarget target;
  while (const dirent* entry = ::readdir(directory.get())) {
    const auto descriptor = parse_integer<std::size_t>(entry->d_name);
    if (!descriptor) continue;
    const auto link = read_link(fd, entry->d_name, target);
    if (!link && errno == EACCES) access = Access::denied;
    if (link) visit(*descriptor, socket_inode(*link).value_or(0));
  }
  return access;
}

/// Since Linux 6.2 the directory's size tells it (fs/proc/fd.c); before, its names are counted.
std::optional<std::size_t> ProcReader::count_descriptors(Pid pid) const {
  const Path path = of(pid, "fd");
  struct stat status {};
  if (::stat(path.data(), &status) == 0 && status.st_size > 0) {
    return static_cast<std::size_t>(status.st_size);
  }
  const Directory directory(::opendir(path.data()));
  if (!directory) return std::nullopt;
  std::size_t count = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (entry->d_name[0] != '.') ++count;
  }
  return count;
}

ProcReader::Path ProcReader::of(Pid pid, std::size_t descriptor) const {
  std::array<char, 32> name;
  std::snprintf(name.data(), name.size(), "fd/%zu", descriptor);
  return of(pid, name.data());
}

std::optional<Inode> ProcReader::socket_at(Pid pid, std::size_t descriptor) const {
  LinkTarget target;
  const auto link = read_link(AT_FDCWD, of(pid, descriptor).data(), target);
  if (!link) return std::nullopt;
  return socket_inode(*link).value_or(0);
}

bool ProcReader::denies(Pid pid, std::size_t descriptor) const {
  LinkTarget target;
  return !read_link(AT_FDCWD, of(pid, descriptor).data(), target) && errno == EACCES;
}

Cgroup ProcReader::cgroup(Pid pid) const {
  const auto text = read_file(of(pid, "cgroup").data());
  return text ? parse_cgroup(*text) : Cgroup{};
}

std::optional<std::string> ProcReader::exe(Pid pid) const {
  constexpr std::string_view deleted = " (deleted)";
  LinkTarget target;
  auto path = read_link(AT_FDCWD, of(pid, "exe").data(), target);
  if (!path) return std::nullopt;
  if (path->ends_with(deleted)) path->remove_suffix(deleted.size());
  return std::string(*path);
}

std::optional<std::uint32_t> ProcReader::effective_uid(Pid pid) const {
  const auto text = read_file(of(pid, "status").data());
  return text ? parse_effective_uid(*text) : std::nullopt;
}

std::string ProcReader::boot_id() const {
  const auto text = read_file((root_ / "sys/kernel/random/boot_id").c_str());
  return text ? std::string(trim(*text)) : "";
}

}  // namespace ttq
