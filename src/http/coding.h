/* SPDX-License-Identifier: MIT */
/* Content codings (RFC 9110 § 8.4): which a client takes, and their tags. */
#pragma once

#include "http/request.h"

enum coding {
    CODING_IDENTITY, /* as it is */
    CODING_GZIP,
    CODING_ZSTD,
    CODING_COUNT
};

/* As in Content-Encoding: "gzip". */
const char *coding_name(enum coding coding);

/* What `Accept-Encoding` says of each; see coding_choose(). */
struct codings {
    /* in thousandths; 0: refused, -1: not mentioned */
    int weight[CODING_COUNT];
    bool zstd_named; /* and not only meant by "*" */
};

/*
 * § 12.5.3: an entry of its own goes before "*". Who sends no such field would
 * have to take anything, and gets what needs no decoding.
 */
struct codings request_codings(const struct request *request);

bool coding_is_accepted(const struct codings *codings, enum coding coding);

/*
 * The coding for a body: the one of the highest weight; zstd where it is named
 * beside gzip, as it costs a sixth. One that is not worth compressing stays as
 * it is unless that is refused. CODING_COUNT: the client takes none we have.
 */
enum coding coding_choose(const struct codings *codings, bool worth_it);

/* -ERR_NOT_ACCEPTABLE when the client takes no coding we have. */
int request_check_codings(struct request *request) MUST_CHECK;

/* Does the client take this coding ("gzip")? */
bool request_wants_coding(const struct request *request, struct text coding);

/*
 * Entity tags are strong, so each coding of an object has one of its own:
 * "17", "17-gzip", "17-zstd". See docs/decisions/0005-compression.md. The tag
 * of a coding, quoted like the given one; NULL when the arena is full.
 */
const char *coding_tag(const char *tag, enum coding coding,
                       struct arena *arena);

/*
 * Is the given tag (quoted, without W/) the other one (quoted, of the object as
 * it is) in some coding? Stores in which.
 */
bool coding_names_tag(struct text given, struct text tag,
                      enum coding *ret_coding);
