/* SPDX-License-Identifier: MIT */
#include "http/gate_parts.h"

#include "base/check.h"

struct request_line {
    struct text method, target, version;
};

static const struct text methods[] = {
    TEXT("GET"),  TEXT("POST"),   TEXT("PATCH"),   TEXT("PUT"),
    TEXT("HEAD"), TEXT("DELETE"), TEXT("OPTIONS"),
};

static bool is_known_method(struct text method)
{
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        if (text_equal(method, methods[i]))
            return true;
    }
    return false;
}

static enum gate_fault split(const char *line, size_t len,
                             struct request_line *ret)
{
    size_t method = gate__span(line, len, GATE_TOKEN), target;
    const char *last;

    if (method == len)
        return GATE_FAULT_REQUEST_LINE;
    if (method == 0 || line[method] != ' ')
        return GATE_FAULT_METHOD;
    last = memrchr(line, ' ', len);
    if (last == line + method)
        return GATE_FAULT_REQUEST_LINE;
    target = (size_t)(last - line);
    ret->method = text_from(line, method);
    ret->target = text_from(line + method + 1, target - method - 1);
    ret->version = text_from(last + 1, len - target - 1);
    return GATE_SOUND;
}

/* HTTP/1.2 and up promise to be understood as 1.1 (RFC 9110, 2.5). */
static enum gate_fault take_version(struct gate *gate, char *version,
                                    size_t len)
{
    if (len != GATE_VERSION_LENGTH || memcmp(version, "HTTP/", 5) != 0 ||
        !gate__is(version[5], GATE_DIGIT) || version[6] != '.' ||
        !gate__is(version[7], GATE_DIGIT))
        return GATE_FAULT_VERSION;
    if (version[5] != '1')
        return GATE_FAULT_VERSION_MAJOR;
    if (version[7] == '0')
        gate->marks |= GATE_HTTP_1_0;
    else
        version[7] = '1';
    return GATE_SOUND;
}

static enum gate_fault take_target(struct gate *gate,
                                   const struct request_line *line)
{
    struct text target = line->target;

    if (target.len > gate->limits->target_bytes)
        return GATE_FAULT_TARGET_LONG;
    if (target.len == 0)
        return GATE_FAULT_TARGET_FORM;
    if (!gate__all(target, GATE_TARGET))
        return text_find(target, '#') >= 0 ? GATE_FAULT_TARGET_FRAGMENT
                                           : GATE_FAULT_TARGET_BYTE;
    if (target.at[0] == '/')
        return GATE_SOUND;
    if (text_is(target, "*"))
        return text_is(line->method, "OPTIONS") ? GATE_SOUND
                                                : GATE_FAULT_TARGET_ASTERISK;
    gate->marks |= GATE_ABSOLUTE;
    target = gate__authority(target);
    if (text_is_null(target))
        return GATE_FAULT_TARGET_FORM;
    return gate__is_authority(target) ? GATE_SOUND : GATE_FAULT_TARGET_HOST;
}

/*
 * RFC 9112, 2.2 asks to ignore at least one empty line before a request, as
 * old clients send one after a body; who sends more is up to something.
 */
static enum gate_fault take_empty_line(struct gate_walk *walk)
{
    struct gate *gate = walk->gate;

    if (gate->marks & GATE_EMPTY_LINE)
        return GATE_FAULT_EMPTY_LINES;
    gate__release(walk, 0, 0);
    gate__end_message(gate);
    gate->marks |= GATE_EMPTY_LINE;
    return GATE_SOUND;
}

enum gate_fault gate__take_request_line(struct gate_walk *walk, char *line,
                                        size_t len)
{
    struct gate *gate = walk->gate;
    struct request_line parts;
    enum gate_fault fault;

    if (len == 0)
        return take_empty_line(walk);
    fault = split(line, len, &parts);
    if (fault)
        return fault;
    fault =
        take_version(gate, line + (parts.version.at - line), parts.version.len);
    if (fault)
        return fault;
    if (!is_known_method(parts.method))
        return GATE_FAULT_METHOD_UNKNOWN;
    gate->step = GATE_FIELDS;
    return take_target(gate, &parts);
}

/* The limit on this request's body; the head is whole and in origin-form. */
static uint64_t ask_body_limit(const struct gate_limits *limits,
                               const char *head)
{
    const char *target, *end;

    if (!limits->body_limit)
        return limits->body_bytes;
    target = (const char *)rawmemchr(head, ' ') + 1;
    end = rawmemchr(target, ' ');
    return limits->body_limit(limits->arg,
                              text_from(head, (size_t)(target - head) - 1),
                              text_from(target, (size_t)(end - target)));
}

/* Which step follows the head, and by when it must be done. */
static enum gate_fault begin_body(struct gate_walk *walk, const char *head)
{
    struct gate *gate = walk->gate;
    const struct gate_limits *limits = gate->limits;
    bool chunked = gate->marks & GATE_CHUNKED;
    uint64_t most;

    if (!chunked && gate->left == 0) {
        gate__end_message(gate);
        return GATE_SOUND;
    }
    gate->body_limit = ask_body_limit(limits, head);
    if (gate->left > gate->body_limit)
        return GATE_FAULT_BODY_LONG;
    most = chunked ? gate->body_limit : gate->left;
    if (most > limits->body_bytes)
        gate->marks |= GATE_STREAMED;
    gate->step = chunked ? GATE_CHUNK_SIZE : GATE_CONTENT;
    gate->deadline_ns = walk->now_ns + limits->body_ns;
    gate->body_room = gate->body_limit;
    gate->fields = 0;
    return GATE_SOUND;
}

static void release_head(struct gate_walk *walk, size_t skip)
{
    struct gate *gate = walk->gate;
    size_t len = gate->line - skip, kept = len;

    gate->requests++;
    if (gate->limits->take_head)
        kept = gate->limits->take_head(gate, walk->at + walk->unit + skip, len);
    CHECK(kept <= len);
    gate__release(walk, skip, kept);
}

static enum gate_fault end_head(struct gate_walk *walk)
{
    struct gate *gate = walk->gate;
    char *head = walk->at + walk->unit;
    size_t skip = 0;
    enum gate_fault fault;

    if (!(gate->marks & (GATE_HOST | GATE_HTTP_1_0)))
        return GATE_FAULT_HOST_MISSING;
    if (gate->marks & GATE_ABSOLUTE)
        skip = gate__make_origin_form(gate, head);
    fault = begin_body(walk, head + skip);
    if (!fault)
        release_head(walk, skip);
    return fault;
}

enum gate_fault gate__take_field(struct gate_walk *walk, char *line, size_t len)
{
    struct gate *gate = walk->gate;
    struct gate_field field;
    gate_framing_fn *framing;
    enum gate_fault fault;

    if (len == 0)
        return end_head(walk);
    if (gate->fields == gate->limits->fields)
        return GATE_FAULT_FIELDS_MANY;
    gate->fields++;
    fault = gate__split_field(line, len, &field);
    if (fault)
        return fault;
    framing = gate__framing(field.name);
    if (!framing)
        return GATE_SOUND;
    field.at = (uint32_t)(line - (walk->at + walk->unit));
    return framing(gate, &field);
}
