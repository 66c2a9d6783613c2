/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What the programs that see events count and tell, by flow. */
#pragma once

#include <linux/types.h>

/* A guess: of a UDP socket whose first datagram was not seen, or may not have been. */
enum flow_role { FLOW_ACTIVE = 1, FLOW_PASSIVE = 2, FLOW_IS_GUESS = 4 };

/* A passive TCP flow has no program: its owner is its listener's. */
struct flow_id {
  __u8 listen[16]; /* IPv4 mapped */
  __u8 client[16];
  __u64 start_time; /* of the program root, ns since boot */
  __u64 image;      /* another after each exec */
  __s32 pid;        /* of the program root, in the daemon's PID namespace */
  __u16 port;       /* of the listening end */
  __u8 protocol;
  __u8 role; /* enum flow_role */
};

/* The program that called connect(). */
struct flow_caller {
  __u64 start_code;
  __u64 start_stack;
  __u64 cgroup;     /* id in the v2 tree */
  __u64 executable; /* inode */
  __u32 device;     /* of its filesystem */
  __u32 zero;
  __s32 pgid;
  __u32 uid;
  char name[16];
};

/* Since its table was handed over the last time, which leaves it empty. */
struct flow_count {
  __u64 attempts;
  __u64 opened;
  __u64 failed;
  __u64 closed;      /* of those that were not taken over */
  __u64 taken_ended; /* of those that were */
  __u64 datagrams;
  __u64 bytes_sent; /* without what was sent again */
  __u64 bytes_received;
  __u64 retransmits;
  __u64 rtt_us_sum; /* smoothed, of so many readings: */
  __u64 rtt_count;
  __s64 peak; /* the most that there were more than at the beginning, at one moment */
  struct flow_caller caller; /* no name: not asked for since */
};

enum flow_stage { ASKED, STANDS, TAKEN_OVER };

/* What is remembered of a socket that is counted. */
struct flow_course {
  struct flow_id flow;
  __u64 opened_at; /* ns, monotonic */
  /* As far as they were counted. */
  __u64 bytes_sent;
  __u64 bytes_received;
  __u32 retransmits;
  __u32 stage; /* enum flow_stage */
  __u32 look;  /* the last one that met it, or went before it; 0: there is none */
  __u32 zero;
};

/* A connection that was seen opening and stands, or an attempt at one. */
struct flow_standing {
  __u64 cookie;
  __u64 age; /* ns */
  struct flow_id flow;
  __u32 stage; /* enum flow_stage; TAKEN_OVER: by this look */
  __u32 zero;
};

/* A UDP socket that was connected, by whom and to whom. */
struct call {
  struct flow_id program; /* and nothing else of a flow */
  struct flow_caller caller;
  __u8 peer[16];
  __u16 port;
  __u8 was_answered; /* by another peer, before */
  __u8 is_counted;   /* the exchange, before it was connected */
  __u8 was_heard;    /* this peer: that came with its address */
  __u8 zero[3];
};
