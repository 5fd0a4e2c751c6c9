/* SPDX-License-Identifier: MIT */
#include "telemetry/trace.h"

#include "base/id.h"

/* Positions in "00-<32 hexadecimal digits>-<16>-<2>". */
enum { ID_AT = 3, SPAN_AT = 36, FLAGS_AT = 53, LENGTH = 55 };

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Lower case only, as the specification has it. */
static bool parse_hex(const char *at, unsigned char *ret_bytes, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        int high = digit(at[2 * i]), low = digit(at[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        ret_bytes[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

static bool is_zero(const unsigned char *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (at[i] != 0)
            return false;
    return true;
}

/* A version above ours is read as ours, and may go on behind it. */
static bool parse(struct text t, struct trace *ret_trace)
{
    unsigned char version, flags;

    if (t.len < LENGTH || !parse_hex(t.at, &version, 1) || version == 0xFF)
        return false;
    if (t.len > LENGTH && (version == 0 || t.at[LENGTH] != '-'))
        return false;
    if (t.at[ID_AT - 1] != '-' || t.at[SPAN_AT - 1] != '-' ||
        t.at[FLAGS_AT - 1] != '-')
        return false;
    if (!parse_hex(t.at + ID_AT, ret_trace->id, sizeof(ret_trace->id)) ||
        !parse_hex(t.at + SPAN_AT, ret_trace->parent,
                   sizeof(ret_trace->parent)) ||
        !parse_hex(t.at + FLAGS_AT, &flags, 1))
        return false;
    ret_trace->sampled = flags & 1;
    return !is_zero(ret_trace->id, sizeof(ret_trace->id)) &&
           !is_zero(ret_trace->parent, sizeof(ret_trace->parent));
}

void trace_begin(struct trace *trace, struct text traceparent)
{
    struct trace given = { 0 };

    if (parse(traceparent, &given)) {
        *trace = given;
        trace->continued = true;
    } else {
        *trace = (struct trace){ .sampled = true };
        random_bytes(trace->id, sizeof(trace->id));
        trace->id[0] |= is_zero(trace->id, sizeof(trace->id));
    }
    random_bytes(trace->span, sizeof(trace->span));
    trace->span[0] |= is_zero(trace->span, sizeof(trace->span));
}

void trace_format_id(const struct trace *trace,
                     char ret_text[static TRACE_ID_TEXT_BYTES])
{
    hex_format(trace->id, sizeof(trace->id), ret_text);
}

void trace_format(const struct trace *trace,
                  char ret_text[static TRACE_PARENT_TEXT_BYTES])
{
    memcpy(ret_text, "00-", 3);
    hex_format(trace->id, sizeof(trace->id), ret_text + ID_AT);
    ret_text[SPAN_AT - 1] = '-';
    hex_format(trace->span, sizeof(trace->span), ret_text + SPAN_AT);
    memcpy(ret_text + FLAGS_AT - 1, trace->sampled ? "-01" : "-00", 4);
}

static bool is_request_id(struct text t)
{
    for (size_t i = 0; i < t.len; i++) {
        char c = t.at[i], letter = (char)(c | 0x20);

        if (!(letter >= 'a' && letter <= 'z') && !(c >= '0' && c <= '9') &&
            c != '.' && c != '_' && c != '-')
            return false;
    }
    return t.len > 0 && t.len < REQUEST_ID_TEXT_BYTES;
}

size_t request_id(struct text given,
                  char ret_text[static REQUEST_ID_TEXT_BYTES])
{
    if (!is_request_id(given)) {
        uuid_format(uuid_v7(), ret_text);
        return UUID_TEXT_BYTES - 1;
    }
    memcpy(ret_text, given.at, given.len);
    ret_text[given.len] = '\0';
    return given.len;
}
