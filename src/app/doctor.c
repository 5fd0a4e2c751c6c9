/* SPDX-License-Identifier: MIT */
#include "app/doctor.h"

#include "admin/report.h"
#include "app/verb.h"
#include "database/session.h"
#include "postgres/postgres.h"
#include "telemetry/log.h"
#include "json/encode.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum exam_needs { NOTHING, DATABASE };

#define EXAM(name, needs, mend) { #name, needs, look_at_##name, mend },
static const struct {
    const char *name;
    enum exam_needs needs;
    exam_fn *look;
    const char *mend;
} exams[] = {
#include "app/doctor.def"
};
#undef EXAM

enum { EXAMS = ARRAY_LEN(exams), OUT_BYTES_MAX = 256 * 1024 };

struct finding {
    enum verdict verdict;
    char note[NOTE_BYTES];
};

struct visit {
    struct patient patient;
    struct finding findings[EXAMS];
};

enum verdict seen(struct patient *patient, enum verdict verdict,
                  const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(patient->note, sizeof(patient->note), fmt, args);
    va_end(args);
    return verdict;
}

/* --- looking --------------------------------------------------------------
 */

static void look(struct visit *visit, size_t i)
{
    visit->patient.note[0] = '\0';
    visit->findings[i].verdict = exams[i].look(&visit->patient);
    memcpy(visit->findings[i].note, visit->patient.note, NOTE_BYTES);
}

static int look_inside(struct connection *connection, void *arg,
                       struct diag *diag)
{
    struct visit *visit = arg;

    (void)diag;
    visit->patient.connection = connection;
    for (size_t i = 0; i < EXAMS; i++)
        if (exams[i].needs == DATABASE)
            look(visit, i);
    visit->patient.connection = NULL;
    return 0;
}

static void look_at_all(struct visit *visit)
{
    const char *url =
        settings_text(visit->patient.settings, SETTING_DATABASE_URL);
    struct diag diag;

    diag_init(&diag, NULL);
    for (size_t i = 0; i < EXAMS; i++)
        if (exams[i].needs == NOTHING)
            look(visit, i);
        else
            visit->findings[i] =
                (struct finding){ VERDICT_SKIPPED,
                                  "the database did not answer" };
    if (url[0] && database_session(&postgres_driver, text_of(url), look_inside,
                                   visit, &diag) < 0)
        return; /* what was not reached stays skipped */
}

/* --- telling --------------------------------------------------------------
 */

static const struct {
    const char *name, *colour;
} verdicts[] = {
    [VERDICT_FINE] = { "fine", "\033[32m" },
    [VERDICT_DOUBTFUL] = { "doubtful", "\033[33m" },
    [VERDICT_BAD] = { "bad", "\033[31m" },
    [VERDICT_SKIPPED] = { "skipped", "\033[2m" },
};

static bool needs_mending(const struct finding *finding)
{
    return finding->verdict == VERDICT_DOUBTFUL ||
           finding->verdict == VERDICT_BAD;
}

static void add_line(struct buffer *out, size_t i,
                     const struct finding *finding, bool colours)
{
    buffer_add_format(out, "%s%-9s%s %-13s %s\n",
                      colours ? verdicts[finding->verdict].colour : "",
                      verdicts[finding->verdict].name, colours ? "\033[0m" : "",
                      exams[i].name, finding->note);
    if (needs_mending(finding))
        buffer_add_format(out, "%25s%s\n", "mend: ", exams[i].mend);
}

static void add_json(struct buffer *out, size_t i,
                     const struct finding *finding)
{
    buffer_add_format(out, "%s{\"check\":\"%s\",\"verdict\":\"%s\",\"found\":",
                      i > 0 ? ",\n" : "[\n", exams[i].name,
                      verdicts[finding->verdict].name);
    encode_text(out, text_of(finding->note));
    buffer_add_string(out, ",\"mend\":");
    encode_text(out,
                needs_mending(finding) ? text_of(exams[i].mend) : TEXT_NULL);
    buffer_add_byte(out, '}');
}

static int tell(const struct visit *visit, bool json)
{
    CLEANUP(buffer_fini) struct buffer out = { 0 };
    bool colours = report_may_colour(STDOUT_FILENO);
    unsigned bad = 0;

    buffer_init(&out, OUT_BYTES_MAX);
    for (size_t i = 0; i < EXAMS; i++) {
        const struct finding *finding = &visit->findings[i];

        if (json)
            add_json(&out, i, finding);
        else
            add_line(&out, i, finding, colours);
        bad += finding->verdict == VERDICT_BAD;
    }
    if (json)
        buffer_add_string(&out, "\n]\n");
    fwrite(out.at, 1, out.len, stdout);
    if (fflush(stdout) != 0)
        return EXIT_FAILED;
    return bad ? EXIT_FOUND : EXIT_OK;
}

int verb_doctor(struct invocation *invocation)
{
    struct visit visit = { .patient = { .settings = invocation->settings } };
    bool json = take_flag(invocation, "--json");
    int status = check_no_more(invocation, "doctor");

    if (status != EXIT_OK)
        return status;
    log_setup(LOG_ERROR, LOG_JSON, STDERR_FILENO); /* it tells by itself */
    look_at_all(&visit);
    return tell(&visit, json);
}
