/* SPDX-License-Identifier: MIT */
#include "monitor/notice.h"

#include "base/clock.h"
#include "monitor/health.h"
#include "json/encode.h"

static void add_member(struct buffer *out, const char *name, const char *value)
{
    buffer_add_format(out, ",\"%s\":", name);
    encode_text(out, text_of(value));
}

void notice_write(const struct notice_facts *facts, struct buffer *out)
{
    const struct rule *rule = facts->rule;
    char time[CLOCK_TEXT_BYTES];

    clock_format(facts->wall_ns, time);
    buffer_add_format(out, "{\"status\":\"%s\"",
                      facts->firing ? "firing" : "resolved");
    add_member(out, "alert", rule->name);
    add_member(out, "severity", severity_name(rule->severity));
    add_member(out, "rule", rule->text);
    if (rule->kind == RULE_COMPONENT)
        add_member(out, "value", health_name((enum health)facts->value));
    else
        buffer_add_format(out, ",\"value\":%.6g", facts->value);
    add_member(out, "time", time);
    add_member(out, "instance", facts->instance);
    buffer_add_byte(out, '}');
}
