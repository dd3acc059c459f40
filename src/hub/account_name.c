/* Names of accounts; see account_name.h. */
#include "hub/account_name.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/msgid.h"
#include "hub/account_row.h"
#include "hub/chanserv.h"
#include "hub/naming.h"
#include "hub/user.h"
#include "wire/name.h"

#include <assert.h>

static struct account_name *
name_in(struct list *node)
{
    return CONTAINER_OF(node, struct account_name, in_account);
}

struct account *
account_find_by_later_name(const struct hub *hub, struct str folded)
{
    struct map_node *node = map_find(&hub->account_names, folded);
    return node == NULL ? NULL : CONTAINER_OF(node, struct account_name, by_name)->account;
}

bool
account_has_first_name(const struct account *account, struct str name)
{
    return name_equal(account->key, name);
}

bool
account_take_name(struct hub *hub, struct account *account, struct str name, int64_t since_ms)
{
    struct folded folded;
    bool folds = name_fold(name, &folded);
    assert(folds);
    const struct account *holder = account_find(hub, name);
    assert(holder == NULL || holder == account);
    if (holder == NULL) {
        struct held_name names[LIMIT_ACCOUNT_NAMES + 1];
        if (account_list_names(account, names) == ARRAY_LEN(names))
            return false;
        struct account_name *later = cf_calloc_array(1, sizeof *later);
        later->account = account;
        later->folded = str_dup(folded_str(&folded));
        later->since_ms = since_ms;
        map_insert(&hub->account_names, &later->by_name, later->folded);
        list_append(&account->later_names, &later->in_account);
        naming_add(hub, &hub->account_looks, later->folded);
    }
    str_replace(&account->name, name);
    return true;
}

void
account_names_deinit(struct hub *hub, struct account *account)
{
    list_for_each_safe(node, &account->later_names) {
        struct account_name *later = name_in(node);
        naming_remove(hub, &hub->account_looks, later->folded);
        map_remove(&hub->account_names, &later->by_name);
        list_remove(&later->in_account);
        str_free(&later->folded);
        cf_free(later);
    }
}

size_t
account_list_names(const struct account *account, struct held_name out[LIMIT_ACCOUNT_NAMES + 1])
{
    size_t count = 0;
    out[count++] = (struct held_name){.folded = account->key, .since_ms = account->created_ms};
    list_for_each(node, &account->later_names) {
        const struct account_name *later = name_in(node);
        out[count++] = (struct held_name){.folded = later->folded, .since_ms = later->since_ms};
    }
    return count;
}

void
account_put_former_names(struct buf *out, const struct account *account)
{
    struct held_name names[LIMIT_ACCOUNT_NAMES + 1];
    size_t count = account_list_names(account, names);
    for (size_t i = 0; i < count; i++) {
        if (name_equal(names[i].folded, account->name))
            continue;
        buf_put(out, names[i].folded);
        buf_put_byte(out, ' ');
    }
}

bool
account_has_said(const struct account *account, const struct event *event)
{
    struct held_name names[LIMIT_ACCOUNT_NAMES + 1];
    size_t count = account_list_names(account, names);
    for (size_t i = 0; i < count; i++) {
        if (name_equal(event->account, names[i].folded))
            return event->msgid >= msgid_first_at(names[i].since_ms);
    }
    return false;
}

bool
account_rename(struct call *call, struct account *account, struct str name)
{
    struct hub *hub = call->hub;
    struct str old = str_dup(account->name);
    bool is_taken = account_take_name(hub, account, name, hub->now_ms);
    if (is_taken) {
        (void)account_row_keep(hub, account); /* what waits: confirm.h */
        chanserv_account_renamed(hub, account, old);
        account_renamed(call, account, old);
    }
    str_free(&old);
    return is_taken;
}
