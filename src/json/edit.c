/* SPDX-License-Identifier: MIT */
#include "json/edit.h"

#include "base/check.h"
#include "json/node.h"

struct node *node_ref(const struct node *node)
{
    return node_of(json_incref(json_of(node)));
}

void node_unref(struct node **node)
{
    json_decref(json_of(*node));
    *node = NULL;
}

struct node *node_copy(const struct node *node)
{
    json_t *copy = json_deep_copy(json_of(node));

    CHECK(copy != NULL);
    return node_of(copy);
}

struct node *node_new_object(void)
{
    json_t *object = json_object();

    CHECK(object != NULL);
    return node_of(object);
}

void node_put(struct node *object, const char *name, struct node *value)
{
    CHECK(json_object_set_new(json_of(object), name, json_of(value)) == 0);
}

struct node *node_take(struct node *object, const char *name)
{
    struct node *value = node_ref(node_member(object, name));

    CHECK(json_object_del(json_of(object), name) == 0);
    return value;
}

void node_insert_item(struct node *list, size_t place, struct node *value)
{
    CHECK(json_array_insert_new(json_of(list), place, json_of(value)) == 0);
}

void node_put_item(struct node *list, size_t place, struct node *value)
{
    CHECK(json_array_set_new(json_of(list), place, json_of(value)) == 0);
}

struct node *node_take_item(struct node *list, size_t place)
{
    struct node *value = node_ref(node_item(list, place));

    CHECK(json_array_remove(json_of(list), place) == 0);
    return value;
}

/* --- equality ------------------------------------------------------------ */

static bool equal_nulls(const struct node *a UNUSED,
                        const struct node *b UNUSED)
{
    return true;
}

static bool equal_booleans(const struct node *a, const struct node *b)
{
    return node_boolean(a) == node_boolean(b);
}

static bool equal_integers(const struct node *a, const struct node *b)
{
    return node_integer(a) == node_integer(b);
}

/* Neither above nor below, which is to say the same. */
static bool equal_doubles(double a, double b)
{
    return a <= b && a >= b;
}

static bool equal_reals(const struct node *a, const struct node *b)
{
    return equal_doubles(node_real(a), node_real(b));
}

static bool equal_texts(const struct node *a, const struct node *b)
{
    return text_equal(node_text(a), node_text(b));
}

static bool equal_lists(const struct node *a, const struct node *b)
{
    size_t count = node_count(a);

    if (node_count(b) != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!node_equal(node_item(a, i), node_item(b, i)))
            return false;
    return true;
}

static bool equal_objects(const struct node *a, const struct node *b)
{
    struct member member = { 0 };

    if (node_count(a) != node_count(b))
        return false;
    while (member_next(a, &member)) {
        const struct node *other = node_member(b, member.name.at);

        if (!other || !node_equal(member.value, other))
            return false;
    }
    return true;
}

/* Beyond 2^53 not every integer is a double: the way back must lead home. */
static bool equal_mixed(int64_t integer, double real)
{
    const double least = (double)INT64_MIN;

    return real >= least && real < -least && (int64_t)real == integer &&
           equal_doubles((double)(int64_t)real, real);
}

bool node_equal(const struct node *a, const struct node *b)
{
    static bool (*const equal[])(const struct node *, const struct node *) = {
        [NODE_NULL] = equal_nulls,       [NODE_BOOLEAN] = equal_booleans,
        [NODE_INTEGER] = equal_integers, [NODE_REAL] = equal_reals,
        [NODE_TEXT] = equal_texts,       [NODE_LIST] = equal_lists,
        [NODE_OBJECT] = equal_objects,
    };
    enum node_type of_a = node_type(a), of_b = node_type(b);

    if (of_a == of_b)
        return equal[of_a](a, b);
    if (of_a == NODE_INTEGER && of_b == NODE_REAL)
        return equal_mixed(node_integer(a), node_real(b));
    if (of_a == NODE_REAL && of_b == NODE_INTEGER)
        return equal_mixed(node_integer(b), node_real(a));
    return false;
}

/* --- size ---------------------------------------------------------------- */

static void measure(const struct node *node, size_t depth,
                    struct node_size *size)
{
    enum node_type type = node_type(node);
    struct member member = { 0 };

    size->tokens++;
    depth += type == NODE_LIST || type == NODE_OBJECT;
    size->depth = depth > size->depth ? depth : size->depth;
    if (type == NODE_TEXT)
        size->bytes += node_text(node).len;
    for (size_t i = 0; type == NODE_LIST && i < node_count(node); i++)
        measure(node_item(node, i), depth, size);
    while (type == NODE_OBJECT && member_next(node, &member)) {
        size->tokens++;
        size->bytes += member.name.len;
        measure(member.value, depth, size);
    }
}

struct node_size node_measure(const struct node *node)
{
    struct node_size size = { 0 };

    measure(node, 0, &size);
    return size;
}
