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

struct file;

struct mm_struct {
  unsigned long start_code;
  unsigned long start_stack;
  struct file* exe_file;
};

/* In the order of enum pid_type. */
enum { OF_PROCESS = 1, OF_GROUP = 2 };

struct signal_struct {
  struct pid* pids[4];
};

typedef struct {
  __u32 val;
} kuid_t;

struct cred {
  kuid_t euid;
};

struct task_struct {
  int pid;
  int tgid;
  struct pid* thread_pid;
  struct task_struct* real_parent;
  struct task_struct* group_leader;
  struct mm_struct* mm;
  struct signal_struct* signal;
  const struct cred* cred;
  __u64 start_boottime;
  char comm[16];
};

struct ns_common {
  unsigned int inum;
};

struct net {
  struct ns_common ns;
};

typedef struct {
  struct net* net;
} possible_net_t;

struct in6_addr {
  union {
    __u8 u6_addr8[16];
  } in6_u;
};

struct sock_common {
  __be32 skc_daddr;
  __be32 skc_rcv_saddr;
  __be16 skc_dport;
  __u16 skc_num;
  unsigned short skc_family;
  volatile unsigned char skc_state;
  unsigned long skc_flags;
  int skc_incoming_cpu;
  possible_net_t skc_net;
  struct in6_addr skc_v6_daddr;
  struct in6_addr skc_v6_rcv_saddr;
};

enum { IPV6 = 10 }; /* AF_INET6, of skc_family */

struct socket {
  struct file* file;
};

/* Of skc_flags; set once the peer has sent its FIN. */
enum { SOCK_DONE = 1 };

struct sock {
  struct sock_common __sk_common;
  struct socket* sk_socket; /* null: not accepted yet, or closed by its process */
  unsigned char sk_userlocks : 4;
  __u16 sk_protocol;
};

/* What a program of sock_addr is really given. */
struct bpf_sock_addr_kern {
  struct sock* sk;
};

struct tcp_sock {
  __u64 bytes_sent;
  __u64 bytes_retrans;
  __u64 bytes_received;
  __u32 total_retrans;
  __u32 srtt_us; /* times eight */
};

struct super_block {
  __u32 s_dev;
};

struct inode {
  unsigned long i_ino;
  struct super_block* i_sb;
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

struct bpf_iter__tcp {
  union {
    struct bpf_iter_meta* meta;
  };
  union {
    struct sock_common* sk_common;
  };
};

#pragma clang attribute pop

/* A number in the PID namespace of that level; 0: none there. */
static __always_inline int number_at(struct pid* pid, unsigned int level) {
  int number = 0;
  if (level > BPF_CORE_READ(pid, level)) return 0;
  bpf_probe_read_kernel(&number, sizeof(number),
                        (void*)pid + bpf_core_field_offset(struct pid, numbers) +
                            level * bpf_core_type_size(struct upid));
  return number;
}

static __always_inline int pid_at(struct task_struct* task, unsigned int level) {
  return number_at(BPF_CORE_READ(task, thread_pid), level);
}

/* The level of the PID namespace of whoever runs this. */
static __always_inline unsigned int own_level(void) {
  struct task_struct* self = (struct task_struct*)bpf_get_current_task();
  return BPF_CORE_READ(self, thread_pid, level);
}
