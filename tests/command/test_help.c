/* SPDX-License-Identifier: MIT */
#include "command/completion.h"
#include "command/help.h"
#include "table.h"

static struct buffer out;

static void set_up(void)
{
    buffer_init(&out, HELP_BYTES_MAX);
}

static void tear_down(void)
{
    buffer_fini(&out);
}

TestSuite(help, .init = set_up, .fini = tear_down);
TestSuite(completion, .init = set_up, .fini = tear_down);

static void expect_printed(const char *text)
{
    buffer_add_byte(&out, '\0');
    cr_expect_str_eq(out.at, text);
}

static bool is_printed(const char *part)
{
    buffer_add_byte(&out, '\0');
    out.len--;
    return strstr(out.at, part) != NULL;
}

Test(help, tells_all_about_one_command_in_lines_that_fit)
{
    help_verb(&table, verb_find(&table, "fetch"), &out);
    expect_printed(
        "mover fetch: fetch a thing\n\n"
        "usage: mover fetch [--report FILE] [--form plain|gzip] [--json] "
        "FILE\n\n"
        "First paragraph of it, which is long enough that it has to be broken "
        "into two\nlines.\n\nSecond_one.\n\n"
        "options:\n"
        "  --report FILE           write it there\n"
        "  --form plain|gzip       what it is\n"
        "  --json                  a document\n"
        "  -h, --help              say this\n"
        "  --SETTING VALUE         any setting: see `portcullis config "
        "reference`\n\n"
        "--json prints:\n"
        "  fetch                   {thing, left?: number}\n\n"
        "ends with:\n"
        "  0    done\n"
        "  1    something else went wrong; the line says what\n"
        "  2    unknown command, option or argument\n"
        "  3    a setting or a path has a value that cannot work\n"
        "  11   the database cannot be reached\n");
}

Test(help, tells_what_a_status_means_of_this_command)
{
    help_verb(&table, verb_find(&table, "store"), &out);
    cr_expect(is_printed("  1    half of it\n"), "%s", out.at);
    cr_expect(is_printed("  drop THING…             drop it's rest\n"), "%s",
              out.at);
}

Test(help, tells_programs_all_of_the_table)
{
    help_json(&table, &out);
    cr_expect(
        is_printed("{\"name\":\"fetch\",\"group\":\"Moving\",\"operands\":"
                   "\"FILE\",\"summary\":\"fetch a thing\","),
        "%s", out.at);
    cr_expect(
        is_printed("{\"name\":\"--json\",\"actions\":\"\",\"argument\":"
                   "null,\"summary\":\"a document\"}],\"documents\":[{"
                   "\"actions\":\"\",\"shape\":"
                   "\"{thing, left?: number}\"}],\"exits\":[{\"status\":0,"
                   "\"meaning\":\"done\"},"),
        "%s", out.at);
    cr_expect(is_printed("\"actions\":[{\"name\":\"keep\","), "%s", out.at);
}

Test(help, lists_commands_by_group)
{
    help_overview(&table, &out);
    cr_expect(is_printed("mover: moves things\n\nMoving\n"
                         "  fetch         fetch a thing\n"
                         "  store         keep or drop things\n\nMore\n"
                         "  help          print this\n"),
              "%s", out.at);
}

Test(help, escapes_what_scdoc_would_take_for_markup)
{
    help_scdoc(&table, verb_find(&table, "fetch"), &out);
    cr_expect(is_printed("mover-fetch(1) \"\" \"mover 1.0\"\n\n# NAME\n\n"
                         "mover-fetch - fetch a thing\n"),
              "%s", out.at);
    cr_expect(is_printed("mover fetch \\[--report FILE\\] \\[--form "
                         "plain\\|gzip\\] \\[--json\\] FILE\n"),
              "%s", out.at);
    cr_expect(is_printed("\n\nSecond\\_one.\n"), "%s", out.at);
    cr_expect(is_printed("*--report* FILE\n\twrite it there\n"), "%s", out.at);
}

Test(help, makes_the_reference_page_with_pipes_kept_out_of_tables)
{
    help_reference(&table, &out);
    cr_expect(is_printed("\n## Moving\n\n### fetch\n\nfetch a thing.\n\n"
                         "    mover fetch "),
              "%s", out.at);
    cr_expect(is_printed("| `--form plain\\|gzip` | what it is |\n"), "%s",
              out.at);
    cr_expect(is_printed("\nEnds with **0**; **1** half of it.\n"), "%s",
              out.at);
    cr_expect(is_printed("\nEnds with **0**; **11** the database cannot be "
                         "reached.\n"),
              "%s", out.at);
}

/* --- completion --- */

Test(completion, for_bash_knows_commands_actions_options_and_values)
{
    cr_assert(completion_print(&table, "bash", &out));
    cr_expect(is_printed("verbs=\"fetch store help \""), "%s", out.at);
    cr_expect(is_printed("    store) actions=\"keep drop \" options=\"--yes "
                         "--help\" ;;\n"),
              "%s", out.at);
    cr_expect(is_printed("\"fetch --form\") COMPREPLY=($(compgen -W \"plain "
                         "gzip\" -- \"$cur\")); return ;;\n"),
              "%s", out.at);
    cr_expect(is_printed("    help) actions=\"plain long \" options="), "%s",
              out.at);
    cr_expect(is_printed(" --database-url"), "settings are options too");
    cr_expect(is_printed("\ncomplete -F _mover mover\n"), "%s", out.at);
}

Test(completion, quotes_as_the_shell_reads_it)
{
    cr_assert(completion_print(&table, "zsh", &out));
    cr_expect(is_printed("'drop:drop it'\\''s rest'"), "%s", out.at);
    buffer_clear(&out);
    cr_assert(completion_print(&table, "fish", &out));
    cr_expect(is_printed("-a drop -d 'drop it'\\''s rest'\n"), "%s", out.at);
    cr_expect(is_printed("-l form -x -a 'plain gzip' -d 'what it is'\n"), "%s",
              out.at);
}

Test(completion, of_other_shells_is_not_known)
{
    cr_expect_not(completion_print(&table, "tcsh", &out));
    cr_expect_eq(out.len, 0);
}
