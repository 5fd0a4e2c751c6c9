/* SPDX-License-Identifier: MIT */
#include "app/check.h"

#include "admin/exit.h"
#include "app/fitness.h"
#include "telemetry/log.h"
#include "json/encode.h"

#include <string.h>

static void add_line(struct buffer *out, enum fitness fitness)
{
    buffer_add_format(out, "%s: %s %s\n",
                      fitness_is_dangerous(fitness) ? "refused" : "doubtful",
                      fitness_setting(fitness), fitness_sentence(fitness));
}

static void add_json(struct buffer *out, enum fitness fitness, bool first)
{
    buffer_add_string(out, first ? "[\n{\"name\":" : ",\n{\"name\":");
    encode_text(out, text_of(fitness_name(fitness)));
    buffer_add_string(out, ",\"setting\":");
    encode_text(out, text_of(fitness_setting(fitness)));
    buffer_add_string(out, fitness_is_dangerous(fitness)
                               ? ",\"refused\":true"
                               : ",\"refused\":false");
    buffer_add_string(out, ",\"detail\":");
    encode_text(out, text_of(fitness_sentence(fitness)));
    buffer_add_byte(out, '}');
}

int config_check(const struct settings *settings, bool json, struct buffer *out)
{
    struct fitness_report report = fitness_of(settings, true);
    bool first = true;

    for (int i = 0; i < FITNESS_COUNT; i++) {
        if (!report.found[i])
            continue;
        if (json)
            add_json(out, (enum fitness)i, first);
        else
            add_line(out, (enum fitness)i);
        first = false;
    }
    if (json)
        buffer_add_string(out, first ? "[]\n" : "\n]\n");
    else if (first)
        buffer_add_string(out, "fit for production\n");
    return report.count == 0 ? EXIT_OK : EXIT_UNFIT;
}

int config_check_to_serve(const struct settings *settings)
{
    const char *environment = settings_text(settings, SETTING_ENVIRONMENT);
    struct fitness_report report;
    int status = EXIT_OK;

    if (strcmp(environment, "production") != 0)
        return EXIT_OK;
    report = fitness_of(settings, true);
    for (int i = 0; i < FITNESS_COUNT; i++) {
        enum fitness fitness = (enum fitness)i;

        if (report.found[i] && fitness_is_dangerous(fitness)) {
            say("%s %s", fitness_setting(fitness), fitness_sentence(fitness));
            status = EXIT_UNFIT;
        } else if (report.found[i]) {
            log_line(LOG_WARN, "unfit", "%s %s", fitness_setting(fitness),
                     fitness_sentence(fitness));
        }
    }
    return status;
}
