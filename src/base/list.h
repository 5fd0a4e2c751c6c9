/* SPDX-License-Identifier: MIT */
/*
 * Intrusive doubly linked list: a ring through a head. A link that is on no
 * list points at itself, so that taking it off twice is harmless.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

struct list {
    struct list *next, *prev;
};

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

/* Is this link on a list? */
static inline bool list_is_linked(const struct list *link)
{
    return link->next != link;
}

static inline void list_insert(struct list *after, struct list *link)
{
    link->next = after->next;
    link->prev = after;
    after->next->prev = link;
    after->next = link;
}

static inline void list_push_front(struct list *head, struct list *link)
{
    list_insert(head, link);
}

static inline void list_push_back(struct list *head, struct list *link)
{
    list_insert(head->prev, link);
}

static inline void list_remove(struct list *link)
{
    link->next->prev = link->prev;
    link->prev->next = link->next;
    list_init(link);
}

/* All links of `from` become the end of `to`; `from` is left empty. */
static inline void list_append_all(struct list *to, struct list *from)
{
    if (list_is_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

/* First object on the list, or NULL. */
#define list_first(head, T, member) \
    (list_is_empty(head) ? NULL : CONTAINER_OF((head)->next, T, member))

#define list_last(head, T, member) \
    (list_is_empty(head) ? NULL : CONTAINER_OF((head)->prev, T, member))

/* The loop's body must not remove links. */
#define list_each(head, T, var, member)                  \
    for (T *var = CONTAINER_OF((head)->next, T, member); \
         &var->member != (head);                         \
         var = CONTAINER_OF(var->member.next, T, member))

/* The loop's body may remove `var`, and nothing else. */
#define list_each_safe(head, T, var, member)                        \
    for (T *var = CONTAINER_OF((head)->next, T, member),            \
           *var##_next = CONTAINER_OF(var->member.next, T, member); \
         &var->member != (head); var = var##_next,                  \
           var##_next = CONTAINER_OF(var->member.next, T, member))
