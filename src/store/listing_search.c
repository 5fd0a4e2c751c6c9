/* SPDX-License-Identifier: MIT */
#include "store/asking.h"
#include "store/sql_list.h"

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Cuts the next run of bytes without white space off the front. */
static bool cut_word(struct text *rest, struct text *ret_word)
{
    size_t start = 0, end;

    while (start < rest->len && is_space(rest->at[start]))
        start++;
    end = start;
    while (end < rest->len && !is_space(rest->at[end]))
        end++;
    *ret_word = text_from(rest->at + start, end - start);
    *rest = text_skip(*rest, end);
    return end > start;
}

static void add_search(struct asking *a, struct text value)
{
    struct clause *clause = asking_add(a, NULL, OP_EQ);

    if (clause)
        asking_set(a, clause, value);
}

static void add_word(struct asking *a, struct text word)
{
    struct text value;

    if (sql_like_value(word, a->listing->arena, &value))
        add_search(a, value);
    else
        a->full = true;
}

/* Nothing to look for is no search: that is how a search box is cleared. */
void asking_search(struct asking *a, struct text words)
{
    const struct search *search = &a->listing->resource->search;
    struct text rest = words, word;

    if (!cut_word(&rest, &word))
        return;
    if (search->words) {
        add_search(a, words);
        return;
    }
    if (!search->columns) {
        asking_fault(a, ASKED_Q, "not_allowed", "%s cannot be searched",
                     a->listing->resource->shape->name);
        return;
    }
    do
        add_word(a, word);
    while (cut_word(&rest, &word));
}
