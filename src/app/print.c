/* SPDX-License-Identifier: MIT */
/* Commands that print what the tables say. */
#include "app/build.h"
#include "app/check.h"
#include "app/config_diff.h"
#include "app/verb.h"
#include "base/buffer.h"
#include "routes/routes.h"
#include "json/encode.h"

#include <stdio.h>

static int print(struct buffer *out)
{
    if (out->len > 0)
        fwrite(out->at, 1, out->len, stdout);
    buffer_fini(out);
    return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}

int verb_version(struct invocation *invocation)
{
    bool json = take_flag(invocation, "--json");
    struct buffer out;
    int status = check_no_more(invocation, "version");

    if (status != EXIT_OK)
        return status;
    buffer_init(&out, 1 << 20);
    if (json)
        buffer_add_string(&out, "{\"version\":\"" BUILD_VERSION
                                "\",\"build_type\":\"" BUILD_TYPE
                                "\",\"sanitizers\":\"" BUILD_SANITIZERS
                                "\",\"compiler\":\"" __VERSION__ "\"}\n");
    else
        buffer_add_string(&out, "portcullis " BUILD_VERSION " (" BUILD_TYPE
                                ", " __VERSION__ ")\n");
    return print(&out);
}

int verb_config(struct invocation *invocation)
{
    bool json = take_flag(invocation, "--json");
    const char *what = take_argument(invocation);
    bool diff = what && strcmp(what, "diff") == 0;
    const char *there = diff ? take_argument(invocation) : NULL;
    struct buffer out;
    int found = EXIT_OK, status = check_no_more(invocation, "config");

    if (status != EXIT_OK)
        return status;
    buffer_init(&out, 1 << 20);
    if (what && strcmp(what, "show") == 0 && json)
        settings_print_json(invocation->settings, &out);
    else if (what && strcmp(what, "show") == 0)
        settings_print(invocation->settings, &out);
    else if (what && strcmp(what, "reference") == 0)
        (json ? settings_print_reference_json : settings_print_reference)(&out);
    else if (what && strcmp(what, "check") == 0)
        found = config_check(invocation->settings, json, &out);
    else if (diff)
        found = config_diff(invocation->settings, there, json, &out);
    else
        return usage(invocation, "config");
    status = print(&out);
    return status == EXIT_OK ? found : status;
}

/* With the usual one where the route has none of its own. */
static unsigned deadline_of(const struct route *route,
                            const struct settings *settings)
{
    return route->deadline_ms > 0
               ? route->deadline_ms
               : (unsigned)settings_int(settings, SETTING_REQUEST_TIMEOUT);
}

static void print_route(struct buffer *out, const struct route *route,
                        const struct settings *settings)
{
    buffer_add_format(out, "%-7s %-28s %-16s %5u ms  %s\n",
                      method_name(route->method), route->path,
                      route->permission ? route->permission : "everyone",
                      deadline_of(route, settings), route->summary);
}

static void print_route_json(struct buffer *out, const struct route *route,
                             const struct settings *settings)
{
    buffer_add_string(out, "{\"method\":");
    encode_text(out, text_of(method_name(route->method)));
    buffer_add_string(out, ",\"path\":");
    encode_text(out, text_of(route->path));
    buffer_add_string(out, ",\"permission\":");
    encode_text(out,
                route->permission ? text_of(route->permission) : TEXT_NULL);
    buffer_add_format(out, ",\"deadline_ms\":%u", deadline_of(route, settings));
    buffer_add_string(out, ",\"summary\":");
    encode_text(out, text_of(route->summary));
    buffer_add_byte(out, '}');
}

int verb_routes(struct invocation *invocation)
{
    bool json = take_flag(invocation, "--json");
    struct buffer out;
    int status = check_no_more(invocation, "routes");

    if (status != EXIT_OK)
        return status;
    buffer_init(&out, 1 << 20);
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        if (json)
            buffer_add_string(&out, i == 0 ? "[\n" : ",\n");
        (json ? print_route_json : print_route)(&out, &route_table[i],
                                                invocation->settings);
    }
    if (json)
        buffer_add_string(&out, "\n]\n");
    return print(&out);
}
