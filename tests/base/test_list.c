/* SPDX-License-Identifier: MIT */
#include "base/list.h"

#include <criterion/criterion.h>

struct item {
    int number;
    struct list link;
};

/* The numbers on the list as the digits of one number. */
static int digits(struct list *head)
{
    int number = 0;

    list_each (head, struct item, it, link)
        number = number * 10 + it->number;
    return number;
}

Test(list, keeps_the_order_of_both_ends)
{
    struct item one = { .number = 1 }, two = { .number = 2 },
                three = { .number = 3 };
    struct list head;

    list_init(&head);
    list_push_back(&head, &two.link);
    list_push_back(&head, &three.link);
    list_push_front(&head, &one.link);
    cr_expect_eq(digits(&head), 123);
    cr_expect_eq(list_first(&head, struct item, link), &one);
    cr_expect_eq(list_last(&head, struct item, link), &three);
}

Test(list, takes_a_link_off_twice_without_harm)
{
    struct item one = { .number = 1 }, two = { .number = 2 };
    struct list head;

    list_init(&head);
    list_push_back(&head, &one.link);
    list_push_back(&head, &two.link);
    list_remove(&one.link);
    list_remove(&one.link);
    cr_expect_eq(digits(&head), 2);
    cr_expect_not(list_is_linked(&one.link));
    cr_expect(list_is_linked(&two.link));
}

Test(list, moves_all_links_and_leaves_none)
{
    struct item items[] = { { .number = 1 }, { .number = 2 }, { .number = 3 } };
    struct list to, from;

    list_init(&to);
    list_init(&from);
    list_append_all(&to, &from);
    cr_expect(list_is_empty(&to));
    list_push_back(&to, &items[0].link);
    list_push_back(&from, &items[1].link);
    list_push_back(&from, &items[2].link);
    list_append_all(&to, &from);
    cr_expect_eq(digits(&to), 123);
    cr_expect(list_is_empty(&from));
    cr_expect_null(list_first(&from, struct item, link));
}

Test(list, lets_the_loop_remove_its_link)
{
    struct item items[] = { { .number = 1 }, { .number = 2 }, { .number = 3 } };
    struct list head;

    list_init(&head);
    for (int i = 0; i < 3; i++)
        list_push_back(&head, &items[i].link);
    list_each_safe (&head, struct item, it, link)
        if (it->number != 2)
            list_remove(&it->link);
    cr_expect_eq(digits(&head), 2);
}
