/* SPDX-License-Identifier: MIT */
/*
 * What the files of the gate (gate*.c) share, and nobody else includes.
 *
 * The stream is a row of units: a head, a run of body bytes, a chunk's size
 * line, the CRLF after its data, the last chunk with its trailers. All but the
 * body bytes are made of lines. A walk goes over the bytes at hand line by
 * line; at its last line a unit is released: moved down behind the bytes
 * already released, past whatever was dropped before it.
 */
#pragma once

#include "http/gate.h"

#define GATE_FAULT(name, error, limit, sentence) GATE_FAULT_##name,
enum gate_fault {
    GATE_SOUND,
#include "http/gate_faults.def"
};
#undef GATE_FAULT

enum gate_step {
    GATE_START, /* before a request line */
    GATE_FIELDS,
    GATE_CONTENT, /* Content-Length bytes */
    GATE_CHUNK_SIZE,
    GATE_CHUNK_DATA,
    GATE_CHUNK_END,
    GATE_TRAILERS,
    GATE_STEPS
};

/* What is known of the request at hand. */
enum gate_mark {
    GATE_EMPTY_LINE = 1 << 0, /* one was dropped before it */
    GATE_HTTP_1_0 = 1 << 1,
    GATE_ABSOLUTE = 1 << 2, /* its target is a URI */
    GATE_HOST = 1 << 3,
    GATE_LENGTH = 1 << 4,
    GATE_CHUNKED = 1 << 5,
    GATE_STREAMED = 1 << 6
};

enum {
    GATE_HOST_MAX = 255,
    GATE_METHOD_MAX = 7,      /* "OPTIONS" */
    GATE_VERSION_LENGTH = 8,  /* "HTTP/1.1" */
    GATE_CHUNK_LINE_MAX = 274 /* 16 digits, 256 of extension, CRLF */
};

struct gate_walk {
    struct gate *gate;
    char *at;
    size_t len;
    size_t ready; /* bytes at the front that are released */
    size_t unit;  /* where the unit at hand begins; >= ready */
    uint64_t now_ns;
};

struct gate_field {
    struct text name, value;
    uint32_t at; /* of its line in the unit */
};

/*
 * One line, without its CRLF, of a step's unit. It may be rewritten in place.
 * Moves the gate's step on, and releases the unit if this is its last line.
 */
typedef enum gate_fault gate_take_fn(struct gate_walk *walk, char *line,
                                     size_t len);

gate_take_fn gate__take_request_line;
gate_take_fn gate__take_field;
gate_take_fn gate__take_chunk_size;
gate_take_fn gate__take_chunk_end;
gate_take_fn gate__take_trailer;

/* Over the bytes from `unit` on, up to a unit that is not whole or a fault. */
void gate__walk(struct gate_walk *walk);

/* Nothing goes on from here. */
void gate__refuse(struct gate *gate, enum gate_fault fault);

/* Releases `len` bytes of the unit, from `skip` on, and drops the rest of it.
 */
void gate__release(struct gate_walk *walk, size_t skip, size_t len);

/* The next byte begins a request. */
void gate__end_message(struct gate *gate);

/*
 * A field line in its parts, the value trimmed; spaces behind the value are
 * moved to its front, as not every parser trims them there.
 */
enum gate_fault gate__split_field(char *line, size_t len,
                                  struct gate_field *ret_field);

/* Checks a field that frames or routes the request, and notes what it says. */
typedef enum gate_fault gate_framing_fn(struct gate *gate,
                                        const struct gate_field *field);

/* NULL for the name of any other field. */
gate_framing_fn *gate__framing(struct text name);

/* uri-host [ ":" port ] by RFC 3986, not empty, at most GATE_HOST_MAX bytes. */
bool gate__is_authority(struct text t);

/* The authority of an http or https URI; TEXT_NULL if it is none. */
struct text gate__authority(struct text target);

/*
 * Rewrites a whole head, the gate's unit, from absolute-form to origin-form.
 * Returns how many bytes of its front fall away.
 */
size_t gate__make_origin_form(const struct gate *gate, char *head);

/* Classes of bytes; a byte may be in several. */
enum gate_class {
    GATE_TOKEN = 1 << 0,
    GATE_VALUE = 1 << 1,  /* of a field: no control byte but HTAB */
    GATE_TARGET = 1 << 2, /* visible ASCII but '#' */
    GATE_NAME = 1 << 3,   /* of a host: unreserved, sub-delims, '%' */
    GATE_HEX = 1 << 4,
    GATE_DIGIT = 1 << 5
};

extern const uint8_t gate__classes[256];

static inline bool gate__is(char byte, enum gate_class class)
{
    return (gate__classes[(unsigned char)byte] & class) != 0;
}

/* How many bytes from the front on are all of the class. */
static inline size_t gate__span(const char *at, size_t len,
                                enum gate_class class)
{
    size_t n = 0;

    while (n < len && gate__is(at[n], class))
        n++;
    return n;
}

static inline bool gate__all(struct text t, enum gate_class class)
{
    return gate__span(t.at, t.len, class) == t.len;
}
