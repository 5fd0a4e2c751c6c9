/* SPDX-License-Identifier: MIT */
#include "store/resource.h"

#include <criterion/criterion.h>

#define EACH_RESOURCE(r)                        \
    for (size_t i = 0; i < RESOURCE_COUNT; i++) \
        for (const struct resource *r = resource_table[i]; r; r = NULL)

Test(resource, is_found_by_its_name)
{
    cr_expect_eq(resource_find(TEXT("bills")), &bills);
    cr_expect_eq(resource_find(TEXT("people")), &people);
    cr_expect_null(resource_find(TEXT("bill")));
}

Test(resource, embeds_what_its_shape_says)
{
    EACH_RESOURCE(r)
    {
        const char *const *name = r->shape->embeds;
        const struct embed *embed = r->embeds;

        for (; embed && embed->name; embed++, name++)
            cr_expect_str_eq(embed->name, *name);
        cr_expect(!name || !*name, "%s", r->shape->name);
    }
}

Test(resource, embeds_by_a_member_that_refers_to_the_other)
{
    EACH_RESOURCE(r)
    for (const struct embed *e = r->embeds; e && e->name; e++) {
        const struct field *by =
            e->by ? shape_find(r->shape, text_of(e->by)) : NULL;

        cr_expect(e->of || e->shape);
        cr_expect(!e->by ||
                      (by && strcmp(by->references, e->of->shape->name) == 0),
                  "%s", e->name);
        cr_expect(e->by || (e->table && e->parent), "%s", e->name);
    }
}

Test(resource, has_a_natural_key)
{
    EACH_RESOURCE(r)
    {
        unsigned members = 0;

        for (size_t k = 0; k < shape_count(r->shape); k++)
            members += !!(shape_field(r->shape, k)->flags & FIELD_NATURAL_KEY);
        cr_expect(members > 0 || r->sealed, "%s", r->shape->name);
    }
}

Test(resource, refers_to_resources_that_exist)
{
    EACH_RESOURCE(r)
    for (size_t k = 0; k < shape_count(r->shape); k++) {
        const char *other = shape_field(r->shape, k)->references;

        cr_expect(!other || resource_find(text_of(other)), "%s", other);
    }
}
