/* SPDX-License-Identifier: MIT */
#include "admin/input.h"

#include "base/check.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
    INPUT_MAGIC = 0x494e5055,
    RAW_BYTES = 64 * 1024,
    MADE_BYTES = 256 * 1024,
    GZIP_WINDOW = 16 + MAX_WBITS, /* zlib's way to say: gzip, nothing else */
};

enum packing { PACKING_UNKNOWN, PACKING_NONE, PACKING_GZIP };

struct input {
    unsigned magic;
    char *name;
    int fd;
    enum packing packing;
    uint64_t done_bytes, all_bytes;
    bool in_member;  /* a gzip member was begun and has not ended */
    z_stream stream; /* its input is what was read and not yet unpacked */
    unsigned char raw[RAW_BYTES];
    unsigned char made[MADE_BYTES];
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
    if ((*input)->packing == PACKING_GZIP)
        inflateEnd(&(*input)->stream);
    close((*input)->fd);
    memory_free(&(*input)->name);
    memory_free(input);
}

/* --- bytes of the file ---------------------------------------------------- */

static ssize_t read_some(struct input *input, unsigned char *at, size_t room,
                         struct refusal *why)
{
    ssize_t n;

    do
        n = read(input->fd, at, room);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return refuse(why, EXIT_CONFIG, "cannot read %s: %s", input->name,
                      strerror(errno));
    input->done_bytes += (uint64_t)n;
    return n;
}

/* More into the empty buffer; 0 at the end of the file. */
static ssize_t fill(struct input *input, struct refusal *why)
{
    ssize_t n = read_some(input, input->raw, RAW_BYTES, why);

    input->stream.next_in = input->raw;
    input->stream.avail_in = n > 0 ? (unsigned)n : 0;
    return n;
}

/* A pipe may give the first byte alone. */
static int look_at_packing(struct input *input, struct refusal *why)
{
    z_stream *stream = &input->stream;
    ssize_t n = fill(input, why);

    while (n > 0 && stream->avail_in < 2) {
        n = read_some(input, input->raw + stream->avail_in,
                      RAW_BYTES - stream->avail_in, why);
        stream->avail_in += n > 0 ? (unsigned)n : 0;
    }
    if (n < 0)
        return (int)n;
    input->packing = PACKING_NONE;
    if (stream->avail_in >= 2 && input->raw[0] == 0x1f &&
        input->raw[1] == 0x8b) {
        CHECK(inflateInit2(stream, GZIP_WINDOW) == Z_OK);
        input->packing = PACKING_GZIP;
        input->in_member = true;
    }
    return 0;
}

/* --- gzip ----------------------------------------------------------------- */

/*
 * Between two members, where archivers may pad with zeros: begins the next
 * one. Ends at the end of the file.
 */
static int next_member(struct input *input, struct refusal *why)
{
    z_stream *stream = &input->stream;
    ssize_t n = 1;

    while (n > 0) {
        while (stream->avail_in > 0 && *stream->next_in == 0) {
            stream->next_in++;
            stream->avail_in--;
        }
        if (stream->avail_in > 0) {
            CHECK(inflateReset(stream) == Z_OK);
            input->in_member = true;
            return 0;
        }
        n = fill(input, why);
    }
    return (int)n;
}

static int refuse_gzip(const struct input *input, const char *what,
                       struct refusal *why)
{
    return refuse(why, EXIT_BAD_INPUT,
                  "%s: the gzip data %s near byte %llu; nothing of it was "
                  "kept: get the file anew",
                  input->name, what, (unsigned long long)input->done_bytes);
}

static int inflate_once(struct input *input, struct refusal *why)
{
    z_stream *stream = &input->stream;
    ssize_t n = stream->avail_in ? 1 : fill(input, why);
    int status;

    if (n < 0)
        return (int)n;
    if (n == 0)
        return refuse_gzip(input, "ends early", why);
    status = inflate(stream, Z_NO_FLUSH);
    if (status == Z_STREAM_END)
        input->in_member = false;
    else if (status != Z_OK && status != Z_BUF_ERROR)
        return refuse_gzip(input, "is damaged", why);
    return 0;
}

static int read_gzip(struct input *input, struct text *ret_run,
                     struct refusal *why)
{
    z_stream *stream = &input->stream;
    int r = 0;

    stream->next_out = input->made;
    stream->avail_out = MADE_BYTES;
    while (r == 0 && stream->avail_out == MADE_BYTES) {
        if (!input->in_member)
            r = next_member(input, why);
        if (r < 0 || !input->in_member)
            break;
        r = inflate_once(input, why);
    }
    *ret_run = text_from((char *)input->made, MADE_BYTES - stream->avail_out);
    return r;
}

/* --- either --------------------------------------------------------------- */

static int read_plain(struct input *input, struct text *ret_run,
                      struct refusal *why)
{
    z_stream *stream = &input->stream;
    ssize_t n = stream->avail_in ? 1 : fill(input, why);

    if (n < 0)
        return (int)n;
    *ret_run = text_from((char *)stream->next_in, stream->avail_in);
    stream->avail_in = 0;
    return 0;
}

int input_read(struct input *input, struct text *ret_run, struct refusal *why)
{
    int r = 0;

    OBJ_CHECK(input, INPUT_MAGIC);
    if (input->packing == PACKING_UNKNOWN)
        r = look_at_packing(input, why);
    if (r < 0)
        return r;
    return input->packing == PACKING_GZIP ? read_gzip(input, ret_run, why)
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
