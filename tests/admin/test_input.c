/* SPDX-License-Identifier: MIT */
#include "admin/input.h"

#include "packed.h"
#include "scratch.h"

static struct scratch scratch;
static struct buffer file, seen;

static void begin(void)
{
    scratch_init(&scratch);
    buffer_init(&file, 1 << 24);
    buffer_init(&seen, 1 << 24);
}

static void end(void)
{
    buffer_fini(&file);
    buffer_fini(&seen);
    scratch_fini(&scratch);
}

TestSuite(input, .init = begin, .fini = end);

static int read_all(const char *path, struct refusal *why)
{
    CLEANUP(input_close) struct input *input = NULL;
    struct text run = TEXT_NULL;
    int r = input_open(path, &input, why);

    while (r == 0) {
        r = input_read(input, &run, why);
        if (run.len == 0)
            break;
        buffer_add_text(&seen, run);
        run = TEXT_NULL;
    }
    return r;
}

/* Reads what stands in `file`, as a file. */
static int read_file(struct refusal *why)
{
    CLEANUP(memory_free)
    char *path = memory_format("%s/input", scratch.path);

    cr_assert_eq(disk_replace(path, 0600, buffer_text(&file), why), 0);
    return read_all(path, why);
}

static void expect_text(struct text want)
{
    struct refusal why = { 0 };

    cr_assert_eq(read_file(&why), 0, "%s", why.line);
    cr_expect(text_equal(buffer_text(&seen), want));
}

/* Longer than every buffer on the way, and nothing repeats. */
static void add_noise(struct buffer *out)
{
    for (int i = 0; i < 200000; i++)
        buffer_add_format(out, "%x\n", (unsigned)i * 2654435761u);
}

Test(input, reads_plain_files)
{
    CLEANUP(buffer_fini) struct buffer plain = { .limit = 1 << 24 };

    add_noise(&plain);
    buffer_add_text(&file, buffer_text(&plain));
    expect_text(buffer_text(&plain));
}

Test(input, reads_an_empty_file_and_a_single_byte)
{
    expect_text(TEXT(""));
    buffer_add_byte(&file, '\x1f');
    expect_text(TEXT("\x1f"));
}

Test(input, unpacks_gzip)
{
    CLEANUP(buffer_fini) struct buffer plain = { .limit = 1 << 24 };

    add_noise(&plain);
    pack(&file, buffer_text(&plain));
    expect_text(buffer_text(&plain));
}

Test(input, unpacks_several_members_with_padding_as_one_file)
{
    pack(&file, TEXT("one\n"));
    pack(&file, TEXT(""));
    buffer_add_text(&file, TEXT("\0\0\0\0"));
    pack(&file, TEXT("two\n"));
    buffer_add_text(&file, TEXT("\0\0"));
    expect_text(TEXT("one\ntwo\n"));
}

Test(input, refuses_gzip_that_ends_early_wherever_it_is_cut)
{
    size_t whole;

    pack(&file, TEXT("one line\nanother line\n"));
    whole = file.len;
    for (file.len = 2; file.len < whole; file.len++) {
        struct refusal why = { 0 };

        cr_expect_eq(read_file(&why), -EXIT_BAD_INPUT, "at %zu", file.len);
        cr_expect_not_null(strstr(why.line, "ends early"), "%s", why.line);
    }
}

Test(input, refuses_damaged_gzip_and_what_stands_behind_it)
{
    struct refusal flipped = { 0 }, garbage = { 0 };

    pack(&file, TEXT("one line\nanother line\n"));
    file.at[file.len - 6] ^= 1; /* in the checksum */
    cr_expect_eq(read_file(&flipped), -EXIT_BAD_INPUT);
    cr_expect_not_null(strstr(flipped.line, "is damaged"), "%s", flipped.line);
    file.at[file.len - 6] ^= 1;
    buffer_add_string(&file, "garbage");
    cr_expect_eq(read_file(&garbage), -EXIT_BAD_INPUT);
}

Test(input, reads_stdin_that_comes_byte_by_byte)
{
    struct refusal why = { 0 };
    int ends[2];

    pack(&file, TEXT("slow\n"));
    cr_assert_eq(pipe(ends), 0);
    cr_assert_geq(dup2(ends[0], STDIN_FILENO), 0);
    if (fork() == 0) {
        for (size_t i = 0; i < file.len; i++)
            if (write(ends[1], file.at + i, 1) != 1)
                _exit(1);
        _exit(0);
    }
    close(ends[1]);
    close(ends[0]);
    cr_assert_eq(read_all("-", &why), 0, "%s", why.line);
    cr_expect(text_is(buffer_text(&seen), "slow\n"));
}

Test(input, refuses_what_is_not_there_and_what_is_no_file)
{
    struct refusal missing = { 0 }, folder = { 0 };

    cr_expect_eq(read_all("/nowhere/at/all", &missing), -EXIT_CONFIG);
    cr_expect_str_eq(missing.line, "cannot open /nowhere/at/all: No such file "
                                   "or directory");
    cr_expect_eq(read_all(scratch.path, &folder), -EXIT_CONFIG);
}
