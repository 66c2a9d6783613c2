/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What open_files.bpf.c tells of each open descriptor. */
#pragma once

#include <linux/types.h>

struct open_file {
  __u64 inode; /* of a socket; 0: it is another file */
  __s32 pid;   /* in the reader's PID namespace */
  __u32 descriptor;
};
