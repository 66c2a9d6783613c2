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

#include "bpf/exchanges.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Set before loading. */
const volatile __u64 own_netns_cookie = 0;

/* What is noted of it once. False: it goes on, with another socket of ours. */
static __always_inline int meet(struct sock* sk, const struct exchange_id* id, int way,
                                const __u8* local, __u16 local_port, struct flow_id* flow) {
  const __u8 known = role_at_port(id, local_port);
  const __u8 role = known ? known : role_of(sk, id, way, local_port);
  put_ends(flow, role, local, local_port, id->peer, id->port);
  return begin(id, flow, local_port) && !known;
}

/* By whom a socket is used is asked once a batch, and whenever that is another program than before:
 * one that has inherited it, or that it was passed to. */
static __always_inline void note_datagram(struct sock* sk, const struct exchange_id* id, int way,
                                          const __u8* local, __u16 local_port) {
  int is_new = 0;
  struct flow_id flow = {};
  struct flow_id* known = bpf_map_lookup_elem(&exchanges, id);
  struct flow_count* count = 0;
  if (known && known->image == current_image()) count = find_count(known);
  if (!count) {
    struct task_struct* program = program_root();
    if (known) flow = *known;
    note_program(&flow, program);
    if (!known)
      is_new = meet(sk, id, way, local, local_port, &flow);
    else
      bpf_map_update_elem(&exchanges, id, &flow, BPF_EXIST);
    count = count_of(&flow, program);
  }
  if (!count) {
    note_lost();
    return;
  }
  add(&count->datagrams, 1);
  if (is_new) add(&count->opened, 1);
}

static __always_inline int is_ours(struct bpf_sock_addr* context) {
  struct bpf_sock* sk = context->sk;
  return sk && sk->protocol == UDP && bpf_get_netns_cookie(context) == own_netns_cookie;
}

static __always_inline struct sock* socket_of(struct bpf_sock_addr* context) {
  return BPF_CORE_READ((struct bpf_sock_addr_kern*)context, sk);
}

/* A connected socket may send to others, too, and that is no part of its call. */
static __always_inline int is_of_call(struct bpf_sock_addr* context, const struct exchange_id* id,
                                      int way) {
  if (context->sk->state != CONNECTED) return 0;
  if (way == SENT) return is_peer(socket_of(context), id);
  note_heard(socket_of(context), id);
  return 1;
}

/* Who sends to the wildcard sends to the address that it has itself, or to loopback
 * (ip_route_output_key_hash_rcu() in net/ipv4/route.c). */
static __always_inline struct exchange_id id_v4(struct bpf_sock_addr* context) {
  struct exchange_id id = {.cookie = bpf_get_socket_cookie(context)};
  __be32 peer = context->user_ip4;
  if (!peer) peer = context->sk->src_ip4;
  if (!peer) peer = bpf_htonl(LOOPBACK);
  id.port = bpf_ntohs(context->user_port);
  put_v4(id.peer, peer);
  return id;
}

/* The same, by net/ipv6/udp.c and datagram.c: always to loopback. */
static __always_inline struct exchange_id id_v6(struct bpf_sock_addr* context) {
  struct exchange_id id = {.cookie = bpf_get_socket_cookie(context)};
  __u32 peer[4] = {context->user_ip6[0], context->user_ip6[1], context->user_ip6[2],
                   context->user_ip6[3]};
  if (!(peer[0] | peer[1] | peer[2] | peer[3])) peer[3] = bpf_htonl(1);
  id.port = bpf_ntohs(context->user_port);
  __builtin_memcpy(id.peer, peer, 16);
  return id;
}

static __always_inline int note_v4(struct bpf_sock_addr* context, int way, __be32 source) {
  if (!is_ours(context)) return 1;
  const struct exchange_id id = id_v4(context);
  if (is_of_call(context, &id, way)) return 1;
  __u8 local[16] = {};
  put_v4(local, source ? source : context->sk->src_ip4);
  note_datagram(socket_of(context), &id, way, local, context->sk->src_port);
  return 1;
}

/* `source`: the one that the message itself names; all 0: none. */
static __always_inline int note_v6(struct bpf_sock_addr* context, int way, const __u32* source) {
  if (!is_ours(context)) return 1;
  const struct exchange_id id = id_v6(context);
  if (is_of_call(context, &id, way)) return 1;
  struct bpf_sock* sk = context->sk;
  __u32 local[4] = {sk->src_ip6[0], sk->src_ip6[1], sk->src_ip6[2], sk->src_ip6[3]};
  if (source[0] | source[1] | source[2] | source[3]) __builtin_memcpy(local, source, 16);
  note_datagram(socket_of(context), &id, way, (const __u8*)local, sk->src_port);
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
  const int is_counted =
      bpf_map_lookup_elem(&exchanges, id) || role_at_port(id, context->sk->src_port);
  note_call(socket_of(context), id, is_counted);
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
