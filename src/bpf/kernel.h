/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The kernel's structs, as far as our programs read them. Offsets are those of the running kernel:
 * libbpf relocates every access by its BTF (CO-RE), so a field has only its name and type here.
 */
#pragma once

/* libbpf's headers want the kernel's before them. */
/* clang-format off */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
/* clang-format on */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct upid {
  int nr;
};

struct pid {
  unsigned int level;
  struct upid numbers[1];
};

struct task_struct {
  int pid;
  int tgid;
  struct pid* thread_pid;
};

struct inode {
  unsigned long i_ino;
};

struct file {
  struct inode* f_inode;
};

struct seq_file;

struct bpf_iter_meta {
  struct seq_file* seq;
};

struct bpf_iter__task_file {
  union {
    struct bpf_iter_meta* meta;
  };
  union {
    struct task_struct* task;
  };
  __u32 fd;
  union {
    struct file* file;
  };
};

#pragma clang attribute pop

/* The number of a process in the PID namespace of that level; 0: it has none there. */
static __always_inline int pid_at(struct task_struct* task, unsigned int level) {
  struct pid* pid = BPF_CORE_READ(task, thread_pid);
  int number = 0;
  if (level > BPF_CORE_READ(pid, level)) return 0;
  bpf_probe_read_kernel(&number, sizeof(number),
                        (void*)pid + bpf_core_field_offset(struct pid, numbers) +
                            level * bpf_core_type_size(struct upid));
  return number;
}

/* The level of the PID namespace of whoever runs this. */
static __always_inline unsigned int own_level(void) {
  struct task_struct* self = (struct task_struct*)bpf_get_current_task();
  return BPF_CORE_READ(self, thread_pid, level);
}
