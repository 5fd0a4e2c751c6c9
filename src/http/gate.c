/* SPDX-License-Identifier: MIT */
#include "http/gate.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "http/gate_parts.h"

#include <inttypes.h>

const struct gate_limits gate_limits_default = {
    .head_bytes = 16 * 1024,
    .target_bytes = 8 * 1024,
    .fields = 100,
    .body_bytes_per_s = 16 * 1024,
    .body_bytes = 1024 * 1024,
    .head_ns = 10 * NS_PER_S,
    .body_ns = 10 * NS_PER_S,
};

enum { HELD_LEAST = 512 };

enum limit {
    LIMIT_NONE,
    LIMIT_TARGET_BYTES,
    LIMIT_HEAD_BYTES,
    LIMIT_FIELDS,
    LIMIT_BODY_BYTES,
    LIMIT_CHUNK_LINE,
    LIMIT_HEAD_SECONDS
};

#define GATE_FAULT(name, error, limit, sentence) \
    [GATE_FAULT_##name] = { ERR_##error, LIMIT_##limit, sentence },
static const struct {
    int error;
    enum limit limit;
    const char *sentence;
} faults[] = {
#include "http/gate_faults.def"
};
#undef GATE_FAULT

static uint64_t limit_of(const struct gate *gate, enum limit limit)
{
    const struct gate_limits *limits = gate->limits;
    const uint64_t values[] = {
        [LIMIT_NONE] = 0,
        [LIMIT_TARGET_BYTES] = limits->target_bytes,
        [LIMIT_HEAD_BYTES] = limits->head_bytes,
        [LIMIT_FIELDS] = limits->fields,
        [LIMIT_CHUNK_LINE] = GATE_CHUNK_LINE_MAX,
        [LIMIT_BODY_BYTES] = gate->body_limit,
        [LIMIT_HEAD_SECONDS] = limits->head_ns / NS_PER_S,
    };

    return values[limit];
}

/* Frees what nobody will ask for, and moves the rest to the front. */
static void tidy(struct gate *gate)
{
    struct gate_held *held = &gate->held;

    if (held->taken < held->ready)
        return;
    if (gate->fault || held->unit == held->len) {
        memory_free(&held->at);
        *held = (struct gate_held){ .at = NULL };
        return;
    }
    held->len -= held->unit;
    memmove(held->at, held->at + held->unit, held->len);
    held->taken = held->ready = held->unit = 0;
}

static void hold(struct gate_held *held, const char *bytes, size_t len)
{
    size_t want = held->len + len, capacity = HELD_LEAST;

    CHECK(want <= UINT32_MAX / 2);
    while (capacity < want)
        capacity *= 2;
    if (capacity > held->capacity) {
        held->at = memory_resize(held->at, capacity);
        held->capacity = (uint32_t)capacity;
    }
    memcpy(held->at + held->len, bytes, len);
    held->len = (uint32_t)want;
}

static size_t pass_in_place(struct gate *gate, char *bytes, size_t len,
                            uint64_t now_ns)
{
    struct gate_walk walk = { gate, bytes, len, 0, 0, now_ns };

    gate__walk(&walk);
    if (!gate->fault && walk.unit < len)
        hold(&gate->held, bytes + walk.unit, len - walk.unit);
    return walk.ready;
}

static size_t pass_by_hold(struct gate *gate, char *bytes, size_t len,
                           size_t room, uint64_t now_ns)
{
    struct gate_held *held = &gate->held;
    struct gate_walk walk;

    CHECK(held->ready == 0);
    hold(held, bytes, len);
    walk = (struct gate_walk){ gate, held->at, held->len, 0, 0, now_ns };
    gate__walk(&walk);
    held->ready = (uint32_t)walk.ready;
    held->unit = (uint32_t)walk.unit;
    tidy(gate);
    return gate_pull(gate, bytes, room);
}

void gate_init(struct gate *gate, const struct gate_limits *limits)
{
    *gate = (struct gate){ .limits = limits, .deadline_ns = UINT64_MAX };
}

void gate_fini(struct gate *gate)
{
    memory_free(&gate->held.at);
    gate->held = (struct gate_held){ .at = NULL };
}

size_t gate_pass(struct gate *gate, char *bytes, size_t len, size_t room,
                 uint64_t now_ns)
{
    CHECK(len <= room && len <= UINT32_MAX / 2);
    if (gate->fault)
        return 0;
    if (LIKELY(!gate->held.at))
        return pass_in_place(gate, bytes, len, now_ns);
    return pass_by_hold(gate, bytes, len, room, now_ns);
}

size_t gate_pull(struct gate *gate, char *to, size_t room)
{
    struct gate_held *held = &gate->held;
    size_t len = held->ready - held->taken;

    if (len > room)
        len = room;
    if (len == 0)
        return 0;
    memcpy(to, held->at + held->taken, len);
    held->taken += (uint32_t)len;
    tidy(gate);
    return len;
}

int gate_error(const struct gate *gate, struct diag *diag)
{
    int fault = gate->fault;

    if (!fault || gate->held.taken < gate->held.ready)
        return 0;
    return FAIL(diag, faults[fault].error, faults[fault].sentence,
                limit_of(gate, faults[fault].limit));
}

bool gate_expire(struct gate *gate, uint64_t now_ns)
{
    bool in_body = gate_in_body(gate);

    if (now_ns < gate->deadline_ns)
        return false;
    gate__refuse(gate, in_body ? GATE_FAULT_BODY_SLOW : GATE_FAULT_HEAD_SLOW);
    tidy(gate);
    return true;
}

void gate_forgive(struct gate *gate, uint64_t ns)
{
    if (gate->deadline_ns < UINT64_MAX - ns)
        gate->deadline_ns += ns;
}

bool gate_is_idle(const struct gate *gate)
{
    return !gate->fault && gate->step == GATE_START && !gate->held.at;
}

bool gate_in_body(const struct gate *gate)
{
    return gate->step > GATE_FIELDS;
}
