/* SPDX-License-Identifier: MIT */
#include "http/gate_parts.h"

#include "base/clock.h"

/* What the limit of a unit is counted from. */
enum base { BASE_NONE, BASE_TARGET, BASE_HEAD };

/*
 * How a step reads its lines, and how many bytes its unit may have with the
 * line at hand; a step without a row passes `left` bytes of the body.
 */
static const struct {
    gate_take_fn *take;
    enum base base;
    size_t more;
    enum gate_fault too_long;
} steps[GATE_STEPS] = {
    [GATE_START] = { gate__take_request_line, BASE_TARGET,
                     GATE_METHOD_MAX + GATE_VERSION_LENGTH + 4,
                     GATE_FAULT_TARGET_LONG },
    [GATE_FIELDS] = { gate__take_field, BASE_HEAD, 0, GATE_FAULT_HEAD_LONG },
    [GATE_CHUNK_SIZE] = { gate__take_chunk_size, BASE_NONE, GATE_CHUNK_LINE_MAX,
                          GATE_FAULT_CHUNK_LINE },
    [GATE_CHUNK_END] = { gate__take_chunk_end, BASE_NONE, 2,
                         GATE_FAULT_CHUNK_END },
    [GATE_TRAILERS] = { gate__take_trailer, BASE_HEAD, 0,
                        GATE_FAULT_TRAILERS_LONG },
};

static size_t unit_limit(const struct gate *gate)
{
    const uint32_t bases[] = {
        [BASE_NONE] = 0,
        [BASE_TARGET] = gate->limits->target_bytes,
        [BASE_HEAD] = gate->limits->head_bytes,
    };

    return bases[steps[gate->step].base] + steps[gate->step].more;
}

void gate__refuse(struct gate *gate, enum gate_fault fault)
{
    gate->fault = (uint8_t)fault;
    gate->deadline_ns = UINT64_MAX;
}

void gate__release(struct gate_walk *walk, size_t skip, size_t len)
{
    struct gate *gate = walk->gate;
    char *from = walk->at + walk->unit + skip;
    char *to = walk->at + walk->ready;

    if (from != to)
        memmove(to, from, len);
    walk->ready += len;
    walk->unit += gate->line;
    gate->line = gate->seen = 0;
}

void gate__end_message(struct gate *gate)
{
    gate->step = GATE_START;
    gate->marks = 0;
    gate->fields = 0;
    gate->deadline_ns = UINT64_MAX;
}

/*
 * A streamed body earns time by bytes, but never more than body_ns from now:
 * a fast start must not buy an hour of silence.
 */
static void earn_time(struct gate_walk *walk, size_t bytes)
{
    struct gate *gate = walk->gate;
    const struct gate_limits *limits = gate->limits;
    uint64_t most = walk->now_ns + limits->body_ns;

    gate->deadline_ns += bytes * NS_PER_S / limits->body_bytes_per_s;
    if (gate->deadline_ns > most)
        gate->deadline_ns = most;
}

static void take_body(struct gate_walk *walk)
{
    struct gate *gate = walk->gate;
    size_t bytes = walk->len - walk->unit;

    if (bytes > gate->left)
        bytes = (size_t)gate->left;
    gate->line = (uint32_t)bytes;
    gate__release(walk, 0, bytes);
    gate->left -= bytes;
    if (gate->marks & GATE_STREAMED)
        earn_time(walk, bytes);
    if (gate->left > 0)
        return;
    if (gate->step == GATE_CHUNK_DATA)
        gate->step = GATE_CHUNK_END;
    else
        gate__end_message(gate);
}

/*
 * A first byte that begins no method is refused at once: a client that speaks
 * another protocol here (TLS, say) is waiting for us, not we for it.
 */
static bool begins_badly(struct gate_walk *walk)
{
    struct gate *gate = walk->gate;
    char first = walk->at[walk->unit];

    if (gate->step != GATE_START || gate->seen > 0)
        return false;
    if (gate->deadline_ns == UINT64_MAX)
        gate->deadline_ns = walk->now_ns + gate->limits->head_ns;
    return !gate__is(first, GATE_TOKEN) && first != '\r' && first != '\n';
}

/* Returns whether there was a whole line. */
static bool take_line(struct gate_walk *walk)
{
    struct gate *gate = walk->gate;
    char *unit = walk->at + walk->unit;
    size_t have = walk->len - walk->unit, start = gate->line, end;
    const char *lf;
    enum gate_fault fault;

    lf = memchr(unit + gate->seen, '\n', have - gate->seen);
    end = lf ? (size_t)(lf - unit) + 1 : have;
    gate->seen = (uint32_t)end;
    if (end > unit_limit(gate))
        fault = steps[gate->step].too_long;
    else if (!lf)
        return false;
    else if (end - start < 2 || lf[-1] != '\r')
        fault = GATE_FAULT_BARE_LF;
    else {
        gate->line = (uint32_t)end;
        fault = steps[gate->step].take(walk, unit + start, end - start - 2);
    }
    if (fault)
        gate__refuse(gate, fault);
    return true;
}

void gate__walk(struct gate_walk *walk)
{
    struct gate *gate = walk->gate;

    while (!gate->fault && walk->unit < walk->len) {
        if (!steps[gate->step].take)
            take_body(walk);
        else if (begins_badly(walk))
            gate__refuse(gate, GATE_FAULT_METHOD);
        else if (!take_line(walk))
            return;
    }
}
