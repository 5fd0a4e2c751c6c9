/* SPDX-License-Identifier: MIT */
#include "monitor/health.h"

#include "base/clock.h"
#include "json/encode.h"

#include <stdio.h>

const char *health_name(enum health health)
{
    static const char *const names[] = { "pass", "warn", "fail" };

    return names[health];
}

static void remember(struct health_record *record,
                     const struct finding *finding, uint64_t wall_ns)
{
    struct health_change *change =
        &record->history[record->changes++ % HEALTH_HISTORY_MAX];

    change->health = finding->health;
    change->wall_ns = wall_ns;
    snprintf(change->output, sizeof(change->output), "%s", finding->output);
}

bool health_note(struct health_record *record, const struct finding *finding,
                 uint64_t now_ns, uint64_t wall_ns)
{
    bool changed =
        record->looked_ns == 0 || record->last.health != finding->health;

    record->last = *finding;
    record->looked_ns = now_ns;
    if (changed)
        remember(record, finding, wall_ns);
    return changed;
}

/* --- told ---------------------------------------------------------------- */

static void add_output(struct buffer *out, const char *output)
{
    if (!output[0])
        return;
    buffer_add_string(out, ",\"output\":");
    encode_text(out, text_of(output));
}

static void add_change(struct buffer *out, const struct health_change *change)
{
    char time[CLOCK_TEXT_BYTES];

    clock_format(change->wall_ns, time);
    buffer_add_format(out, "{\"time\":\"%s\",\"status\":\"%s\"", time,
                      health_name(change->health));
    add_output(out, change->output);
    buffer_add_byte(out, '}');
}

static void add_history(struct buffer *out, const struct health_record *record)
{
    unsigned oldest = record->changes > HEALTH_HISTORY_MAX
                          ? record->changes - HEALTH_HISTORY_MAX
                          : 0;

    buffer_add_string(out, ",\"history\":[");
    for (unsigned i = record->changes; i > oldest; i--) {
        if (i < record->changes)
            buffer_add_byte(out, ',');
        add_change(out, &record->history[(i - 1) % HEALTH_HISTORY_MAX]);
    }
    buffer_add_byte(out, ']');
}

static void add_id(struct buffer *out, const char *id)
{
    if (!id)
        return;
    buffer_add_string(out, ",\"componentId\":");
    encode_text(out, text_of(id));
}

enum health health_write(const struct health_record *record, const char *id,
                         uint64_t now_ns, struct buffer *out)
{
    bool known = record->looked_ns > 0;
    enum health health = known ? record->last.health : HEALTH_WARN;

    buffer_add_format(out, "{\"status\":\"%s\"", health_name(health));
    add_id(out, id);
    if (known) {
        buffer_add_format(out,
                          ",\"observedValue\":%.3f,\"observedUnit\":\"%s\","
                          "\"age\":%.3f",
                          record->last.observed, record->last.unit,
                          (double)(now_ns - record->looked_ns) / NS_PER_S);
        add_output(out, record->last.output);
        add_history(out, record);
    } else {
        add_output(out, "it was not looked at yet");
    }
    buffer_add_byte(out, '}');
    return health;
}
