/* SPDX-License-Identifier: MIT */
#include "http/gate_parts.h"

#define SPACE    GATE_VALUE
#define VISIBLE  (GATE_VALUE | GATE_TARGET)
#define SYMBOL   (VISIBLE | GATE_TOKEN)
#define SUBDELIM (VISIBLE | GATE_NAME)
#define LETTER   (VISIBLE | GATE_TOKEN | GATE_NAME)
#define HEXAL    (LETTER | GATE_HEX)

const uint8_t gate__classes[256] = {
    ['\t'] = SPACE,
    [' '] = SPACE,
    ['!'] = LETTER,
    ['"'] = VISIBLE,
    ['#'] = GATE_VALUE | GATE_TOKEN,
    ['$' ... '\''] = LETTER, /* $ % & ' */
    ['(' ... ')'] = SUBDELIM,
    ['*' ... '+'] = LETTER,
    [','] = SUBDELIM,
    ['-' ... '.'] = LETTER,
    ['/'] = VISIBLE,
    ['0' ... '9'] = HEXAL | GATE_DIGIT,
    [':'] = VISIBLE,
    [';'] = SUBDELIM,
    ['<'] = VISIBLE,
    ['='] = SUBDELIM,
    ['>' ... '@'] = VISIBLE, /* > ? @ */
    ['A' ... 'F'] = HEXAL,
    ['G' ... 'Z'] = LETTER,
    ['[' ... ']'] = VISIBLE, /* [ \ ] */
    ['^'] = SYMBOL,
    ['_'] = LETTER,
    ['`'] = SYMBOL,
    ['a' ... 'f'] = HEXAL,
    ['g' ... 'z'] = LETTER,
    ['{'] = VISIBLE,
    ['|'] = SYMBOL,
    ['}'] = VISIBLE,
    ['~'] = LETTER,
    [0x80 ... 0xff] = GATE_VALUE,
};
