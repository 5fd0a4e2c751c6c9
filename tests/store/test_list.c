/* SPDX-License-Identifier: MIT */
#include "database.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

static struct page page;

static int list_with(struct world *world, const struct resource *resource,
                     const char *query, struct listing_options options)
{
    CLEANUP(bytes_unref) struct bytes *body = NULL;
    struct asked_for *asked = ask_with(resource, query, options);
    int r;

    cr_assert_eq(asked->result, 0, "%s: %s", query, faults_of(&asked->diag));
    diag_clear(&world->diag);
    buffer_clear(&world->out);
    r = store_list(world->store, asked->listing, after_ms(20000), &body, &page,
                   &world->diag);
    if (r == 0)
        buffer_add_text(&world->out, bytes_text(body));
    return r;
}

static const char *listed_with(struct world *world,
                               const struct resource *resource,
                               const char *query,
                               struct listing_options options)
{
    expect_ok(world, list_with(world, resource, query, options));
    return world_text(world);
}

static const char *listed(struct world *world, const struct resource *resource,
                          const char *query)
{
    return listed_with(world, resource, query, (struct listing_options){ 0 });
}

static const char *format(struct world *world, const char *fmt, ...)
    PRINTF(2, 3);

static const char *format(struct world *world, const char *fmt, ...)
{
    char text[8192];
    const char *copy;
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    copy = arena_copy(&world->arena, text_of(text));
    cr_assert_not_null(copy);
    return copy;
}

/* Rows with many ties and nulls, the same on each run. */
static void make_bills(struct world *world, const char *session, unsigned count)
{
    world_script(
        world,
        format(world,
               "SELECT setseed(0.25);"
               "INSERT INTO bills (session, type, number, chamber, title,"
               " short_title, status, introduced_on, latest_action_on,"
               " policy_area, subjects) SELECT '%s', 'hr', i, 'house',"
               " CASE WHEN i %% 5 = 0 THEN repeat('Ä long title ', 30) ||"
               "  (i %% 3) ELSE chr(65 + (random() * 30)::int) || 'x' END,"
               " CASE WHEN random() < 0.6 THEN chr(97 + (random() * 3)::int)"
               "  END, (ARRAY['introduced','enacted','vetoed'])"
               "  [1 + (random() * 2)::int],"
               " date '2025-01-01' + (random() * 4)::int,"
               " CASE WHEN random() < 0.5 THEN date '2025-02-01' +"
               "  (random() * 3)::int END,"
               " CASE WHEN random() < 0.7 THEN (ARRAY['a','b','É'])"
               "  [1 + (random() * 2)::int] END,"
               " ARRAY['s' || (i %% 3)]"
               " FROM generate_series(1, %u) AS i",
               session, count));
}

/* --- walking ---------------------------------------------------------------
 */

/* Appends the numbers in a page of {"number":…} objects. */
static void add_numbers(const char *json, struct buffer *out)
{
    static const char key[] = "{\"number\":";

    for (const char *at = strstr(json, key); at; at = strstr(at + 1, key))
        buffer_add_format(out, "%ld,", strtol(at + strlen(key), NULL, 10));
}

/* The page of numbers in front of what stands in the buffer. */
static void put_in_front(const char *json, struct buffer *out)
{
    CLEANUP(buffer_fini) struct buffer both = { 0 };

    buffer_init(&both, out->limit);
    add_numbers(json, &both);
    buffer_add_text(&both, buffer_text(out));
    buffer_clear(out);
    buffer_add_text(out, buffer_text(&both));
}

/* Walks to the end and back again; both must be the whole, in its order. */
static void expect_walk(struct world *world, const char *query,
                        const char *whole, unsigned total)
{
    CLEANUP(buffer_fini) struct buffer there = { 0 }, back = { 0 };
    const char *cursor = "", *json;
    unsigned pages = 0;

    buffer_init(&there, 1 << 20);
    buffer_init(&back, 1 << 20);
    do {
        json = listed(world, &bills, format(world, "%s%s", query, cursor));
        cr_expect_eq(page.first, there.len ? (int64_t)pages * 7 : 0);
        add_numbers(json, &there);
        cr_expect_eq(page.has_prev, pages > 0, "%s", query);
        cr_expect_eq(page.has_next, !text_is_null(page.next));
        cursor = format(world, "&cursor=%.*s", TEXT_ARG(page.next));
        cr_assert_lt(pages++, total, "%s does not end", query);
    } while (page.has_next);
    cr_expect_eq(pages, (total + 6) / 7, "%s", query);
    add_numbers(json, &back);
    while (page.has_prev) {
        cursor = format(world, "&cursor=%.*s", TEXT_ARG(page.prev));
        json = listed(world, &bills, format(world, "%s%s", query, cursor));
        cr_expect(page.has_next);
        cr_expect_eq(page.first, (int64_t)(--pages - 1) * 7, "%s", query);
        put_in_front(json, &back);
    }
    cr_expect(text_is(buffer_text(&there), whole), "%s there:\n%.*s\n%s", query,
              TEXT_ARG(buffer_text(&there)), whole);
    cr_expect(text_is(buffer_text(&back), whole), "%s back:\n%.*s\n%s", query,
              TEXT_ARG(buffer_text(&back)), whole);
}

static const char *const orders[][2] = {
    { "", "id" },
    { "-id", "id DESC" },
    { "number", "number" },
    { "-number", "number DESC" },
    { "introduced_on", "introduced_on, id" },
    { "-introduced_on", "introduced_on DESC, id" },
    { "-introduced_on,-id", "introduced_on DESC, id DESC" },
    { "latest_action_on", "latest_action_on NULLS LAST, id" },
    { "-latest_action_on", "latest_action_on DESC NULLS LAST, id" },
    { "-latest_action_on,-id", "latest_action_on DESC NULLS LAST, id DESC" },
    { "title", "title COLLATE \"C\", id" },
    { "-title", "title COLLATE \"C\" DESC, id" },
    { "short_title,-title",
      "short_title COLLATE \"C\" NULLS LAST, title COLLATE \"C\" DESC, id" },
    { "policy_area,latest_action_on",
      "policy_area COLLATE \"C\" NULLS LAST, latest_action_on NULLS LAST, id" },
    { "-policy_area,latest_action_on,-short_title",
      "policy_area COLLATE \"C\" DESC NULLS LAST,"
      " latest_action_on NULLS LAST,"
      " short_title COLLATE \"C\" DESC NULLS LAST, id" },
    { "status,-introduced_on,policy_area,number",
      "status COLLATE \"C\", introduced_on DESC,"
      " policy_area COLLATE \"C\" NULLS LAST, number" },
    { "url,latest_action", "id" },
    { "-url", "id" },
};

static const char *whole_order(struct world *world, const char *session,
                               const char *order)
{
    return world_ask(world, format(world,
                                   "SELECT string_agg(number || ',', ''"
                                   " ORDER BY %s) FROM bills"
                                   " WHERE session = '%s'",
                                   order, session));
}

ON_STORE(list, walks_every_order_there_and_back_seeing_each_row_once)
{
    make_bills(world, "walk", 100);
    for (size_t i = 0; i < ARRAY_LEN(orders); i++)
        expect_walk(world,
                    format(world, "session=walk&fields=number&limit=7%s%s",
                           *orders[i][0] ? "&sort=" : "", orders[i][0]),
                    whole_order(world, "walk", orders[i][1]), 100);
}

ON_STORE(list, walks_the_ranks_of_a_search)
{
    world_script(world,
                 "INSERT INTO bills (session, type, number, chamber, title,"
                 " summary, introduced_on) SELECT 'rank', 'hr', i, 'house',"
                 " 'A' || repeat(' walrus', i % 4), repeat(' walrus', i % 7),"
                 " '2025-01-01' FROM generate_series(1, 40) AS i");
    expect_walk(world, "session=rank&q=walrus&fields=number&limit=7",
                world_ask(world, "SELECT string_agg(number || ',', '' ORDER BY"
                                 " ts_rank(search, 'walrus'::tsquery) DESC, id)"
                                 " FROM bills WHERE session = 'rank'"
                                 " AND search @@ 'walrus'::tsquery"),
                39);
}

ON_STORE(list, goes_on_behind_a_row_that_is_gone)
{
    const char *first, *second;

    make_bills(world, "gone", 20);
    first = listed(world, &bills,
                   "session=gone&fields=number&sort=number&limit=10");
    cr_assert_not_null(strstr(first, "{\"number\":10}]"));
    world_script(world, "DELETE FROM bills WHERE session = 'gone'"
                        " AND number IN (10, 12)");
    second = listed(world, &bills,
                    format(world,
                           "session=gone&fields=number&sort=number&limit=3"
                           "&cursor=%.*s",
                           TEXT_ARG(page.next)));
    cr_expect_str_eq(second,
                     "[{\"number\":11},{\"number\":13},{\"number\":14}]");
}

ON_STORE(list, goes_on_behind_a_long_text_that_was_changed)
{
    const char *query = "session=long&fields=number&sort=title&limit=1";

    world_script(world,
                 "INSERT INTO bills (session, type, number, chamber, title,"
                 " introduced_on) SELECT 'long', 'hr', i, 'house',"
                 " repeat('x', 300) || i, '2025-01-01'"
                 " FROM generate_series(1, 3) AS i");
    (void)listed(world, &bills, query);
    query = format(world, "%s&cursor=%.*s", query, TEXT_ARG(page.next));
    cr_expect_str_eq(listed(world, &bills, query), "[{\"number\":2}]");
    world_script(world, "DELETE FROM bills WHERE session = 'long'"
                        " AND number = 1");
    cr_expect_str_eq(listed(world, &bills, query), "[{\"number\":2}]",
                     "all there is of it is its beginning");
}

/* --- cursors -----------------------------------------------------------------
 */

static void expect_refused(struct world *world, const char *query,
                           struct text cursor, int code)
{
    const char *asked =
        format(world, "%s&cursor=%.*s", query, TEXT_ARG(cursor));

    cr_expect_eq(list_with(world, &bills, asked, (struct listing_options){ 0 }),
                 code, "%s", asked);
}

ON_STORE(list, binds_a_cursor_to_its_filter_and_order)
{
    const char *query = "session=bind&status=enacted,vetoed&sort=-number";
    struct text cursor;

    make_bills(world, "bind", 100);
    (void)listed(world, &bills, query);
    cursor = text_of(format(world, "%.*s", TEXT_ARG(page.next)));
    expect_refused(world, query, cursor, 0);
    expect_refused(world,
                   "limit=3&session=bind&status=enacted,vetoed"
                   "&sort=-number&fields=id",
                   cursor, 0);
    expect_refused(world, "session=bind&status=enacted&sort=-number", cursor,
                   -ERR_CURSOR_MISMATCH);
    expect_refused(world, "session=bind&status=enacted,vetoed&sort=number",
                   cursor, -ERR_CURSOR_MISMATCH);
    expect_refused(world, "session=bine&status=enacted,vetoed&sort=-number",
                   cursor, -ERR_CURSOR_MISMATCH);
    expect_refused(world, query, TEXT("abc"), -ERR_INVALID_CURSOR);
    expect_refused(world, query, TEXT(""), -ERR_INVALID_CURSOR);
}

/* --- filters -------------------------------------------------------------- */

static void expect_numbers(struct world *world, const char *query,
                           const char *condition)
{
    CLEANUP(buffer_fini) struct buffer found = { 0 };
    const char *wanted = world_ask(
        world, format(world,
                      "SELECT coalesce(string_agg(number || ',', ''"
                      " ORDER BY number), '') FROM bills"
                      " WHERE session = 'filter' AND deleted_at IS NULL AND %s",
                      condition));

    buffer_init(&found, 1 << 20);
    add_numbers(listed(world, &bills,
                       format(world,
                              "session=filter&fields=number&sort=number"
                              "&limit=200&%s",
                              query)),
                &found);
    cr_expect(text_is(buffer_text(&found), wanted), "%s: %.*s, not %s", query,
              TEXT_ARG(buffer_text(&found)), wanted);
}

ON_STORE(list, filters_by_each_operator)
{
    make_bills(world, "filter", 100);
    world_script(world, "UPDATE bills SET title = '50%_\\ off Äpfel'"
                        " WHERE session = 'filter' AND number = 50");
    expect_numbers(world, "status=enacted", "status = 'enacted'");
    expect_numbers(world, "status=enacted&status=vetoed",
                   "status IN ('enacted', 'vetoed')");
    expect_numbers(world, "status_in=enacted,vetoed",
                   "status IN ('enacted', 'vetoed')");
    expect_numbers(world, "policy_area_ne=a", "policy_area <> 'a'");
    expect_numbers(world, "number_ne=3,4", "number NOT IN (3, 4)");
    expect_numbers(world, "number_gt=90", "number > 90");
    expect_numbers(world, "number_gt=99999999999", "false");
    expect_numbers(world, "number=99999999999", "false");
    expect_numbers(world, "number_in=5,99999999999", "number = 5");
    expect_numbers(world,
                   "introduced_on_gte=2025-01-02"
                   "&introduced_on_lt=2025-01-04",
                   "introduced_on IN ('2025-01-02', '2025-01-03')");
    expect_numbers(world, "created_at_lte=2001-01-01T00:00:00Z", "false");
    expect_numbers(world, "created_at_gt=2001-01-01T00:00:00+01:00&number=5",
                   "number = 5");
    expect_numbers(world, "title_gte=Z", "title COLLATE \"C\" >= 'Z'");
    expect_numbers(world, "title_like=LONG", "title LIKE '%long%'");
    expect_numbers(world, "title_like=äPFEL", "number = 50");
    expect_numbers(world, "title_like=0%_\\ o", "number = 50");
    expect_numbers(world, "title_like=a%pfel", "false");
    expect_numbers(world, "title_prefix=50%_\\", "number = 50");
    expect_numbers(world, "title_prefix=ä", "false");
    expect_numbers(world, "title_prefix=A&title_prefix=B",
                   "left(title, 1) IN ('A', 'B')");
    expect_numbers(world, "policy_area_null=true", "policy_area IS NULL");
    expect_numbers(world, "policy_area_null=false", "policy_area IS NOT NULL");
    expect_numbers(world, "subjects=s1", "'s1' = ANY(subjects)");
    expect_numbers(world, "subjects=s1&subjects=s2", "subjects <> '{s0}'");
    expect_numbers(world, "subjects_ne=s1", "subjects <> '{s1}'");
    expect_numbers(world, "filter={\"id\":[]}", "false");
    expect_numbers(world, "filter={\"policy_area\":null,\"number_lt\":50}",
                   "policy_area IS NULL AND number < 50");
    expect_numbers(world, "q=apfel or äpfel", "number = 50");
    expect_numbers(world, "q=long -title", "false");
    expect_numbers(world, "q=\"long title\"", "title LIKE '%long title%'");
    expect_numbers(world, "q=' OR 1=1 --", "false");
    expect_numbers(world, "title='); DROP TABLE bills; --", "false");
}

ON_STORE(list, finds_people_and_users_by_words)
{
    const char *text;

    world_script(world, "INSERT INTO people (bioguide, full_name) VALUES"
                        " ('w1', 'Smith, Ann'), ('w2', 'Smith, Bob'),"
                        " ('w3', 'Annex, X')");
    cr_expect_str_eq(listed(world, &people, "q=ANN smi&fields=bioguide"),
                     "[{\"bioguide\":\"w1\"}]");
    world_script(world, "INSERT INTO users (email, display_name) VALUES"
                        " ('Carla@x.org', 'Someone')");
    text = listed(world, &users, "email=cARLA@x.org&fields=display_name");
    cr_expect_str_eq(text, "[{\"display_name\":\"Someone\"}]");
    text = listed(world, &users, "q=carl&fields=display_name");
    cr_expect_str_eq(text, "[{\"display_name\":\"Someone\"}]");
}

ON_STORE(list, shows_the_deleted_when_asked)
{
    struct listing_options may = { .may_see_deleted = true };

    make_bills(world, "dead", 3);
    world_script(world, "UPDATE bills SET deleted_at = now()"
                        " WHERE session = 'dead' AND number = 2");
    cr_expect_str_eq(
        listed(world, &bills, "session=dead&fields=number&sort=number"),
        "[{\"number\":1},{\"number\":3}]");
    cr_expect_str_eq(listed_with(world, &bills,
                                 "session=dead&fields=number&deleted=only",
                                 may),
                     "[{\"number\":2}]");
    (void)listed_with(world, &bills, "session=dead&deleted=include", may);
    cr_expect_eq(page.count, 3);
}

ON_STORE(list, shows_an_owner_only_what_is_theirs)
{
    const char *id;

    world_script(world,
                 "INSERT INTO users (email, display_name) VALUES"
                 " ('own@x.org', 'O'); INSERT INTO bills (session, type,"
                 " number, chamber, title, introduced_on, created_by) VALUES"
                 " ('own', 'hr', 1, 'house', 'T', '2025-01-01', NULL),"
                 " ('own', 'hr', 2, 'house', 'T', '2025-01-01',"
                 "  (SELECT id FROM users WHERE email = 'own@x.org'));"
                 "INSERT INTO people (bioguide, full_name, created_by) VALUES"
                 " ('own', 'O',"
                 "  (SELECT id FROM users WHERE email = 'own@x.org'))");
    id = world_ask(world, "SELECT id FROM users WHERE email = 'own@x.org'");
    struct listing_options own = { .owner = text_of(id) };

    cr_expect_str_eq(
        listed_with(world, &bills, "session=own&fields=number", own),
        "[{\"number\":2}]");
    cr_expect_str_eq(listed_with(world, &people, "fields=bioguide", own),
                     "[{\"bioguide\":\"own\"}]");
    cr_expect_str_eq(listed_with(world, &users, "fields=display_name", own),
                     "[{\"display_name\":\"O\"}]");
}

/* --- pages by position, totals ----------------------------------------------
 */

static void expect_page(unsigned count, int64_t first, int64_t total)
{
    cr_expect_eq(page.count, count, "%u rows", page.count);
    cr_expect_eq(page.first, first, "from %lld", (long long)page.first);
    cr_expect_eq(page.total, total, "of %lld", (long long)page.total);
}

ON_STORE(list, counts_exactly_by_position)
{
    make_bills(world, "count", 30);
    (void)listed(world, &bills, "session=count&offset=10&limit=5");
    expect_page(5, 10, 30);
    cr_expect(page.has_next && page.has_prev);
    cr_expect(text_is_null(page.next) && text_is_null(page.prev));
    (void)listed(world, &bills, "session=count&range=[25,34]");
    expect_page(5, 25, 30);
    cr_expect(!page.has_next && page.has_prev);
    cr_expect_str_eq(listed(world, &bills, "session=count&_start=90&_end=95"),
                     "[]");
    expect_page(0, 90, 30);
    cr_expect_str_eq(listed(world, &bills, "session=none&offset=0"), "[]");
    expect_page(0, 0, 0);
}

ON_STORE(list, counts_behind_cursors_when_asked)
{
    struct listing_options exact = { .count = COUNT_EXACT };
    struct listing_options none = { .count = COUNT_NONE };

    make_bills(world, "asked", 30);
    (void)listed(world, &bills, "session=asked&limit=10");
    expect_page(10, 0, TOTAL_NONE);
    (void)listed_with(world, &bills, "session=asked&limit=10", exact);
    expect_page(10, 0, 30);
    (void)listed_with(world, &bills,
                      format(world, "session=asked&limit=10&cursor=%.*s",
                             TEXT_ARG(page.next)),
                      exact);
    expect_page(10, 10, 30);
    (void)listed_with(world, &bills, "session=asked&offset=5", none);
    expect_page(25, 5, TOTAL_NONE);
}

ON_STORE(list, estimates_a_total_without_counting)
{
    struct listing_options guess = { .count = COUNT_ESTIMATED };

    make_bills(world, "guess", 150);
    world_script(world, "ANALYZE bills");
    (void)listed_with(world, &bills, "session=guess&status_null=false", guess);
    cr_expect(page.total_is_estimate);
    cr_expect(page.total >= 26 && page.total < 1000, "%lld",
              (long long)page.total);
    (void)listed_with(world, &bills, "session=guess&limit=200", guess);
    cr_expect_not(page.total_is_estimate, "the end was in sight");
    cr_expect_eq(page.total, 150);
}

/* --- what is embedded ----------------------------------------------------- */

ON_STORE(list, embeds_into_each_row_what_is_its_own)
{
    world_script(
        world,
        "INSERT INTO people (bioguide, full_name) SELECT 'e' || i, 'P' || i"
        " FROM generate_series(1, 3) AS i;"
        "INSERT INTO bills (session, type, number, chamber, title,"
        " introduced_on, sponsor_id) SELECT 'embed', 'hr', i, 'house', 'T',"
        " '2025-01-01', (SELECT id FROM people"
        " WHERE bioguide = 'e' || (i % 4)) FROM generate_series(1, 8) AS i;"
        "INSERT INTO bill_actions (bill_id, seq, acted_on, text)"
        " SELECT id, s, '2025-01-01', number || '.' || s FROM bills,"
        " generate_series(1, 2) AS s WHERE session = 'embed' AND number < 3");
    const char *text = listed(world, &bills,
                              "session=embed&sort=number&fields=number"
                              "&embed=sponsor,actions&limit=200");

    for (int i = 1; i <= 8; i++) {
        const char *row = strstr(text, format(world, "{\"number\":%d,", i));
        const char *end = strstr(row, "\"actions\":");
        const char *name =
            strstr(row, format(world, "\"full_name\":\"P%d\"", i % 4));

        cr_assert(row && end, "%s", text);
        if (i % 4 == 0)
            cr_expect_eq(strncmp(strchr(row, ','), ",\"sponsor\":null,", 16), 0,
                         "%s", row);
        else
            cr_expect(name && name < end, "%d: %s", i, text);
    }
    cr_expect_not_null(strstr(text, "\"text\":\"2.1\""));
    cr_expect(strstr(text, "\"text\":\"2.1\"") <
              strstr(text, "\"text\":\"2.2\""));
    cr_expect_not_null(strstr(text, "\"actions\":[]"));
}

ON_STORE(list, gives_up_at_the_deadline)
{
    struct asked_for *asked = ask_for(&bills, "q=anything");
    struct bytes *body;
    int r = store_list(world->store, asked->listing, after_ms(0), &body, &page,
                       &world->diag);

    cr_expect_eq(r, -ERR_DEADLINE);
    cr_expect_null(body);
}

/* --- plans -------------------------------------------------------------------
 */

static void expect_kept(struct world *world, const char *like,
                        const char *count)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct statement kept = sql("SELECT count(*) FROM pg_prepared_statements"
                                " WHERE statement LIKE $1");
    struct text param = text_of(like);

    expect_ok(world, pool_read_alone(world->pool, NULL, &kept, &param, 1,
                                     after_ms(30000), &rows, &world->diag));
    cr_expect(text_is(rows_get(rows, 0, 0), count), "%s: %s", like,
              rows_get(rows, 0, 0).at);
}

ON_STORE(list, keeps_no_plan_that_depends_on_the_values)
{
    (void)listed(world, &people, "state=TX");
    (void)listed(world, &people, "full_name_like=x");
    (void)listed(world, &people, "full_name_prefix=x");
    (void)listed(world, &people, "district_gt=3");
    (void)listed(world, &people, "q=x");
    expect_kept(world, "%FROM people%state%=%", "1");
    expect_kept(world, "%FROM people%full_name%ILIKE%", "0");
    expect_kept(world, "%FROM people%^@%", "0");
    expect_kept(world, "%FROM people%district >%", "0");
}

/* --- reading together --------------------------------------------------------
 */

/* One fiber that asks for one list, as someone. */
struct lister {
    struct store store;
    const struct listing *listing;
    struct bytes *body;
    struct page page;
    int result;
    bool done;
};

static void list_fiber(void *arg)
{
    struct lister *lister = arg;

    lister->result =
        store_list(&lister->store, lister->listing, after_ms(20000),
                   &lister->body, &lister->page, NULL);
    lister->done = true;
}

static void start_as(struct world *world, struct lister *lister,
                     const struct listing *listing, const char *rights)
{
    const struct actor actor = { .rights = text_of(rights) };

    *lister = (struct lister){ .store = store_as(world->store, &actor),
                               .listing = listing };
    cr_assert_eq(
        fiber_start(fiber_loop(fiber_self()), "list", list_fiber, lister, NULL),
        0);
}

static void end_lister(struct lister *lister, size_t bytes)
{
    UNTIL(lister->done);
    cr_assert_eq(lister->result, 0);
    cr_expect_eq(lister->body->len, bytes);
    bytes_unref(&lister->body);
}

ON_STORE(list, reads_once_for_all_who_see_the_same)
{
    const struct listing *listing;
    struct lister first, second;

    make_bills(world, "shared", 3);
    listing = ask_for(&bills, "session=shared&fields=number")->listing;
    start_as(world, &first, listing, "*:*");
    start_as(world, &second, listing, "*:*");
    UNTIL(first.done && second.done);
    cr_expect_eq(first.body, second.body);
    end_lister(&first,
               strlen("[{\"number\":1},{\"number\":2},{\"number\":3}]"));
    end_lister(&second,
               strlen("[{\"number\":1},{\"number\":2},{\"number\":3}]"));
}

ON_STORE(list, shares_nothing_with_one_of_other_rights)
{
    const struct listing *listing;
    struct lister admin, nobody;

    make_bills(world, "apart", 1);
    listing = ask_for(&bills, "session=apart&fields=number")->listing;
    start_as(world, &admin, listing, "*:*");
    start_as(world, &nobody, listing, "people:read");
    UNTIL(admin.done && nobody.done);
    cr_expect_neq(admin.body, nobody.body);
    end_lister(&admin, strlen("[{\"number\":1}]"));
    end_lister(&nobody, nobody.body->len);
}

/* --- lanes -------------------------------------------------------------------
 */

/* All connections are lent: what is answered came over a lane. */
static int list_without_a_connection(struct world *world, const char *query)
{
    CLEANUP(pool_put) struct connection *only = NULL;
    CLEANUP(bytes_unref) struct bytes *body = NULL;
    struct asked_for *asked = ask_for(&bills, query);

    expect_ok(world,
              pool_get(world->pool, after_ms(30000), &only, &world->diag));
    return store_list(world->store, asked->listing, after_ms(100), &body, &page,
                      NULL);
}

/* How often that takes depends on the machine. */
ON_STORE(list, goes_over_a_lane_once_it_has_proved_quick)
{
    cr_expect_eq(list_without_a_connection(world, "fields=number"),
                 -ERR_OVERLOADED, "nothing is known of it yet");
    do
        listed(world, &bills, "fields=number");
    while (list_without_a_connection(world, "fields=number") != 0);
}
