/* SPDX-License-Identifier: MIT */
#include "admin/disk.h"
#include "admin/migrate_files.h"
#include "admin/tell.h"
#include "base/memory.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DOMAINS_BYTES_MAX = 64 * 1024, NUMBER_MAX = 9999, DIGITS = 4 };

static const char up_template[] =
    "-- What is new, and why. One transaction, run while instances serve:\n"
    "-- `portcullis migrate lint` tells what would hold them up.\n";
static const char up_alone_template[] =
    "-- portcullis: no-transaction\n"
    "-- What is new, and why. Each statement must bear to be run again.\n"
    "-- CREATE INDEX CONCURRENTLY IF NOT EXISTS … ON … (…);\n";
static const char down_template[] =
    "-- The way back, to what was there before.\n";

static void close_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

static bool is_name(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return len > 0 && len <= 60 && name[len] == '\0' && name[0] != '-';
}

static int check_domain(const struct migrate_new_options *options,
                        struct refusal *why)
{
    CLEANUP(memory_free)
    char *path = memory_format("%s/domains", options->dir);
    CLEANUP(memory_free)
    char *domains = disk_read(path, DOMAINS_BYTES_MAX, NULL);
    struct text rest = text_of(domains), line;

    if (!domains)
        return refuse(why, EXIT_CONFIG,
                      "%s cannot be read: name the schema's directory by --dir",
                      path);
    while (text_cut(&rest, '\n', &line))
        if (text_is(text_trim(line), options->domain))
            return 0;
    return refuse(
        why, EXIT_USAGE,
        "%s does not list the domain %s: add it there, behind what it "
        "leans on",
        path, options->domain);
}

/* The number behind the last one in the directory; a new one begins at 1. */
static int next_number(const char *dir, unsigned *ret_number,
                       struct refusal *why)
{
    CLEANUP(close_dir) DIR *at = opendir(dir);
    const struct dirent *entry;

    *ret_number = 1;
    if (!at && errno != ENOENT)
        return refuse(why, EXIT_CONFIG, "%s: %s", dir, strerror(errno));
    while (at && (entry = readdir(at))) {
        size_t digits = strspn(entry->d_name, "0123456789");
        unsigned number = (unsigned)strtoul(entry->d_name, NULL, 10);

        if (digits == DIGITS && number >= *ret_number)
            *ret_number = number + 1;
    }
    return *ret_number <= NUMBER_MAX
               ? 0
               : refuse(why, EXIT_CONFIG, "%s has no number left", dir);
}

static int write_new(const char *path, const char *content, struct refusal *why)
{
    CLEANUP(fd_close)
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    size_t len = strlen(content);

    if (fd < 0 || write(fd, content, len) != (ssize_t)len)
        return refuse(why, EXIT_CONFIG, "%s: %s", path, strerror(errno));
    return 0;
}

static void print_paths(const char *up, const char *down, bool json)
{
    if (json)
        TELL({ .name = "up", .value = text_of(up) },
             { .name = "down", .value = text_of(down) });
    else
        printf("%s\n%s\n", up, down);
}

static int write_both(const struct migrate_new_options *options,
                      struct refusal *why)
{
    CLEANUP(memory_free)
    char *dir = memory_format("%s/%s", options->dir, options->domain);
    CLEANUP(memory_free) char *up = NULL;
    CLEANUP(memory_free) char *down = NULL;
    unsigned number;
    int r = next_number(dir, &number, why);

    if (r == 0)
        r = disk_make_all(dir, why);
    if (r < 0)
        return r;
    up = memory_format("%s/%04u-%s.up.sql", dir, number, options->name);
    down = memory_format("%s/%04u-%s.down.sql", dir, number, options->name);
    r = write_new(up, options->concurrently ? up_alone_template : up_template,
                  why);
    if (r == 0)
        r = write_new(down, down_template, why);
    if (r == 0)
        print_paths(up, down, options->json);
    return r;
}

int migrate_new(const struct migrate_new_options *options)
{
    struct refusal why = { 0 };
    int r = 0;

    if (!is_name(options->name))
        r = refuse(&why, EXIT_USAGE,
                   "a migration's name is of a-z, 0-9 and -, not \"%s\"",
                   options->name);
    if (r == 0)
        r = check_domain(options, &why);
    if (r == 0)
        r = write_both(options, &why);
    if (r < 0)
        say("%s", why.line);
    return why.status;
}
