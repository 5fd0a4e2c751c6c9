/* SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "base/memory.h"
#include "base/settings.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ARGS_MAX = 8, TEXT_MAX = 1 << 20 };

/* One load, with everything it gave. */
struct loaded {
    char *args[ARGS_MAX + 1], *env[ARGS_MAX + 1], *owned[ARGS_MAX];
    struct settings_sources from;
    struct buffer mistakes, notices;
    struct settings *settings;
    int result;
};

static void copy_words(char **to, const char *const *words)
{
    for (int i = 0; words && words[i]; i++)
        to[i] = memory_copy(words[i], strlen(words[i]));
}

static void load_again(struct loaded *l, const char *const *args,
                       const char *const *env, const struct settings *before)
{
    *l = (struct loaded){ .result = 1 };
    copy_words(l->args, args);
    copy_words(l->env, env);
    memcpy(l->owned, l->args, sizeof(l->owned));
    while (l->args[l->from.argc])
        l->from.argc++;
    l->from.argv = l->args;
    l->from.env = l->env;
    l->from.before = before;
    buffer_init(&l->mistakes, TEXT_MAX);
    buffer_init(&l->notices, TEXT_MAX);
    l->result =
        settings_load(&l->from, &l->mistakes, &l->notices, &l->settings);
    buffer_add_byte(&l->mistakes, '\0');
    buffer_add_byte(&l->notices, '\0');
}

static void load(struct loaded *l, const char *const *args,
                 const char *const *env)
{
    load_again(l, args, env, NULL);
}

static void unload(struct loaded *l)
{
    for (int i = 0; i < ARGS_MAX; i++) {
        memory_free(&l->owned[i]);
        memory_free(&l->env[i]);
    }
    buffer_fini(&l->mistakes);
    buffer_fini(&l->notices);
    settings_free(&l->settings);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define LOADED(l)  CLEANUP(unload) struct loaded l

static char folder[] = "/tmp/test-settings-XXXXXX";

static void make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

static void remove_folder(void)
{
    cr_expect_eq(unlink("file"), 0);
    cr_expect_eq(rmdir(folder), 0);
}

static void write_file(const char *content)
{
    FILE *file = fopen("file", "w");

    cr_assert_not_null(file);
    fputs(content, file);
    fclose(file);
}

Test(settings, have_defaults_that_pass_their_own_rules_in_every_profile)
{
    const char *const profiles[] = { "development", "test", "staging",
                                     "production" };

    for (size_t i = 0; i < ARRAY_LEN(profiles); i++) {
        LOADED(l);

        load(&l, WORDS("--environment", profiles[i]), NULL);
        cr_expect_eq(l.result, 0, "%s", l.mistakes.at);
        cr_expect_eq(settings_int(l.settings, SETTING_ENVIRONMENT), (int64_t)i);
    }
}

Test(settings, take_alert_rules_from_the_file_in_their_order,
     .init = make_folder, .fini = remove_folder)
{
    LOADED(l);

    write_file("alert.one = postgres == fail\npool_max = 9\n"
               "alert.two=off\n");
    load(&l, WORDS("--config=file"), NULL);
    cr_assert_eq(l.result, 0, "%s", l.mistakes.at);
    cr_assert_eq(settings_alert_count(l.settings), 2);
    cr_expect_str_eq(settings_alert(l.settings, 0)->name, "one");
    cr_expect_str_eq(settings_alert(l.settings, 0)->rule, "postgres == fail");
    cr_expect_str_eq(settings_alert(l.settings, 0)->origin, "file:1");
    cr_expect_str_eq(settings_alert(l.settings, 1)->rule, "off");
}

Test(settings, name_the_lines_of_alerts_that_are_none, .init = make_folder,
     .fini = remove_folder)
{
    LOADED(l);

    write_file("alert.one = a == fail\nalert.one = b == fail\nalert.two =\n"
               "alert. = c == fail\nalert.three\n");
    load(&l, WORDS("--config=file"), NULL);
    cr_expect_str_eq(l.mistakes.at, "file:2: alert is given twice\n"
                                    "file:3: alert has no name or no rule\n"
                                    "file:4: alert has no name or no rule\n"
                                    "file:5: no NAME = value\n");
}

Test(settings, differ_by_profile_and_are_production_when_nobody_says)
{
    LOADED(test);
    LOADED(none);

    load(&test, NULL, WORDS("PORTCULLIS_ENVIRONMENT=test"));
    load(&none, NULL, NULL);
    cr_expect_eq(settings_int(test.settings, SETTING_POOL_MAX), 8);
    cr_expect_str_eq(settings_origin_text(test.settings, SETTING_POOL_MAX),
                     "default (test)");
    cr_expect_eq(settings_int(none.settings, SETTING_POOL_MAX), 32);
    cr_expect_str_eq(settings_origin_text(none.settings, SETTING_LISTEN),
                     "default");
}

Test(settings, stand_in_order_flag_environment_file_default,
     .init = make_folder, .fini = remove_folder)
{
    LOADED(l);

    write_file("LOOPS = 1\nPOOL_LANES = 1\nFIELDS_LIMIT=11\n");
    load(&l, WORDS("--loops=3", "--config", "file"),
         WORDS("PORTCULLIS_LOOPS=2", "PORTCULLIS_POOL_LANES=4"));
    cr_assert_eq(l.result, 0, "%s", l.mistakes.at);
    cr_expect_eq(settings_int(l.settings, SETTING_LOOPS), 3);
    cr_expect_eq(settings_origin(l.settings, SETTING_LOOPS), ORIGIN_FLAG);
    cr_expect_eq(settings_int(l.settings, SETTING_POOL_LANES), 4);
    cr_expect_eq(settings_origin(l.settings, SETTING_POOL_LANES),
                 ORIGIN_ENVIRONMENT);
    cr_expect_eq(settings_int(l.settings, SETTING_FIELDS_LIMIT), 11);
    cr_expect_str_eq(settings_origin_text(l.settings, SETTING_FIELDS_LIMIT),
                     "file:3");
    cr_expect_eq(settings_origin(l.settings, SETTING_LISTEN), ORIGIN_DEFAULT);
}

Test(settings, are_read_in_their_units)
{
    LOADED(l);

    load(&l,
         WORDS("--pool-wait-timeout=300ms", "--idle-timeout=5m",
               "--pool_idle_timeout=2h", "--body-limit=2MiB", "--uri-limit=512",
               "--log-requests=off", "--log-level=warn", "--drain-timeout=0ms"),
         NULL);
    cr_assert_eq(l.result, 0, "%s", l.mistakes.at);
    cr_expect_eq(settings_int(l.settings, SETTING_POOL_WAIT_TIMEOUT), 300);
    cr_expect_eq(settings_int(l.settings, SETTING_IDLE_TIMEOUT), 300000);
    cr_expect_eq(settings_int(l.settings, SETTING_POOL_IDLE_TIMEOUT), 7200000);
    cr_expect_eq(settings_int(l.settings, SETTING_BODY_LIMIT), 2 << 20);
    cr_expect_eq(settings_int(l.settings, SETTING_URI_LIMIT), 512);
    cr_expect_not(settings_bool(l.settings, SETTING_LOG_REQUESTS));
    cr_expect_eq(settings_int(l.settings, SETTING_LOG_LEVEL), 2);
}

Test(settings, leave_other_arguments_to_the_command_in_order)
{
    LOADED(l);

    load(&l, WORDS("import", "--loops", "2", "--fresh", "x", "--", "--loops"),
         NULL);
    cr_assert_eq(l.result, 0, "%s", l.mistakes.at);
    cr_expect_eq(l.from.argc, 5);
    cr_expect_str_eq(l.args[0], "import");
    cr_expect_str_eq(l.args[1], "--fresh");
    cr_expect_str_eq(l.args[2], "x");
    cr_expect_str_eq(l.args[4], "--loops", "what follows -- is no flag");
}

Test(settings, wipe_secrets_out_of_the_list_of_processes)
{
    char token[] = "--cursor-key=0123456789abcdef", flag[] = "--database-url";
    char url[] = "postgresql://u:p@h/d";
    char *args[] = { token, flag, url };
    struct settings_sources from = { .argc = 3, .argv = args };
    CLEANUP(buffer_fini) struct buffer mistakes;
    CLEANUP(settings_free) struct settings *settings = NULL;

    buffer_init(&mistakes, TEXT_MAX);
    cr_assert_eq(settings_load(&from, &mistakes, NULL, &settings), 0);
    cr_expect_str_eq(token, "--cursor-key=****************");
    cr_expect_str_eq(url, "********************");
    cr_expect_str_eq(settings_text(settings, SETTING_CURSOR_KEY),
                     "0123456789abcdef");
    cr_expect_str_eq(settings_text(settings, SETTING_DATABASE_URL),
                     "postgresql://u:p@h/d");
}

Test(settings, take_urls_without_the_prefix_and_prefer_those_with_it)
{
    LOADED(plain);
    LOADED(both);

    load(&plain, NULL, WORDS("DATABASE_URL=postgres://a/b", "LISTEN=x"));
    load(&both, NULL,
         WORDS("DATABASE_URL=postgres://a/b",
               "PORTCULLIS_DATABASE_URL=postgresql://c/d"));
    cr_assert_eq(plain.result, 0, "%s", plain.mistakes.at);
    cr_assert_eq(both.result, 0, "%s", both.mistakes.at);
    cr_expect_str_eq(settings_text(plain.settings, SETTING_DATABASE_URL),
                     "postgres://a/b");
    cr_expect_str_eq(settings_origin_text(plain.settings, SETTING_DATABASE_URL),
                     "DATABASE_URL");
    cr_expect_str_eq(settings_text(both.settings, SETTING_DATABASE_URL),
                     "postgresql://c/d");
}

Test(settings, read_secrets_from_files_without_the_last_newline,
     .init = make_folder, .fini = remove_folder)
{
    LOADED(l);

    write_file("0123456789abcdef\n");
    load(&l, NULL, WORDS("PORTCULLIS_CURSOR_KEY_FILE=file"));
    cr_assert_eq(l.result, 0, "%s", l.mistakes.at);
    cr_expect_str_eq(settings_text(l.settings, SETTING_CURSOR_KEY),
                     "0123456789abcdef");
    cr_expect_str_eq(settings_origin_text(l.settings, SETTING_CURSOR_KEY),
                     "PORTCULLIS_CURSOR_KEY_FILE");
    cr_expect_str_eq(l.notices.at, "");
}

Test(settings, refuse_a_secret_file_beside_the_secret, .init = make_folder,
     .fini = remove_folder)
{
    LOADED(l);

    write_file("redis://a");
    load(&l, NULL, WORDS("REDIS_URL=redis://b", "REDIS_URL_FILE=file"));
    cr_expect_eq(l.result, -ERR_VALIDATION);
    cr_expect_str_eq(l.mistakes.at, "REDIS_URL_FILE: redis_url is given twice,"
                                    " here and as itself\n");
}

Test(settings, read_a_file_of_lines_with_comments_in_any_case,
     .init = make_folder, .fini = remove_folder)
{
    LOADED(l);

    write_file("# a comment\r\n\r\n  PORTCULLIS_LISTEN =  [::1]:9 \r\n"
               "log_level=debug\nCORS_ORIGINS = https://a.example\n");
    load(&l, NULL, WORDS("PORTCULLIS_CONFIG=file"));
    cr_assert_eq(l.result, 0, "%s", l.mistakes.at);
    cr_expect_str_eq(settings_text(l.settings, SETTING_LISTEN), "[::1]:9");
    cr_expect_eq(settings_int(l.settings, SETTING_LOG_LEVEL), 0);
    cr_expect_str_eq(settings_origin_text(l.settings, SETTING_CORS_ORIGINS),
                     "file:5");
}

Test(settings, tell_every_mistake_of_a_file_with_its_line, .init = make_folder,
     .fini = remove_folder)
{
    LOADED(l);

    write_file("LISTN = a:1\nLOOPS\nCONFIG = x\nPOOL_MAX = 4\nPOOL_MAX = 5\n"
               "LOOPS_FILE = x\nREDIS_URL_FILE = missing\n");
    load(&l, WORDS("--config=file"), NULL);
    cr_expect_eq(l.result, -ERR_VALIDATION);
    cr_expect_null(l.settings);
    cr_expect_str_eq(l.mistakes.at, "file:1: \"LISTN\" names no setting\n"
                                    "file:2: no NAME = value\n"
                                    "file:3: config cannot be set by a file\n"
                                    "file:5: pool_max is given twice\n"
                                    "file:6: \"LOOPS_FILE\" names no setting\n"
                                    "file:7: cannot read \"missing\": "
                                    "No such file or directory\n");
}

Test(settings, tell_what_is_allowed_and_never_repeat_a_secret)
{
    LOADED(l);

    load(&l, WORDS("--loops=many", "--listen=8080", "--log-level=loud"),
         WORDS("PORTCULLIS_REQUEST_TIMEOUT=0ms", "PORTCULLIS_BODY_LIMIT=1MB",
               "PORTCULLIS_CURSOR_KEY=hunter2",
               "DATABASE_URL=mysql://u:hunter2@h/d",
               "PORTCULLIS_LOG_REQUESTS=maybe\n"));
    cr_expect_eq(l.result, -ERR_VALIDATION);
    cr_expect_str_eq(
        l.mistakes.at,
        "flag --listen: listen must be HOST:PORT, the port from 0 to 65535, "
        "not \"8080\"\n"
        "flag --loops: loops must be an integer from 0 to 256, not \"many\"\n"
        "PORTCULLIS_REQUEST_TIMEOUT: request_timeout must be a duration from "
        "1ms to 5m, not \"0ms\"\n"
        "PORTCULLIS_BODY_LIMIT: body_limit must be a size from 1KiB to 64MiB, "
        "not \"1MB\"\n"
        "PORTCULLIS_CURSOR_KEY: cursor_key must be a word of 16 to 512 "
        "characters\n"
        "DATABASE_URL: database_url must be a URL without spaces, its scheme "
        "one of postgresql, postgres\n"
        "flag --log-level: log_level must be one of debug, info, warn, error, "
        "not \"loud\"\n"
        "PORTCULLIS_LOG_REQUESTS: log_requests must be on or off, not "
        "\"maybe\\n\"\n");
}

Test(settings, refuse_flags_without_a_value_or_given_twice)
{
    LOADED(l);

    load(&l, WORDS("--loops", "--pool-max", "4", "--pool-max=5", "--listen"),
         NULL);
    cr_expect_eq(l.result, -ERR_VALIDATION);
    cr_expect_str_eq(l.mistakes.at, "flag --loops: loops has no value\n"
                                    "flag --pool-max: pool_max is given twice"
                                    "\nflag --listen: listen has no value\n");
}

Test(settings, hold_pairs_together_and_let_defaults_give_way)
{
    LOADED(given);
    LOADED(fits);

    load(&given, WORDS("--pool-min=9", "--pool-max=8"), NULL);
    cr_expect_str_eq(given.mistakes.at, "flag --pool-min: pool_min must not "
                                        "be above pool_max (8), not \"9\"\n");
    load(&fits, WORDS("--pool-max=3", "--request-timeout=1m"), NULL);
    cr_assert_eq(fits.result, 0, "%s", fits.mistakes.at);
    cr_expect_eq(settings_int(fits.settings, SETTING_POOL_MIN), 3);
    cr_expect_eq(settings_int(fits.settings, SETTING_REQUEST_TIMEOUT_MAX),
                 60000);
}

Test(settings, count_empty_variables_as_unset_and_notice_unknown_ones)
{
    LOADED(l);

    load(&l, NULL,
         WORDS("PORTCULLIS_LISTEN=", "PORTCULLIS_LISTN=x",
               "PORTCULLIS_LISTEN_FILE=x", "PORTCULLIS_CURSOR_KEY_FILE="));
    cr_assert_eq(l.result, 0, "%s", l.mistakes.at);
    cr_expect_eq(settings_origin(l.settings, SETTING_LISTEN), ORIGIN_DEFAULT);
    cr_expect_str_eq(l.notices.at,
                     "\"PORTCULLIS_LISTN\" names no setting\n"
                     "\"PORTCULLIS_LISTEN_FILE\" names no setting\n");
}

Test(settings, keep_the_flags_over_a_reload)
{
    LOADED(first);
    LOADED(second);

    load(&first, WORDS("--loops=3"), NULL);
    load_again(&second, NULL, WORDS("PORTCULLIS_LOOPS=5"), first.settings);
    cr_assert_eq(second.result, 0, "%s", second.mistakes.at);
    cr_expect_eq(settings_int(second.settings, SETTING_LOOPS), 3);
    cr_expect_str_eq(settings_origin_text(second.settings, SETTING_LOOPS),
                     "flag --loops");
}

Test(settings, show_urls_without_their_passwords)
{
    static const char *const urls[][2] = {
        { "postgresql://u:secret@h:5/d", "postgresql://u:***@h:5/d" },
        { "postgresql://u:se@c/r?et@h/d", "postgresql://u:***@h/d" },
        { "postgresql://u@h:5/d", "postgresql://u@h:5/d" },
        { "postgresql:///d?host=/run&password=secret&user=u",
          "postgresql:///d?host=/run&password=***&user=u" },
        { "postgresql://h/d?sslpassword=a&password=b",
          "postgresql://h/d?sslpassword=***&password=***" },
        { "postgresql://:secret@h", "postgresql://:***@h" },
    };

    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        CLEANUP(buffer_fini) struct buffer shown;
        CLEANUP(memory_free)
        char *set = memory_format("DATABASE_URL=%s", urls[i][0]);
        LOADED(l);

        load(&l, NULL, WORDS(set));
        cr_assert_eq(l.result, 0, "%s", l.mistakes.at);
        buffer_init(&shown, TEXT_MAX);
        settings_show(l.settings, SETTING_DATABASE_URL, &shown);
        cr_expect(text_is(buffer_text(&shown), urls[i][1]), "%.*s",
                  TEXT_ARG(buffer_text(&shown)));
    }
}

Test(settings, print_a_table_and_json_without_secrets)
{
    CLEANUP(buffer_fini) struct buffer out;
    LOADED(l);

    load(&l, WORDS("--cursor-key=do-not-show-me-123", "--listen=h:1"), NULL);
    cr_assert_eq(l.result, 0, "%s", l.mistakes.at);
    buffer_init(&out, TEXT_MAX);
    settings_print(l.settings, &out);
    settings_print_json(l.settings, &out);
    buffer_add_byte(&out, '\0');
    cr_expect_null(strstr(out.at, "do-not-show-me"));
    cr_expect_not_null(strstr(out.at,
                              "listen                    flag --listen    "
                              "     h:1\n"),
                       "%s", out.at);
    cr_expect_not_null(strstr(out.at, "  \"listen\": {\"value\": \"h:1\", "
                                      "\"origin\": \"flag --listen\"},\n"),
                       "%s", out.at);
    cr_expect_not_null(strstr(out.at, "\"cursor_key\": {\"value\": \"***\""));
}

Test(settings, are_documented_as_they_are)
{
    CLEANUP(buffer_fini) struct buffer out;

    buffer_init(&out, TEXT_MAX);
    settings_print_reference(&out);
    buffer_add_byte(&out, '\0');
    cr_expect_not_null(
        strstr(out.at, "| `pool_max` | `16`, `8`, `32`, `32` | an integer "
                       "from 1 to 1000 | "));
    for (int id = 0; id < SETTING_COUNT; id++)
        cr_expect_not_null(strstr(out.at, setting_name((enum setting)id)));
}

Test(settings, that_need_a_restart_stay_over_a_reload_and_say_what_waits)
{
    LOADED(first);
    LOADED(second);
    LOADED(third);

    load(&first, NULL,
         WORDS("PORTCULLIS_LISTEN=h:1", "PORTCULLIS_LOG_LEVEL=info"));
    load_again(&second, NULL,
               WORDS("PORTCULLIS_LISTEN=h:2", "PORTCULLIS_LOG_LEVEL=debug"),
               first.settings);
    cr_assert_eq(second.result, 0, "%s", second.mistakes.at);
    cr_expect_str_eq(settings_text(second.settings, SETTING_LISTEN), "h:1");
    cr_expect_str_eq(settings_waiting(second.settings, SETTING_LISTEN),
                     "PORTCULLIS_LISTEN");
    cr_expect(settings_same(first.settings, second.settings, SETTING_LISTEN));
    cr_expect_str_eq(settings_text(second.settings, SETTING_LOG_LEVEL),
                     "debug");
    cr_expect_null(settings_waiting(second.settings, SETTING_LOG_LEVEL));
    cr_expect_not(
        settings_same(first.settings, second.settings, SETTING_LOG_LEVEL));
    load_again(&third, NULL, WORDS("PORTCULLIS_LISTEN=h:1"), second.settings);
    cr_assert_eq(third.result, 0, "%s", third.mistakes.at);
    cr_expect_null(settings_waiting(third.settings, SETTING_LISTEN),
                   "it was put back");
}

Test(settings, of_another_profile_do_not_come_in_by_a_reload)
{
    LOADED(first);
    LOADED(second);

    load(&first, NULL, WORDS("PORTCULLIS_ENVIRONMENT=development"));
    load_again(&second, NULL, WORDS("PORTCULLIS_ENVIRONMENT=production"),
               first.settings);
    cr_assert_eq(second.result, 0, "%s", second.mistakes.at);
    cr_expect_str_eq(settings_text(second.settings, SETTING_ENVIRONMENT),
                     "development");
    cr_expect_str_eq(settings_text(second.settings, SETTING_CORS_ORIGINS), "*");
    cr_expect_not_null(settings_waiting(second.settings, SETTING_ENVIRONMENT));
}

Test(settings, with_a_mistake_are_not_made_by_a_reload)
{
    LOADED(first);
    LOADED(second);

    load(&first, NULL, NULL);
    load_again(&second, NULL, WORDS("PORTCULLIS_LISTEN=nowhere"),
               first.settings);
    cr_expect_eq(second.result, -ERR_VALIDATION);
    cr_expect_null(second.settings);
}
