/* SPDX-License-Identifier: MIT */
#include "http/gate_parts.h"

enum { SIZE_DIGITS_MAX = 16 };

/* The length of a quoted string at the front, or 0. */
static size_t quoted(const char *at, size_t len)
{
    size_t i;

    if (len == 0 || at[0] != '"')
        return 0;
    for (i = 1; i < len && at[i] != '"'; i++) {
        if (at[i] == '\\')
            i++;
        if (i >= len || !gate__is(at[i], GATE_VALUE))
            return 0;
    }
    return i < len ? i + 1 : 0;
}

/* The length of `;name`, `;name=token` or `;name="text"`, or 0. */
static size_t extension(const char *at, size_t len)
{
    size_t name, value;

    if (at[0] != ';')
        return 0;
    name = 1 + gate__span(at + 1, len - 1, GATE_TOKEN);
    if (name == 1)
        return 0;
    if (name == len || at[name] != '=')
        return name;
    name++;
    value = gate__span(at + name, len - name, GATE_TOKEN);
    if (value == 0)
        value = quoted(at + name, len - name);
    return value ? name + value : 0;
}

/*
 * Spaces around `;` and `=` are refused although RFC 9112, 7.1.1 would have
 * them skipped: nobody sends them but who probes for parsers that disagree.
 */
static bool are_extensions(const char *at, size_t len)
{
    size_t n;

    while (len > 0) {
        n = extension(at, len);
        if (n == 0)
            return false;
        at += n;
        len -= n;
    }
    return true;
}

static uint64_t hex_value(const char *at, size_t digits)
{
    uint64_t value = 0;

    for (size_t i = 0; i < digits; i++) {
        unsigned c = (unsigned char)at[i];

        value = value << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

/*
 * The size's line goes on as bare digits: libmicrohttpd 0.9.75 refuses sixteen
 * of them and takes a lone LF, or anything, for the end of an extension.
 */
static void release_size(struct gate_walk *walk, char *line, size_t digits)
{
    size_t zeros = 0;

    while (line[zeros] == '0')
        zeros++;
    line[digits] = '\r';
    line[digits + 1] = '\n';
    gate__release(walk, zeros, digits - zeros + 2);
}

enum gate_fault gate__take_chunk_size(struct gate_walk *walk, char *line,
                                      size_t len)
{
    struct gate *gate = walk->gate;
    size_t digits = gate__span(line, len, GATE_HEX);
    uint64_t size;

    if (digits == 0 || digits > SIZE_DIGITS_MAX)
        return GATE_FAULT_CHUNK_SIZE;
    if (digits < len && line[digits] != ';')
        return GATE_FAULT_CHUNK_SIZE;
    if (!are_extensions(line + digits, len - digits))
        return GATE_FAULT_CHUNK_EXTENSION;
    size = hex_value(line, digits);
    if (size > gate->body_room)
        return GATE_FAULT_BODY_LONG;
    if (size == 0) {
        gate->step = GATE_TRAILERS;
        return GATE_SOUND;
    }
    gate->body_room -= size;
    gate->left = size;
    gate->step = GATE_CHUNK_DATA;
    release_size(walk, line, digits);
    return GATE_SOUND;
}

enum gate_fault gate__take_chunk_end(struct gate_walk *walk, char *line UNUSED,
                                     size_t len)
{
    if (len > 0)
        return GATE_FAULT_CHUNK_END;
    walk->gate->step = GATE_CHUNK_SIZE;
    gate__release(walk, 0, 2);
    return GATE_SOUND;
}

/* The last chunk waits for its trailers and goes on without them. */
static void end_chunks(struct gate_walk *walk)
{
    static const char last_chunk[] = "0\r\n\r\n";

    memcpy(walk->at + walk->unit, last_chunk, sizeof(last_chunk) - 1);
    gate__release(walk, 0, sizeof(last_chunk) - 1);
    gate__end_message(walk->gate);
}

enum gate_fault gate__take_trailer(struct gate_walk *walk, char *line,
                                   size_t len)
{
    struct gate *gate = walk->gate;
    struct gate_field field;
    enum gate_fault fault;

    if (len == 0) {
        end_chunks(walk);
        return GATE_SOUND;
    }
    if (gate->fields == gate->limits->fields)
        return GATE_FAULT_TRAILERS_MANY;
    gate->fields++;
    fault = gate__split_field(line, len, &field);
    if (fault)
        return fault;
    return gate__framing(field.name) ? GATE_FAULT_TRAILER_NAME : GATE_SOUND;
}
