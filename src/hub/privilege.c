/* Privileges of operators; see privilege.h. */
#include "hub/privilege.h"

#include <assert.h>

struct row {
    uint32_t bit;
    struct str name;
    struct str help;
};

#define X(id, bit, name, help) {PRIVILEGE_##id, STR_INIT(name), STR_INIT(help)},
static const struct row rows[] = {PRIVILEGES(X)};
#undef X

static_assert(PRIVILEGES_ALL == (1U << ARRAY_LEN(rows)) - 1, "a bit for each row");

size_t
privilege_count(void)
{
    return ARRAY_LEN(rows);
}

uint32_t
privilege_at(size_t index)
{
    assert(index < ARRAY_LEN(rows));
    return rows[index].bit;
}

static const struct row *
find_row(uint32_t privilege)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].bit == privilege)
            return &rows[i];
    }
    cf_unreachable("one privilege");
}

struct str
privilege_name(uint32_t privilege)
{
    return find_row(privilege)->name;
}

struct str
privilege_help(uint32_t privilege)
{
    return find_row(privilege)->help;
}

bool
privilege_find(struct str name, uint32_t *privilege_out)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (str_equal(rows[i].name, name)) {
            *privilege_out = rows[i].bit;
            return true;
        }
    }
    return false;
}

void
privilege_put_names(struct buf *out, uint32_t privileges)
{
    if (privileges == PRIVILEGES_ALL) {
        buf_put(out, STR("all"));
        return;
    }
    bool is_first = true;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!(privileges & rows[i].bit))
            continue;
        if (!is_first)
            buf_put_byte(out, ' ');
        buf_put(out, rows[i].name);
        is_first = false;
    }
}
