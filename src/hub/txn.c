/* Messages that are sent once; see txn.h. */
#include "hub/txn.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/msgid.h"
#include "base/pack.h"
#include "hub/account.h"
#include "hub/mode.h"
#include "hub/row.h"
#include "wire/name.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FORM 1 /* of the value: rises when it changes, and old ones stay readable */

bool
txn_name_is_valid(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char byte = name.ptr[i];
        if (!ascii_is_letter(byte) && !ascii_is_digit(byte) && byte != '-' && byte != '_' &&
            byte != '.' && byte != ':')
            return false;
    }
    return name.len > 0 && name.len <= LIMIT_TXN_BYTES;
}

void
txn_put_key(struct buf *out, const struct call *call, struct str target, struct str name)
{
    const struct account *account = account_find(call->hub, call->user->account);
    bool is_to_rank = target.len > 1 && rank_find_prefix(target.ptr[0]) != NULL &&
                      name_looks_like_channel(str_skip(target, 1));
    struct folded folded;
    if (account == NULL || !name_fold(is_to_rank ? str_skip(target, 1) : target, &folded))
        return;
    buf_printf(out, "%.*s %.*s%.*s %.*s", STR_ARG(account->key), is_to_rank ? 1 : 0, target.ptr,
               STR_ARG(folded_str(&folded)), STR_ARG(name));
}

/* The same on each machine and after each start, unlike hash_bytes. */
uint64_t
txn_digest(const struct message *message)
{
    static const unsigned char no_key[HASH_SECRET_BYTES];
    unsigned char digest[HASH_KEYED_BYTES];
    struct buf text;
    buf_init(&text, LIMIT_CLIENT_TAG_BYTES + LIMIT_MULTILINE_BYTES + 1024);
    pack_number(&text, message->kind);
    pack_text(&text, message->client_tags);
    pack_text(&text, message->joints);
    for (size_t i = 0; i < message->line_count; i++)
        pack_text(&text, message->lines[i]);
    hash_keyed(buf_str(&text), no_key, digest);
    buf_deinit(&text);
    uint64_t number;
    memcpy(&number, digest, sizeof number);
    return number;
}

/* --- what there is --- */

static struct txn *
of_node(struct map_node *node)
{
    return node == NULL ? NULL : CONTAINER_OF(node, struct txn, by_key);
}

static struct txn *
first_of(struct list *order)
{
    return CONTAINER_OF(order->next, struct txn, in_all);
}

static bool
is_too_old(const struct hub *hub, uint64_t msgid)
{
    return msgid_wall_ms(msgid) < hub->now_ms - LIMIT_TXN_MS;
}

const struct txn *
txn_find(const struct hub *hub, struct str key)
{
    const struct txn *txn = key.len == 0 ? NULL : of_node(map_find(&hub->txns, key));
    return txn == NULL || is_too_old(hub, txn->msgid) ? NULL : txn;
}

static void
free_txn(struct hub *hub, struct txn *txn)
{
    map_remove(&hub->txns, &txn->by_key);
    list_remove(&txn->in_all);
    list_remove(&txn->in_account);
    assert(txn->account->txn_count > 0);
    txn->account->txn_count--;
    str_free(&txn->key);
    cf_free(txn);
}

static void
drop(struct hub *hub, struct txn *txn)
{
    if (txn->has_row) {
        struct record record = record_of_row_gone(ROW_TXN, txn->key);
        (void)outbox_put_record(&hub->outbox, &record); /* what waits: confirm.h */
    }
    free_txn(hub, txn);
}

static struct txn *
new_txn(struct hub *hub, struct account *account, struct str key, uint64_t msgid)
{
    struct txn *txn = cf_calloc_array(1, sizeof *txn);
    txn->account = account;
    txn->key = str_dup(key);
    txn->msgid = msgid;
    map_insert(&hub->txns, &txn->by_key, txn->key);
    list_append(&hub->txn_order, &txn->in_all);
    list_append(&account->txns, &txn->in_account);
    account->txn_count++;
    return txn;
}

/* Takes away what is too old, and too much. */
static void
trim(struct hub *hub, struct account *account)
{
    if (account->txn_count > LIMIT_ACCOUNT_TXNS)
        drop(hub, CONTAINER_OF(account->txns.next, struct txn, in_account));
    while (!list_is_empty(&hub->txn_order) && (map_count(&hub->txns) > LIMIT_TXNS ||
                                               is_too_old(hub, first_of(&hub->txn_order)->msgid)))
        drop(hub, first_of(&hub->txn_order));
}

void
txn_add(struct call *call, const struct message *message, const struct event *event,
        uint64_t ticket, bool has_row)
{
    struct hub *hub = call->hub;
    struct account *account = account_find(hub, call->user->account);
    if (message->txn_key.len == 0 || account == NULL)
        return;
    struct txn *old = of_node(map_find(&hub->txns, message->txn_key));
    if (old != NULL)
        free_txn(hub, old); /* too old; its row has been replaced, or goes with the next one */
    struct txn *txn = new_txn(hub, account, message->txn_key, event->msgid);
    txn->seq = event->seq;
    txn->digest = message->txn_digest;
    txn->ticket = ticket;
    txn->has_row = has_row;
    trim(hub, account);
}

void
txn_drop_of_account(struct hub *hub, struct account *account)
{
    while (!list_is_empty(&account->txns))
        drop(hub, CONTAINER_OF(account->txns.next, struct txn, in_account));
}

void
txn_deinit_of_account(struct hub *hub, struct account *account)
{
    while (!list_is_empty(&account->txns))
        free_txn(hub, CONTAINER_OF(account->txns.next, struct txn, in_account));
}

/* --- rows --- */

void
txn_put_row(struct buf *out, const struct message *message, const struct event *event)
{
    pack_number(out, FORM);
    pack_number(out, event->msgid);
    pack_number(out, event->seq);
    pack_number(out, message->txn_digest);
}

bool
txn_restore(struct hub *hub, struct str key, struct str value)
{
    struct unpack from = UNPACK(value);
    uint64_t form = unpack_number(&from);
    uint64_t msgid = unpack_number(&from);
    uint64_t seq = unpack_number(&from);
    uint64_t digest = unpack_number(&from);
    struct account *account = account_find(hub, str_take(key, str_find_byte(key, ' ')));
    if (from.is_bad || from.rest.len > 0 || form != FORM || msgid == 0 || msgid > INT64_MAX ||
        seq > INT64_MAX || account == NULL || map_find(&hub->txns, key) != NULL)
        return false;
    struct txn *txn = new_txn(hub, account, key, msgid);
    txn->seq = seq;
    txn->digest = digest;
    txn->has_row = true;
    return true;
}

static int
compare_msgids(const void *a, const void *b)
{
    uint64_t one = (*(struct txn *const *)a)->msgid;
    uint64_t other = (*(struct txn *const *)b)->msgid;
    return (one > other) - (one < other);
}

void
txns_restored(struct hub *hub)
{
    size_t count = map_count(&hub->txns);
    struct txn **all = cf_calloc_array(count + 1, sizeof(struct txn *));
    size_t at = 0;
    for (struct map_node *node = map_first(&hub->txns); node != NULL; node = map_next(node))
        all[at++] = of_node(node);
    qsort(all, count, sizeof(struct txn *), compare_msgids);
    for (size_t i = 0; i < count; i++) {
        list_remove(&all[i]->in_all);
        list_remove(&all[i]->in_account);
        list_append(&hub->txn_order, &all[i]->in_all);
        list_append(&all[i]->account->txns, &all[i]->in_account);
    }
    for (size_t i = 0; i < count; i++) { /* an import may have brought any number */
        if (all[i]->account->txn_count > LIMIT_ACCOUNT_TXNS || map_count(&hub->txns) > LIMIT_TXNS ||
            is_too_old(hub, all[i]->msgid))
            drop(hub, all[i]);
    }
    cf_free(all);
}
