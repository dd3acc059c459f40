#ifndef CONFAB_COMMAND_H
#define CONFAB_COMMAND_H

#include "hub/page.h"
#include "hub/state.h"

/*
 * The table of commands: what a line can begin with, who may use it when, and what HELP says.
 */
typedef void command_fn(struct call *call);

enum command_when {
    COMMAND_ANY_TIME,
    COMMAND_BEFORE, /* registration only; afterwards 462 */
    COMMAND_AFTER,  /* registration only; before 451 */
};

/* Flags. */
#define COMMAND_CHANGES_STATE   0x1U /* in a cluster it goes through the log */
#define COMMAND_OPERATOR        0x2U /* server operators only; others get 481 */
#define COMMAND_QUERY           0x4U /* a long answer, or much to look at: see rate.h */
#define COMMAND_CONFIRMS        0x8U /* call->is_confirmed; of services, service_say sets it */
/* Above these: the privilege that an operator needs, else 723. */
#define COMMAND_PRIVILEGE_SHIFT 8

struct command {
    struct str name; /* upper case */
    command_fn *run;
    enum command_when when;
    uint32_t params_min; /* fewer: 461 */
    uint32_t flags;
    struct str syntax; /* for HELP, behind the name */
    struct str help;
};

size_t command_count(void);
const struct command *command_at(size_t index);

/* NULL when there is none; any case. */
const struct command *command_find(struct str name);

/* Handlers, by file. */
command_fn cmd_cap, cmd_pass, cmd_nick, cmd_user, cmd_quit, cmd_ping, cmd_pong; /* registration */
command_fn cmd_join, cmd_part, cmd_topic, cmd_names, cmd_list, cmd_kick, cmd_invite,
    cmd_invitelink; /* channel */
command_fn cmd_mode;
command_fn cmd_privmsg, cmd_notice, cmd_tagmsg, cmd_batch;            /* message */
command_fn cmd_away, cmd_setname, cmd_userhost, cmd_userip, cmd_ison; /* user */
command_fn cmd_metadata;
command_fn cmd_monitor;
command_fn cmd_authenticate, cmd_register, cmd_verify, cmd_nickserv, cmd_chanserv,
    cmd_histserv; /* accounts */
command_fn cmd_knock;
command_fn cmd_accept, cmd_silence; /* shield */
command_fn cmd_filter;
command_fn cmd_chathistory;
command_fn cmd_markread; /* read_marker */
command_fn cmd_persistence;
command_fn cmd_redact, cmd_search;
command_fn cmd_isupport, cmd_rename, cmd_relaymsg, cmd_chanlimits, cmd_prop, cmd_language;
command_fn cmd_sethost, cmd_setident, cmd_chghost, cmd_chgident; /* host */
command_fn cmd_webirc;                                           /* webirc */
command_fn cmd_who, cmd_whois, cmd_whowas;                       /* who */
command_fn cmd_motd, cmd_lusers, cmd_version, cmd_time, cmd_admin, cmd_info, cmd_help, cmd_stats,
    cmd_links, cmd_map, cmd_summon, cmd_users; /* server */
command_fn cmd_oper, cmd_deoper, cmd_claim, cmd_kill, cmd_wallops, cmd_globops, cmd_rehash, cmd_die,
    cmd_restart;                                                  /* operator */
command_fn cmd_kline, cmd_dline, cmd_unban, cmd_uban, cmd_defcon; /* ban */
command_fn cmd_sajoin, cmd_sapart, cmd_sanick, cmd_samode;        /* force */

/* Completes the registration of a session when all has been said; sets the call's verdict. */
void registration_try(struct call *call);

/* What the registration waited for has come: it waits no longer, and the next step is tried. */
void registration_go_on(struct call *call);

/* The answer to the question about PASS or OPER. */
void registration_password_checked(struct call *call, enum hub_answer answer);
void operator_password_checked(struct call *call, enum hub_answer answer);

/* The answer about a gateway's password has come: WEBIRC goes on. */
void gateway_password_checked(struct call *call, enum hub_answer answer);

/* Gives up what a gateway has said. */
void gateway_forget(struct registration *registration);

/* Makes a session a user at once, with a nick made from `wanted`, and puts it into a channel. */
void registration_guest(struct call *call, const struct hub_attach *attach);

/* The name under which the console is an operator; a block that is called so is something else. */
#define CONSOLE_OPERATOR STR("console")

/* Makes the user of the call an operator of the server. */
void operator_grant(struct call *call, struct str name, enum office_origin origin,
                    uint32_t privileges);

/* The same with all privileges, because its account is one; with MODE +o and 381. */
void operator_grant_account(struct call *call, struct str account);

/* Whether an operator block is for the account of that name: nobody makes it for oneself. */
bool operator_has_account(const struct hub *hub, struct str name);

/* The user of the call has come, or logged in or out: it is an operator by a block that is
 * automatic, or not any more by one that does not fit it now. */
void operator_follow(struct call *call);

/* After a reload: operators have what their block and class say now, or are none any more when it
 * does not fit them as it is. Then, and once accounts are there, the log is warned of blocks whose
 * account may not be the one that was meant. */
void operators_refresh(struct hub *hub);

/* Gives up an OPER whose password is being compared. */
void operator_forget(struct session *session);

/* Ends all sessions of a user. The user is gone afterwards, its sessions too. */
void user_kill(struct hub *hub, struct user *user, struct str reason);

/* How one comes into a channel. */
enum join_how {
    JOIN_ASKED,     /* with all checks */
    JOIN_BY_LINK,   /* likewise, but an invite link opens what an invitation does, bans excepted */
    JOIN_FORCED,    /* without, by an operator of the server */
    JOIN_AS_CONSOLE /* likewise, and as an operator of the channel */
};

/* The same as the console of the server, when its user is another one now; nothing for one who is
 * that already. */
void operator_grant_console(struct call *call);

/* Says for the user that it is away, or with an empty text that it is back; own_session as in
 * announce_about_user. */
void away_set(struct hub *hub, struct user *user, const struct session *own_session,
              struct str away);

/* The user is no operator of the server any more. */
void operator_revoke(struct hub *hub, struct user *user);

/* 403 for what can be the name of no channel: it says what one looks like. */
void channel_refuse_name(struct call *call, struct str name);

/* Joins the user of the call to a channel. */
void channel_join(struct call *call, struct str name, struct str key, enum join_how how);

/* The user of the call leaves a channel that it is in. */
void channel_part(struct call *call, struct channel *channel, struct str reason);

/* Gives the user of the call, or `user`, that nick. Returns false, with the session of the call
 * told, when it can't be had. */
CF_NODISCARD bool nick_check(struct call *call, const struct user *user, struct str nick);
void nick_change(struct call *call, struct str nick);

/* The user of the call has logged out: a nick that is kept for an account becomes one of a guest,
 * whatever its channels say, so that the owner's clients can have it. */
void nick_release(struct call *call);

/* Switches a mode of a channel that is on or off, by its bit, as MODE does, for whoever may. */
void mode_switch(struct call *call, struct channel *channel, uint32_t bit, bool is_on);

/* The founder of a registered channel is another account: members who have that get the founder's
 * rank, and the others who have the rank go down to what AMODE gives them; all are told. */
void mode_follow_founder(struct call *call, struct channel *channel);

/* MODE without asking for ranks and privileges. */
void mode_force(struct call *call);

/* Gives a member ranks that it does not have yet; the server says so to all in the channel. */
void channel_give_ranks(struct call *call, const struct channel *channel, struct user *user,
                        uint32_t ranks);

/* Takes ranks away that a member has; likewise. */
void channel_take_ranks(struct call *call, const struct channel *channel, struct user *user,
                        uint32_t ranks);

/* Puts a member out, as the user of the call; nobody is asked whether that may be. */
void channel_kick(struct call *call, struct channel *channel, struct user *user, struct str reason);

/* Shows a channel that the user is in to a session that has just come: JOIN, topic, names. */
void channel_show(struct call *call, const struct channel *channel);

/* The burst after registration. */
void send_welcome(struct call *call);
void send_lusers(struct call *call);
void send_motd(struct call *call);
void send_names(struct call *call, const struct channel *channel);

/* A parameter that names a server must name this one, by name, mask or a nick on it; else the call
 * has been answered by 402. */
bool is_for_this_server(struct call *call, struct str server);

/* What a session of somebody who joins needs to know: the topic, the floor, who is there. */
void send_channel_state(struct call *call, const struct channel *channel);

/* The names of all modes, to those who know named-modes. */
void send_mode_names(struct call *call);

/* PERSISTENCE STATUS, to those who have an account and know it. */
void send_persistence(struct call *call);

/* ISUPPORT in as many lines as it takes. */
void send_isupport(struct call *call);

/* After a reload: tells all users which tokens are others now. */
void isupport_changed(struct hub *hub, const struct hub_config *before);

#endif
