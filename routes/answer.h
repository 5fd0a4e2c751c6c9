/* SPDX-License-Identifier: MIT */
/* What the handlers of objects have in common: entity tags and answers. */
#pragma once

#include "http/conditions.h"
#include "http/prefer.h"
#include "routes/caller.h"
#include "routes/routes.h"
#include "routes/service.h"

/* An object as JSON: at the most, and what most fit into. */
enum { OBJECT_BYTES_MAX = 16 * 1024 * 1024, OBJECT_BYTES = 2048 };

static inline const struct resource *resource_of(const struct request *request)
{
    return request->match.route->subject;
}

/* On whose behalf, with all rights that the caller has. */
struct actor actor_of(const struct request *request);

/* The service's store, bound to that. */
struct store store_of(const struct request *request);

/*
 * The same with no right but the route's own, so that all its callers share
 * one question to the database: for reads of nothing beside the route's own
 * resource, and of nothing deleted.
 */
struct store store_for_reading(const struct request *request);

/* … with the rights to all that the listing shows, where the caller has them.
 */
struct store store_for_listing(struct request *request,
                               const struct listing *listing);

/* May the caller do this to whichever of the row's resource: "restore"? */
bool caller_may_on(const struct request *request, const char *action);

/* Whom keys of the caller's choice belong to. */
struct text caller_of(const struct request *request);

/* The field ETag; the tag, with its quotes, is the request's arena's. */
int add_tag(struct request *request, struct reply *reply,
            const struct view *view, int64_t version, struct text body,
            const char **ret_tag) MUST_CHECK;

/*
 * Answers a write with this status and body, which it takes, or with nothing
 * for who prefers so (RFC 7240 § 4.2).
 */
int answer_preferred(struct reply *reply, int status,
                     const struct preferences *preferences, struct buffer *body)
    MUST_CHECK;

/* The same with the whole object and its ETag. */
int answer_object(struct request *request, struct reply *reply, int status,
                  const struct preferences *preferences,
                  const struct stored *stored, struct buffer *body) MUST_CHECK;

/* The field Location: the path of this object. */
int add_location(struct request *request, struct reply *reply,
                 const char *collection, struct uuid id) MUST_CHECK;

/* The same with {"id": "…"}. */
int answer_deleted(struct reply *reply, const struct preferences *preferences,
                   struct uuid id) MUST_CHECK;
