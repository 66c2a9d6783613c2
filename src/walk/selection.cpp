#include "walk/selection.h"

#include "walk/own_questions.h"

namespace ttq {
namespace {

/// The kernel cuts a name there (TASK_COMM_LEN, proc(5)), so what was typed is cut too.
constexpr std::size_t longest_comm = 15;

/// Nobody can say that an unknown owner is not the one, nor that it is: only what narrows nothing
/// means it too.
bool is_meant(const Owner& owner, const Target& target) {
  const bool narrows = target.process || target.pgid;
  if (!owner.process) return !narrows;
  if (target.process && owner.process->name != target.process->substr(0, longest_comm))
    return false;
  return !target.pgid || owner.process->pgid == target.pgid;
}

bool is_meant(const ToldFlow& flow, const Target& target) {
  if (!is_meant(*flow.owner, target)) return false;
  return !target.port || (flow.key.role == Role::passive && flow.key.listen.port == *target.port);
}

bool is_meant(const ToldListener& listener, const Target& target) {
  return is_meant(*listener.owner, target) &&
         (!target.port || listener.endpoint.port == *target.port);
}

std::string describe(const Target& target) {
  std::string text;
  if (target.process) text += " named " + *target.process;
  if (target.pgid) text += " with pgid " + std::to_string(*target.pgid);
  return text;
}

}  // namespace

Selection select(const HostRecord& record, const Target& target, const WalkQuery& query,
                 const WalkLimits& limits) {
  Selection selection;
  for (const ToldFlow& flow : record.testimony.flows()) {
    if (!query.self && is_own_question(flow, limits)) continue;
    if (!is_meant(flow, target)) continue;
    selection.ends.push_back(near_end(flow, 0));
    selection.processes.insert(flow.key.process);
  }
  for (const ToldListener& listener : record.testimony.listeners()) {
    if (!query.self && is_own_listener(listener, limits)) continue;
    if (!is_meant(listener, target)) continue;
    selection.ends.push_back({0, *listener.owner, listener.endpoint.address});
    if (listener.owner->process) selection.processes.insert(listener.owner->key());
  }
  return selection;
}

std::string why_nothing(const HostRecord& record, const Target& target, const WalkQuery& query,
                        const WalkLimits& limits) {
  const std::string& host = label(record);
  if (record.host.coverage.empty()) {
    std::string text = host + " was not watched between " + print_time(query.span.since) + " and " +
                       print_time(query.span.until);
    if (record.last_hour.empty()) return text;
    return text + "; of late it has been watched since " +
           print_time(record.last_hour.front().span.since);
  }
  const std::string narrowed = describe(target);
  if (target.port) {
    const std::string who = narrowed.empty() ? "nothing" : "no process" + narrowed;
    const bool hidden = limits.is_daemon_port(*target.port) && !query.self;
    return who + " was seen listening on port " + std::to_string(*target.port) + " of " + host +
           (hidden ? " (a ttracerd is left out without --self)" : "");
  }
  if (!narrowed.empty()) {
    return "no process" + narrowed + " has flows or listeners on " + host + " in the span";
  }
  return host + " saw no flows and no listeners in the span" +
         (query.self ? "" : " (what is ttracerd's own is left out without --self)");
}

}  // namespace ttq
