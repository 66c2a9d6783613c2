// Programs that come and go within a millisecond or two, for which Python is too slow.
//
//   lab-brief call ADDRESS PORT               connects, sends a byte, ends
//   lab-brief serve PORT                      says "serving", answers one client, ends
//   lab-brief repeat COUNT WIDTH WORD...      runs `lab-brief WORD...` so often, WIDTH at a time,
//                                             each in a process group of its own; says "done"
//
// The exit status is 0 where all went well. Only system calls are used: what a program must load
// before it begins is most of its life.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

std::uint16_t port_of(const char* text) { return static_cast<std::uint16_t>(std::atoi(text)); }

void say(const char* word) {
  [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, word, std::strlen(word));
}

bool call(const char* address, std::uint16_t port) {
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(port);
  if (::inet_pton(AF_INET, address, &server.sin_addr) != 1) return false;
  const int connection = ::socket(AF_INET, SOCK_STREAM, 0);
  return ::connect(connection, reinterpret_cast<sockaddr*>(&server), sizeof server) == 0 &&
         ::write(connection, "x", 1) == 1;
}

bool serve(std::uint16_t port) {
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_port = htons(port);
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&here), sizeof here) != 0) return false;
  if (::listen(listener, 1) != 0) return false;
  say("serving\n");
  const int connection = ::accept(listener, nullptr, nullptr);
  char byte = 0;
  return ::read(connection, &byte, 1) == 1;
}

bool is_child_well() {
  int status = 0;
  return ::wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool repeat(int count, int width, char** words) {
  bool all_well = true;
  for (int started = 0; started < count; ++started) {
    if (started >= width) all_well &= is_child_well();
    const pid_t child = ::fork();
    if (child < 0) return false;
    if (child > 0) continue;
    ::setpgid(0, 0);
    ::execv(words[0], words);
    ::_exit(EXIT_FAILURE);
  }
  for (int left = width < count ? width : count; left > 0; --left) all_well &= is_child_well();
  say(all_well ? "done\n" : "failed\n");
  return all_well;
}

bool play(int count, char** words) {
  const char* what = count > 1 ? words[1] : "";
  if (std::strcmp(what, "call") == 0 && count == 4) return call(words[2], port_of(words[3]));
  if (std::strcmp(what, "serve") == 0 && count == 3) return serve(port_of(words[2]));
  if (std::strcmp(what, "repeat") != 0 || count < 5) return false;
  const int width = std::atoi(words[3]);
  words[3] = words[0];
  return repeat(std::atoi(words[2]), width, words + 3);
}

}  // namespace

int main(int count, char** words) { return play(count, words) ? EXIT_SUCCESS : EXIT_FAILURE; }
