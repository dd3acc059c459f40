/* Which names may be taken; see naming.h. */
#include "hub/naming.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "hub/account.h"
#include "hub/account_name.h"
#include "hub/channel_lost.h"
#include "hub/purge.h"
#include "hub/reply.h"
#include "hub/service.h"
#include "hub/user.h"
#include "wire/confusable.h"
#include "wire/mask.h"
#include "wire/name.h"

#include <assert.h>
#include <string.h>

/* Names in use of one skeleton. Two ASCII names may share one, see confusables_look_alike. */
struct look {
    struct map_node by_skeleton; /* key: skeleton */
    uint32_t ascii_count;
    uint32_t other_count;
    char skeleton[];
};

/* A mask of names that are kept back: in folded form, and as its skeleton. Both owned. */
struct reserved_name {
    struct str folded;
    struct str skeleton;
};

/* --- names in use --- */

static struct look *
find_look(const struct map *looks, const struct folded *skeleton)
{
    struct map_node *node = map_find(looks, folded_str(skeleton));
    return node == NULL ? NULL : CONTAINER_OF(node, struct look, by_skeleton);
}

static struct look *
look_new(struct str skeleton)
{
    struct look *look = cf_alloc(sizeof *look + skeleton.len);
    *look = (struct look){.ascii_count = 0};
    if (skeleton.len > 0)
        memcpy(look->skeleton, skeleton.ptr, skeleton.len);
    return look;
}

static uint32_t *
count_for(struct look *look, struct str name)
{
    return utf8_is_ascii(name) ? &look->ascii_count : &look->other_count;
}

void
naming_add(struct hub *hub, struct map *looks, struct str name)
{
    struct folded skeleton;
    if (!confusables_skeleton(hub->confusables, name, &skeleton))
        return; /* too long: it is like nothing else */
    struct look *look = find_look(looks, &skeleton);
    if (look == NULL) {
        look = look_new(folded_str(&skeleton));
        map_insert(looks, &look->by_skeleton,
                   (struct str){.ptr = look->skeleton, .len = skeleton.len});
    }
    (*count_for(look, name))++;
}

void
naming_remove(struct hub *hub, struct map *looks, struct str name)
{
    struct folded skeleton;
    if (!confusables_skeleton(hub->confusables, name, &skeleton))
        return;
    struct look *look = find_look(looks, &skeleton);
    assert(look != NULL);
    uint32_t *count = count_for(look, name);
    assert(*count > 0);
    (*count)--;
    if (look->ascii_count + look->other_count > 0)
        return;
    map_remove(looks, &look->by_skeleton);
    cf_free(look);
}

/* Whether `own` is one of those that looks_like_one_in_use counts for a name. */
static bool
is_counted(const struct hub *hub, struct str name, struct str own)
{
    struct folded skeleton;
    struct folded own_skeleton;
    return own.len > 0 && (!utf8_is_ascii(own) || !utf8_is_ascii(name)) &&
           confusables_skeleton(hub->confusables, name, &skeleton) &&
           confusables_skeleton(hub->confusables, own, &own_skeleton) &&
           str_equal(folded_str(&own_skeleton), folded_str(&skeleton));
}

/* own_count: how many of those that look like it are one's own. */
static bool
looks_like_one_in_use(const struct hub *hub, const struct map *looks, struct str name,
                      uint32_t own_count)
{
    struct folded skeleton;
    if (!confusables_skeleton(hub->confusables, name, &skeleton))
        return false;
    const struct look *look = find_look(looks, &skeleton);
    if (look == NULL)
        return false;
    uint32_t holders = look->other_count + (utf8_is_ascii(name) ? 0 : look->ascii_count);
    assert(holders >= own_count);
    return holders > own_count;
}

/* --- names that are kept back --- */

static void
forget_reserved(struct hub *hub)
{
    for (size_t i = 0; i < hub->reserved_count; i++) {
        str_free(&hub->reserved[i].folded);
        str_free(&hub->reserved[i].skeleton);
    }
    cf_free(hub->reserved);
    hub->reserved = NULL;
    hub->reserved_count = 0;
}

void
naming_configure(struct hub *hub)
{
    const struct hub_config *config = hub->config;
    forget_reserved(hub);
    hub->reserved = cf_calloc_array(config->reserved_name_count, sizeof *hub->reserved);
    for (size_t i = 0; i < config->reserved_name_count; i++) {
        struct folded folded;
        struct folded skeleton;
        if (!name_fold(config->reserved_names[i], &folded) ||
            !confusables_skeleton(hub->confusables, config->reserved_names[i], &skeleton))
            continue; /* matches nothing that anybody may be called */
        hub->reserved[hub->reserved_count++] = (struct reserved_name){
            .folded = str_dup(folded_str(&folded)),
            .skeleton = str_dup(folded_str(&skeleton)),
        };
    }
}

/* As written, and, when look-alikes are refused, as it looks. */
static bool
is_reserved(const struct hub *hub, struct str name)
{
    struct folded folded;
    struct folded skeleton;
    if (!name_fold(name, &folded))
        return false;
    if (service_find(name) != NULL) /* whatever the configuration says */
        return true;
    bool has_skeleton = hub->config->refuses_lookalikes && !utf8_is_ascii(name) &&
                        confusables_skeleton(hub->confusables, name, &skeleton);
    for (size_t i = 0; i < hub->reserved_count; i++) {
        if (mask_matches(hub->reserved[i].folded, folded_str(&folded)) ||
            (has_skeleton && mask_matches(hub->reserved[i].skeleton, folded_str(&skeleton))))
            return true;
    }
    return false;
}

/* Those who may become operators often have that name as a nick: it may be taken, not imitated. */
static bool
looks_like_an_operator(const struct hub *hub, struct str nick)
{
    for (size_t i = 0; i < hub->config->operator_count; i++) {
        if (confusables_look_alike(hub->confusables, nick, hub->config->operators[i].name))
            return true;
    }
    return false;
}

/* Like the name of an account that is not the user's: whether it is used now does not matter. The
 * name of an account itself is no look-alike; who may have it is decided elsewhere. */
static bool
looks_like_an_account(const struct call *call, struct str nick)
{
    const struct hub *hub = call->hub;
    const struct account *own = account_find(hub, account_of_session(call->session));
    struct held_name names[LIMIT_ACCOUNT_NAMES + 1];
    size_t count = own == NULL ? 0 : account_list_names(own, names);
    uint32_t own_count = 0;
    for (size_t i = 0; i < count; i++)
        own_count += is_counted(hub, nick, names[i].folded) ? 1 : 0;
    return account_find(hub, nick) == NULL &&
           looks_like_one_in_use(hub, &hub->account_looks, nick, own_count);
}

/* --- verdicts --- */

static enum naming_verdict
check(const struct call *call, const struct map *looks, struct str name, struct str own)
{
    const struct hub_config *config = call->hub->config;
    if (!confusables_allows(call->hub->confusables, name, config->scripts))
        return NAMING_SCRIPTS;
    if (!user_is_operator(call->user) && is_reserved(call->hub, name))
        return NAMING_RESERVED;
    if (config->refuses_lookalikes &&
        looks_like_one_in_use(call->hub, looks, name, is_counted(call->hub, name, own) ? 1 : 0))
        return NAMING_LOOKALIKE;
    return NAMING_FREE;
}

enum naming_verdict
naming_check_nick(const struct call *call, struct str nick, struct str own)
{
    const struct hub *hub = call->hub;
    enum naming_verdict verdict = check(call, &hub->nick_looks, nick, own);
    if (verdict == NAMING_FREE && hub->config->refuses_lookalikes &&
        ((!utf8_is_ascii(nick) && looks_like_an_operator(hub, nick)) ||
         looks_like_an_account(call, nick)))
        return NAMING_LOOKALIKE;
    return verdict;
}

enum naming_verdict
naming_check_channel(const struct call *call, struct str name)
{
    if (channel_is_lost(call->hub, name))
        return NAMING_LOST;
    return purge_find(call->hub, name) != NULL
               ? NAMING_CLOSED
               : check(call, &call->hub->channel_looks, name, STR_NONE);
}

/* How a refusal is put. */
struct wording {
    struct str nick_code;
    enum numeric nick_numeric;
    struct str channel_code;
    struct str text;
};

static const struct wording *
wording_of(enum naming_verdict verdict)
{
    static const struct wording scripts = {
        .nick_code = STR_INIT("NICKNAME_SCRIPTS"),
        .nick_numeric = ERR_ERRONEUSNICKNAME,
        .channel_code = STR_INIT("CHANNEL_NAME_SCRIPTS"),
        .text = STR_INIT("This name has letters that may not be used here, or not together: use "
                         "plain Latin letters"),
    };
    static const struct wording reserved = {
        .nick_code = STR_INIT("NICKNAME_RESERVED"),
        .nick_numeric = ERR_ERRONEUSNICKNAME,
        .channel_code = STR_INIT("CHANNEL_NAME_RESERVED"),
        .text = STR_INIT("This name is reserved: choose another"),
    };
    static const struct wording lookalike = {
        .nick_code = STR_INIT("NICKNAME_CONFUSABLE"),
        .nick_numeric = ERR_NICKNAMEINUSE,
        .channel_code = STR_INIT("CHANNEL_NAME_CONFUSABLE"),
        .text = STR_INIT("This name looks like another one: choose one that can't be taken for it"),
    };
    static const struct wording closed = {
        .channel_code = STR_INIT("CHANNEL_CLOSED"),
        .text = STR_INIT("The operators of this server have closed this channel: choose another"),
    };
    static const struct wording lost = {
        .channel_code = STR_INIT("CHANNEL_UNREADABLE"),
        .text = STR_INIT("The channel of this name could not be read when the server started: "
                         "choose another name, or ask its administrators"),
    };
    switch (verdict) {
    case NAMING_FREE:
        break;
    case NAMING_LOST:
        return &lost;
    case NAMING_CLOSED:
        return &closed;
    case NAMING_SCRIPTS:
        return &scripts;
    case NAMING_RESERVED:
        return &reserved;
    case NAMING_LOOKALIKE:
        return &lookalike;
    }
    cf_unreachable("a refusal of a free name");
}

/* A numeric before registration, also to those who know more: clients try another nick on it. */
void
naming_refuse_nick(struct call *call, struct str nick, enum naming_verdict verdict)
{
    const struct wording *wording = wording_of(verdict);
    if (call->user == NULL) {
        reply_text(call, wording->nick_numeric, nick, wording->text);
        return;
    }
    refuse(call, &(struct refusal){
                     .code = wording->nick_code,
                     .numeric = wording->nick_numeric,
                     .context = nick,
                     .text = wording->text,
                 });
}

void
naming_refuse_channel(struct call *call, struct str name, enum naming_verdict verdict)
{
    const struct wording *wording = wording_of(verdict);
    refuse(call, &(struct refusal){
                     .code = wording->channel_code,
                     .numeric = ERR_BADCHANNAME,
                     .context = name,
                     .text = wording->text,
                 });
}

/* --- life --- */

void
naming_init(struct hub *hub)
{
    hub->confusables = confusables_new();
}

void
naming_deinit(struct hub *hub)
{
    assert(map_count(&hub->nick_looks) == 0);
    assert(map_count(&hub->channel_looks) == 0);
    assert(map_count(&hub->account_looks) == 0);
    forget_reserved(hub);
    confusables_free(&hub->confusables);
}
