/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What is remembered of the sockets that are counted: their courses, by cookie. Whoever asks for
 * one has the socket's lock.
 *
 * Most connections end before a look meets them, and should cost next to nothing. So each comes to
 * one of a few places, which takes neither lock nor memory; and since the kernel numbers cookies
 * one after another, neighbours are used one after another too. What stays, and what finds its
 * places taken, is in a table, where coming and going takes 0.4 us more.
 */
#pragma once

#include "bpf/flow_event.h"
#include "bpf/kernel.h"

struct place {
  __u64 cookie; /* 0: free */
  struct flow_course course;
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4096); /* last_place + 1 */
  __type(key, __u32);
  __type(value, struct place);
} places SEC(".maps");

/* All bits set. Set before loading. */
const volatile __u32 last_place = 4095;

/* By socket cookie, which is never used again. Storage that hangs on the socket itself costs more:
 * 0.8 us for each connection, measured with 20,000 of them a second. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 65536); /* set before loading, by the size of the machine */
  __type(key, __u64);
  __type(value, struct flow_course);
} courses SEC(".maps");

/* The number of the look that goes on, or was the last one. Not 0 once there are events. */
__u32 look = 0;

enum { NEIGHBOURS = 4 };

static __always_inline struct place* place_at(__u64 number) {
  const __u32 index = number & last_place;
  return bpf_map_lookup_elem(&places, &index);
}

static __always_inline struct place* find_place(__u64 cookie) {
  for (int next = 0; next < NEIGHBOURS; ++next) {
    struct place* place = place_at(cookie + next);
    if (place && place->cookie == cookie) return place;
  }
  return 0;
}

/* Whoever takes a place next has its cookie in it before its course: so that one is no one's. */
static __always_inline void leave(struct place* place, __u64 cookie) {
  place->course.look = 0;
  __sync_val_compare_and_swap(&place->cookie, cookie, 0);
}

/* Null: the socket is not counted. */
static __always_inline struct flow_course* find_course(__u64 cookie) {
  struct place* place = find_place(cookie);
  return place ? &place->course : bpf_map_lookup_elem(&courses, &cookie);
}

/* False: there was no room, and the socket is the snapshot's. */
static __always_inline int begin(__u64 cookie, struct flow_course* course) {
  course->look = look;
  for (int next = 0; next < NEIGHBOURS; ++next) {
    struct place* place = place_at(cookie + next);
    if (!place || place->cookie) continue;
    if (__sync_val_compare_and_swap(&place->cookie, 0, cookie)) continue;
    place->course = *course;
    return 1;
  }
  return bpf_map_update_elem(&courses, &cookie, course, BPF_NOEXIST) == 0;
}

static __always_inline void forget(__u64 cookie) {
  struct place* place = find_place(cookie);
  if (place)
    leave(place, cookie);
  else
    bpf_map_delete_elem(&courses, &cookie);
}

/* It stays, so its place is for others. */
static __always_inline void settle(__u64 cookie) {
  struct place* place = find_place(cookie);
  if (place && !bpf_map_update_elem(&courses, &cookie, &place->course, BPF_NOEXIST))
    leave(place, cookie);
}

static __always_inline int is_missing(const struct flow_course* course) {
  return course->look && course->look + 1 < look;
}

static long leave_if_missing(void* map, __u32* index, struct place* place, void* none) {
  const __u64 cookie = place->cookie;
  if (cookie && is_missing(&place->course)) {
    __sync_val_compare_and_swap(&place->cookie, cookie, 0);
  }
  return 0;
}

static long forget_if_missing(void* map, __u64* cookie, struct flow_course* course, void* none) {
  if (is_missing(course)) bpf_map_delete_elem(&courses, cookie);
  return 0;
}

/* What neither the last look nor the one before has met has ended unseen. */
static __always_inline void forget_missing(void) {
  bpf_for_each_map_elem(&places, leave_if_missing, 0, 0);
  bpf_for_each_map_elem(&courses, forget_if_missing, 0, 0);
}
