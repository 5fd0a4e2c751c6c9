/* SPDX-License-Identifier: MIT */
#include "json/path.h"

#include "base/check.h"

enum { SHOWN_BYTES_MAX = 300 };

bool path_is_valid(struct text raw)
{
    if (raw.len > 0 && raw.at[0] != '/')
        return false;
    for (size_t i = 0; i < raw.len; i++)
        if (raw.at[i] == '~' && (i + 1 == raw.len || (raw.at[i + 1] != '0' &&
                                                      raw.at[i + 1] != '1')))
            return false;
    return true;
}

size_t path_length(struct text raw)
{
    size_t count = 0;

    for (size_t i = 0; i < raw.len; i++)
        count += raw.at[i] == '/';
    return count;
}

/* In its place, with a NUL behind it: what is read is never shorter. */
static const char *unescape(char *name, size_t len)
{
    char *to = name;

    for (size_t i = 0; i < len; i++) {
        bool escape = name[i] == '~';

        i += escape;
        *to++ = !escape ? name[i] : name[i] == '0' ? '~' : '/';
    }
    *to = '\0';
    return name;
}

bool path_read(struct text raw, struct arena *arena, struct path *ret_path)
{
    size_t count = path_length(raw);
    const char **names = ARENA_ARRAY(arena, const char *, count + 1);
    char *copy = arena_copy(arena, raw);
    struct text rest, name;

    if (!names || !copy)
        return false;
    rest = text_skip(text_from(copy, raw.len), 1);
    for (size_t i = 0; i < count && text_cut(&rest, '/', &name); i++)
        names[i] = unescape(copy + (name.at - copy), name.len);
    *ret_path = (struct path){ raw, count, names };
    return true;
}

bool path_is_inside(const struct path *path, const struct path *outer)
{
    if (path->count <= outer->count)
        return false;
    for (size_t i = 0; i < outer->count; i++)
        if (strcmp(path->names[i], outer->names[i]) != 0)
            return false;
    return true;
}

struct text path_shown(const struct path *path, size_t count)
{
    struct text shown = text_from(path->raw.at, 0);

    while (shown.len < path->raw.len &&
           (path->raw.at[shown.len] != '/' || count-- > 0))
        shown.len++;
    if (shown.len > SHOWN_BYTES_MAX)
        shown.len = SHOWN_BYTES_MAX;
    while (shown.len < path->raw.len &&
           ((unsigned char)shown.at[shown.len] & 0xC0) == 0x80)
        shown.len--;
    return shown;
}

/* --- where it leads ------------------------------------------------------ */

static const struct miss no_such = { .code = "not_found",
                                     .what = "does not exist" };
static const struct miss no_place = { .code = "invalid_format",
                                      .what = "is no place in a list" };
static const struct miss behind_end = { .code = "out_of_range",
                                        .what = "is behind the list's end" };

/* Digits without a leading zero. */
static bool is_place(struct text name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] < '0' || name.at[i] > '9')
            return false;
    return name.len == 1 || (name.len > 1 && name.at[0] != '0');
}

/* At most node_count(), which is the place of what is appended. */
static const struct miss *place_in(const struct node *list, struct text name,
                                   size_t *ret_place)
{
    int64_t place;

    *ret_place = node_count(list);
    if (text_is(name, "-"))
        return NULL;
    if (!is_place(name))
        return &no_place;
    if (!text_to_int64(name, &place) || (uint64_t)place > node_count(list))
        return &behind_end;
    *ret_place = (size_t)place;
    return NULL;
}

static const struct miss *look(const struct node *parent, const char *name,
                               struct slot *ret_slot)
{
    enum node_type type = node_type(parent);
    const struct miss *miss;

    *ret_slot = (struct slot){ .parent = node_own(parent) };
    if (type == NODE_OBJECT) {
        ret_slot->name = name;
        ret_slot->value = node_member(parent, name);
        return NULL;
    }
    if (type != NODE_LIST)
        return &no_such;
    miss = place_in(parent, text_of(name), &ret_slot->place);
    if (!miss && ret_slot->place < node_count(parent))
        ret_slot->value = node_item(parent, ret_slot->place);
    return miss;
}

static const struct miss *look_for_value(const struct node *parent,
                                         const char *name,
                                         struct slot *ret_slot)
{
    const struct miss *miss = look(parent, name, ret_slot);

    if (!miss && !ret_slot->value)
        miss = ret_slot->name ? &no_such : &behind_end;
    return miss;
}

static void tell(const struct miss *miss, size_t count, struct miss *ret_miss)
{
    *ret_miss = *miss;
    ret_miss->count = count;
}

/* Follows the first names. */
static const struct node *walk(const struct path *path, size_t count,
                               const struct node *root, struct miss *ret_miss)
{
    struct slot slot = { .value = root };

    for (size_t i = 0; i < count; i++) {
        const struct miss *miss =
            look_for_value(slot.value, path->names[i], &slot);

        if (miss) {
            tell(miss, i + 1, ret_miss);
            return NULL;
        }
    }
    return slot.value;
}

const struct node *path_find(const struct path *path, const struct node *root,
                             struct miss *ret_miss)
{
    return walk(path, path->count, root, ret_miss);
}

typedef const struct miss *(*look_fn)(const struct node *parent,
                                      const char *name, struct slot *ret_slot);

static bool find_last(const struct path *path, const struct node *root,
                      look_fn last, struct slot *ret_slot,
                      struct miss *ret_miss)
{
    const struct node *parent;
    const struct miss *miss;

    CHECK(path->count > 0);
    parent = walk(path, path->count - 1, root, ret_miss);
    if (!parent)
        return false;
    miss = last(parent, path->names[path->count - 1], ret_slot);
    if (miss)
        tell(miss, path->count, ret_miss);
    return !miss;
}

bool slot_find(const struct path *path, struct node *root,
               struct slot *ret_slot, struct miss *ret_miss)
{
    return find_last(path, root, look, ret_slot, ret_miss);
}

bool slot_find_value(const struct path *path, struct node *root,
                     struct slot *ret_slot, struct miss *ret_miss)
{
    return find_last(path, root, look_for_value, ret_slot, ret_miss);
}

void slot_insert(const struct slot *slot, struct node *value)
{
    if (slot->name)
        node_put(slot->parent, slot->name, value);
    else
        node_insert_item(slot->parent, slot->place, value);
}

void slot_put(const struct slot *slot, struct node *value)
{
    if (slot->name)
        node_put(slot->parent, slot->name, value);
    else
        node_put_item(slot->parent, slot->place, value);
}

struct node *slot_take(const struct slot *slot)
{
    return slot->name ? node_take(slot->parent, slot->name)
                      : node_take_item(slot->parent, slot->place);
}
