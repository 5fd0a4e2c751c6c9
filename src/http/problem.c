/* SPDX-License-Identifier: MIT */
#include "http/problem.h"

#include "json/encode.h"

static void add_member(struct buffer *b, const char *name, struct text value)
{
    buffer_add_string(b, ",\"");
    buffer_add_string(b, name);
    buffer_add_string(b, "\":");
    encode_text(b, value);
}

/*
 * "/title" names the member title, "" the whole body (RFC 6901 § 5); the names
 * of parameters stand as they are.
 */
static struct text member_of(const char *pointer)
{
    if (pointer[0] == '\0')
        return TEXT("body");
    return text_of(pointer[0] == '/' ? pointer + 1 : pointer);
}

static bool said_before(const struct diag *diag, const struct violation *until)
{
    list_each (&diag->violations, struct violation, v, link) {
        if (v == until)
            return false;
        if (strcmp(v->pointer, until->pointer) == 0)
            return true;
    }
    return false;
}

/* An object cannot say a name twice: the first fault of each member. */
static void add_errors(struct buffer *b, const struct diag *diag)
{
    bool first = true;

    buffer_add_string(b, ",\"errors\":{");
    list_each (&diag->violations, struct violation, v, link) {
        if (said_before(diag, v))
            continue;
        if (!first)
            buffer_add_byte(b, ',');
        first = false;
        encode_text(b, member_of(v->pointer));
        buffer_add_byte(b, ':');
        encode_text(b, text_of(v->detail));
    }
    buffer_add_byte(b, '}');
}

static void add_violations(struct buffer *b, const struct diag *diag)
{
    bool first = true;

    buffer_add_string(b, ",\"violations\":[");
    list_each (&diag->violations, struct violation, v, link) {
        if (!first)
            buffer_add_byte(b, ',');
        first = false;
        buffer_add_string(b, "{\"pointer\":");
        encode_text(b, text_of(v->pointer));
        add_member(b, "code", text_of(v->code));
        add_member(b, "detail", text_of(v->detail));
        buffer_add_byte(b, '}');
    }
    buffer_add_byte(b, ']');
}

void problem_write(struct buffer *b, const struct problem *problem)
{
    const struct error_info *info = error_info(problem->code);
    const struct diag *diag = problem->diag;
    bool ours = info->status == 500;
    const char *detail =
        diag && diag->detail[0] && !ours ? diag->detail : info->title;

    buffer_add_string(b, "{\"type\":\"/problems/");
    buffer_add_string(b, ours ? "internal" : info->code);
    buffer_add_byte(b, '"');
    add_member(b, "title", text_of(ours ? "Internal error" : info->title));
    buffer_add_string(b, ",\"status\":");
    buffer_add_int(b, info->status);
    add_member(b, "detail", text_of(ours ? "Internal error" : detail));
    if (!text_is_null(problem->instance))
        add_member(b, "instance", problem->instance);
    add_member(b, "code", text_of(ours ? "internal" : info->code));
    add_member(b, "request_id", text_of(problem->request_id));
    add_member(b, "message", text_of(ours ? "Internal error" : detail));
    if (diag && diag->violation_count > 0) {
        add_errors(b, diag);
        add_violations(b, diag);
    }
    if (diag && diag->extension) {
        buffer_add_byte(b, ',');
        buffer_add_string(b, diag->extension);
    }
    buffer_add_byte(b, '}');
}
