/* SPDX-License-Identifier: MIT */
/* A listing out of a query as one would type it, without percent-encoding. */
#pragma once

#include "store/listing_impl.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { ASKED_PARAMETERS_MAX = 100 };

struct asked_for {
    struct arena arena;
    struct diag diag;
    struct parameter items[ASKED_PARAMETERS_MAX];
    struct parameters parameters;
    struct listing *listing;
    int result;
};

static inline void split_query(struct asked_for *asked, const char *query)
{
    struct text rest = text_of(query), piece;

    asked->parameters = (struct parameters){ 0, asked->items };
    while (*query && text_cut(&rest, '&', &piece)) {
        struct parameter *p = &asked->items[asked->parameters.count++];

        cr_assert_leq(asked->parameters.count, ASKED_PARAMETERS_MAX);
        cr_assert(text_cut(&piece, '=', &p->name));
        p->value = piece;
    }
}

/* The query must outlive what was asked. */
static inline struct asked_for *ask_with(const struct resource *resource,
                                         const char *query,
                                         struct listing_options options)
{
    static struct asked_for asked;

    arena_fini(&asked.arena);
    arena_init(&asked.arena, 1 << 20);
    diag_init(&asked.diag, &asked.arena);
    split_query(&asked, query);
    asked.listing = NULL;
    asked.result = listing_parse(resource, &asked.parameters, &options,
                                 &asked.arena, &asked.diag, &asked.listing);
    return &asked;
}

static inline struct asked_for *ask_for(const struct resource *resource,
                                        const char *query)
{
    return ask_with(resource, query, (struct listing_options){ 0 });
}

/* The faults as "name code" lines, in the order they were found. */
static inline const char *faults_of(const struct diag *diag)
{
    static char lines[4096];
    size_t len = 0;

    lines[0] = '\0';
    list_each (&diag->violations, struct violation, v, link)
        len += (size_t)snprintf(lines + len, sizeof(lines) - len, "%s%s %s",
                                len ? "\n" : "", v->pointer, v->code);
    return lines;
}

static inline const char *detail_of(const struct diag *diag,
                                    const char *pointer)
{
    list_each (&diag->violations, struct violation, v, link)
        if (strcmp(v->pointer, pointer) == 0)
            return v->detail;
    return "";
}
