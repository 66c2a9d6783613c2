#include "walk/subprocess.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <thread>

#include "base/child.h"
#include "base/text.h"

namespace ttq {
namespace {

constexpr std::size_t longest_complaint = 200;

/// What is done to the new process before it becomes the command (posix_spawn(3)).
struct Preparation {
  Preparation() {
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
  }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;
  ~Preparation() {
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
  }

  /// Its streams; a process group of its own, so that Ctrl-C is ours; and SIGPIPE as usual.
  void set(int stream, int complaints) {
    ::posix_spawn_file_actions_adddup2(&files, stream, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, stream, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, complaints, STDERR_FILENO);
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&attributes, &usual);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }

  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
};

}  // namespace

Result<Subprocess> Subprocess::start(const std::vector<std::string>& words,
                                     const UniqueFd& stream) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno_fault("pipe");
  UniqueFd reading(ends[0]);
  const UniqueFd writing(ends[1]);
  ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);
  Preparation preparation;
  preparation.set(stream.get(), writing.get());
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int failed = ::posix_spawnp(&pid, argv.front(), &preparation.files, &preparation.attributes,
                                    argv.data(), environ);
  if (failed != 0) return errno_fault("start " + words.front(), failed);
  return Subprocess(pid, std::move(reading));
}

Subprocess::~Subprocess() {
  if (pid_ < 0 || status_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::optional<int> Subprocess::status() {
  for (int attempt = 0; !status_ && attempt < 20; ++attempt) {
    status_ = reap(pid_);
    if (!status_) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return status_;
}

std::string Subprocess::last_complaint() const {
  std::array<char, 4096> buffer{};
  const auto count = ::read(complaints_.get(), buffer.data(), buffer.size());
  if (count <= 0) return "";
  const std::string_view text =
      trim(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
  const auto begin = text.rfind('\n');
  return clean(trim(text.substr(begin == text.npos ? 0 : begin + 1)), longest_complaint);
}

}  // namespace ttq
