/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Every open descriptor of every process in the reader's PID namespace, as a struct open_file. */
#include "bpf/kernel.h"
#include "bpf/open_file.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("iter/task_file")
int tell_open_file(struct bpf_iter__task_file* context) {
  struct task_struct* task = context->task;
  struct file* file = context->file;
  struct open_file told = {};
  if (!task || !file) return 0; /* the end */
  /* /proc/PID/fd is the leader's table; a thread with one of its own is not in it. */
  if (task->pid != task->tgid) return 0;
  told.pid = pid_at(task, own_level());
  told.descriptor = context->fd;
  if (bpf_sock_from_file(file)) told.inode = file->f_inode->i_ino;
  bpf_seq_write(context->meta->seq, &told, sizeof(told));
  return 0;
}
