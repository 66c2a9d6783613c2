/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * TCP connections counted by flow as they open and close, in the kernel: not one event goes to user
 * space, and the client's port stays here.
 *
 *   inet_sock_set_state        what it means                     counted
 *   -> SYN_SENT                the caller wants a connection     attempts
 *   SYN_SENT -> ESTABLISHED    answered                          opened
 *   SYN_SENT -> CLOSE          refused, timed out or given up    failed
 *   SYN_RECV -> ESTABLISHED    a client has come                 opened
 *   -> CLOSE                   over                              closed, bytes, rtt, retransmits
 *
 * Each socket that is counted is remembered with its flow, so its end is counted where its
 * beginning was. One that is not, since it stood before us or there was no room, is the snapshot's.
 *
 * What stands long enough to be met by a snapshot is taken over by it: the iterator says which, and
 * from then on the end of that one is not counted here. The iterator holds the socket's lock, and
 * so does whoever changes its state; so each connection is counted once.
 */
#include <bpf/bpf_endian.h>

#include "bpf/courses.h"
#include "bpf/flow_table.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

enum { TCP = 6 }; /* IPPROTO_TCP */
enum { ESTABLISHED = 1, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE };

/* Inode number of the network namespace that is watched. Set before loading. */
const volatile __u32 own_netns = 0;

/* So many more may be taken over by the look that goes on. */
__u64 room = 0;

static __always_inline void note_addresses(struct flow_id* flow, struct sock* sk) {
  struct sock_common* ends = &sk->__sk_common;
  __u8* local = flow->role == FLOW_PASSIVE ? flow->listen : flow->client;
  __u8* remote = flow->role == FLOW_PASSIVE ? flow->client : flow->listen;
  flow->port = flow->role == FLOW_PASSIVE ? ends->skc_num : bpf_ntohs(ends->skc_dport);
  if (ends->skc_family == IPV6) {
    __builtin_memcpy(local, ends->skc_v6_rcv_saddr.in6_u.u6_addr8, 16);
    __builtin_memcpy(remote, ends->skc_v6_daddr.in6_u.u6_addr8, 16);
    return;
  }
  put_v4(local, ends->skc_rcv_saddr);
  put_v4(remote, ends->skc_daddr);
}

static __always_inline void note_opened(struct flow_count* count) {
  const __s64 opened = __sync_fetch_and_add(&count->opened, 1) + 1;
  const __s64 more = opened - count->closed - count->taken_ended;
  if (more > count->peak) count->peak = more;
}

static __always_inline __u64 bytes_sent_by(struct tcp_sock* tcp) {
  return tcp->bytes_sent - tcp->bytes_retrans;
}

static __always_inline __u64 bytes_received_by(struct tcp_sock* tcp) {
  const unsigned long flags = ((struct sock*)tcp)->__sk_common.skc_flags;
  return tcp->bytes_received - ((flags >> SOCK_DONE) & 1); /* the peer's FIN counts as a byte */
}

/* Since it was counted the last time. */
static __always_inline int has_moved(const struct flow_course* course, struct tcp_sock* tcp) {
  return bytes_sent_by(tcp) != course->bytes_sent ||
         bytes_received_by(tcp) != course->bytes_received ||
         tcp->total_retrans != course->retransmits;
}

/* What was not counted yet. */
static __always_inline void note_traffic(struct flow_count* count, struct flow_course* course,
                                         struct tcp_sock* tcp) {
  if (!tcp) return;
  const __u64 sent = bytes_sent_by(tcp);
  const __u64 received = bytes_received_by(tcp);
  const __u32 retransmits = tcp->total_retrans;
  add(&count->bytes_sent, sent - course->bytes_sent);
  add(&count->bytes_received, received - course->bytes_received);
  if (retransmits != course->retransmits) {
    add(&count->retransmits, retransmits - course->retransmits);
  }
  course->bytes_sent = sent;
  course->bytes_received = received;
  course->retransmits = retransmits;
  if (tcp->srtt_us == 0) return;
  add(&count->rtt_us_sum, tcp->srtt_us >> 3);
  add(&count->rtt_count, 1);
}

/* In the context of whoever called connect(). */
static __always_inline void ask(struct sock* sk, __u64 cookie) {
  struct task_struct* program = program_root();
  struct flow_course course = {.flow = {.protocol = TCP, .role = FLOW_ACTIVE}, .stage = ASKED};
  note_addresses(&course.flow, sk);
  note_program(&course.flow, program);
  struct flow_count* count = count_of(&course.flow, program);
  if (count && begin(cookie, &course))
    add(&count->attempts, 1);
  else
    note_lost();
}

static __always_inline void accept(struct sock* sk, __u64 cookie) {
  struct flow_course course = {.flow = {.protocol = TCP, .role = FLOW_PASSIVE}, .stage = STANDS};
  note_addresses(&course.flow, sk);
  course.opened_at = bpf_ktime_get_ns();
  struct flow_count* count = count_of(&course.flow, 0);
  if (count && begin(cookie, &course))
    note_opened(count);
  else
    note_lost();
}

static __always_inline void answer(struct flow_course* course) {
  struct flow_count* count = count_of(&course->flow, 0);
  course->opened_at = bpf_ktime_get_ns();
  course->stage = STANDS;
  if (count)
    note_opened(count);
  else
    note_lost();
}

/* The kernel does not run us within ourselves, on one CPU: so the answer may have been missed. */
static __always_inline void end(struct sock* sk, __u64 cookie, struct flow_course* course,
                                int before) {
  struct flow_count* count = count_of(&course->flow, 0);
  if (!count) {
    note_lost();
  } else if (course->stage == ASKED && before == SYN_SENT) {
    add(&count->failed, 1);
  } else {
    if (course->stage == ASKED) note_opened(count);
    add(course->stage == TAKEN_OVER ? &count->taken_ended : &count->closed, 1);
    note_traffic(count, course, bpf_skc_to_tcp_sock(sk));
  }
  forget(cookie);
}

static __always_inline void note_state(struct sock* sk, int before, int now) {
  const __u64 cookie = bpf_get_socket_cookie(sk);
  if (now == SYN_SENT) {
    ask(sk, cookie);
    return;
  }
  /* It has just come from its listener, so it is not remembered. */
  if (before == SYN_RECV && now == ESTABLISHED && !sk->sk_socket) {
    accept(sk, cookie);
    return;
  }
  struct flow_course* course = find_course(cookie);
  if (course && now == CLOSE)
    end(sk, cookie, course, before);
  else if (course && course->stage == ASKED)
    answer(course);
  else if (!course && before == SYN_RECV)
    accept(sk, cookie);
}

/* The kernel does not run a program within itself: if an interrupt comes while this one runs, and a
 * packet with it that changes the state of another socket, that is passed over, and counted by the
 * kernel (recursion_misses). To keep interrupts out is of no use: they come as they are let in
 * again, which is still within. */
SEC("tp_btf/inet_sock_set_state")
int on_state(__u64* arguments) {
  struct sock* sk = (struct sock*)arguments[0];
  const int before = (int)arguments[1];
  const int now = (int)arguments[2];
  if (now != SYN_SENT && now != ESTABLISHED && now != CLOSE) return 0;
  if (sk->sk_protocol != TCP || sk->__sk_common.skc_net.net->ns.inum != own_netns) return 0;
  note_state(sk, before, now);
  return 0;
}

/* Every connection that was seen opening and stands. One that a process holds is taken over; the
 * others (not accepted yet, closed by their process) have no owner but the one that is known here.
 */
SEC("iter/tcp")
int tell_standing(struct bpf_iter__tcp* context) {
  struct sock_common* common = context->sk_common;
  if (!common) { /* the end */
    own_pid_level = own_level();
    forget_missing();
    return 0;
  }
  struct tcp_sock* tcp = bpf_skc_to_tcp_sock(common);
  if (!tcp) return 0;
  struct sock* sk = (struct sock*)tcp;
  struct flow_standing told = {.cookie = bpf_get_socket_cookie(sk)};
  struct flow_course* course = find_course(told.cookie);
  if (!course) return 0;
  course->look = look;
  if (course->stage == ASKED && common->skc_state != SYN_SENT) answer(course);
  if (has_moved(course, tcp)) { /* what merely stands is not told again */
    struct flow_count* count = count_of(&course->flow, 0);
    if (count) note_traffic(count, course, tcp);
  }
  if (course->stage == TAKEN_OVER) return 0;
  const int is_held = sk->sk_socket && sk->sk_socket->file;
  if (is_held && room > 0 && course->stage == STANDS) {
    course->stage = TAKEN_OVER;
    --room;
  }
  told.stage = course->stage;
  told.flow = course->flow;
  told.age = bpf_ktime_get_ns() - course->opened_at;
  if (told.stage == TAKEN_OVER) settle(told.cookie);
  bpf_seq_write(context->meta->seq, &told, sizeof(told));
  return 0;
}
