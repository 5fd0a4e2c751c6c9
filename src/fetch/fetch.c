/* SPDX-License-Identifier: MIT */
#include "fetch/fetch.h"

#include "base/check.h"
#include "base/fault.h"
#include "runtime/fiber.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>

enum { REDIRECTS_MAX = 3, SCHEME_BYTES = 8, HOST_BYTES = 128 };

/* What the fiber hands to the helper thread while it is suspended. */
struct job {
    const struct fetch_request *request;
    uint64_t left_ms;
    struct buffer *body; /* NULL: nobody wants it */
    struct diag *diag;
    atomic_bool stop;
    char scheme[SCHEME_BYTES], host[HOST_BYTES]; /* of the URL */
    char cause[CURL_ERROR_SIZE];
    long status;
    int result;
};

static int late(struct job *job)
{
    return FAIL(job->diag, ERR_DEADLINE, "%s did not answer in time",
                job->host);
}

/* --- on the helper thread --------------------------------------------------
 */

static void easy_end(CURL **easy)
{
    curl_easy_cleanup(*easy);
}

static void fields_end(struct curl_slist **fields)
{
    curl_slist_free_all(*fields);
}

static void url_end(CURLU **url)
{
    curl_url_cleanup(*url);
}

static void set_up_library(void)
{
    CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

static bool copy_part(CURLU *url, CURLUPart part, char *at, size_t bytes)
{
    char *value = NULL;
    bool ok = curl_url_get(url, part, &value, 0) == CURLUE_OK &&
              strlen(value) < bytes;

    if (ok)
        memcpy(at, value, strlen(value) + 1);
    curl_free(value);
    return ok;
}

static int read_url(struct job *job)
{
    CLEANUP(url_end) CURLU *url = curl_url();

    CHECK(url != NULL);
    if (curl_url_set(url, CURLUPART_URL, job->request->url, 0) != CURLUE_OK ||
        !copy_part(url, CURLUPART_SCHEME, job->scheme, sizeof(job->scheme)) ||
        !copy_part(url, CURLUPART_HOST, job->host, sizeof(job->host)))
        return FAIL(job->diag, ERR_INVALID_PARAMETER,
                    "this is no URL to fetch from");
    if (strcmp(job->scheme, "https") == 0 || strcmp(job->scheme, "http") == 0)
        return 0;
    return FAIL(job->diag, ERR_INVALID_PARAMETER,
                "a URL to fetch from begins with http: or https:");
}

static bool is_overflown(const struct job *job)
{
    return job->body && buffer_overflown(job->body);
}

static size_t take_bytes(char *at, size_t size, size_t count, void *arg)
{
    struct job *job = arg;

    if (job->body)
        buffer_add(job->body, at, size * count);
    return is_overflown(job) ? 0 : size * count;
}

static int is_stopped(void *arg, curl_off_t a UNUSED, curl_off_t b UNUSED,
                      curl_off_t c UNUSED, curl_off_t d UNUSED)
{
    const struct job *job = arg;

    return atomic_load(&job->stop);
}

/* OPTION(easy, URL, …): our own mistake when libcurl does not know it. */
#define OPTION(easy, name, value) \
    CHECK(curl_easy_setopt(easy, CURLOPT_##name, value) == CURLE_OK)

static void append(struct curl_slist **fields, const char *field)
{
    struct curl_slist *more = curl_slist_append(*fields, field);

    CHECK(more != NULL);
    *fields = more;
}

static void add_field(struct curl_slist **fields, const char *name,
                      const char *value)
{
    char field[256];

    snprintf(field, sizeof(field), "%s:%s%s", name, *value ? " " : "", value);
    append(fields, field);
}

static void set_question(CURL *easy, const struct job *job,
                         struct curl_slist **fields)
{
    const struct fetch_request *request = job->request;

    OPTION(easy, URL, request->url);
    OPTION(easy, USERAGENT, "portcullis");
    if (request->accept)
        add_field(fields, "Accept", request->accept);
    if (request->field)
        append(fields, request->field);
    if (!text_is_null(request->post)) {
        OPTION(easy, POSTFIELDSIZE_LARGE, (curl_off_t)request->post.len);
        OPTION(easy, POSTFIELDS, request->post.at);
        add_field(fields, "Content-Type", request->content_type);
        add_field(fields, "Expect", ""); /* would wait for a 100 */
    }
    if (request->bearer) {
        OPTION(easy, HTTPAUTH, CURLAUTH_BEARER);
        OPTION(easy, XOAUTH2_BEARER, request->bearer);
    }
    OPTION(easy, HTTPHEADER, *fields);
}

static void take_wanted(CURL *easy, const struct fetch_request *request)
{
    struct curl_header *found;

    if (request->wanted &&
        curl_easy_header(easy, request->wanted, 0, CURLH_HEADER, -1, &found) ==
            CURLHE_OK)
        buffer_add_string(request->ret_wanted, found->value);
}

static void set_trust(CURL *easy, const struct fetch_request *request)
{
    OPTION(easy, SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (request->ca_file) {
        OPTION(easy, CAINFO, request->ca_file);
        OPTION(easy, CAPATH, NULL); /* the system's, beside that file */
    }
    if (!request->pin)
        return;
    OPTION(easy, PINNEDPUBLICKEY, request->pin);
    OPTION(easy, SSL_VERIFYPEER, 0L); /* the key alone says who it is */
    OPTION(easy, SSL_VERIFYHOST, 0L);
}

static void set_limits(CURL *easy, struct job *job)
{
    bool is_post = !text_is_null(job->request->post);

    OPTION(easy, TIMEOUT_MS, (long)job->left_ms);
    OPTION(easy, CONNECTTIMEOUT_MS, (long)job->left_ms);
    if (job->body)
        OPTION(easy, MAXFILESIZE_LARGE,
               (curl_off_t)(job->body->limit - job->body->len));
    OPTION(easy, PROTOCOLS_STR, job->scheme);
    OPTION(easy, REDIR_PROTOCOLS_STR, job->scheme);
    OPTION(easy, FOLLOWLOCATION, is_post ? 0L : 1L);
    OPTION(easy, MAXREDIRS, (long)REDIRECTS_MAX);
    set_trust(easy, job->request);
    /* signals are the process's; a name that nobody answers for is left to
     * its own thread, as waiting for that would outlast the deadline */
    OPTION(easy, NOSIGNAL, 1L);
    OPTION(easy, QUICK_EXIT, 1L);
}

static void set_ears(CURL *easy, struct job *job)
{
    OPTION(easy, ERRORBUFFER, job->cause);
    OPTION(easy, WRITEFUNCTION, take_bytes);
    OPTION(easy, WRITEDATA, job);
    OPTION(easy, XFERINFOFUNCTION, is_stopped);
    OPTION(easy, XFERINFODATA, job);
    OPTION(easy, NOPROGRESS, 0L);
}

static int failure(struct job *job, CURLcode code)
{
    const char *cause = *job->cause ? job->cause : curl_easy_strerror(code);

    if (code == CURLE_OPERATION_TIMEDOUT)
        return late(job);
    if (code == CURLE_FILESIZE_EXCEEDED || is_overflown(job))
        return FAIL(job->diag, ERR_TOO_LARGE,
                    "the answer of %s has more than %zu bytes", job->host,
                    job->body->limit);
    if (job->diag && job->diag->code == 0)
        snprintf(job->diag->cause, sizeof(job->diag->cause), "%s", cause);
    return FAIL(job->diag, ERR_UNAVAILABLE, "%s cannot be fetched from",
                job->host);
}

static int perform(struct job *job)
{
    CLEANUP(easy_end) CURL *easy = curl_easy_init();
    CLEANUP(fields_end) struct curl_slist *fields = NULL;
    CURLcode code;

    CHECK(easy != NULL);
    set_ears(easy, job);
    set_question(easy, job, &fields);
    set_limits(easy, job);
    code = curl_easy_perform(easy);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return -ERR_CANCELLED;
    if (code != CURLE_OK)
        return failure(job, code);
    CHECK(curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &job->status) ==
          CURLE_OK);
    take_wanted(easy, job->request);
    return 0;
}

static void work(void *arg)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct job *job = arg;

    CHECK(pthread_once(&once, set_up_library) == 0);
    job->result = read_url(job);
    if (job->result == 0)
        job->result = perform(job);
}

/* --- on the fiber -----------------------------------------------------------
 */

/* Rounded up: at the deadline itself the fiber's own wait ends, not libcurl's.
 */
static uint64_t left_ms(struct deadline until)
{
    uint64_t left_ns =
        deadline_left_ns(until, loop_now_ns(fiber_loop(fiber_self())));
    uint64_t ms = left_ns / NS_PER_MS + 1;

    return ms < INT32_MAX ? ms : INT32_MAX;
}

static void restore(struct buffer *body, size_t len)
{
    if (!body)
        return;
    body->len = len;
    body->overflown = false;
}

int fetch(const struct fetch_request *request, struct deadline until,
          struct buffer *body, int *ret_status, struct diag *diag)
{
    struct job job = { .request = request,
                       .left_ms = left_ms(until),
                       .body = body,
                       .diag = diag };
    size_t before = body ? body->len : 0;
    int r;

    CHECK(text_is_null(request->post) || request->content_type);
    if (fault_hit(FAULT_FETCH))
        return FAIL(diag, ERR_UNAVAILABLE, "nothing can be fetched");
    r = work_run_until(work, &job, until, &job.stop);
    if (r == -ERR_DEADLINE)
        r = late(&job);
    if (r == 0)
        r = job.result;
    if (r < 0) {
        restore(body, before);
        return r;
    }
    *ret_status = (int)job.status;
    return 0;
}
