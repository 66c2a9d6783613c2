/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Connected UDP sockets are the snapshot's, but most resolvers' are gone before a look meets them.
 * So each is remembered from connect(), when it is certain who calls, to its end; and if no look
 * has met it until then, and it was answered, its exchange is counted.
 */
#pragma once

#include <bpf/bpf_endian.h>

#include "bpf/flow_table.h"

enum { UDP = 17 };          /* IPPROTO_UDP */
enum { CONNECTED = 1 };     /* as a state: TCP_ESTABLISHED */
enum { PORT_IS_BOUND = 8 }; /* SOCK_BINDPORT_LOCK, of sk_userlocks */
enum { LOOPBACK = 0x7f000001 };

/* Set before loading. */
const volatile __u16 first_ephemeral = 32768;
const volatile __u16 last_ephemeral = 60999;

/* A UDP socket and a peer. */
struct exchange_id {
  __u64 cookie;
  __u8 peer[16]; /* IPv4 mapped */
  __u16 port;
  __u16 zero[3];
};

/* By socket cookie. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 65536);
  __type(key, __u64);
  __type(value, struct call);
} calls SEC(".maps");

/* Cookies of those that a look has met: they are counted by it. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 65536);
  __type(key, __u64);
  __type(value, __u8);
} met SEC(".maps");

static __always_inline int is_ephemeral(__u16 port) {
  return port >= first_ephemeral && port <= last_ephemeral;
}

/* A client's port is drawn from the ephemeral ones. 0: that tells nothing. */
static __always_inline __u8 role_by_ports(__u16 local, __u16 remote) {
  if (is_ephemeral(local) == is_ephemeral(remote)) return 0;
  return is_ephemeral(local) ? FLOW_ACTIVE : FLOW_PASSIVE;
}

/* Which flow it is, but for its program. `local` is all zero where the socket is bound to no
 * address. */
static __always_inline void put_ends(struct flow_id* flow, __u8 role, const __u8* local,
                                     __u16 local_port, const __u8* peer, __u16 port) {
  const int is_passive = role & FLOW_PASSIVE;
  flow->protocol = UDP;
  flow->role = role;
  __builtin_memcpy(is_passive ? flow->listen : flow->client, local, 16);
  __builtin_memcpy(is_passive ? flow->client : flow->listen, peer, 16);
  flow->port = is_passive ? local_port : port;
}

/* Whoever reads from a connected socket need not want to know where from. That it was answered
 * shows by the CPU on which that happened last (sk_incoming_cpu_update() in net/ipv4/udp.c), which
 * is -1 before. To connect() sends nothing: resolvers do so to learn which address is theirs. */
static __always_inline int was_answered(struct sock* sk) {
  return BPF_CORE_READ(sk, __sk_common.skc_incoming_cpu) >= 0;
}

static __always_inline int has_asked_for_port(struct sock* sk) {
  return BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks) & PORT_IS_BOUND;
}

/* Its own port is none if it was given up (connect() to AF_UNSPEC does so). A guess: the ports
 * tell, or who asked for one. */
static __always_inline __u8 role_of_call(struct sock* sk, __u16 port, __u16 remote) {
  const __u8 by_ports = port ? role_by_ports(port, remote) : FLOW_ACTIVE;
  if (by_ports) return by_ports | FLOW_IS_GUESS;
  const int is_server = has_asked_for_port(sk) && is_ephemeral(port);
  return (is_server ? FLOW_PASSIVE : FLOW_ACTIVE) | FLOW_IS_GUESS;
}

static __always_inline void note_ends(struct sock* sk, __u8* local, __u8* peer) {
  if (BPF_CORE_READ(sk, __sk_common.skc_family) == IPV6) {
    BPF_CORE_READ_INTO((__u8(*)[16])local, sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
    BPF_CORE_READ_INTO((__u8(*)[16])peer, sk, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
  } else {
    put_v4(local, BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr));
    put_v4(peer, BPF_CORE_READ(sk, __sk_common.skc_daddr));
  }
}

static __always_inline int are_same(const __u8* one, const __u8* other) {
  __u64 a[2];
  __u64 b[2];
  __builtin_memcpy(a, one, 16);
  __builtin_memcpy(b, other, 16);
  return a[0] == b[0] && a[1] == b[1];
}

/* REQUIRES: it is connected. */
static __always_inline int is_peer(struct sock* sk, const struct exchange_id* id) {
  __u8 local[16] = {};
  __u8 peer[16] = {};
  note_ends(sk, local, peer);
  return id->port == bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport)) &&
         are_same(id->peer, peer);
}

static __always_inline void count_call(struct sock* sk, struct call* call) {
  struct flow_id flow = call->program;
  __u8 local[16] = {};
  __u8 peer[16] = {};
  __u16 remote = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
  const __u16 port = BPF_CORE_READ(sk, __sk_common.skc_num);
  note_ends(sk, local, peer);
  if (BPF_CORE_READ(sk, __sk_common.skc_state) != CONNECTED) { /* any more */
    __builtin_memcpy(peer, call->peer, 16);
    remote = call->port;
  }
  put_ends(&flow, role_of_call(sk, port, remote), local, port, peer, remote);
  struct flow_count* count = count_for(&flow, &call->caller);
  if (count)
    add(&count->opened, 1);
  else
    note_lost();
}

/* Who asks who has sent what it receives tells it us as well. */
static __always_inline void note_heard(struct sock* sk, const struct exchange_id* id) {
  struct call* call = bpf_map_lookup_elem(&calls, &id->cookie);
  if (call && !call->was_heard && is_peer(sk, id)) call->was_heard = 1;
}

/* Else an answer is of the peer that it has now only if there was none before. */
static __always_inline int has_answered(struct sock* sk, const struct call* call) {
  return call->was_heard || (!call->was_answered && was_answered(sk));
}

static __always_inline void end_call(struct sock* sk, __u64 cookie, struct call* call) {
  const int is_met = bpf_map_delete_elem(&met, &cookie) == 0;
  if (!is_met && !call->is_counted && has_answered(sk, call)) count_call(sk, call);
}

/* `is_counted`: datagrams were, before it was connected. */
static __always_inline void note_call(struct sock* sk, const struct exchange_id* id,
                                      int is_counted) {
  struct task_struct* program = program_root();
  struct call call = {.port = id->port, .is_counted = is_counted};
  const __u64 cookie = id->cookie;
  struct call* before = bpf_map_lookup_elem(&calls, &cookie);
  if (before) end_call(sk, cookie, before);
  __builtin_memcpy(call.peer, id->peer, 16);
  call.was_answered = was_answered(sk);
  note_program(&call.program, program);
  note_caller(&call.caller, program);
  if (bpf_map_update_elem(&calls, &cookie, &call, BPF_ANY)) note_lost();
}
