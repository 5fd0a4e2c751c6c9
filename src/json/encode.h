/* SPDX-License-Identifier: MIT */
/*
 * The writer of the hot path: column text, as the database sends it, becomes
 * JSON bytes without a tree between them. Texts must be valid UTF-8, as all
 * that comes from the database is. TEXT_NULL is written as `null` everywhere.
 * An overflow is the buffer's to tell, once, at the end.
 */
#pragma once

#include "base/buffer.h"

/* A string: `"`, `\` and control characters escaped (RFC 8259). */
void encode_text(struct buffer *buffer, struct text t);

/* A string known to need no escape: a uuid, a date, an enumeration's value. */
void encode_plain(struct buffer *buffer, struct text t);

/* JSON already, as we write it: a number. */
void encode_ready(struct buffer *buffer, struct text t);

/* JSON already, but spaced out: a jsonb column. It must be valid. */
void encode_compact(struct buffer *buffer, struct text t);

/* An array of texts, as PostgreSQL writes it: `{a,"b, c"}`. */
void encode_list(struct buffer *buffer, struct text t);

/* `t` or `f` becomes `true` or `false`. */
void encode_boolean(struct buffer *buffer, struct text t);

/*
 * A timestamptz in ISO style and UTC, "2026-11-21 08:30:00.12+00", becomes
 * "2026-11-21T08:30:00.120000Z". What has no such form ("infinity") is written
 * as a string, as it came.
 */
void encode_timestamp(struct buffer *buffer, struct text t);
