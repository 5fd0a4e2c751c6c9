/* SPDX-License-Identifier: MIT */
#include "json/document.h"

#include "base/check.h"
#include "base/memory.h"
#include "json/build.h"
#include "json/lexeme.h"
#include "json/node.h"
#include "json/read.h"
#include "json/scan.h"

enum { DOCUMENT_MAGIC = 0x646f6375 };

struct document {
    unsigned magic;
    json_t *root;
};

static int build(struct text bytes, struct diag *diag,
                 struct document **ret_document)
{
    struct document *document;
    size_t twice;
    json_t *root = build_tree(bytes, &twice);

    if (!root)
        return text_malformed(bytes, twice, "a member is given twice", diag);
    document = NEW(struct document);
    *document = (struct document){ DOCUMENT_MAGIC, root };
    *ret_document = document;
    return 0;
}

int document__read_long(struct text bytes, unsigned tokens_max,
                        struct diag *diag, struct document **ret_document)
{
    struct scan_result found;
    int r;

    CHECK(diag != NULL);
    if (text_is_null(bytes))
        bytes = TEXT("");
    r = scan_document(bytes, tokens_max, diag, &found);
    if (r < 0)
        return r;
    if (found.unreadable)
        return diag_invalid(diag, ERR_VALIDATION);
    return build(bytes, diag, ret_document);
}

int document__read(struct text bytes, struct diag *diag,
                   struct document **ret_document)
{
    return document__read_long(bytes, DOCUMENT_TOKENS_MAX, diag, ret_document);
}

int document_parse(struct text bytes, struct diag *diag,
                   struct document **ret_document)
{
    CLEANUP(document_free) struct document *document = NULL;
    int r = document__read(bytes, diag, &document);

    if (r == 0)
        r = diag_invalid(diag, ERR_VALIDATION);
    if (r < 0)
        return r;
    *ret_document = document;
    document = NULL;
    return 0;
}

void document_free(struct document **document)
{
    if (!*document)
        return;
    OBJ_CHECK(*document, DOCUMENT_MAGIC);
    json_decref((*document)->root);
    memory_free(document);
}

const struct node *document_root(const struct document *document)
{
    OBJ_CHECK(document, DOCUMENT_MAGIC);
    return node_of(document->root);
}

enum node_type node_type(const struct node *node)
{
    static const enum node_type types[] = {
        [JSON_OBJECT] = NODE_OBJECT, [JSON_ARRAY] = NODE_LIST,
        [JSON_STRING] = NODE_TEXT,   [JSON_INTEGER] = NODE_INTEGER,
        [JSON_REAL] = NODE_REAL,     [JSON_TRUE] = NODE_BOOLEAN,
        [JSON_FALSE] = NODE_BOOLEAN, [JSON_NULL] = NODE_NULL,
    };

    return types[json_typeof(json_of(node))];
}

bool node_boolean(const struct node *node)
{
    CHECK(node_type(node) == NODE_BOOLEAN);
    return json_is_true(json_of(node));
}

int64_t node_integer(const struct node *node)
{
    CHECK(node_type(node) == NODE_INTEGER);
    return json_integer_value(json_of(node));
}

double node_real(const struct node *node)
{
    CHECK(node_type(node) == NODE_REAL);
    return json_real_value(json_of(node));
}

struct text node_text(const struct node *node)
{
    CHECK(node_type(node) == NODE_TEXT);
    return text_from(json_string_value(json_of(node)),
                     json_string_length(json_of(node)));
}

size_t node_count(const struct node *node)
{
    return json_is_object(json_of(node)) ? json_object_size(json_of(node))
                                         : json_array_size(json_of(node));
}

const struct node *node_item(const struct node *list, size_t place)
{
    CHECK(node_type(list) == NODE_LIST && place < node_count(list));
    return node_of(json_array_get(json_of(list), place));
}

const struct node *node_member(const struct node *object, const char *name)
{
    return node_of(json_object_get(json_of(object), name));
}

bool member_next(const struct node *object, struct member *member)
{
    json_t *json = json_of(object);

    member->at = member->at ? json_object_iter_next(json, member->at)
                            : json_object_iter(json);
    if (!member->at)
        return false;
    member->name = text_of(json_object_iter_key(member->at));
    member->value = node_of(json_object_iter_value(member->at));
    return true;
}

static int add_bytes(const char *at, size_t len, void *buffer)
{
    buffer_add(buffer, at, len);
    return 0;
}

void node_encode(const struct node *node, struct buffer *buffer)
{
    int r = json_dump_callback(json_of(node), add_bytes, buffer,
                               JSON_COMPACT | JSON_ENCODE_ANY |
                                   JSON_REAL_PRECISION(15));

    CHECK(r == 0);
}
