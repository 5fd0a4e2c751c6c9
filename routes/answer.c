/* SPDX-License-Identifier: MIT */
#include "routes/answer.h"

#include "base/check.h"
#include "routes/consistency.h"

#include <stdio.h>

enum { TAG_BYTES_MAX = 64, PERMISSION_KEY_BYTES = 64 };

/* --- on whose behalf ------------------------------------------------------ */

struct actor actor_of(const struct request *request)
{
    return (struct actor){
        .user_id = request->caller->user_id,
        .rights = permission_set_text(request->caller->set),
        .request_id = text_of(request->id),
        .route = text_of(request->match.route->path),
    };
}

/* What a write reads for itself it reads where it writes. */
static struct store bound_to(const struct request *request,
                             const struct actor *actor)
{
    struct store store = store_as(service_of(request)->store, actor);
    struct notes *notes = request->notes;

    if (!notes)
        return store;
    store.trail = &notes->trail;
    if (request->method == METHOD_GET || request->method == METHOD_HEAD)
        store.consistency = notes->consistency;
    return store;
}

struct store store_of(const struct request *request)
{
    struct actor actor = actor_of(request);

    return bound_to(request, &actor);
}

struct store store_for_reading(const struct request *request)
{
    const struct text key = text_of(request->match.route->permission);
    const struct actor actor = { .rights = key };
    enum permission permission;

    if (permission_find(key, &permission) &&
        caller_may(request, permission) == MAY_ANY)
        return bound_to(request, &actor);
    return store_of(request);
}

static bool may_all(const struct request *request, struct text rights)
{
    struct text right;

    while (text_cut(&rights, ' ', &right))
        if (permission_set_may_key(request->caller->set, right) != MAY_ANY)
            return false;
    return true;
}

struct store store_for_listing(struct request *request,
                               const struct listing *listing)
{
    struct actor actor = { .user_id = TEXT_NULL };
    char rights[LISTING_RIGHTS_BYTES];

    listing_rights(listing, rights);
    actor.rights.at = arena_copy(&request->arena, text_of(rights));
    actor.rights.len = strlen(rights);
    if (!rights[0] || !actor.rights.at || !may_all(request, actor.rights))
        return store_of(request);
    return bound_to(request, &actor);
}

bool caller_may_on(const struct request *request, const char *action)
{
    char key[PERMISSION_KEY_BYTES];

    snprintf(key, sizeof(key), "%s:%s", resource_of(request)->shape->name,
             action);
    return permission_set_may_key(request->caller->set, text_of(key)) ==
           MAY_ANY;
}

struct text caller_of(const struct request *request)
{
    return request->caller->name;
}

/* --- answers -------------------------------------------------------------- */

int add_tag(struct request *request, struct reply *reply,
            const struct view *view, int64_t version, struct text body,
            const char **ret_tag)
{
    char *room = arena_take(&request->arena, TAG_BYTES_MAX);
    struct buffer tag;

    if (!room)
        return request_no_room(request);
    buffer_init_on(&tag, room, TAG_BYTES_MAX);
    buffer_add_byte(&tag, '"');
    view_tag(view, version, body, &tag);
    buffer_add(&tag, "\"", sizeof("\"")); /* with its NUL */
    *ret_tag = room;
    reply_header(reply, "ETag", room);
    return 0;
}

int answer_preferred(struct reply *reply, int status,
                     const struct preferences *preferences, struct buffer *body)
{
    preferences_applied(reply, preferences);
    reply->status = preferences->minimal ? 204 : status;
    return preferences->minimal ? 0 : reply_take(reply, CONTENT_JSON, body);
}

int answer_object(struct request *request, struct reply *reply, int status,
                  const struct preferences *preferences,
                  const struct stored *stored, struct buffer *body)
{
    struct view view;
    const char *tag;
    int r;

    view_all(resource_of(request), &view);
    r = add_tag(request, reply, &view, stored->version, buffer_text(body),
                &tag);
    return r < 0 ? r : answer_preferred(reply, status, preferences, body);
}

int add_location(struct request *request, struct reply *reply,
                 const char *collection, struct uuid id)
{
    const char *location;
    char text[UUID_TEXT_BYTES];

    uuid_format(id, text);
    location = arena_format(&request->arena, "%s/%s", collection, text);
    if (!location)
        return request_no_room(request);
    reply_header(reply, "Location", location);
    return 0;
}

int answer_deleted(struct reply *reply, const struct preferences *preferences,
                   struct uuid id)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    char text[UUID_TEXT_BYTES];

    uuid_format(id, text);
    buffer_init(&body, 256);
    buffer_add_format(&body, "{\"id\":\"%s\"}", text);
    return answer_preferred(reply, 200, preferences, &body);
}
