/*
 * What clients say: commands that make sense more often than not, with names from small pools, so
 * that clients meet; and garbage.
 */
#include "base/civil.h"
#include "hub/capability.h"
#include "hub/command.h"
#include "sim.h"
#include "wire/base64.h"

#include <assert.h>
#include <string.h>

/* Names that are the same to the hub stand together: clients spell them as they like. */
static const char *const channel_pool[][2] = {
    {"#a", "#A"},
    {"#b", "#B"},
    {"#lobby", "#Lobby"},
    {"#turns", "#TURNS"},
    {"#ünïcode", "#ÜNÏCODE"},
    {"#x-y.z", "#X-Y.Z"},
    {"#日本", "#日本"},
    {"#Ｗide", "#wIDE"},
    {"#c9", "#C9"},
    {"#averyveryverylongchannelname-to-fill-lines", "#AVERYveryverylongchannelname-to-fill-lines"},
};

static const char *const nick_pool[][2] = {
    {"ann", "ANN"},     {"bob", "Bob"},
    {"cyd", "CYD"},     {"dee", "dEE"},
    {"eve", "EVE"},     {"fay", "Fay"},
    {"gus", "GUS"},     {"hal", "HAL"},
    {"Änne", "äNNE"},   {"日本", "日本"},
    {"ｋｉｍ", "kim"},  {"lou|away", "LOU|AWAY"},
    {"max[]", "MAX[]"}, {"nia", "NIA"},
    {"ona", "ONA"},     {"a-nick-that-is-as-long-as-can-be", "A-NICK-THAT-IS-AS-LONG-AS-CAN-BE"},
};

/* Accounts that there are from the start, with the nicks that are theirs. */
static const char *const account_pool[] = {"ann", "bob", "cyd"};

static struct sim_random *
random_of(const struct sim_client *client)
{
    return &client->sim->random;
}

static uint32_t
below(const struct sim_client *client, uint32_t limit)
{
    return sim_below(random_of(client), limit);
}

static void
put_text(struct buf *out, const char *text)
{
    buf_put(out, str_from_nul(text));
}

void
sim_put_channel(struct sim *sim, struct buf *out)
{
    uint32_t count = sim->options.channels;
    assert(count <= ARRAY_LEN(channel_pool));
    uint32_t at = sim_below(&sim->random, count);
    put_text(out, channel_pool[at][sim_chance(&sim->random, 250) ? 1 : 0]);
}

/* Mostly one that the client is in. */
static void
put_channel(struct sim_client *client, struct buf *out)
{
    if (client->channel_count > 0 && sim_chance(random_of(client), 750))
        put_text(out, client->channels[below(client, (uint32_t)client->channel_count)].name);
    else
        sim_put_channel(client->sim, out);
}

static void
put_nick(struct sim_client *client, struct buf *out)
{
    const struct sim_channel *channel = NULL;
    if (client->channel_count > 0)
        channel = &client->channels[below(client, (uint32_t)client->channel_count)];
    if (channel != NULL && channel->count > 0 && sim_chance(random_of(client), 600)) {
        put_text(out, channel->members[below(client, (uint32_t)channel->count)].nick);
        return;
    }
    assert(client->sim->options.nicks <= ARRAY_LEN(nick_pool));
    uint32_t at = below(client, client->sim->options.nicks);
    put_text(out, nick_pool[at][sim_chance(random_of(client), 200) ? 1 : 0]);
}

/* A text with a token; sometimes about as long as a line may be, and then with one at the end, so
 * that it is seen when the text is cut. */
static void
put_message(struct sim_client *client, struct buf *out)
{
    (void)sim_put_token(client->sim, out); /* the model finds it again by itself */
    uint32_t kind = below(client, 30);
    size_t filler = kind == 0 ? 420 + below(client, 60) : below(client, 20);
    for (size_t i = 0; i < filler; i++)
        buf_put_byte(out, kind % 2 == 0 ? 'x' : ' ');
    if (kind == 0 && !client->is_plain)
        (void)sim_put_token(client->sim, out); /* likewise */
    if (kind == 1)
        put_text(out, " \x02ünïcödé\x02 😀");
}

static void
put_long(struct sim_client *client, struct buf *out)
{
    put_text(out, " :");
    size_t len = 350 + below(client, 60);
    for (size_t i = 0; i < len; i++)
        put_text(out, i % 7 == 0 ? "ü" : "y");
}

static void
put_tags(struct sim_client *client, struct buf *out)
{
    if (sim_chance(random_of(client), 700))
        return;
    buf_put_byte(out, '@');
    if (sim_chance(random_of(client), 400)) {
        put_text(out, "label=l");
        buf_put_u64(out, below(client, SIM_LABELS));
        buf_put_byte(out, ';');
    }
    if (sim_chance(random_of(client), 300)) {
        put_text(out, "+t=");
        (void)sim_put_token(client->sim, out); /* likewise */
        buf_put_byte(out, ';');
    }
    put_text(out, "+draft/reply=x\\:y;time=no ");
}

/* --- commands --- */

typedef void say_fn(struct sim_client *client, struct buf *out);

static void
say_privmsg(struct sim_client *client, struct buf *out)
{
    put_tags(client, out);
    put_text(out, sim_chance(random_of(client), 850) ? "PRIVMSG " : "NOTICE ");
    put_channel(client, out);
    put_text(out, sim_chance(random_of(client), 50) ? " :\x01VERSION " : " :");
    put_message(client, out);
}

static void
say_private(struct sim_client *client, struct buf *out)
{
    put_tags(client, out);
    put_text(out, sim_chance(random_of(client), 850) ? "PRIVMSG " : "NOTICE ");
    put_nick(client, out);
    put_text(out, " :");
    put_message(client, out);
}

static void
say_multi(struct sim_client *client, struct buf *out)
{
    put_text(out, "PRIVMSG ");
    uint32_t count = 2 + below(client, 4);
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buf_put_byte(out, ',');
        if (sim_chance(random_of(client), 500))
            put_channel(client, out);
        else
            put_nick(client, out);
    }
    put_text(out, " :");
    put_message(client, out);
}

static void
say_to_rank(struct sim_client *client, struct buf *out)
{
    put_tags(client, out);
    put_text(out, "PRIVMSG ");
    buf_put_byte(out, "~&@%+"[below(client, 5)]);
    put_channel(client, out);
    put_text(out, " :");
    put_message(client, out);
}

static void
say_tagmsg(struct sim_client *client, struct buf *out)
{
    put_text(out, "@+typing=active;+t=");
    (void)sim_put_token(client->sim, out); /* likewise */
    put_text(out, " TAGMSG ");
    if (sim_chance(random_of(client), 700))
        put_channel(client, out);
    else
        put_nick(client, out);
}

static void
say_join(struct sim_client *client, struct buf *out)
{
    put_text(out, "JOIN ");
    sim_put_channel(client->sim, out);
    while (sim_chance(random_of(client), 200)) {
        buf_put_byte(out, ',');
        sim_put_channel(client->sim, out);
    }
    if (sim_chance(random_of(client), 300))
        put_text(out, " key");
}

static void
say_part(struct sim_client *client, struct buf *out)
{
    put_text(out, "PART ");
    put_channel(client, out);
    if (sim_chance(random_of(client), 300))
        put_text(out, " :bye all");
}

static void
say_nick(struct sim_client *client, struct buf *out)
{
    put_text(out, "NICK ");
    put_nick(client, out);
}

static void
say_floor_mode(struct sim_client *client, struct buf *out)
{
    static const char *const changes[] = {"+H", "+H", "+H", "+H 5", "+H 60", "-H", "-H+H", "+H 0"};
    put_text(out, "MODE ");
    put_channel(client, out);
    buf_put_byte(out, ' ');
    put_text(out, changes[below(client, ARRAY_LEN(changes))]);
}

static void
say_rank(struct sim_client *client, struct buf *out)
{
    uint32_t count = 1 + below(client, 3);
    put_text(out, "MODE ");
    put_channel(client, out);
    buf_put_byte(out, ' ');
    for (uint32_t i = 0; i < count; i++) {
        buf_put_byte(out, sim_chance(random_of(client), 600) ? '+' : '-');
        buf_put_byte(out, "oovvhaq"[below(client, 7)]);
    }
    for (uint32_t i = 0; i < count; i++) {
        buf_put_byte(out, ' ');
        put_nick(client, out);
    }
}

static void
say_flags(struct sim_client *client, struct buf *out)
{
    put_text(out, "MODE ");
    put_channel(client, out);
    buf_put_byte(out, ' ');
    for (uint32_t i = 0; i <= below(client, 3); i++) {
        buf_put_byte(out, sim_chance(random_of(client), 350) ? '+' : '-');
        buf_put_byte(out, "imnstCxE"[below(client, 8)]);
    }
}

static void
say_list_mode(struct sim_client *client, struct buf *out)
{
    static const char *const masks[] = {"",      " *!*@*",  " *!*@host1", " b*!*@*",
                                        " Änne", " *!~u@*", " x!y@z",     " a?n!*@*"};
    put_text(out, "MODE ");
    put_channel(client, out);
    buf_put_byte(out, ' ');
    buf_put_byte(out, sim_chance(random_of(client), 500) ? '+' : '-');
    buf_put_byte(out, "beI"[below(client, 3)]);
    put_text(out, masks[below(client, ARRAY_LEN(masks))]);
}

static void
say_key_or_limit(struct sim_client *client, struct buf *out)
{
    static const char *const changes[] = {"+k key", "-k",   "+l 3", "-l",  "+kl key 2",
                                          "-kl x",  "+k ,", "+l x", "-kl", "+l 100"};
    put_text(out, "MODE ");
    put_channel(client, out);
    buf_put_byte(out, ' ');
    put_text(out, changes[below(client, ARRAY_LEN(changes))]);
}

static void
say_kick(struct sim_client *client, struct buf *out)
{
    put_text(out, "KICK ");
    put_channel(client, out);
    buf_put_byte(out, ' ');
    put_nick(client, out);
    if (sim_chance(random_of(client), 200)) {
        buf_put_byte(out, ',');
        put_nick(client, out);
    }
    if (sim_chance(random_of(client), 100))
        put_long(client, out);
    else if (sim_chance(random_of(client), 500))
        put_text(out, " :for no reason");
}

static void
say_invite(struct sim_client *client, struct buf *out)
{
    put_text(out, "INVITE");
    if (sim_chance(random_of(client), 100))
        return;
    buf_put_byte(out, ' ');
    put_nick(client, out);
    buf_put_byte(out, ' ');
    put_channel(client, out);
}

static void
say_rename(struct sim_client *client, struct buf *out)
{
    put_tags(client, out);
    put_text(out, "RENAME ");
    put_channel(client, out);
    buf_put_byte(out, ' ');
    sim_put_channel(client->sim, out);
    if (sim_chance(random_of(client), 500))
        put_text(out, " :a better name");
}

static void
say_about_channel(struct sim_client *client, struct buf *out)
{
    static const char *const commands[] = {"TOPIC ", "NAMES ", "NAMES ",        "WHO ",
                                           "MODE ",  "LIST ",  "FLOOR STATUS ", "FLOOR SKIP "};
    put_tags(client, out);
    put_text(out, commands[below(client, ARRAY_LEN(commands))]);
    put_channel(client, out);
}

/* What asks for much and changes nothing. */
static void
say_query(struct sim_client *client, struct buf *out)
{
    static const char *const queries[] = {"STATS u", "STATS p",      "STATS L",  "STATS z",
                                          "STATS",   "MAP",          "LINKS",    "INFO",
                                          "HELP",    "HELP UMODES",  "HELP 404", "LUSERS",
                                          "VERSION", "ACCEPT",       "SILENCE",  "TIME",
                                          "MOTD",    "HELP EXTBANS", "ADMIN",    "USERS"};
    put_tags(client, out);
    put_text(out, queries[below(client, ARRAY_LEN(queries))]);
}

/* Who may reach whom. Silenced are only those who are nobody: the model does not know of it. */
static void
say_shield(struct sim_client *client, struct buf *out)
{
    static const char *const silences[] = {"SILENCE +nobody", "SILENCE -nobody",
                                           "SILENCE x!y@z,-x!y@z", "SILENCE +*@nowhere"};
    put_tags(client, out);
    if (sim_chance(random_of(client), 300)) {
        put_text(out, silences[below(client, ARRAY_LEN(silences))]);
        return;
    }
    put_text(out, sim_chance(random_of(client), 700) ? "ACCEPT " : "ACCEPT -");
    put_nick(client, out);
}

static void
say_knock(struct sim_client *client, struct buf *out)
{
    put_tags(client, out);
    put_text(out, "KNOCK ");
    put_channel(client, out);
    if (sim_chance(random_of(client), 500))
        put_text(out, " :let me in");
}

static void
say_topic(struct sim_client *client, struct buf *out)
{
    put_text(out, "TOPIC ");
    put_channel(client, out);
    if (sim_chance(random_of(client), 200))
        put_long(client, out);
    else
        put_text(out, sim_chance(random_of(client), 300) ? " :" : " :what we talk about, ünïcödé");
}

static void
say_about_nick(struct sim_client *client, struct buf *out)
{
    static const char *const commands[] = {"WHOIS ",     "WHOWAS ",    "WHO ",
                                           "USERHOST ",  "ISON ",      "MODE ",
                                           "MONITOR + ", "MONITOR - ", "CHGHOST "};
    put_tags(client, out);
    const char *command = commands[below(client, ARRAY_LEN(commands))];
    put_text(out, command);
    put_nick(client, out);
    if (str_equal(str_from_nul(command), STR("CHGHOST ")))
        put_text(out, sim_chance(random_of(client), 500) ? " one.cloak" : " two.cloak");
}

static void
say_plainly(struct sim_client *client, struct buf *out)
{
    static const char *const lines[] = {
        "AWAY :gone",
        "AWAY",
        "SETNAME :A new name",
        "LIST",
        "LIST >1",
        "WHO *",
        "WHO",
        "WHO * %tcuihsnfdlaor,7",
        "LUSERS",
        "MOTD",
        "VERSION",
        "TIME",
        "ADMIN",
        "INFO",
        "LINKS",
        "HELP",
        "HELP JOIN",
        "HELP MODES",
        "STATS u",
        "STATS m",
        "MODE bob +i",
        "NAMES",
        "USERS",
        "SUMMON x",
        "WALLOPS :hey",
        "REHASH",
        "JOIN 0",
        "PART",
        "JOIN",
        "KICK",
        "MONITOR L",
        "MONITOR S",
        "MONITOR C",
        "INVITE",
        "NICK",
        "MODE #a",
        "USER a b c d",
        "PASS x",
        "STATS o",
        "ISUPPORT",
        "LANGUAGE en",
        "LANGUAGE zh-Hans en",
        "PROP #a +topiclock -inviteonly",
        "PROP #a +op=ann -voice=bob",
        "PROP #b ban",
        "AWAY *",
        "SETHOST a.cloak",
        "SETHOST another/cloak",
        "SETIDENT me",
        "PONG x",
    };
    put_tags(client, out);
    put_text(out, lines[below(client, ARRAY_LEN(lines))]);
}

/* A message of several lines, mostly as it should be. */
static void
say_batch(struct sim_client *client, struct buf *out)
{
    struct buf target;
    buf_init(&target, 128);
    if (sim_chance(random_of(client), 700))
        put_channel(client, &target);
    else
        put_nick(client, &target);
    if (sim_chance(random_of(client), 900))
        buf_printf(out, "@label=b;+x=y BATCH +r draft/multiline %.*s\r\n",
                   STR_ARG(buf_str(&target)));
    uint32_t lines = below(client, sim_chance(random_of(client), 50) ? 40 : 5);
    for (uint32_t i = 0; i < lines; i++) {
        buf_printf(out, "@batch=r%s PRIVMSG %.*s :",
                   sim_chance(random_of(client), 200) ? ";draft/multiline-concat" : "",
                   STR_ARG(buf_str(&target)));
        if (sim_chance(random_of(client), 800))
            put_message(client, out);
        put_text(out, "\r\n");
        if (sim_chance(random_of(client), 30)) {
            say_plainly(client, out);
            put_text(out, "\r\n");
        }
    }
    put_text(out, sim_chance(random_of(client), 900) ? "BATCH -r" : "BATCH -other");
    buf_deinit(&target);
}

static void
say_ping(struct sim_client *client, struct buf *out)
{
    put_tags(client, out);
    put_text(out, "PING :");
    (void)sim_put_token(client->sim, out); /* likewise */
}

static void
say_cap(struct sim_client *client, struct buf *out)
{
    if (sim_chance(random_of(client), 150)) {
        put_text(out, sim_chance(random_of(client), 500) ? "CAP LS 302" : "CAP LIST");
        return;
    }
    put_text(out, "CAP REQ :");
    for (uint32_t i = 0; i <= below(client, 4); i++) {
        if (sim_chance(random_of(client), 250))
            buf_put_byte(out, '-');
        buf_put(out, capability_name((enum capability)below(client, CAPABILITY_COUNT)));
        buf_put_byte(out, ' ');
    }
}

static void
say_own_mode(struct sim_client *client, struct buf *out)
{
    static const char *const changes[] = {" +i", " -i", " +w",  " -w", " -o",
                                          " +o", " -g", " +iw", " +z", " +gT"};
    put_text(out, "MODE ");
    put_text(out, client->nick);
    put_text(out, changes[below(client, ARRAY_LEN(changes))]);
}

static void
say_oper(struct sim_client *client, struct buf *out)
{
    static const char *const lines[] = {"OPER root secret", "OPER root wrong", "OPER nobody x",
                                        "OPER far x"};
    (void)client;
    put_text(out, lines[below(client, ARRAY_LEN(lines))]);
}

static void
say_account(struct sim_client *client, struct buf *out)
{
    static const char *const lines[] = {
        "REGISTER * * secret",
        "NS REGISTER secret me@example.org",
        "NS IDENTIFY secret",
        "PRIVMSG NickServ :IDENTIFY secret",
        "PRIVMSG NickServ,NickServ :REGISTER secret",
        "NS IDENTIFY ann secret",
        "NS IDENTIFY bob secret",
        "NS IDENTIFY cyd secret",
        "NS IDENTIFY anna secret",
        "NS LOGOUT",
        "NS SET always-on on",
        "NS SET always-on off",
        "NS SET autoreplay-lines 5",
        "NS SET replay-joins always",
        "NS SET dm-history off",
        "NS SET dm-history on",
        "NS SET multiclient off",
        "NS SET multiclient on",
        "PERSISTENCE SET ON",
        "PERSISTENCE SET OFF",
        "PERSISTENCE GET",
        "NS PASSWD secret other",
        "NS INFO ann",
        "NS SESSIONS",
        "CS LIST",
        "CS REGISTER #a",
        "CS REGISTER #b",
        "CS SET #a QUERY-CUTOFF join-time",
        "CS SET #b QUERY-CUTOFF join-time",
        "CS SET #a QUERY-CUTOFF none",
        "CS AMODE #a +v ann",
        "CS OP #a",
        "CS TRANSFER #b bob",
        "CS UNREGISTER #a",
    };
    put_tags(client, out);
    put_text(out, lines[below(client, ARRAY_LEN(lines))]);
}

/* Logs in by SASL; the answer to the question decides whether password or token are right. */
static void
say_login(struct sim_client *client, struct buf *out)
{
    const char *account = account_pool[below(client, ARRAY_LEN(account_pool))];
    struct buf secret;
    buf_init(&secret, 128);
    put_text(out, "CAP REQ :sasl\r\n");
    if (sim_chance(random_of(client), 250)) {
        put_text(out, "AUTHENTICATE OAUTHBEARER\r\nAUTHENTICATE ");
        buf_printf(&secret,
                   "n,,\x01"
                   "auth=Bearer %s\x01\x01",
                   account);
    } else {
        put_text(out, "AUTHENTICATE PLAIN\r\nAUTHENTICATE ");
        buf_put_byte(&secret, '\0');
        put_text(&secret, account);
        buf_put_byte(&secret, '\0');
        put_text(&secret, "secret");
    }
    base64_put(out, buf_str(&secret));
    buf_deinit(&secret);
    if (!client->is_registered || sim_chance(random_of(client), 300)) {
        put_text(out, "\r\nNICK ");
        put_text(out, account);
    }
}

/* A reference to a message that the client has seen, or to a moment. */
static void
put_reference(struct sim_client *client, const struct sim_seen *seen, struct buf *out)
{
    if (seen->msgid[0] != '\0' && sim_chance(random_of(client), 600)) {
        buf_printf(out, "msgid=%s", seen->msgid);
        return;
    }
    put_text(out, "timestamp=");
    civil_put_iso(out, client->sim->rig->now_ms - (int64_t)below(client, 120000));
}

static void
say_history(struct sim_client *client, struct buf *out)
{
    static const char *const ways[] = {"LATEST", "LATEST", "BEFORE", "AFTER", "AROUND"};
    const struct sim_seen *seen = &client->seen[below(client, ARRAY_LEN(client->seen))];
    uint32_t way = below(client, ARRAY_LEN(ways));
    put_tags(client, out);
    if (sim_chance(random_of(client), 50)) {
        put_text(out, "CHATHISTORY TARGETS timestamp=2027-01-01T00:00:00.000Z "
                      "timestamp=2040-01-01T00:00:00.000Z 10");
        return;
    }
    buf_printf(out, "CHATHISTORY %s ", ways[way]);
    if (seen->target[0] != '\0' && sim_chance(random_of(client), 500))
        put_text(out, seen->target);
    else if (sim_chance(random_of(client), 600))
        put_channel(client, out);
    else
        put_nick(client, out);
    buf_put_byte(out, ' ');
    if (way == 0)
        buf_put_byte(out, '*');
    else
        put_reference(client, seen, out);
    buf_printf(out, " %u", 1 + below(client, sim_chance(random_of(client), 500) ? 10 : 200));
}

static void
say_redact(struct sim_client *client, struct buf *out)
{
    const struct sim_seen *seen = &client->seen[below(client, ARRAY_LEN(client->seen))];
    put_tags(client, out);
    put_text(out, "REDACT ");
    if (seen->target[0] != '\0' && sim_chance(random_of(client), 900))
        put_text(out, seen->target);
    else
        put_channel(client, out);
    buf_printf(out, " %s", seen->msgid[0] == '\0' ? "*" : seen->msgid);
    if (sim_chance(random_of(client), 300))
        put_text(out, " :not so");
}

/* All that an account has said is erased, with the code as HistServ has shown it. */
static void
say_forget(struct sim_client *client, struct buf *out)
{
    const char *account = account_pool[below(client, ARRAY_LEN(account_pool))];
    uint64_t code = (uint64_t)(client->sim->rig->now_ms / (24 * 60 * 60 * 1000));
    for (const char *at = account; *at != '\0'; at++)
        code = code * 31 + (unsigned char)*at;
    buf_printf(out, "HS FORGET %s %llu", account, (unsigned long long)(code % 1000000));
}

static void
say_link(struct sim_client *client, struct buf *out)
{
    static const char *const options[] = {"", " uses=3", " uses=2;role=voice", " account=create",
                                          " expires=1m"};
    uint32_t what = below(client, 10);
    put_tags(client, out);
    if (sim_chance(random_of(client), 300)) { /* links are for registered channels */
        struct buf channel;
        buf_init(&channel, LIMIT_CHANNEL_BYTES);
        put_channel(client, &channel);
        buf_printf(out, "CS REGISTER %.*s", STR_ARG(buf_str(&channel)));
        if (sim_chance(random_of(client), 500))
            buf_printf(out, "\r\nCS SET %.*s QUERY-CUTOFF join-time", STR_ARG(buf_str(&channel)));
        buf_deinit(&channel);
        return;
    }
    if (what < 6 && client->sim->link[0] != '\0') {
        buf_printf(out, "INVITELINK USE %s", client->sim->link);
        return;
    }
    put_text(out, what < 8    ? "INVITELINK CREATE "
                  : what == 8 ? "INVITELINK LIST "
                              : "INVITELINK REVOKE ");
    put_channel(client, out);
    put_text(out, what < 8 ? options[below(client, ARRAY_LEN(options))] : what == 8 ? "" : " 1");
}

/* An account ends, with all that it has said or without. */
static void
say_erase(struct sim_client *client, struct buf *out)
{
    const char *account = account_pool[below(client, ARRAY_LEN(account_pool))];
    int64_t made_ms = sim_history_account_made(client->sim, str_from_nul(account));
    buf_printf(out, "NS %s %s %lld", sim_chance(random_of(client), 700) ? "ERASE" : "UNREGISTER",
               account, (long long)(made_ms % 1000000));
}

static void
say_account_name(struct sim_client *client, struct buf *out)
{
    static const char *const lines[] = {"NS RENAME ann anna", "NS RENAME anna ann",
                                        "NS RENAME bob rob", "NS RENAME rob BOB"};
    put_text(out, lines[below(client, ARRAY_LEN(lines))]);
}

static void
say_marker(struct sim_client *client, struct buf *out)
{
    put_tags(client, out);
    put_text(out, sim_chance(random_of(client), 700) ? "MARKREAD " : "READ ");
    if (sim_chance(random_of(client), 700))
        put_channel(client, out);
    else
        put_nick(client, out);
    if (sim_chance(random_of(client), 200))
        return;
    put_text(out, " timestamp=");
    civil_put_iso(out, client->sim->rig->now_ms - (int64_t)below(client, 60000));
}

static void
say_metadata(struct sim_client *client, struct buf *out)
{
    static const char *const changes[] = {
        "SET display-name :A name",
        "SET x :y",
        "SET x",
        "GET x display-name",
        "LIST",
        "CLEAR",
        "SUB display-name x",
        "UNSUB x",
        "SUBS",
        "SYNC",
    };
    put_tags(client, out);
    put_text(out, "METADATA ");
    uint32_t who = below(client, 4);
    if (who < 2)
        buf_put_byte(out, '*');
    else if (who == 2)
        put_channel(client, out);
    else
        put_nick(client, out);
    buf_put_byte(out, ' ');
    put_text(out, changes[below(client, ARRAY_LEN(changes))]);
}

static void
say_search(struct sim_client *client, struct buf *out)
{
    put_tags(client, out);
    put_text(out, "SEARCH ");
    if (sim_chance(random_of(client), 500)) {
        buf_printf(out, "limit=%u", 1 + below(client, 5));
        return;
    }
    if (sim_chance(random_of(client), 400)) {
        put_text(out, "in=");
        put_channel(client, out);
        buf_put_byte(out, ';');
    }
    if (sim_chance(random_of(client), 400)) {
        put_text(out, "from=");
        put_nick(client, out);
        buf_put_byte(out, ';');
    }
    if (sim_chance(random_of(client), 500)) {
        put_text(out, "text=");
        for (uint32_t i = below(client, 20) + 1; i > 0; i--)
            buf_put_byte(out, 'x');
        buf_put_byte(out, ';');
    }
    buf_printf(out, "limit=%u", 1 + below(client, 20));
}

static void
say_playback(struct sim_client *client, struct buf *out)
{
    put_tags(client, out);
    put_text(out, sim_chance(random_of(client), 200) ? "ZNC *playback " : "PRIVMSG *playback :");
    if (sim_chance(random_of(client), 200)) {
        put_text(out, "LIST");
        return;
    }
    put_text(out, "PLAY ");
    if (sim_chance(random_of(client), 300))
        buf_put_byte(out, '*');
    else if (sim_chance(random_of(client), 700))
        put_channel(client, out);
    else
        put_nick(client, out);
    buf_printf(out, " %lld", (long long)(client->sim->rig->now_ms / 1000 - below(client, 100)));
}

static void
say_kill(struct sim_client *client, struct buf *out)
{
    put_text(out, "KILL ");
    put_nick(client, out);
    put_text(out, " :die");
}

static void
say_quit(struct sim_client *client, struct buf *out)
{
    put_text(out, "QUIT");
    if (sim_chance(random_of(client), 500))
        put_long(client, out);
}

/* Weights by how much there is to go wrong. */
static const struct {
    say_fn *say;
    uint32_t weight;
} commands[] = {
    {say_privmsg, 280},     {say_private, 50},    {say_multi, 25},    {say_to_rank, 25},
    {say_tagmsg, 40},       {say_join, 110},      {say_part, 40},     {say_nick, 35},
    {say_floor_mode, 60},   {say_rank, 50},       {say_flags, 35},    {say_list_mode, 30},
    {say_key_or_limit, 25}, {say_kick, 35},       {say_invite, 25},   {say_about_channel, 60},
    {say_topic, 15},        {say_about_nick, 30}, {say_plainly, 40},  {say_ping, 40},
    {say_cap, 40},          {say_own_mode, 10},   {say_batch, 20},    {say_rename, 8},
    {say_kill, 10},         {say_quit, 6},        {say_query, 25},    {say_shield, 15},
    {say_knock, 15},        {say_account, 30},    {say_login, 15},    {say_history, 40},
    {say_redact, 20},       {say_marker, 20},     {say_playback, 10}, {say_search, 10},
    {say_metadata, 15},     {say_forget, 3},      {say_erase, 1},     {say_link, 12},
    {say_account_name, 4},
};

static void
say_command(struct sim_client *client, struct buf *out)
{
    if (sim_chance(random_of(client), client->sim->options.operators)) {
        say_oper(client, out);
        return;
    }
    uint32_t total = 0;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        total += commands[i].weight;
    uint32_t chosen = below(client, total);
    size_t at = 0;
    while (chosen >= commands[at].weight) {
        chosen -= commands[at].weight;
        at++;
    }
    struct buf line;
    buf_init(&line, 16 * 1024);
    commands[at].say(client, &line);
    bool has_tags = line.len > 0 && line.ptr[0] == '@';
    if (!has_tags && sim_chance(random_of(client), 100))
        buf_printf(out, "@label=l%u ", below(client, 100));
    buf_put(out, buf_str(&line));
    buf_deinit(&line);
}

/* --- before registration --- */

static void
say_hello(struct sim_client *client, struct buf *out)
{
    switch (below(client, 11)) {
    case 0:
    case 1:
    case 2:
    case 3:
        say_nick(client, out);
        break;
    case 10:
        say_login(client, out);
        put_text(out, "\r\nCAP END");
        break;
    case 4:
    case 5:
    case 6:
        put_text(out, "USER u 0 * :A client");
        break;
    case 7:
        put_text(out, sim_chance(random_of(client), 500) ? "CAP END" : "PASS secret");
        break;
    case 8:
        say_cap(client, out);
        put_text(out, "\r\nCAP END");
        break;
    default:
        say_command(client, out);
        break;
    }
}

/* --- garbage --- */

/* Holds no tokens: what is not a message need not come to anybody. */
static void
say_garbage(struct sim_client *client, struct buf *out)
{
    uint32_t kind = below(client, 8);
    uint32_t len = below(client, kind == 0 ? 9000 : 80);
    if (kind == 1) /* a command that there is, with anything behind */
        buf_put(out, command_at(below(client, (uint32_t)command_count()))->name);
    for (uint32_t i = 0; i < len; i++) {
        char byte = (char)below(client, 256);
        if (kind >= 3)
            byte = " :,#@!*+-ab\x01\xC3\xA4"[below(client, 14)];
        if (byte == '~' || (byte == '\n' && kind != 2))
            byte = ' ';
        if (kind == 1 && i % 7 == 0)
            byte = ' ';
        buf_put_byte(out, byte);
    }
}

/* --- the plain door --- */

static void
say_in_plain(struct sim_client *client, struct buf *out)
{
    static const char *const lines[] = {"/who",
                                        "/help",
                                        "/list",
                                        "/nick newname",
                                        "/topic",
                                        "/part",
                                        "/verbose on",
                                        "/verbose off",
                                        "/turn",
                                        "/skip",
                                        "/whois bob",
                                        "/away out",
                                        "/away",
                                        "/motd",
                                        "/topic new",
                                        "/rehash",
                                        "/oper root secret",
                                        "/kick bob",
                                        "/invite bob",
                                        "/"};
    switch (below(client, 12)) {
    case 0:
        put_text(out, "/join ");
        sim_put_channel(client->sim, out);
        break;
    case 1:
        put_text(out, "/to ");
        if (sim_chance(random_of(client), 500))
            sim_put_channel(client->sim, out);
        else
            put_nick(client, out);
        break;
    case 2:
        put_text(out, "/msg ");
        put_nick(client, out);
        buf_put_byte(out, ' ');
        put_message(client, out);
        break;
    case 3:
        put_text(out, "/me ");
        put_message(client, out);
        break;
    case 4:
    case 5:
        put_text(out, lines[below(client, ARRAY_LEN(lines))]);
        break;
    case 6:
        if (sim_chance(random_of(client), 100))
            put_text(out, "/quit");
        break;
    default:
        put_message(client, out);
        break;
    }
}

void
sim_say_welcome(struct sim_client *client, struct buf *out)
{
    if (client->is_plain) {
        put_text(out, "/join ");
        sim_put_channel(client->sim, out);
        put_text(out, "\r\n");
        return;
    }
    if (sim_chance(random_of(client), 400)) {
        put_text(out, "CAP REQ :message-tags batch server-time echo-message labeled-response "
                      "draft/chathistory draft/message-redaction draft/read-marker\r\n");
    } else if (sim_chance(random_of(client), 500)) {
        say_cap(client, out);
        put_text(out, "\r\n");
    }
    bool logs_in = sim_chance(random_of(client), 300);
    if (logs_in)
        say_login(client, out);
    else
        buf_printf(out, "NICK n%u", client->session->number);
    put_text(out, "\r\nUSER u 0 * :A client\r\nCAP END");
    if (!logs_in && sim_chance(random_of(client), 300)) {
        put_text(out, "\r\nNICK ");
        put_nick(client, out);
    }
    for (uint32_t i = 0; i < 3; i++) {
        put_text(out, "\r\nJOIN ");
        sim_put_channel(client->sim, out);
    }
    put_text(out, "\r\n");
}

void
sim_say_registering(uint32_t number, struct buf *out)
{
    const char *account = account_pool[number];
    buf_printf(out, "NICK %s\r\nUSER u 0 * :A client\r\nREGISTER %s * secret\r\n", account,
               account);
}

uint32_t
sim_account_count(void)
{
    return ARRAY_LEN(account_pool);
}

void
sim_say(struct sim_client *client, struct buf *out)
{
    bool is_garbage = sim_chance(random_of(client), client->sim->options.garbage);
    if (is_garbage)
        say_garbage(client, out);
    else if (client->is_plain)
        say_in_plain(client, out);
    else if (!client->is_registered)
        say_hello(client, out);
    else
        say_command(client, out);
    put_text(out, sim_chance(random_of(client), 900) ? "\r\n" : "\n");
}
