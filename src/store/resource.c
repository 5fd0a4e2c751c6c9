/* SPDX-License-Identifier: MIT */
#include "store/resource.h"

#define RESOURCE(name) [RESOURCE_##name] = &name,
const struct resource *const resource_table[RESOURCE_COUNT] = {
#include "store/resources.def"
};
#undef RESOURCE

const struct resource *resource_find(struct text name)
{
    for (size_t i = 0; i < RESOURCE_COUNT; i++)
        if (text_is(name, resource_table[i]->shape->name))
            return resource_table[i];
    return NULL;
}
