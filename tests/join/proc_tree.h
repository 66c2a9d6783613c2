// A /proc laid out as files, removed when it goes out of scope.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "join/proc_reader.h"

namespace ttq::test {

struct FakeProcess {
  Pid pid = 0;
  Pid ppid = 1;
  Pid pgrp = 0;
  std::string comm = "program";
  std::string exe = "/usr/bin/program";
  std::uint64_t start_time = 100;
  std::uint64_t image = 5000;  ///< start_code and start_stack are made of it: the same after a fork
  std::vector<std::uint64_t> sockets;
  std::string cgroup = "0::/\n";
};

class ProcTree {
 public:
  ProcTree() {
    std::string pattern = (std::filesystem::temp_directory_path() / "proc-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    write("sys/kernel/random/boot_id", "0b5e55ed-0000-4000-8000-000000000000\n");
    std::filesystem::create_directories(root_ / "self/ns");
    std::filesystem::create_symlink("pid:[4026531836]", root_ / "self/ns/pid");
  }
  ~ProcTree() { std::filesystem::remove_all(root_); }
  ProcTree(const ProcTree&) = delete;
  ProcTree& operator=(const ProcTree&) = delete;

  void add(const FakeProcess& process) {
    const std::string pid = std::to_string(process.pid);
    const Pid pgrp = process.pgrp == 0 ? process.pid : process.pgrp;
    write(pid + "/stat", pid + " (" + process.comm + ") S " + std::to_string(process.ppid) + " " +
                             std::to_string(pgrp) + " 0 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 " +
                             std::to_string(process.start_time) +
                             " 1000 100 18446744073709551615 " + std::to_string(process.image) +
                             " 6000 " + std::to_string(process.image + 7) +
                             " 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0\n");
    write(pid + "/cgroup", process.cgroup);
    write(pid + "/status", "Name:\t" + process.comm + "\nUid:\t1000\t33\t33\t33\n");
    std::filesystem::create_symlink(process.exe, root_ / pid / "exe");
    std::filesystem::create_directories(root_ / pid / "fd");
    put(process.pid, 0, 0);
    put(process.pid, 1, 0);
    put(process.pid, 2, 0);
    for (const auto inode : process.sockets) open(process.pid, inode);
  }

  /// At the lowest descriptor that is free, as the kernel does it.
  void open(Pid pid, std::uint64_t inode) {
    int descriptor = 0;
    while (std::filesystem::is_symlink(at(pid, descriptor))) ++descriptor;
    put(pid, descriptor, inode);
  }
  /// Instead of what is there; 0: /dev/null.
  void put(Pid pid, int descriptor, std::uint64_t inode) {
    std::filesystem::remove(at(pid, descriptor));
    const std::string target = inode == 0 ? "/dev/null" : "socket:[" + std::to_string(inode) + "]";
    std::filesystem::create_symlink(target, at(pid, descriptor));
  }
  /// So many more descriptors of a file, from this one on.
  void put_many(Pid pid, int first, int count) {
    put(pid, first, 0);
    for (int descriptor = first + 1; descriptor < first + count; ++descriptor) {
      std::filesystem::create_hard_link(at(pid, first),
                                        at(pid, descriptor));  // quicker than a link
    }
  }
  void close(Pid pid, std::uint64_t inode) {
    const std::string target = "socket:[" + std::to_string(inode) + "]";
    for (const auto& entry : std::filesystem::directory_iterator(at(pid, 0).parent_path())) {
      if (std::filesystem::read_symlink(entry) == target) std::filesystem::remove(entry);
    }
  }

  void remove(Pid pid) { std::filesystem::remove_all(root_ / std::to_string(pid)); }

  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }

  [[nodiscard]] ProcReader reader() const { return ProcReader(root_); }
  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

 private:
  [[nodiscard]] std::filesystem::path at(Pid pid, int descriptor) const {
    return root_ / std::to_string(pid) / "fd" / std::to_string(descriptor);
  }

  std::filesystem::path root_;
};

}  // namespace ttq::test
