/* SPDX-License-Identifier: MIT */
#include "redis/reply.h"

#include "base/memory.h"

#include <hiredis/hiredis.h>
#include <hiredis/read.h>

/*
 * What the parser keeps between two reads. Its own 16 KiB are less than one
 * read under load brings: it would take its buffer anew, and grow it, at each.
 */
enum { KEPT_BYTES = 256 * 1024 };

/* Newer releases count the items of a list in another type. */
#if HIREDIS_MAJOR >= 1
typedef size_t item_count;
#else
typedef int item_count;
#endif

struct reply_reader {
    redisReader *parser;
};

/* --- trees ---------------------------------------------------------------- */

static void free_parts(struct redis_reply *reply)
{
    for (unsigned i = 0; i < reply->count; i++)
        free_parts(&reply->items[i]);
    bytes_unref(&reply->bytes);
    memory_free(&reply->items);
}

void redis_reply_free(struct redis_reply **reply)
{
    if (*reply)
        free_parts(*reply);
    memory_free(reply);
}

static const struct redis_reply *item_of(const struct redis_reply *list,
                                         unsigned item)
{
    return list && item < list->count ? &list->items[item] : NULL;
}

struct text redis_reply_text(const struct redis_reply *list, unsigned item)
{
    const struct redis_reply *found = item_of(list, item);

    return found ? found->text : TEXT_NULL;
}

struct bytes *redis_reply_take(struct redis_reply *reply)
{
    struct bytes *bytes = reply->bytes;

    reply->bytes = NULL;
    reply->text = TEXT_NULL;
    return bytes;
}

int64_t redis_reply_integer(const struct redis_reply *list, unsigned item)
{
    const struct redis_reply *found = item_of(list, item);

    return found ? found->integer : 0;
}

bool redis_reply_is_error(const struct redis_reply *reply, const char *word)
{
    return reply && reply->kind == REDIS_ERROR &&
           text_starts_with(reply->text, word);
}

/* --- what the parser makes ------------------------------------------------ */

/*
 * `obj` of the parent's task is the list, which has a place for it already; the
 * parser frees what has no parent only.
 */
static struct redis_reply *make(const redisReadTask *task, enum redis_kind kind)
{
    struct redis_reply *parent = task->parent ? task->parent->obj : NULL;
    struct redis_reply *reply =
        parent ? &parent->items[task->idx] : NEW(struct redis_reply);

    reply->kind = kind;
    return reply;
}

static enum redis_kind kind_of(const redisReadTask *task)
{
    switch (task->type) {
    case REDIS_REPLY_ERROR:
        return REDIS_ERROR;
    case REDIS_REPLY_STATUS:
        return REDIS_STATUS;
    default:
        return REDIS_TEXT;
    }
}

static void *make_text(const redisReadTask *task, char *at, size_t len)
{
    struct redis_reply *reply = make(task, kind_of(task));

    reply->bytes = bytes_copy(text_from(at, len));
    reply->text = bytes_text(reply->bytes);
    return reply;
}

static unsigned depth_of(const redisReadTask *task)
{
    unsigned depth = 0;

    for (const redisReadTask *t = task; t; t = t->parent)
        depth++;
    return depth;
}

/* NULL ends the parser, which calls it want of memory. */
static void *make_list(const redisReadTask *task, item_count count)
{
    struct redis_reply *reply;

    if (count > REDIS_ITEMS_MAX || depth_of(task) > REDIS_DEPTH_MAX)
        return NULL;
    reply = make(task, REDIS_LIST);
    reply->count = (unsigned)count;
    if (count > 0)
        reply->items =
            memory_new_array((size_t)count, sizeof(struct redis_reply));
    return reply;
}

static void *make_integer(const redisReadTask *task, long long value)
{
    struct redis_reply *reply = make(task, REDIS_INTEGER);

    reply->integer = value;
    return reply;
}

static void *make_nil(const redisReadTask *task)
{
    return make(task, REDIS_NIL);
}

static void unmake(void *made)
{
    struct redis_reply *reply = made;

    redis_reply_free(&reply);
}

static redisReplyObjectFunctions functions = {
    .createString = make_text,
    .createArray = make_list,
    .createInteger = make_integer,
    .createNil = make_nil,
    .freeObject = unmake,
};

/* --- reading -------------------------------------------------------------- */

struct reply_reader *reply_reader_new(void)
{
    struct reply_reader *reader = NEW(struct reply_reader);

    reader->parser = redisReaderCreateWithFunctions(&functions);
    if (reader->parser)
        reader->parser->maxbuf = KEPT_BYTES;
    return reader;
}

void reply_reader_free(struct reply_reader **reader)
{
    if (!*reader)
        return;
    if ((*reader)->parser)
        redisReaderFree((*reader)->parser);
    memory_free(reader);
}

bool reply_reader_feed(struct reply_reader *reader, struct text bytes)
{
    redisReader *parser = reader->parser;

    return parser &&
           parser->len - parser->pos + bytes.len <= REDIS_REPLY_BYTES_MAX &&
           redisReaderFeed(parser, bytes.at, bytes.len) == REDIS_OK;
}

bool reply_reader_next(struct reply_reader *reader,
                       struct redis_reply **ret_reply)
{
    void *made = NULL;

    *ret_reply = NULL;
    if (redisReaderGetReply(reader->parser, &made) != REDIS_OK)
        return false;
    *ret_reply = made;
    return true;
}
