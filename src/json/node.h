/* SPDX-License-Identifier: MIT */
/* Room only: a node is the library's value under our own name. */
#pragma once

#include "json/document.h"

#include <jansson.h>

static inline struct node *node_of(const json_t *json)
{
    return (struct node *)(uintptr_t)json;
}

static inline json_t *json_of(const struct node *node)
{
    return (json_t *)(uintptr_t)node;
}
