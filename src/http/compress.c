/* SPDX-License-Identifier: MIT */
#include "http/compress.h"

#include "base/check.h"

#include <strings.h>

enum {
    WORTH_BYTES = 1024,              /* less fits a packet or two anyway */
    LONGEST_BYTES = 4 * 1024 * 1024, /* gzip holds the loop 12 ms for a MiB */
    GROWTH_BYTES = 1024, /* of what will not shrink but has to be coded */
};

void compressor_init(struct compressor *compressor)
{
    *compressor = (struct compressor){ 0 };
}

void compressor_fini(struct compressor *compressor)
{
    for (enum coding c = 0; c < CODING_COUNT; c++)
        packer_free(&compressor->packers[c]);
}

static struct packer *new_packer(enum coding coding)
{
    return packer_new(coding == CODING_GZIP ? PACK_GZIP : PACK_ZSTD);
}

static struct packer *packer_of(struct compressor *compressor,
                                enum coding coding)
{
    struct packer **packer = &compressor->packers[coding];

    if (!*packer)
        *packer = new_packer(coding);
    return *packer;
}

/* --- what is worth it ---------------------------------------------------- */

/* All that this service answers with is text but for what is packed already. */
static bool is_text(const char *content_type)
{
    static const char *const types[] = {
        "text/",
        "application/json",
        "application/yaml",
        "application/x-ndjson",
        "application/javascript",
        "application/openmetrics-text",
    };
    struct text rest = text_of(content_type), type;

    if (!content_type)
        return false;
    text_cut(&rest, ';', &type);
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (strncasecmp(content_type, types[i], strlen(types[i])) == 0)
            return true;
    return text_ends_with(text_trim(type), "+json");
}

static bool is_worth_it(const struct reply *reply, struct text body)
{
    return body.len > WORTH_BYTES && body.len <= LONGEST_BYTES &&
           is_text(reply->content_type);
}

/* --- tags ---------------------------------------------------------------- */

/* The coding, of those the client still takes, that it has this object in. */
static bool find_held(const struct request *request, struct text tag,
                      enum coding *ret_coding)
{
    struct codings codings = request_codings(request);

    for (size_t i = 0; i < request->header_count; i++) {
        struct text rest = request->headers[i].value, item;

        if (!text_equal_nocase(request->headers[i].name, TEXT("If-None-Match")))
            continue;
        while (text_cut(&rest, ',', &item)) {
            item = text_trim(item);
            if (text_starts_with(item, "W/"))
                item = text_skip(item, 2);
            if (coding_names_tag(item, tag, ret_coding) &&
                coding_is_accepted(&codings, *ret_coding))
                return true;
        }
    }
    return false;
}

/*
 * The tag of a 304 says which of the kept representations is still good
 * (RFC 9111 § 4.3.4); it must not be one that this client could not read.
 */
static void confirm_tag(struct reply *reply, struct request *request)
{
    const char **tag = reply_header_at(reply, "ETag"), *held;
    enum coding coding;

    if (!tag || !find_held(request, text_of(*tag), &coding))
        return;
    held = coding_tag(*tag, coding, &request->arena);
    if (held)
        *tag = held;
}

/* --- compressing --------------------------------------------------------- */

/* False when it has not become shorter but may stay as it is. */
static bool pack(struct reply *reply, struct packer *packer, bool may_stay)
{
    CLEANUP(buffer_fini) struct buffer packed = { 0 };
    struct text body = reply_body(reply);

    buffer_init(&packed, may_stay ? body.len : body.len + GROWTH_BYTES);
    packer_begin(packer, body.len);
    if (packer_add(packer, body, PACK_END, &packed) < 0) {
        CHECK(may_stay);
        return false;
    }
    CHECK(reply_take(reply, reply->content_type, &packed) == 0);
    return true;
}

static void code(struct reply *reply, struct request *request,
                 struct compressor *compressor, enum coding coding,
                 bool may_stay)
{
    const char **tag = reply_header_at(reply, "ETag");
    const char *suffixed =
        tag ? coding_tag(*tag, coding, &request->arena) : NULL;

    if (tag && !suffixed)
        return; /* the arena is full: as it is, it is still right */
    if (!pack(reply, packer_of(compressor, coding), may_stay))
        return;
    if (tag)
        *tag = suffixed;
    reply_header(reply, "Content-Encoding", coding_name(coding));
}

void reply_compress(struct reply *reply, struct request *request,
                    struct compressor *compressor)
{
    struct text body = reply_body(reply);
    bool worth_it = is_worth_it(reply, body);
    struct codings codings;
    enum coding coding;

    if (reply->status == 304) {
        reply_vary(reply, VARY_ACCEPT_ENCODING); /* as its 200, if it is long */
        confirm_tag(reply, request);
        return;
    }
    if (body.len == 0 || reply_header_at(reply, "Content-Encoding"))
        return;
    codings = request_codings(request);
    coding = coding_choose(&codings, worth_it);
    if (worth_it || coding != CODING_IDENTITY)
        reply_vary(reply, VARY_ACCEPT_ENCODING);
    if (coding != CODING_IDENTITY && coding != CODING_COUNT)
        code(reply, request, compressor, coding,
             coding_is_accepted(&codings, CODING_IDENTITY));
}

struct packer *reply_compress_stream(struct reply *reply,
                                     const struct request *request)
{
    struct codings codings = request_codings(request);
    enum coding coding = coding_choose(&codings, is_text(reply->content_type));
    struct packer *packer;

    reply_vary(reply, VARY_ACCEPT_ENCODING);
    if (coding == CODING_IDENTITY || coding == CODING_COUNT)
        return NULL;
    reply_header(reply, "Content-Encoding", coding_name(coding));
    packer = new_packer(coding);
    packer_begin(packer, PACK_LENGTH_UNKNOWN);
    return packer;
}
