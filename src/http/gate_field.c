/* SPDX-License-Identifier: MIT */
#include "http/gate_parts.h"

/* Bytes below 0x20 or 0x7f in eight at once: a high bit for each. */
static uint64_t control_bits(const char *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    uint64_t word, del;

    memcpy(&word, at, sizeof(word));
    del = word ^ ones * 0x7f;
    return ((word - ones * 0x20) & ~word & high) | ((del - ones) & ~del & high);
}

/* HTAB is a control byte that a value may hold: look again one by one. */
static bool is_value(const char *at, size_t len)
{
    while (len >= 8) {
        if (UNLIKELY(control_bits(at)) && gate__span(at, 8, GATE_VALUE) < 8)
            return false;
        at += 8;
        len -= 8;
    }
    return gate__span(at, len, GATE_VALUE) == len;
}

static enum gate_fault bad_name(const char *line, size_t len, size_t name)
{
    if (name == len)
        return GATE_FAULT_NO_COLON;
    if (line[name] != ' ' && line[name] != '\t')
        return name || line[0] != ':' ? GATE_FAULT_NAME_BYTE
                                      : GATE_FAULT_NAME_EMPTY;
    return name ? GATE_FAULT_NAME_SPACE : GATE_FAULT_FOLDED;
}

static void move_space_to_front(char *value, size_t len, size_t space)
{
    memmove(value + space, value, len);
    memset(value, ' ', space);
}

enum gate_fault gate__split_field(char *line, size_t len,
                                  struct gate_field *ret_field)
{
    size_t name = gate__span(line, len, GATE_TOKEN), start, end = len;

    if (name == 0 || name == len || line[name] != ':')
        return bad_name(line, len, name);
    for (start = name + 1; start < len; start++) {
        if (line[start] != ' ' && line[start] != '\t')
            break;
    }
    if (!is_value(line + start, len - start))
        return GATE_FAULT_VALUE_BYTE;
    while (end > start && (line[end - 1] == ' ' || line[end - 1] == '\t'))
        end--;
    if (UNLIKELY(end < len)) {
        move_space_to_front(line + start, end - start, len - end);
        start += len - end;
    }
    ret_field->name = text_from(line, name);
    ret_field->value = text_from(line + start, len - start);
    return GATE_SOUND;
}

/*
 * An empty Host is allowed: RFC 9112, 3.2 has clients send one when the URI
 * has no authority.
 */
static enum gate_fault take_host(struct gate *gate,
                                 const struct gate_field *field)
{
    if (gate->marks & GATE_HOST)
        return GATE_FAULT_HOST_TWICE;
    gate->marks |= GATE_HOST;
    gate->host_at = field->at;
    if (field->value.len > 0 && !gate__is_authority(field->value))
        return GATE_FAULT_HOST_INVALID;
    return GATE_SOUND;
}

static enum gate_fault take_length(struct gate *gate,
                                   const struct gate_field *field)
{
    struct text value = field->value;
    int64_t length;

    if (gate->marks & GATE_LENGTH)
        return GATE_FAULT_LENGTH_TWICE;
    if (gate->marks & GATE_CHUNKED)
        return GATE_FAULT_LENGTH_AND_CODING;
    gate->marks |= GATE_LENGTH;
    if (!gate__all(value, GATE_DIGIT) || !text_to_int64(value, &length))
        return GATE_FAULT_LENGTH_INVALID;
    gate->left = (uint64_t)length;
    return GATE_SOUND;
}

/* Are the codings, one of them "chunked", in an order that frames nothing? */
static enum gate_fault check_codings(struct text list)
{
    bool chunked = false, unknown = false;
    struct text coding;

    while (text_cut(&list, ',', &coding)) {
        struct text name = text_trim(coding);
        size_t token = gate__span(name.at, name.len, GATE_TOKEN);

        if (chunked)
            return GATE_FAULT_CODING_CHUNKED;
        if (token == 0 || (token < name.len && name.at[token] != ';'))
            return GATE_FAULT_CODING_INVALID;
        name.len = token;
        if (text_equal_nocase(name, TEXT("chunked")))
            chunked = true;
        else
            unknown = true;
    }
    return unknown ? GATE_FAULT_CODING_UNKNOWN : GATE_SOUND;
}

static enum gate_fault take_coding(struct gate *gate,
                                   const struct gate_field *field)
{
    enum gate_fault fault;

    if (gate->marks & GATE_HTTP_1_0)
        return GATE_FAULT_CODING_1_0;
    if (gate->marks & GATE_LENGTH)
        return GATE_FAULT_LENGTH_AND_CODING;
    if (gate->marks & GATE_CHUNKED)
        return GATE_FAULT_CODING_TWICE;
    gate->marks |= GATE_CHUNKED;
    if (text_equal_nocase(field->value, TEXT("chunked")))
        return GATE_SOUND;
    fault = check_codings(field->value);
    return fault ? fault : GATE_FAULT_CODING_INVALID; /* chunked;x=y */
}

static enum gate_fault take_expect(struct gate *gate UNUSED,
                                   const struct gate_field *field)
{
    if (!text_equal_nocase(field->value, TEXT("100-continue")))
        return GATE_FAULT_EXPECTATION;
    return GATE_SOUND;
}

static const struct {
    struct text name;
    gate_framing_fn *take;
} framing[] = {
    { TEXT("host"), take_host },
    { TEXT("expect"), take_expect },
    { TEXT("content-length"), take_length },
    { TEXT("transfer-encoding"), take_coding },
};

gate_framing_fn *gate__framing(struct text name)
{
    for (size_t i = 0; i < ARRAY_LEN(framing); i++) {
        if (name.len == framing[i].name.len &&
            text_equal_nocase(name, framing[i].name))
            return framing[i].take;
    }
    return NULL;
}
