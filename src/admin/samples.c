/* SPDX-License-Identifier: MIT */
#include "admin/samples.h"

#include "base/memory.h"
#include "json/encode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUMBER_BYTES = 40, BUCKETS_MAX = 64, NAME_BYTES = 128 };

/* --- reading --------------------------------------------------------------
 */

static bool to_number(struct text t, double *ret)
{
    char bytes[NUMBER_BYTES];
    char *end;

    if (t.len == 0 || t.len >= sizeof(bytes))
        return false;
    memcpy(bytes, t.at, t.len);
    bytes[t.len] = '\0';
    *ret = strtod(bytes, &end);
    return *end == '\0';
}

/* Behind the brace that ends the labels; a quoted one is none. */
static size_t labels_end(struct text t)
{
    bool quoted = false;

    for (size_t i = 0; i < t.len; i++) {
        if (quoted && t.at[i] == '\\')
            i++;
        else if (t.at[i] == '"')
            quoted = !quoted;
        else if (!quoted && t.at[i] == '}')
            return i + 1;
    }
    return 0;
}

static bool read_line(struct text line, struct sample *ret)
{
    size_t len = 0, labels = 0;

    while (len < line.len && line.at[len] != ' ' && line.at[len] != '{')
        len++;
    if (len == 0 || line.at[0] == '#')
        return false;
    ret->name = text_from(line.at, len);
    line = text_skip(line, len);
    if (line.len > 0 && line.at[0] == '{') {
        labels = labels_end(line);
        if (labels == 0)
            return false;
        ret->labels = text_from(line.at + 1, labels - 2);
    }
    line = text_trim(text_skip(line, labels));
    return to_number(line, &ret->value);
}

void samples_read(struct samples *samples, struct buffer *body,
                  uint64_t taken_ns)
{
    unsigned capacity = 0;
    struct text rest, line;

    *samples = (struct samples){ .body = *body, .taken_ns = taken_ns };
    *body = (struct buffer){ 0 };
    rest = buffer_text(&samples->body);
    while (text_cut(&rest, '\n', &line) && samples->count < SAMPLES_MAX) {
        struct sample sample = { 0 };

        if (!read_line(line, &sample))
            continue;
        if (samples->count == capacity) {
            capacity = capacity ? capacity * 2 : 1024;
            samples->at =
                memory_resize(samples->at, capacity * sizeof(*samples->at));
        }
        sample.grown = sample.value;
        samples->at[samples->count++] = sample;
    }
}

void samples_fini(struct samples *samples)
{
    memory_free(&samples->at);
    buffer_fini(&samples->body);
    *samples = (struct samples){ 0 };
}

/* --- growth ---------------------------------------------------------------
 */

static bool same_series(const struct sample *a, const struct sample *b)
{
    return text_equal(a->name, b->name) && text_equal(a->labels, b->labels);
}

/* Both come in one order, so that the next is mostly the one looked for. */
void samples_since(struct samples *samples, const struct samples *before)
{
    unsigned at = 0;

    for (unsigned i = 0; i < samples->count; i++) {
        struct sample *sample = &samples->at[i];
        unsigned tried = 0;

        while (tried < before->count &&
               !same_series(sample, &before->at[at % before->count])) {
            at++;
            tried++;
        }
        if (tried == before->count)
            continue; /* it is new */
        sample->grown = sample->value - before->at[at++ % before->count].value;
        if (sample->grown < 0)
            sample->grown = sample->value;
    }
}

/* --- asking ---------------------------------------------------------------
 */

struct text sample_label(const struct sample *sample, const char *label)
{
    struct text rest = sample->labels;
    size_t len = strlen(label);

    while (rest.len > len + 3) {
        bool found = text_starts_with(rest, label) && rest.at[len] == '=';
        ptrdiff_t quote = text_find(rest, '"');
        size_t end;

        if (quote < 0)
            return TEXT_NULL;
        rest = text_skip(rest, (size_t)quote + 1);
        for (end = 0; end < rest.len && rest.at[end] != '"'; end++)
            end += rest.at[end] == '\\';
        if (found)
            return text_from(rest.at, end < rest.len ? end : rest.len);
        rest = text_skip(rest, end + 2);
    }
    return TEXT_NULL;
}

static bool is_meant(const struct sample *sample, struct sample_filter filter,
                     const char *suffix)
{
    size_t len = strlen(filter.name);
    struct text value;

    if (sample->name.len != len + strlen(suffix) ||
        !text_starts_with(sample->name, filter.name) ||
        !text_ends_with(sample->name, suffix))
        return false;
    if (!filter.label)
        return true;
    value = sample_label(sample, filter.label);
    if (filter.prefix && value.len > filter.value.len)
        value.len = filter.value.len;
    return text_equal(value, filter.value);
}

double samples_sum(const struct samples *samples, struct sample_filter filter)
{
    double sum = 0;

    for (unsigned i = 0; i < samples->count; i++)
        if (is_meant(&samples->at[i], filter, ""))
            sum += samples->at[i].value;
    return sum;
}

double samples_growth(const struct samples *samples,
                      struct sample_filter filter)
{
    double sum = 0;

    for (unsigned i = 0; i < samples->count; i++)
        if (is_meant(&samples->at[i], filter, ""))
            sum += samples->at[i].grown;
    return sum;
}

struct bucket {
    double bound, count; /* of what is at most the bound */
};

static void add_bucket(struct bucket *buckets, unsigned *count, double bound,
                       double grown)
{
    unsigned at = 0;

    while (at < *count && buckets[at].bound < bound)
        at++;
    if (at == *count || buckets[at].bound > bound) {
        if (*count == BUCKETS_MAX)
            return;
        memmove(&buckets[at + 1], &buckets[at],
                (*count - at) * sizeof(*buckets));
        buckets[at] = (struct bucket){ bound, 0 };
        (*count)++;
    }
    buckets[at].count += grown;
}

static double find_share(const struct bucket *buckets, unsigned count,
                         double share)
{
    double wanted = count ? buckets[count - 1].count * share : 0;
    double below = 0, bound = 0;

    if (wanted <= 0)
        return -1;
    for (unsigned i = 0; i < count; i++) {
        double in = buckets[i].count - below;

        if (buckets[i].count >= wanted && isinf(buckets[i].bound))
            return bound;
        if (buckets[i].count >= wanted)
            return bound + (buckets[i].bound - bound) *
                               (in > 0 ? (wanted - below) / in : 1);
        below = buckets[i].count;
        bound = buckets[i].bound;
    }
    return bound;
}

double samples_quantile(const struct samples *samples,
                        struct sample_filter filter, double share)
{
    struct bucket buckets[BUCKETS_MAX];
    unsigned count = 0;

    for (unsigned i = 0; i < samples->count; i++) {
        const struct sample *sample = &samples->at[i];
        double bound;

        if (is_meant(sample, filter, "_bucket") &&
            to_number(sample_label(sample, "le"), &bound))
            add_bucket(buckets, &count, bound, sample->grown);
    }
    return find_share(buckets, count, share);
}

/* --- for programs ---------------------------------------------------------
 */

static void encode_number(const char *name, double value, struct buffer *out)
{
    buffer_add_format(out, ",\"%s\":", name);
    if (isfinite(value))
        buffer_add_format(out, "%.15g", value);
    else
        buffer_add_string(out, "null");
}

void samples_encode(const struct samples *samples, double seconds,
                    struct buffer *out)
{
    for (unsigned i = 0; i < samples->count; i++) {
        const struct sample *sample = &samples->at[i];

        buffer_add_string(out, i > 0 ? ",\n{\"metric\":" : "[\n{\"metric\":");
        encode_text(out, sample->name);
        buffer_add_string(out, ",\"labels\":");
        encode_text(out, sample->labels.at ? sample->labels : TEXT(""));
        encode_number("value", sample->value, out);
        encode_number("per_second", sample->grown / seconds, out);
        buffer_add_byte(out, '}');
    }
    buffer_add_string(out, samples->count > 0 ? "\n]\n" : "[]\n");
}
