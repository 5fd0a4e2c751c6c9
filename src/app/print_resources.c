/* SPDX-License-Identifier: MIT */
/* `portcullis resources`: the shapes, for people and for the contract's check.
 */
#include "app/verb.h"
#include "store/resource.h"
#include "json/encode.h"

#include <stdio.h>

enum { OUT_BYTES_MAX = 1 << 20 };

/* ---- for people --------------------------------------------------------- */

static void list_member(struct buffer *out, const struct field *field)
{
    buffer_add_format(out, "  %-18s %s", field->name,
                      field_type_name(field->type));
    if (field->references)
        buffer_add_format(out, " of %s", field->references);
    if (field->flags & FIELD_NATURAL_KEY)
        buffer_add_string(out, ", key");
    if (field->flags & FIELD_READ_ONLY)
        buffer_add_string(out, ", read-only");
    else if (field_is_required(field))
        buffer_add_string(out, ", required");
    buffer_add_byte(out, '\n');
}

static void list_resource(struct buffer *out, const struct resource *resource)
{
    const struct shape *shape = resource->shape;

    buffer_add_format(out, "%s\n", shape->name);
    for (size_t i = SHAPE_COMMON; i < shape_count(shape); i++)
        list_member(out, shape_field(shape, i));
}

/* ---- as JSON ------------------------------------------------------------ */

static void add_text(struct buffer *out, const char *name, const char *value)
{
    if (!value)
        return;
    buffer_add_format(out, ",\"%s\":", name);
    encode_text(out, text_of(value));
}

static void add_flag(struct buffer *out, const char *name, bool value)
{
    if (value)
        buffer_add_format(out, ",\"%s\":true", name);
}

static void add_number(struct buffer *out, const char *name, int64_t value)
{
    buffer_add_format(out, ",\"%s\":%lld", name, (long long)value);
}

static void add_names(struct buffer *out, const char *name,
                      const char *const *names)
{
    if (!names)
        return;
    buffer_add_format(out, ",\"%s\":[", name);
    for (size_t i = 0; names[i]; i++) {
        if (i > 0)
            buffer_add_byte(out, ',');
        encode_text(out, text_of(names[i]));
    }
    buffer_add_byte(out, ']');
}

static void add_limits(struct buffer *out, const struct field *field)
{
    if (field->min != 0 || field->max != 0)
        add_number(out, "min", field->min);
    if (field->max != 0)
        add_number(out, "max", field->max);
    if (field->items_max != 0)
        add_number(out, "items_max", field->items_max);
}

static void add_members(struct buffer *out, const struct shape *shape);

static void add_member(struct buffer *out, const struct field *field)
{
    buffer_add_string(out, "{\"name\":");
    encode_text(out, field_name(field));
    add_text(out, "type", field_type_name(field->type));
    add_flag(out, "required", field_is_required(field));
    add_flag(out, "nullable", field->flags & FIELD_NULLABLE);
    add_flag(out, "read_only", field->flags & FIELD_READ_ONLY);
    add_flag(out, "natural_key", field->flags & FIELD_NATURAL_KEY);
    add_flag(out, "can_filter", field_can_filter(field));
    add_flag(out, "can_sort", field_can_sort(field));
    add_limits(out, field);
    add_names(out, "choices", field->choices);
    if (field->format)
        add_text(out, "rule", field->format->rule);
    add_text(out, "initial", field->initial);
    add_text(out, "references", field->references);
    if (field->inner)
        add_members(out, field->inner);
    buffer_add_byte(out, '}');
}

static void add_members(struct buffer *out, const struct shape *shape)
{
    buffer_add_string(out, ",\"members\":[");
    for (size_t i = 0; i < shape_count(shape); i++) {
        buffer_add_string(out, i > 0 ? ",\n  " : "\n  ");
        add_member(out, shape_field(shape, i));
    }
    buffer_add_byte(out, ']');
}

static void add_embeds(struct buffer *out, const struct embed *embed)
{
    const char *before = ",\"embeds\":[";

    if (!embed)
        return;
    for (; embed->name; embed++) {
        buffer_add_format(out, "%s{\"name\":", before);
        encode_text(out, text_of(embed->name));
        if (embed->of)
            add_text(out, "of", embed->of->shape->name);
        add_flag(out, "list", embed->table);
        buffer_add_byte(out, '}');
        before = ",";
    }
    buffer_add_byte(out, ']');
}

static void add_resource(struct buffer *out, const struct resource *resource)
{
    const struct shape *shape = resource->shape;

    buffer_add_string(out, "{\"name\":");
    encode_text(out, text_of(shape->name));
    add_text(out, "singular", shape->singular);
    add_embeds(out, resource->embeds);
    add_members(out, shape);
    buffer_add_byte(out, '}');
}

int verb_resources(struct invocation *invocation)
{
    CLEANUP(buffer_fini) struct buffer out = { 0 };
    bool json = take_flag(invocation, "--json");
    int status = check_no_more(invocation, "resources");

    if (status != EXIT_OK)
        return status;
    buffer_init(&out, OUT_BYTES_MAX);
    for (size_t i = 0; i < RESOURCE_COUNT; i++) {
        if (json)
            buffer_add_string(&out, i == 0 ? "[\n" : ",\n");
        (json ? add_resource : list_resource)(&out, resource_table[i]);
    }
    if (json)
        buffer_add_string(&out, "\n]\n");
    fwrite(out.at, 1, out.len, stdout);
    return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}
