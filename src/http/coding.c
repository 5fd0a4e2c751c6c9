/* SPDX-License-Identifier: MIT */
#include "http/coding.h"

#include "base/check.h"
#include "http/weight.h"

static const char *const names[CODING_COUNT] = {
    [CODING_IDENTITY] = "identity",
    [CODING_GZIP] = "gzip",
    [CODING_ZSTD] = "zstd",
};

const char *coding_name(enum coding coding)
{
    CHECK(coding < CODING_COUNT);
    return names[coding];
}

/* --- what is accepted ---------------------------------------------------- */

static void read_item(struct codings *codings, struct text item, int *others)
{
    struct text name, parameters = item;
    int weight;

    text_cut(&parameters, ';', &name);
    name = text_trim(name);
    weight = weight_of(parameters);
    if (text_is(name, "*"))
        *others = weight;
    if (text_equal_nocase(name, TEXT("x-gzip"))) /* § 8.4.1.3 */
        name = TEXT("gzip");
    for (enum coding c = 0; c < CODING_COUNT; c++)
        if (text_equal_nocase(name, text_of(names[c]))) {
            codings->weight[c] = weight;
            codings->zstd_named |= c == CODING_ZSTD;
        }
}

struct codings request_codings(const struct request *request)
{
    struct codings codings = { { -1, -1, -1 }, false };
    int others = -1;

    for (size_t i = 0; i < request->header_count; i++) {
        struct text rest = request->headers[i].value, item;

        if (!text_equal_nocase(request->headers[i].name,
                               TEXT("Accept-Encoding")))
            continue;
        while (text_cut(&rest, ',', &item))
            read_item(&codings, item, &others);
    }
    for (enum coding c = 0; c < CODING_COUNT; c++)
        if (codings.weight[c] < 0)
            codings.weight[c] = others;
    return codings;
}

bool coding_is_accepted(const struct codings *codings, enum coding coding)
{
    return codings->weight[coding] > 0 ||
           (coding == CODING_IDENTITY && codings->weight[coding] < 0);
}

enum coding coding_choose(const struct codings *codings, bool worth_it)
{
    const int *weight = codings->weight;
    bool may_stay = coding_is_accepted(codings, CODING_IDENTITY);
    /* all that write "*" know gzip */
    int lead = weight[CODING_ZSTD] - weight[CODING_GZIP];
    enum coding best = lead > 0 || (lead == 0 && codings->zstd_named)
                           ? CODING_ZSTD
                           : CODING_GZIP;

    if (weight[best] <= 0)
        return may_stay ? CODING_IDENTITY : CODING_COUNT;
    if (may_stay && (!worth_it || weight[CODING_IDENTITY] > weight[best]))
        return CODING_IDENTITY;
    return best;
}

int request_check_codings(struct request *request)
{
    struct codings codings = request_codings(request);

    if (coding_choose(&codings, false) != CODING_COUNT)
        return 0;
    return REQUEST_FAIL(request, ERR_NOT_ACCEPTABLE,
                        "Accept-Encoding must admit identity, gzip or zstd");
}

bool request_wants_coding(const struct request *request, struct text coding)
{
    struct codings codings = request_codings(request);

    for (enum coding c = 0; c < CODING_COUNT; c++)
        if (text_equal_nocase(coding, text_of(names[c])))
            return codings.weight[c] > 0;
    return false;
}

/* --- tags ---------------------------------------------------------------- */

const char *coding_tag(const char *tag, enum coding coding, struct arena *arena)
{
    struct text t = text_of(tag);

    if (coding == CODING_IDENTITY)
        return tag;
    CHECK(t.len >= 2);
    return arena_format(arena, "%.*s-%s\"", (int)t.len - 1, t.at,
                        names[coding]);
}

bool coding_names_tag(struct text given, struct text tag,
                      enum coding *ret_coding)
{
    struct text suffix;

    *ret_coding = CODING_IDENTITY;
    if (text_equal(given, tag))
        return true;
    if (tag.len < 2 || given.len <= tag.len ||
        memcmp(given.at, tag.at, tag.len - 1) != 0 ||
        given.at[given.len - 1] != '"' || given.at[tag.len - 1] != '-')
        return false;
    suffix = text_from(given.at + tag.len, given.len - tag.len - 1);
    for (enum coding c = CODING_GZIP; c < CODING_COUNT; c++) {
        *ret_coding = c;
        if (text_is(suffix, names[c]))
            return true;
    }
    return false;
}
