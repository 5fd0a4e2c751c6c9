/* SPDX-License-Identifier: MIT */
#include "admin/confirm.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NAME_BYTES = 128 };

int confirm_database(const char *name, const char *what, bool yes,
                     struct refusal *why)
{
    char answer[NAME_BYTES] = "";

    if (yes)
        return 0;
    if (!isatty(STDIN_FILENO))
        return refuse(why, EXIT_USAGE,
                      "%s There is no terminal to ask: say --yes if you mean "
                      "the database %s",
                      what, name);
    fprintf(stderr, "%s Type the database's name, %s, to go on: ", what, name);
    fflush(stderr);
    if (fgets(answer, sizeof(answer), stdin))
        answer[strcspn(answer, "\n")] = '\0';
    return strcmp(answer, name) == 0
               ? 0
               : refuse(why, EXIT_FAILED,
                        "\"%s\" is not %s: nothing was changed", answer, name);
}
