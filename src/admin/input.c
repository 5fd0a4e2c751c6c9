/* SPDX-License-Identifier: MIT */
#include "admin/input.h"

#include "base/check.h"
#include "base/memory.h"
#include "codec/gunzip.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    INPUT_MAGIC = 0x494e5055,
    RAW_BYTES = 64 * 1024,
    MADE_BYTES = 256 * 1024,
};

struct input {
    unsigned magic;
    char *name;
    int fd;
    uint64_t done_bytes, all_bytes;
    bool begun;
    struct gunzip *gunzip; /* NULL: the file is plain */
    struct text unread;    /* of raw */
    char raw[RAW_BYTES];
    char made[MADE_BYTES];
};

int input_open(const char *path, struct input **ret_input, struct refusal *why)
{
    bool is_stdin = text_is(text_of(path), "-");
    int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    struct input *input;
    struct stat status;

    if (fd < 0)
        return refuse(why, EXIT_CONFIG, "cannot open %s: %s", path,
                      strerror(errno));
    input = NEW(struct input);
    input->magic = INPUT_MAGIC;
    input->name = memory_format("%s", is_stdin ? "stdin" : path);
    input->fd = fd;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        input->all_bytes = (uint64_t)status.st_size;
    *ret_input = input;
    return 0;
}

void input_close(struct input **input)
{
    if (!*input)
        return;
    OBJ_CHECK(*input, INPUT_MAGIC);
    gunzip_free(&(*input)->gunzip);
    close((*input)->fd);
    memory_free(&(*input)->name);
    memory_free(input);
}

/* --- bytes of the file ---------------------------------------------------- */

/* More behind what is unread; 0 at the end of the file. */
static ssize_t read_some(struct input *input, struct refusal *why)
{
    size_t have = input->unread.len;
    ssize_t n;

    if (have > 0)
        memmove(input->raw, input->unread.at, have);
    do
        n = read(input->fd, input->raw + have, RAW_BYTES - have);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return refuse(why, EXIT_CONFIG, "cannot read %s: %s", input->name,
                      strerror(errno));
    input->done_bytes += (uint64_t)n;
    input->unread = text_from(input->raw, have + (size_t)n);
    return n;
}

/* A pipe may give the first byte alone. */
static int begin(struct input *input, struct refusal *why)
{
    ssize_t n = 1;

    while (n > 0 && input->unread.len < 2)
        n = read_some(input, why);
    if (n < 0)
        return (int)n;
    input->begun = true;
    if (gunzip_looks_like(input->unread))
        input->gunzip = gunzip_new();
    return 0;
}

/* --- gzip ----------------------------------------------------------------- */

static int refuse_gzip(const struct input *input, const char *what,
                       struct refusal *why)
{
    return refuse(why, EXIT_BAD_INPUT,
                  "%s: the gzip data %s near byte %llu; nothing of it was "
                  "kept: get the file anew",
                  input->name, what, (unsigned long long)input->done_bytes);
}

static int read_gzip(struct input *input, struct text *ret_run,
                     struct refusal *why)
{
    size_t made = 0;

    while (made == 0) {
        ssize_t n = input->unread.len > 0 ? 1 : read_some(input, why);

        if (n < 0)
            return (int)n;
        /* at the end, too: what was read may not all have been given out */
        if (gunzip_next(input->gunzip, &input->unread, input->made, MADE_BYTES,
                        &made) < 0)
            return refuse_gzip(input, "is damaged", why);
        if (n == 0 && made == 0)
            break;
    }
    if (made == 0 && !gunzip_is_whole(input->gunzip))
        return refuse_gzip(input, "ends early", why);
    *ret_run = text_from(input->made, made);
    return 0;
}

/* --- either --------------------------------------------------------------- */

static int read_plain(struct input *input, struct text *ret_run,
                      struct refusal *why)
{
    ssize_t n = input->unread.len > 0 ? 1 : read_some(input, why);

    if (n < 0)
        return (int)n;
    *ret_run = input->unread;
    input->unread = text_from(input->raw, 0);
    return 0;
}

int input_read(struct input *input, struct text *ret_run, struct refusal *why)
{
    int r = 0;

    OBJ_CHECK(input, INPUT_MAGIC);
    if (!input->begun)
        r = begin(input, why);
    if (r < 0)
        return r;
    return input->gunzip ? read_gzip(input, ret_run, why)
                         : read_plain(input, ret_run, why);
}

uint64_t input_done_bytes(const struct input *input)
{
    return input->done_bytes;
}

uint64_t input_all_bytes(const struct input *input)
{
    return input->all_bytes;
}

const char *input_name(const struct input *input)
{
    return input->name;
}
