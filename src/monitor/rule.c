/* SPDX-License-Identifier: MIT */
#include "monitor/rule.h"

#include "base/clock.h"
#include "monitor/health.h"

#include <stdio.h>
#include <stdlib.h>

enum { FOR_MAX_MS = 24 * 3600 * 1000, NUMBER_BYTES = 32 };

static const char *const severity_names[] = { "info", "warning", "critical" };

static const char *const signs[] = {
    [COMPARE_LESS] = "<",           [COMPARE_LESS_EQUAL] = "<=",
    [COMPARE_EQUAL] = "==",         [COMPARE_NOT_EQUAL] = "!=",
    [COMPARE_GREATER_EQUAL] = ">=", [COMPARE_GREATER] = ">",
};

const char *severity_name(enum severity severity)
{
    return severity_names[severity];
}

/* --- words --------------------------------------------------------------- */

struct parser {
    struct text rest;
    struct rule *rule;
    struct diag *diag;
};

static int expected(struct parser *p, const char *what)
{
    struct label found = text_label(p->rest);

    if (p->rest.len == 0)
        return FAIL(p->diag, ERR_INVALID_PARAMETER, "%s is missing at the end",
                    what);
    return FAIL(p->diag, ERR_INVALID_PARAMETER, "%s is expected at \"%s\"",
                what, found.at);
}

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == ':' || c == '.' ||
           c == '-';
}

static void skip_spaces(struct parser *p)
{
    while (p->rest.len > 0 && (p->rest.at[0] == ' ' || p->rest.at[0] == '\t'))
        p->rest = text_skip(p->rest, 1);
}

/* Empty when there is none. */
static struct text take_word(struct parser *p)
{
    struct text word;
    size_t len = 0;

    skip_spaces(p);
    while (len < p->rest.len && is_word_byte(p->rest.at[len]))
        len++;
    word = text_from(p->rest.at, len);
    p->rest = text_skip(p->rest, len);
    return word;
}

static bool take(struct parser *p, const char *sign)
{
    skip_spaces(p);
    if (!text_starts_with(p->rest, sign))
        return false;
    p->rest = text_skip(p->rest, strlen(sign));
    return true;
}

/* The whole word, or nothing is taken. */
static bool take_keyword(struct parser *p, const char *keyword)
{
    struct text before = p->rest;

    if (text_is(take_word(p), keyword))
        return true;
    p->rest = before;
    return false;
}

/* The position of the word that comes next in a list of names, or -1. */
static int take_one_of(struct parser *p, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (take_keyword(p, names[i]))
            return (int)i;
    return -1;
}

static bool copy(struct text word, char *at, size_t bytes)
{
    if (word.len == 0 || word.len >= bytes)
        return false;
    memcpy(at, word.at, word.len);
    at[word.len] = '\0';
    return true;
}

/* --- the signal ---------------------------------------------------------- */

static int take_label(struct parser *p)
{
    struct metric_filter *filter = &p->rule->filter;
    struct text name = take_word(p), value;
    int index = metric_label_index(filter->metric, name);

    if (index < 0) {
        p->rest = text_from(name.at, name.len + p->rest.len);
        return expected(p, "one of the metric's labels");
    }
    if (!take(p, "=") || !take(p, "\""))
        return expected(p, "=\"VALUE\"");
    if (!text_cut(&p->rest, '"', &value) || text_is_null(p->rest) ||
        value.len >= METRIC_FILTER_BYTES)
        return expected(p, "the label's value and \"");
    memcpy(filter->values[index], value.at, value.len);
    filter->values[index][value.len] = '\0';
    filter->given[index] = true;
    return 0;
}

static int take_labels(struct parser *p)
{
    int r = 0;

    if (!take(p, "{"))
        return 0;
    do
        r = take_label(p);
    while (r == 0 && take(p, ","));
    if (r == 0 && !take(p, "}"))
        return expected(p, "}");
    return r;
}

static int take_metric(struct parser *p, struct text name)
{
    if (!metric_find(name, &p->rule->filter.metric))
        return FAIL(p->diag, ERR_INVALID_PARAMETER, "there is no metric \"%s\"",
                    text_label(name).at);
    return take_labels(p);
}

/* "p99" gives 99; 0 when it is none. */
static unsigned percent_of(struct text word)
{
    static const unsigned percents[] = { 50, 90, 95, 99 };
    int64_t number;

    if (word.len != 3 || word.at[0] != 'p' ||
        !text_to_int64(text_skip(word, 1), &number))
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(percents); i++)
        if (number == percents[i])
            return percents[i];
    return 0;
}

static int take_function(struct parser *p, struct text name)
{
    struct rule *rule = p->rule;
    int r;

    rule->percent = percent_of(name);
    if (rule->percent > 0)
        rule->kind = RULE_QUANTILE;
    else if (text_is(name, "rate"))
        rule->kind = RULE_RATE;
    else
        return FAIL(p->diag, ERR_INVALID_PARAMETER,
                    "\"%s\" is none of rate, p50, p90, p95, p99",
                    text_label(name).at);
    r = take_metric(p, take_word(p));
    if (r == 0 && !take(p, ")"))
        r = expected(p, ")");
    return r;
}

/* What is neither called nor labelled may be a component; its threshold tells.
 */
static int take_signal(struct parser *p)
{
    struct text word = take_word(p);
    enum metric metric;

    if (!copy(word, p->rule->component, sizeof(p->rule->component)))
        return expected(p, "a component or a metric");
    if (take(p, "("))
        return take_function(p, word);
    p->rule->kind = RULE_VALUE;
    if (metric_find(word, &metric))
        return take_metric(p, word);
    p->rule->kind = RULE_COMPONENT;
    return 0;
}

/* --- the rest ------------------------------------------------------------ */

/* Those of two signs come before those that begin like them. */
static int take_comparison(struct parser *p)
{
    static const enum comparison order[] = {
        COMPARE_LESS_EQUAL, COMPARE_GREATER_EQUAL, COMPARE_EQUAL,
        COMPARE_NOT_EQUAL,  COMPARE_LESS,          COMPARE_GREATER,
    };

    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        if (!take(p, signs[order[i]]))
            continue;
        p->rule->comparison = order[i];
        return 0;
    }
    return expected(p, "one of < <= == != >= >");
}

static int take_number(struct parser *p, double *ret_number)
{
    struct text before = p->rest;
    char digits[NUMBER_BYTES], *end;

    if (copy(take_word(p), digits, sizeof(digits)) &&
        strspn(digits, "0123456789.") == strlen(digits)) {
        *ret_number = strtod(digits, &end);
        if (*end == '\0')
            return 0;
    }
    p->rest = before;
    skip_spaces(p);
    return expected(p, "a number");
}

static int take_threshold(struct parser *p)
{
    static const char *const healths[] = { "pass", "warn", "fail" };
    struct rule *rule = p->rule;
    int health = take_one_of(p, healths, ARRAY_LEN(healths));

    if (rule->kind != RULE_COMPONENT && health < 0)
        return take_number(p, &rule->threshold);
    if (rule->kind == RULE_COMPONENT && health >= 0) {
        rule->threshold = health;
        return 0;
    }
    if (health >= 0)
        return FAIL(p->diag, ERR_INVALID_PARAMETER,
                    "a metric is compared with a number");
    return FAIL(p->diag, ERR_INVALID_PARAMETER,
                "\"%s\" is no metric, and a component is compared with pass, "
                "warn or fail",
                rule->component);
}

static int take_duration(struct parser *p, uint64_t *ret_ms)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {
        { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }
    };
    struct text before = p->rest, word = take_word(p);

    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        struct text digits = word;
        int64_t number;

        if (!text_ends_with(word, units[i].name))
            continue;
        digits.len -= strlen(units[i].name);
        if (!text_to_int64(digits, &number) || number < 0 ||
            number > FOR_MAX_MS / units[i].ms)
            continue;
        *ret_ms = (uint64_t)(number * units[i].ms);
        return 0;
    }
    p->rest = before;
    skip_spaces(p);
    return expected(p, "a duration up to 24h (250ms, 30s, 5m)");
}

static int take_for(struct parser *p)
{
    return take_keyword(p, "for") ? take_duration(p, &p->rule->for_ms) : 0;
}

static int take_severity(struct parser *p)
{
    int index;

    if (!take_keyword(p, "severity"))
        return 0;
    index = take_one_of(p, severity_names, ARRAY_LEN(severity_names));
    skip_spaces(p);
    if (index < 0)
        return expected(p, "one of info, warning, critical");
    p->rule->severity = (enum severity)index;
    return 0;
}

static int take_end(struct parser *p)
{
    skip_spaces(p);
    return p->rest.len == 0
               ? 0
               : expected(p, "`for DURATION`, `severity WORD` or the end");
}

/* --- all of it ----------------------------------------------------------- */

static bool is_name(struct text name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!(name.at[i] >= 'a' && name.at[i] <= 'z') &&
            !(name.at[i] >= '0' && name.at[i] <= '9') && name.at[i] != '_')
            return false;
    return true;
}

/* What the metric is decides what can be asked of it. */
static int check_kind(const struct rule *rule, struct diag *diag)
{
    enum metric_nature nature;

    if (rule->kind == RULE_COMPONENT)
        return 0;
    nature = metric_nature(rule->filter.metric);
    if (rule->kind == RULE_VALUE && nature == METRIC_OBSERVES)
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "a histogram has no one value: use rate() or p99()");
    if (rule->kind == RULE_QUANTILE && nature != METRIC_OBSERVES)
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "only a histogram has quantiles");
    if (rule->kind == RULE_RATE && nature == METRIC_SHOWS)
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "a gauge has no rate: compare its value");
    return 0;
}

int rule_parse(struct text name, struct text line, struct rule *ret_rule,
               struct diag *diag)
{
    static int (*const parts[])(struct parser *) = {
        take_signal, take_comparison, take_threshold,
        take_for,    take_severity,   take_end,
    };
    struct parser p = { .rest = line, .rule = ret_rule, .diag = diag };
    int r = 0;

    *ret_rule = (struct rule){ .severity = SEVERITY_WARNING };
    if (!copy(name, ret_rule->name, sizeof(ret_rule->name)) || !is_name(name))
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "its name must be 1 to %d of a-z, 0-9 and _",
                    RULE_NAME_BYTES - 1);
    if (!copy(line, ret_rule->text, sizeof(ret_rule->text)))
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "a rule has 1 to %d characters", RULE_TEXT_BYTES - 1);
    for (size_t i = 0; i < ARRAY_LEN(parts) && r == 0; i++)
        r = parts[i](&p);
    return r == 0 ? check_kind(ret_rule, diag) : r;
}

bool rule_holds(const struct rule *rule, double value)
{
    switch (rule->comparison) {
    case COMPARE_LESS:
        return value < rule->threshold;
    case COMPARE_LESS_EQUAL:
        return value <= rule->threshold;
    case COMPARE_EQUAL:
        return value == rule->threshold;
    case COMPARE_NOT_EQUAL:
        return value != rule->threshold;
    case COMPARE_GREATER_EQUAL:
        return value >= rule->threshold;
    case COMPARE_GREATER:
        return value > rule->threshold;
    }
    return false;
}
