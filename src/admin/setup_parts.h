/* SPDX-License-Identifier: MIT */
/* What setup and reset do alike; for them only. */
#pragma once

#include "admin/report.h"
#include "base/error.h"
#include "database/connection.h"
#include "database/migration_set.h"

struct driver;
struct embedded_file;

struct setup_schema {
    const struct driver *driver;
    const struct embedded_file *files;
    const char *url; /* whose sessions are the owner's */
    bool seed;
    struct report *report;
};

/* Migrations and seeds, each a step of the report. */
int setup__schema(const struct setup_schema *schema, struct diag *diag)
    MUST_CHECK;

/* Runs one script on a connection of its own. */
int setup__script(const struct driver *driver, const char *url, const char *sql,
                  struct diag *diag) MUST_CHECK;

/* The refusal for an error of either. */
void setup__refuse(int r, const struct diag *diag, struct refusal *why);
