/* SPDX-License-Identifier: MIT */
/* AuthZEN § 8: who may do it, to what, and what else. */
#include "routes/authzen.h"

#include "json/encode.h"

enum {
    SEARCH_LIMIT = 1000, /* results of one page at the most, and by default */
    QUERY_BYTES_MAX = 4 * 1024 * 1024,
};

/* --- what is searched for ------------------------------------------------- */

struct finding {
    struct decider *decider;
    struct question question;
    struct search_page page;
    struct text query; /* what must be the same on all pages */
    struct buffer results;
    unsigned count;
    struct text last; /* of the results */
    bool has_more;
};

static void search_end(struct finding *search)
{
    buffer_fini(&search->results);
}

static int fail(struct finding *search, const char *what)
{
    return REQUEST_FAIL(search->decider->request, ERR_BAD_REQUEST, "%s", what);
}

static int say_query(struct finding *search, const char *kind,
                     const struct node *root)
{
    static const char *const names[] = { "subject", "action", "resource",
                                         "context" };
    CLEANUP(buffer_fini) struct buffer query = { 0 };
    const char *copy;

    buffer_init(&query, QUERY_BYTES_MAX);
    buffer_add_string(&query, kind);
    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        const struct node *node = node_member(root, names[i]);

        buffer_add_byte(&query, '\n');
        if (node)
            node_encode(node, &query);
    }
    copy = arena_copy(&search->decider->request->arena, buffer_text(&query));
    if (!copy || buffer_overflown(&query))
        return REQUEST_FAIL(search->decider->request, ERR_TOO_LARGE,
                            "the request is too large");
    search->query = text_of(copy);
    return 0;
}

static int read_limit(struct finding *search, const struct node *limit)
{
    if (node_type(limit) != NODE_INTEGER || node_integer(limit) < 0)
        return fail(search, "page.limit must be an integer, not negative");
    search->page.limit = node_integer(limit) < SEARCH_LIMIT
                             ? (unsigned)node_integer(limit)
                             : SEARCH_LIMIT;
    return 0;
}

/* The token knows the limit; another one is another search (§ 8.2.1). */
static int read_token(struct finding *search, const struct node *token,
                      bool has_limit)
{
    struct request *request = search->decider->request;
    unsigned limit = search->page.limit;
    int r;

    if (node_type(token) != NODE_TEXT)
        return fail(search, "page.token must be a string");
    if (node_text(token).len == 0)
        return 0;
    r = search_page_open(&search->decider->store, node_text(token),
                         search->query, &request->arena, &search->page,
                         &request->diag);
    if (r == 0 && has_limit && search->page.limit != limit)
        return REQUEST_FAIL(request, ERR_CURSOR_MISMATCH,
                            "page.token belongs to another page.limit");
    return r;
}

static int read_page(struct finding *search, const struct node *root)
{
    const struct node *page = node_member(root, "page");
    const struct node *limit = page ? node_member(page, "limit") : NULL;
    const struct node *token = page ? node_member(page, "token") : NULL;
    int r = 0;

    search->page = (struct search_page){ TEXT_NULL, SEARCH_LIMIT };
    if (page && node_type(page) != NODE_OBJECT)
        return fail(search, "page must be an object");
    if (limit)
        r = read_limit(search, limit);
    return r < 0 || !token ? r : read_token(search, token, limit != NULL);
}

static int search_init(struct finding *search, struct decider *decider,
                       const char *kind, unsigned asks, const struct node *root)
{
    const char *fault;
    int r;

    *search = (struct finding){ .decider = decider };
    buffer_init(&search->results, REPLY_BODY_MAX_BYTES);
    fault = question_read(root, NULL, asks, &decider->request->arena,
                          &search->question);
    if (fault)
        return fail(search, fault);
    r = say_query(search, kind, root);
    return r < 0 ? r : read_page(search, root);
}

/* --- what is found -------------------------------------------------------- */

/* `type` is TEXT_NULL for actions. False when the page is full. */
static bool add_result(struct finding *search, struct text type,
                       struct text name)
{
    struct buffer *out = &search->results;

    if (search->count == search->page.limit) {
        search->has_more = true;
        return false;
    }
    if (search->count++ > 0)
        buffer_add_byte(out, ',');
    if (text_is_null(type)) {
        buffer_add_string(out, "{\"name\":");
    } else {
        buffer_add_string(out, "{\"type\":");
        encode_text(out, type);
        buffer_add_string(out, ",\"id\":");
    }
    encode_text(out, name);
    buffer_add_byte(out, '}');
    search->last = name;
    return true;
}

static void add_rows(struct finding *search, struct text type,
                     const struct rows *rows)
{
    unsigned count = rows ? rows_count(rows) : 0;

    for (unsigned i = 0; i < count; i++)
        if (!add_result(search, type, rows_get(rows, i, 0)))
            break;
}

/* `page` goes first, so that a client knows how much there is to come. */
static int write_page(struct finding *search, struct buffer *out)
{
    struct request *request = search->decider->request;
    struct search_page next = { search->count > 0 ? search->last
                                                  : search->page.after,
                                search->page.limit };
    struct text token = TEXT("");
    int r = 0;

    if (search->has_more)
        r = search_page_seal(&search->decider->store, &next, search->query,
                             &request->arena, &token, &request->diag);
    if (r < 0)
        return r;
    buffer_add_string(out, "{\"page\":{\"next_token\":");
    encode_plain(out, token);
    buffer_add_format(out, ",\"count\":%u},\"results\":[", search->count);
    buffer_add_text(out, buffer_text(&search->results));
    buffer_add_string(out, "]}");
    if (buffer_overflown(&search->results))
        return REQUEST_FAIL(request, ERR_TOO_LARGE, "the answer is too large");
    return 0;
}

/* --- subjects ------------------------------------------------------------- */

/* The database knows nothing of an API key's scopes, which narrow its user. */
static int may_by_key(struct finding *search, struct text user, bool *ret_may)
{
    const struct caller *caller = search->decider->request->caller;
    struct question question = search->question;

    *ret_may = true;
    if (caller->kind != CALLER_KEY || !text_equal(user, caller->user_id))
        return 0;
    question.subject_id = user;
    return decide(search->decider, &question, ret_may);
}

static int add_subjects(struct finding *search, const struct rows *rows)
{
    unsigned count = rows ? rows_count(rows) : 0;
    int r = 0;

    for (unsigned i = 0; r == 0 && i < count; i++) {
        struct text user = rows_get(rows, i, 0);
        bool may;

        r = may_by_key(search, user, &may);
        if (r == 0 && may &&
            !add_result(search, text_of(users.shape->singular), user))
            break;
    }
    return r;
}

static int search_subjects(struct decider *decider, const struct node *root,
                           struct buffer *out)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    CLEANUP(search_end) struct finding search = { 0 };
    struct request *request = decider->request;
    struct search_owner owner;
    struct asked_keys asked;
    int r = decider_may_ask_of_others(decider);

    if (r == 0)
        r = search_init(&search, decider, "subject",
                        ASKS_RESOURCE | ASKS_ACTION, root);
    if (r < 0)
        return r;
    asked_keys_init(&asked, search.question.type, search.question.action);
    r = decider_owner(decider, &search.question, asked.resource, &owner);
    if (r == 0 && question_is_about_users(&search.question))
        r = authz_subjects(&decider->store, &asked, &owner, &search.page,
                           request->until, &rows, &request->diag);
    if (r < 0)
        return r;
    r = add_subjects(&search, rows);
    return r < 0 ? r : write_page(&search, out);
}

/* POST /access/v1/search/subject */
int authzen_search_subject(struct request *request, struct reply *reply)
{
    return authzen_answer(request, reply, search_subjects);
}

/* --- resources ------------------------------------------------------------ */

static int search_resources(struct decider *decider, const struct node *root,
                            struct buffer *out)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    CLEANUP(search_end) struct finding search = { 0 };
    struct request *request = decider->request;
    const struct rights *subject;
    struct asked_keys asked;
    int r = search_init(&search, decider, "resource",
                        ASKS_SUBJECT | ASKS_ACTION, root);

    if (r == 0)
        r = decider_subject(decider, &search.question, &subject);
    if (r < 0)
        return r;
    asked_keys_init(&asked, search.question.type, search.question.action);
    if (subject)
        r = authz_resources(
            &decider->store, &asked,
            permission_set_may_either(decider_set(decider, subject), asked.keys,
                                      asked.count),
            text_of(subject->user_id), &search.page, &request->arena,
            request->until, &rows, &request->diag);
    if (r < 0)
        return r;
    add_rows(&search, search.question.type, rows);
    return write_page(&search, out);
}

/* POST /access/v1/search/resource */
int authzen_search_resource(struct request *request, struct reply *reply)
{
    return authzen_answer(request, reply, search_resources);
}

/* --- actions -------------------------------------------------------------- */

/* Those of the names that are permitted, until the page is full. */
static int add_permitted(struct finding *search, const struct rows *rows,
                         bool *ret_go_on)
{
    int r = 0;

    *ret_go_on = true;
    for (unsigned i = 0; r == 0 && *ret_go_on && i < rows_count(rows); i++) {
        struct question question = search->question;
        struct text name = rows_get(rows, i, 0);
        const char *copy = arena_copy(&search->decider->request->arena, name);
        bool decision = false;

        if (!copy)
            return fail(search, "the search is too large");
        question.action = text_of(copy);
        r = decide(search->decider, &question, &decision);
        if (r == 0 && decision)
            *ret_go_on = add_result(search, TEXT_NULL, question.action);
    }
    return r;
}

/* The rows end before the page that is made of them. */
static int go_behind(struct finding *search, const struct rows *rows,
                     struct search_page *page)
{
    const char *copy = arena_copy(&search->decider->request->arena,
                                  rows_get(rows, rows_count(rows) - 1, 0));

    if (!copy)
        return fail(search, "the search is too large");
    page->after = text_of(copy);
    return 0;
}

/* Reads on where some are not permitted, until the page is full. */
static int find_actions(struct finding *search)
{
    struct request *request = search->decider->request;
    struct search_page page = { search->page.after, SEARCH_LIMIT };
    struct asked_keys asked;
    bool go_on = true;
    int r = 0;

    asked_keys_init(&asked, search->question.type, TEXT("any"));
    while (r == 0 && go_on) {
        CLEANUP(rows_unref) struct rows *rows = NULL;

        r = authz_actions(&search->decider->store, &asked, &page,
                          request->until, &rows, &request->diag);
        if (r < 0 || !rows)
            return r;
        r = add_permitted(search, rows, &go_on);
        if (rows_count(rows) <= SEARCH_LIMIT)
            return r;
        r = r < 0 ? r : go_behind(search, rows, &page);
    }
    return r;
}

static int search_actions(struct decider *decider, const struct node *root,
                          struct buffer *out)
{
    CLEANUP(search_end) struct finding search = { 0 };
    const struct rights *subject;
    int r = search_init(&search, decider, "action",
                        ASKS_SUBJECT | ASKS_RESOURCE, root);

    if (r == 0)
        r = decider_subject(decider, &search.question, &subject);
    if (r == 0 && subject)
        r = find_actions(&search);
    return r < 0 ? r : write_page(&search, out);
}

/* POST /access/v1/search/action */
int authzen_search_action(struct request *request, struct reply *reply)
{
    return authzen_answer(request, reply, search_actions);
}
