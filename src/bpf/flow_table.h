/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Where flows are counted, and who the current program is: for programs that see events. */
#pragma once

#include "bpf/flow_event.h"
#include "bpf/kernel.h"

/* Of the PID namespace that programs are told in: the daemon's. */
__u32 own_pid_level = 0;

/* What was not counted, for want of room or memory. */
__u64 lost = 0;

/* Two tables take turns: while one is written to, the daemon empties the other. To change them over
 * waits for whoever still writes (the kernel does so for maps in maps), so that nothing is added to
 * a table that has been handed over. */
struct flow_table {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 65536); /* as many flows as the daemon keeps */
  __type(key, struct flow_id);
  __type(value, struct flow_count);
} even SEC(".maps"), odd SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 1);
  __type(key, __u32);
  __array(values, struct flow_table);
} open_table SEC(".maps") = {.values = {&even}};

static __always_inline int is_forked(struct mm_struct* child, struct mm_struct* parent) {
  return child->start_code == parent->start_code && child->start_stack == parent->start_stack &&
         BPF_CORE_READ(child, exe_file, f_inode) == BPF_CORE_READ(parent, exe_file, f_inode);
}

/* The program that runs now: from child to parent, for as long as the child was forked and not
 * exec'ed (join/program_root.h). */
static __always_inline struct task_struct* program_root(void) {
  struct task_struct* program = bpf_get_current_task_btf();
  program = program->group_leader;
  for (int climbed = 0; climbed < 16; ++climbed) {
    struct task_struct* parent = program->real_parent->group_leader;
    struct mm_struct* mm = program->mm;
    struct mm_struct* above = parent->mm;
    if (!mm || !above || !is_forked(mm, above)) break;
    if (pid_at(parent, own_pid_level) <= 1) break;
    if (parent->start_boottime > program->start_boottime) break;
    program = parent;
  }
  return program;
}

/* Another after each exec, the same after a fork; 0: a thread of the kernel. */
static __always_inline __u64 image_of(struct task_struct* task) {
  const __u64 golden = 0x9E3779B97F4A7C15ULL;
  struct mm_struct* mm = task->mm;
  return mm ? mm->start_code * golden + mm->start_stack : 0;
}

static __always_inline __u64 current_image(void) { return image_of(bpf_get_current_task_btf()); }

static __always_inline void note_program(struct flow_id* flow, struct task_struct* program) {
  flow->start_time = program->start_boottime;
  flow->pid = pid_at(program, own_pid_level);
  flow->image = image_of(program);
}

static __always_inline void note_caller(struct flow_caller* caller, struct task_struct* program) {
  struct mm_struct* mm = program->mm;
  caller->cgroup = bpf_get_current_cgroup_id();
  caller->pgid = number_at(program->signal->pids[OF_GROUP], own_pid_level);
  caller->uid = program->cred->euid.val;
  __builtin_memcpy(caller->name, program->comm, sizeof(caller->name));
  if (!mm) return;
  caller->start_code = mm->start_code;
  caller->start_stack = mm->start_stack;
  caller->executable = BPF_CORE_READ(mm, exe_file, f_inode, i_ino);
  caller->device = BPF_CORE_READ(mm, exe_file, f_inode, i_sb, s_dev);
}

static __always_inline void* table_that_is_open(void) {
  const __u32 first = 0;
  return bpf_map_lookup_elem(&open_table, &first);
}

/* The flow's counts in the open table; null: there are none yet. */
static __always_inline struct flow_count* find_count(const struct flow_id* flow) {
  void* table = table_that_is_open();
  return table ? bpf_map_lookup_elem(table, flow) : 0;
}

static __always_inline struct flow_count* make_count(const struct flow_id* flow,
                                                     const struct flow_count* fresh) {
  void* table = table_that_is_open();
  if (!table) return 0;
  bpf_map_update_elem(table, flow, fresh, BPF_NOEXIST);
  return bpf_map_lookup_elem(table, flow);
}

/* The same, made if they have to be; null: there is no room. They may have been made by an end, at
 * which nobody was asked for. */
static __always_inline struct flow_count* count_of(const struct flow_id* flow,
                                                   struct task_struct* program) {
  struct flow_count* count = find_count(flow);
  if (count) {
    if (program && !count->caller.name[0]) note_caller(&count->caller, program);
    return count;
  }
  struct flow_count fresh = {};
  if (program) note_caller(&fresh.caller, program);
  return make_count(flow, &fresh);
}

/* The same, of a program that was asked for before. */
static __always_inline struct flow_count* count_for(const struct flow_id* flow,
                                                    const struct flow_caller* caller) {
  struct flow_count* count = find_count(flow);
  if (count) return count;
  struct flow_count fresh = {.caller = *caller};
  return make_count(flow, &fresh);
}

/* As IPv6 maps it. */
static __always_inline void put_v4(__u8* place, __be32 address) {
  place[10] = place[11] = 0xff;
  __builtin_memcpy(place + 12, &address, 4);
}

static __always_inline void add(__u64* sum, __u64 more) { __sync_fetch_and_add(sum, more); }

static __always_inline void note_lost(void) { add(&lost, 1); }
