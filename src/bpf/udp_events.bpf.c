/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * UDP exchanges counted by flow, in the kernel.
 *
 *   cgroup/sendmsg4, 6     our socket sends to that address         all in the context of the
 *   cgroup/recvmsg4, 6     it receives from that address            process that calls
 *   cgroup/connect4, 6     it will have that peer alone
 *   cgroup/sock_release    it is closed                             of whoever does so last
 *
 * The kernel runs the first four for sendto() and sendmsg() with an address, and for recvfrom() and
 * recvmsg() that want to know it, as whoever is not connected must. So of those, for which the
 * socket tables have no peer, it is seen who sends first: the active side. Connected sockets are in
 * bpf/connected_udp.h.
 */
#include <bpf/bpf_endian.h>

#include "bpf/connected_udp.h"
#include "bpf/flow_table.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

enum { EEXIST = 17 };
enum { SENT, RECEIVED };

/* Set before loading. */
const volatile __u64 own_netns_cookie = 0;
/* So many are remembered. */
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
  __uint(max_entries, 16384);
  __type(key, __u64);
  __type(value, __u8);
} older SEC(".maps");

/* This datagram is the first one that we see, but it may be the answer to one that we did not see,
 * or have forgotten (the kernel may evict before a map is full). Then the ports are asked, too. */
static __always_inline __u8 role_of(__u64 cookie, int way, __u16 local, __u16 remote) {
  const __u8 role = way == SENT ? FLOW_ACTIVE : FLOW_PASSIVE;
  const int is_old = bpf_map_lookup_elem(&older, &cookie) != 0;
  if (!is_old && begun <= most_exchanges / 2) return role;
  const __u8 by_ports = role_by_ports(local, remote);
  if (!by_ports) return role | FLOW_IS_GUESS;
  return by_ports == role && !is_old ? role : by_ports | FLOW_IS_GUESS;
}

/* False: somebody else has been quicker. */
static __always_inline int begin(const struct exchange_id* id, const struct flow_id* flow) {
  if (bpf_map_update_elem(&exchanges, id, flow, BPF_NOEXIST) == -EEXIST) return 0;
  add(&begun, 1);
  return 1;
}

static __always_inline void count(const struct flow_id* flow, int is_new) {
  struct flow_count* count = find_count(flow);
  if (!count) count = count_of(flow, program_root());
  if (!count) {
    note_lost();
    return;
  }
  add(&count->datagrams, 1);
  if (is_new) add(&count->opened, 1);
}

static __always_inline void note_datagram(const struct exchange_id* id, int way, const __u8* local,
                                          __u16 local_port) {
  struct flow_id fresh = {};
  struct flow_id* flow = bpf_map_lookup_elem(&exchanges, id);
  if (flow) {
    count(flow, 0);
    return;
  }
  const __u8 role = role_of(id->cookie, way, local_port, id->port);
  put_ends(&fresh, role, local, local_port, id->peer, id->port);
  note_program(&fresh, program_root());
  count(&fresh, begin(id, &fresh));
}

static __always_inline int is_ours(struct bpf_sock_addr* context) {
  struct bpf_sock* sk = context->sk;
  return sk && sk->protocol == UDP && bpf_get_netns_cookie(context) == own_netns_cookie;
}

static __always_inline int is_unconnected(struct bpf_sock_addr* context) {
  return is_ours(context) && context->sk->state != CONNECTED;
}

static __always_inline struct exchange_id id_v4(struct bpf_sock_addr* context) {
  struct exchange_id id = {.cookie = bpf_get_socket_cookie(context)};
  id.port = bpf_ntohs(context->user_port);
  put_v4(id.peer, context->user_ip4);
  return id;
}

static __always_inline struct exchange_id id_v6(struct bpf_sock_addr* context) {
  struct exchange_id id = {.cookie = bpf_get_socket_cookie(context)};
  const __u32 peer[4] = {context->user_ip6[0], context->user_ip6[1], context->user_ip6[2],
                         context->user_ip6[3]};
  id.port = bpf_ntohs(context->user_port);
  __builtin_memcpy(id.peer, peer, 16);
  return id;
}

static __always_inline int note_v4(struct bpf_sock_addr* context, int way, __be32 source) {
  if (!is_unconnected(context)) return 1;
  const struct exchange_id id = id_v4(context);
  __u8 local[16] = {};
  put_v4(local, source ? source : context->sk->src_ip4);
  note_datagram(&id, way, local, context->sk->src_port);
  return 1;
}

/* `source`: the one that the message itself names; all 0: none. */
static __always_inline int note_v6(struct bpf_sock_addr* context, int way, const __u32* source) {
  if (!is_unconnected(context)) return 1;
  const struct exchange_id id = id_v6(context);
  struct bpf_sock* sk = context->sk;
  __u32 local[4] = {sk->src_ip6[0], sk->src_ip6[1], sk->src_ip6[2], sk->src_ip6[3]};
  if (source[0] | source[1] | source[2] | source[3]) __builtin_memcpy(local, source, 16);
  note_datagram(&id, way, (const __u8*)local, sk->src_port);
  return 1;
}

SEC("cgroup/sendmsg4")
int on_send4(struct bpf_sock_addr* context) { return note_v4(context, SENT, context->msg_src_ip4); }

SEC("cgroup/sendmsg6")
int on_send6(struct bpf_sock_addr* context) {
  const __u32 source[4] = {context->msg_src_ip6[0], context->msg_src_ip6[1],
                           context->msg_src_ip6[2], context->msg_src_ip6[3]};
  return note_v6(context, SENT, source);
}

SEC("cgroup/recvmsg4")
int on_receive4(struct bpf_sock_addr* context) { return note_v4(context, RECEIVED, 0); }

SEC("cgroup/recvmsg6")
int on_receive6(struct bpf_sock_addr* context) {
  const __u32 none[4] = {};
  return note_v6(context, RECEIVED, none);
}

static __always_inline int note_connect(struct bpf_sock_addr* context,
                                        const struct exchange_id* id) {
  struct sock* sk = BPF_CORE_READ((struct bpf_sock_addr_kern*)context, sk);
  note_call(sk, id, bpf_map_lookup_elem(&exchanges, id) != 0);
  return 1;
}

SEC("cgroup/connect4")
int on_connect4(struct bpf_sock_addr* context) {
  if (!is_ours(context)) return 1;
  const struct exchange_id id = id_v4(context);
  return note_connect(context, &id);
}

SEC("cgroup/connect6")
int on_connect6(struct bpf_sock_addr* context) {
  if (!is_ours(context)) return 1;
  const struct exchange_id id = id_v6(context);
  return note_connect(context, &id);
}

SEC("cgroup/sock_release")
int on_release(struct bpf_sock* context) {
  if (context->protocol != UDP) return 1;
  const __u64 cookie = bpf_get_socket_cookie(context);
  struct call* call = bpf_map_lookup_elem(&calls, &cookie);
  if (!call) return 1;
  end_call((void*)context, cookie, call);
  bpf_map_delete_elem(&calls, &cookie);
  return 1;
}
