/* SPDX-License-Identifier: MIT */
#include "admin/audit_findings.h"

#include "json/encode.h"

#include <inttypes.h>

static const char *const names[FINDING_KINDS] = {
    [FOUND_EDITED] = "edited",     [FOUND_REMOVED] = "removed",
    [FOUND_INSERTED] = "inserted", [FOUND_BACKDATED] = "backdated",
    [FOUND_UNSEALED] = "unsealed", [FOUND_BROKEN] = "broken",
};

void findings_add(struct findings *findings, const struct finding *finding)
{
    if (findings->count < FINDINGS_TOLD_MAX)
        findings->told[findings->count] = *finding;
    findings->counts[finding->kind]++;
    findings->count++;
}

static uint64_t told_count(const struct findings *findings)
{
    return findings->count < FINDINGS_TOLD_MAX ? findings->count
                                               : FINDINGS_TOLD_MAX;
}

/* --- for people ------------------------------------------------------------
 */

static void show_line(const struct finding *finding, struct buffer *out)
{
    buffer_add_format(out, "%-9s", names[finding->kind]);
    if (finding->seal)
        buffer_add_format(out, "  seal %" PRId64, finding->seal);
    if (finding->id[0])
        buffer_add_format(out, "  %s %s", finding->at, finding->id);
    buffer_add_format(out, "%s%s\n", finding->detail[0] ? "  " : "",
                      finding->detail);
}

void findings_show_lines(const struct findings *findings, struct buffer *out)
{
    uint64_t told = told_count(findings);

    for (uint64_t i = 0; i < told; i++)
        show_line(&findings->told[i], out);
    if (findings->count > told)
        buffer_add_format(out, "… and %" PRIu64 " more\n",
                          findings->count - told);
    buffer_add_format(out, "%" PRIu64 " rows in %" PRIu64 " seals",
                      findings->rows, findings->seals);
    for (size_t i = 0; i < FINDING_KINDS; i++)
        if (findings->counts[i] > 0)
            buffer_add_format(out, ", %" PRIu64 " %s", findings->counts[i],
                              names[i]);
    if (findings->expired > 0)
        buffer_add_format(out, ", %" PRIu64 " thrown away with their month",
                          findings->expired);
    if (findings->pending > 0)
        buffer_add_format(out, ", %" PRIu64 " about to be sealed",
                          findings->pending);
    buffer_add_format(out, "\nhead %" PRId64 ":%s\n", findings->head,
                      findings->head_hash);
}

/* --- for programs ----------------------------------------------------------
 */

static void add_text(struct buffer *out, const char *name, const char *value)
{
    buffer_add_format(out, ",\"%s\":", name);
    encode_text(out, value[0] ? text_of(value) : TEXT_NULL);
}

static void show_object(const struct finding *finding, struct buffer *out)
{
    buffer_add_format(out, "{\"kind\":\"%s\"", names[finding->kind]);
    if (finding->seal)
        buffer_add_format(out, ",\"seal\":%" PRId64, finding->seal);
    else
        buffer_add_string(out, ",\"seal\":null");
    add_text(out, "at", finding->at);
    add_text(out, "id", finding->id);
    add_text(out, "detail", finding->detail);
    buffer_add_byte(out, '}');
}

void findings_show_json(const struct findings *findings, struct buffer *out)
{
    uint64_t told = told_count(findings);

    buffer_add_format(out,
                      "{\"sound\":%s,\"rows\":%" PRIu64 ",\"seals\":%" PRIu64
                      ",\"expired\":%" PRIu64 ",\"pending\":%" PRIu64,
                      findings->count ? "false" : "true", findings->rows,
                      findings->seals, findings->expired, findings->pending);
    buffer_add_format(out, ",\"head\":\"%" PRId64 ":%s\"", findings->head,
                      findings->head_hash);
    for (size_t i = 0; i < FINDING_KINDS; i++)
        buffer_add_format(out, ",\"%s\":%" PRIu64, names[i],
                          findings->counts[i]);
    buffer_add_string(out, ",\"findings\":[");
    for (uint64_t i = 0; i < told; i++) {
        if (i > 0)
            buffer_add_byte(out, ',');
        show_object(&findings->told[i], out);
    }
    buffer_add_string(out, "]}\n");
}
