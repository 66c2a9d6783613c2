/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Exchanges of datagrams that were met, and who has begun each.
 *
 * Whoever sends first is the client. But of two datagrams between the same ends this may be the
 * second one although its socket has not seen the first:
 *
 *   asked     a group, a broadcast address, another address of that host; the answer comes from one
 *   answered  by another socket of the port, or by one that is connected to that client alone
 *   too early before the daemon came, or so many exchanges ago that it was forgotten
 */
#pragma once

#include "bpf/connected_udp.h"
#include "bpf/flow_table.h"

enum { EEXIST = 17 };
enum { SENT, RECEIVED };

/* Set before loading: so many are remembered. */
const volatile __u32 most_exchanges = 16384;

/* What is forgotten for want of room is counted once more if it goes on. */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 16384); /* most_exchanges */
  __type(key, struct exchange_id);
  __type(value, struct flow_id);
} exchanges SEC(".maps");

/* Exchanges that were met for the first time, or once more. */
__u64 begun = 0;

/* Cookies of the sockets that were there before us. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 1); /* as many as there are */
  __type(key, __u64);
  __type(value, __u8);
} older SEC(".maps");

/* Cookies of the sockets that have sent first to somebody. */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 16384); /* most_exchanges */
  __type(key, __u64);
  __type(value, __u8);
} callers SEC(".maps");

/* A client, and the port of ours that it has sent to. */
struct visitor_id {
  __u8 peer[16]; /* IPv4 mapped */
  __u16 port;
  __u16 our_port;
};

/* Their roles: whether that they are clients was a guess. */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 16384); /* most_exchanges */
  __type(key, struct visitor_id);
  __type(value, __u8);
} visitors SEC(".maps");

static __always_inline struct visitor_id visitor_of(const struct exchange_id* id, __u16 our_port) {
  struct visitor_id visitor = {.port = id->port, .our_port = our_port};
  __builtin_memcpy(visitor.peer, id->peer, 16);
  return visitor;
}

/* The role that some socket of our port has in this exchange already; 0: none has. */
static __always_inline __u8 role_at_port(const struct exchange_id* id, __u16 our_port) {
  const struct visitor_id visitor = visitor_of(id, our_port);
  const __u8* role = bpf_map_lookup_elem(&visitors, &visitor);
  return role ? *role : 0;
}

/* Nobody knows a port that the kernel has chosen but whoever was called from it. */
static __always_inline int is_answer(struct sock* sk, __u64 cookie, int way) {
  return way == RECEIVED && bpf_map_lookup_elem(&callers, &cookie) && !has_asked_for_port(sk);
}

/* This datagram is the first one that we see, but it may be the answer to one that we did not see,
 * or have forgotten (the kernel may evict before a map is full). Then the ports are asked, too. */
static __always_inline __u8 role_of(struct sock* sk, const struct exchange_id* id, int way,
                                    __u16 local) {
  const __u8 role = way == SENT ? FLOW_ACTIVE : FLOW_PASSIVE;
  const int is_old = bpf_map_lookup_elem(&older, &id->cookie) != 0;
  if (is_answer(sk, id->cookie, way)) return FLOW_ACTIVE | FLOW_IS_GUESS;
  if (!is_old && begun <= most_exchanges / 2) return role;
  const __u8 by_ports = role_by_ports(local, id->port);
  if (!by_ports) return role | FLOW_IS_GUESS;
  return by_ports == role && !is_old ? role : by_ports | FLOW_IS_GUESS;
}

static __always_inline void note_beginning(const struct exchange_id* id, __u8 role,
                                           __u16 our_port) {
  const __u8 is_one = 1;
  if (role & FLOW_ACTIVE) {
    bpf_map_update_elem(&callers, &id->cookie, &is_one, BPF_ANY);
  } else {
    const struct visitor_id visitor = visitor_of(id, our_port);
    bpf_map_update_elem(&visitors, &visitor, &role, BPF_ANY);
  }
}

/* False: somebody else has been quicker. */
static __always_inline int begin(const struct exchange_id* id, const struct flow_id* flow,
                                 __u16 our_port) {
  if (bpf_map_update_elem(&exchanges, id, flow, BPF_NOEXIST) == -EEXIST) return 0;
  note_beginning(id, flow->role, our_port);
  add(&begun, 1);
  return 1;
}
