/* SPDX-License-Identifier: MIT */
#include "admin/exit.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_STATUS(name, status, meaning) { status, #name, meaning },
const struct exit_row exit_rows[] = {
#include "admin/exit.def"
    { 0, NULL, NULL },
};
#undef EXIT_STATUS

/* Errors without a row are EXIT_FAILED. */
static const struct {
    int error;
    enum exit_status status;
} of_errors[] = {
    { ERR_NONE, EXIT_OK },
    { ERR_BAD_REQUEST, EXIT_BAD_INPUT },
    { ERR_MALFORMED_JSON, EXIT_BAD_INPUT },
    { ERR_VALIDATION, EXIT_BAD_INPUT },
    { ERR_INVALID_PARAMETER, EXIT_USAGE },
    { ERR_CONNECT_FAILED, EXIT_UNREACHABLE },
    { ERR_LINK_LOST, EXIT_UNREACHABLE },
    { ERR_TOO_MANY_CONNECTIONS, EXIT_UNREACHABLE },
    { ERR_UNAVAILABLE, EXIT_UNREACHABLE },
};

enum exit_status exit_of_error(int code)
{
    for (size_t i = 0; i < ARRAY_LEN(of_errors); i++)
        if (of_errors[i].error == abs(code))
            return of_errors[i].status;
    return EXIT_FAILED;
}

/* Quoted logs and file names may hold line ends; a reason is one line. */
static void flatten(char *line)
{
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
}

int refuse(struct refusal *why, enum exit_status status, const char *fmt, ...)
{
    va_list args;

    if (why->status != 0)
        return -why->status;
    why->status = (int)status;
    va_start(args, fmt);
    vsnprintf(why->line, sizeof(why->line), fmt, args);
    va_end(args);
    flatten(why->line);
    return -why->status;
}

void say(const char *fmt, ...)
{
    char line[REFUSAL_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    flatten(line);
    fprintf(stderr, "portcullis: %s\n", line);
}
