/* The table of options; see options.h. docs/man/confab.yaml.5 is made from it. */
#include "server/options.h"

#include "server/option_table.h"

#include <assert.h>

/* In the order of the manual. */
static const struct option_group *const groups[] = {
    &options_server,   &options_listen,  &options_lobby, &options_accounts,
    &options_channels, &options_rates,   &options_users, &options_filters,
    &options_clients,  &options_history, &options_log,   &options_operators,
};

size_t
option_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(groups); i++)
        count += groups[i]->count;
    assert(count <= OPTIONS_MAX); /* tables beside this one have room */
    return count;
}

const struct option *
option_at(size_t index)
{
    for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
        if (index < groups[i]->count)
            return &groups[i]->items[index];
        index -= groups[i]->count;
    }
    cf_unreachable("index of an option");
}

size_t
option_index(const struct option *option)
{
    size_t before = 0;
    for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
        for (size_t k = 0; k < groups[i]->count; k++) {
            if (option == &groups[i]->items[k])
                return before + k;
        }
        before += groups[i]->count;
    }
    cf_unreachable("option of another table");
}

const struct option *
option_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
        for (size_t k = 0; k < groups[i]->count; k++) {
            if (str_equal(groups[i]->items[k].name, name))
                return &groups[i]->items[k];
        }
    }
    return NULL;
}

static size_t
last_dot(struct str name)
{
    for (size_t i = name.len; i > 0; i--) {
        if (name.ptr[i - 1] == '.')
            return i - 1;
    }
    return name.len;
}

struct str
option_key(const struct option *option)
{
    size_t dot = last_dot(option->name);
    return dot == option->name.len ? option->name : str_skip(option->name, dot + 1);
}

struct str
option_parent_name(const struct option *option)
{
    size_t dot = last_dot(option->name);
    return dot == option->name.len ? STR_NONE : str_take(option->name, dot);
}

bool
option_is_of_item(const struct option *option)
{
    struct str parent_name = option_parent_name(option);
    if (parent_name.len == 0)
        return false;
    const struct option *parent = option_find(parent_name);
    assert(parent != NULL);
    return option_is_list(parent);
}

bool
option_is_list(const struct option *option)
{
    return option->type == OPTION_LISTEN || option->type == OPTION_ADDRESS_BLOCKS ||
           option->type == OPTION_NAME_MASKS || option->type == OPTION_CAPABILITIES ||
           option->type == OPTION_ITEMS;
}
