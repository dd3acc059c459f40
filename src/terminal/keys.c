/* Keys from the bytes of a terminal; see keys.h. */
#include "terminal/keys.h"

#include "base/utf8.h"

#include <assert.h>

#define ESC 0x1B

/* Bytes of the longest escape sequence; a longer one is no key. */
#define SEQUENCE_BYTES_MAX 32

/* What stands behind ESC. */
struct sequence_row {
    struct str bytes;
    enum edit_command command;
};

static const struct sequence_row sequences[] = {
    {STR_INIT("[A"), EDIT_OLDER},
    {STR_INIT("[B"), EDIT_NEWER},
    {STR_INIT("[C"), EDIT_RIGHT},
    {STR_INIT("[D"), EDIT_LEFT},
    {STR_INIT("[H"), EDIT_LINE_START},
    {STR_INIT("[F"), EDIT_LINE_END},
    {STR_INIT("OA"), EDIT_OLDER},
    {STR_INIT("OB"), EDIT_NEWER},
    {STR_INIT("OC"), EDIT_RIGHT},
    {STR_INIT("OD"), EDIT_LEFT},
    {STR_INIT("OH"), EDIT_LINE_START},
    {STR_INIT("OF"), EDIT_LINE_END},
    {STR_INIT("[1~"), EDIT_LINE_START},
    {STR_INIT("[7~"), EDIT_LINE_START},
    {STR_INIT("[4~"), EDIT_LINE_END},
    {STR_INIT("[8~"), EDIT_LINE_END},
    {STR_INIT("[3~"), EDIT_DELETE_RIGHT},
    {STR_INIT("[1;5C"), EDIT_WORD_RIGHT},
    {STR_INIT("[1;5D"), EDIT_WORD_LEFT},
    {STR_INIT("[1;3C"), EDIT_WORD_RIGHT},
    {STR_INIT("[1;3D"), EDIT_WORD_LEFT},
    {STR_INIT("Oc"), EDIT_WORD_RIGHT},
    {STR_INIT("Od"), EDIT_WORD_LEFT},
    {STR_INIT("[3;5~"), EDIT_DELETE_WORD_RIGHT},
    {STR_INIT("b"), EDIT_WORD_LEFT},
    {STR_INIT("f"), EDIT_WORD_RIGHT},
    {STR_INIT("d"), EDIT_DELETE_WORD_RIGHT},
    {STR_INIT("\x7F"), EDIT_DELETE_WORD_LEFT},
    {STR_INIT("\b"), EDIT_DELETE_WORD_LEFT},
};

struct control_row {
    char byte;
    enum key_kind kind;
    enum edit_command command;
};

#define CONTROL(letter) ((letter) - '@')

static const struct control_row controls[] = {
    {CONTROL('A'), KEY_EDIT, EDIT_LINE_START},    {CONTROL('B'), KEY_EDIT, EDIT_LEFT},
    {CONTROL('D'), KEY_END, EDIT_DELETE_RIGHT},   {CONTROL('E'), KEY_EDIT, EDIT_LINE_END},
    {CONTROL('F'), KEY_EDIT, EDIT_RIGHT},         {CONTROL('H'), KEY_EDIT, EDIT_DELETE_LEFT},
    {CONTROL('I'), KEY_COMPLETE, EDIT_LEFT},      {CONTROL('J'), KEY_ENTER, EDIT_LEFT},
    {CONTROL('K'), KEY_EDIT, EDIT_DELETE_TO_END}, {CONTROL('L'), KEY_CLEAR, EDIT_LEFT},
    {CONTROL('M'), KEY_ENTER, EDIT_LEFT},         {CONTROL('N'), KEY_EDIT, EDIT_NEWER},
    {CONTROL('P'), KEY_EDIT, EDIT_OLDER},         {CONTROL('T'), KEY_EDIT, EDIT_TRANSPOSE},
    {CONTROL('U'), KEY_EDIT, EDIT_DELETE_LINE},   {CONTROL('W'), KEY_EDIT, EDIT_DELETE_WORD_LEFT},
    {CONTROL('Y'), KEY_EDIT, EDIT_YANK},          {0x7F, KEY_EDIT, EDIT_DELETE_LEFT},
};

/*
 * Bytes of the sequence behind ESC: CSI with parameters and a final byte, SS3 and one byte, or one
 * character. 0 when it has not come whole.
 */
static size_t
sequence_len(struct str behind_esc)
{
    if (behind_esc.len == 0)
        return 0;
    char first = behind_esc.ptr[0];
    if (first == 'O')
        return behind_esc.len < 2 ? 0 : 2;
    if (first != '[')
        return 1;
    for (size_t i = 1; i < behind_esc.len; i++) {
        unsigned char byte = (unsigned char)behind_esc.ptr[i];
        bool is_inside = byte >= 0x20 && byte < 0x40;
        if (!is_inside || i >= SEQUENCE_BYTES_MAX)
            return i + 1;
    }
    return 0;
}

static bool
take_sequence(struct str *input, struct key *key)
{
    struct str behind = str_skip(*input, 1);
    size_t len = sequence_len(behind);
    if (len == 0)
        return false;
    *input = str_skip(behind, len);
    struct str sequence = str_take(behind, len);
    *key = (struct key){.kind = KEY_NONE};
    for (size_t i = 0; i < ARRAY_LEN(sequences); i++) {
        if (str_equal(sequences[i].bytes, sequence))
            *key = (struct key){.kind = KEY_EDIT, .command = sequences[i].command};
    }
    return true;
}

/* Whether more bytes could make a character of what is there. */
static bool
is_beginning(struct str text)
{
    unsigned char first = (unsigned char)text.ptr[0];
    size_t needed = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.len >= needed)
        return false;
    for (size_t i = 1; i < text.len; i++) {
        if (((unsigned char)text.ptr[i] & 0xC0) != 0x80)
            return false;
    }
    return true;
}

static bool
take_character(struct str *input, struct key *key)
{
    uint32_t code_point = 0;
    size_t len = utf8_decode(*input, &code_point);
    if (len == 0 && is_beginning(*input))
        return false;
    *input = str_skip(*input, len == 0 ? 1 : len);
    bool is_c1 = code_point >= 0x80 && code_point < 0xA0;
    if (len == 0 || is_c1)
        *key = (struct key){.kind = KEY_NONE};
    else
        *key = (struct key){.kind = KEY_TEXT, .code_point = code_point};
    return true;
}

bool
keys_next(struct str *input, struct key *key_out)
{
    assert(input != NULL);
    if (input->len == 0)
        return false;
    unsigned char first = (unsigned char)input->ptr[0];
    if (first == ESC)
        return take_sequence(input, key_out);
    if (first >= ' ' && first != 0x7F)
        return take_character(input, key_out);
    *input = str_skip(*input, 1);
    *key_out = (struct key){.kind = KEY_NONE};
    for (size_t i = 0; i < ARRAY_LEN(controls); i++) {
        if (controls[i].byte == (char)first)
            *key_out = (struct key){.kind = controls[i].kind, .command = controls[i].command};
    }
    return true;
}
