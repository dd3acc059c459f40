#ifndef CONFAB_LIMITS_H
#define CONFAB_LIMITS_H

#include <assert.h>

/*
 * Every fixed limit of the program, with unit and reason; what an administrator may set stands in
 * the table of options instead (server/options.h) and is bounded by these. docs/limits.md is made
 * from this file: one row for each define, its text from the comment above it.
 */

/* Bytes of an IRC line without CR LF and without tags: 512 in all (RFC 1459 2.3). */
#define LIMIT_LINE_BYTES 510

/* Bytes of tags that a client may send, without '@' and the space (IRCv3 message-tags). */
#define LIMIT_CLIENT_TAG_BYTES 4094

/* Bytes of one whole input line, '@', tags and space included (IRCv3 message-tags: 8191 + 510). */
#define LIMIT_INPUT_LINE_BYTES 8701

/* Parameters of an IRC line; the last takes the rest (RFC 1459 2.3). */
#define LIMIT_PARAMS 15

/* Bytes of a message on the plain door; a longer line becomes several messages. */
#define LIMIT_PLAIN_MESSAGE_BYTES 320

/* Bytes of a folded name: a few characters grow up to eleven-fold, and such names are refused. */
#define LIMIT_FOLDED_BYTES 192

/* Bytes of a nick. */
#define LIMIT_NICK_BYTES 32

/* Bytes of a channel name. */
#define LIMIT_CHANNEL_BYTES 64

/* Bytes of a user name, '~' included. */
#define LIMIT_USER_BYTES 12

/* Bytes of a host as it is shown. */
#define LIMIT_HOST_BYTES 64

/* Bytes of a real name. */
#define LIMIT_REALNAME_BYTES 150

/* Bytes of a server name or network name. */
#define LIMIT_SERVER_NAME_BYTES 63

/* Bytes of the URL of the network's icon: three times as many, escaped, fit in a line. */
#define LIMIT_ICON_BYTES 110

/* Old names of a channel that lead to the new one; the oldest goes first. */
#define LIMIT_CHANNEL_REDIRECTS 3

/* Milliseconds for which they do. */
#define LIMIT_REDIRECT_MS (24 * 3600 * 1000)

/* Milliseconds between two changes of a channel's name. */
#define LIMIT_RENAME_PAUSE_MS 60000

/* Names that a change of a channel's name may make the server list: members for each client that
 * has to leave and join, as it does not know of such changes. */
#define LIMIT_RENAME_BURST 100000

/* Bytes of a topic. */
#define LIMIT_TOPIC_BYTES 390

/* Bytes of a kick, part or quit reason. */
#define LIMIT_REASON_BYTES 390

/* Bytes of an away text. */
#define LIMIT_AWAY_BYTES 200

/* Bytes of a channel key. */
#define LIMIT_KEY_BYTES 23

/* Bytes of a password: fits in a line with the command and an operator's name. */
#define LIMIT_PASSWORD_BYTES 300

/* Bytes of a SASL response in base64: room for the longest password in UTF-8, SCRAM, and a token
 * with what stands around it. */
#define LIMIT_SASL_BYTES 6400

/* Bytes of a token that one logs in with (JWT). Those of providers have one to three thousand. */
#define LIMIT_TOKEN_BYTES 4096

/* Bytes of its first part, which is read before it is known who has made it. */
#define LIMIT_TOKEN_HEADER_BYTES 1024

/* Milliseconds that the clock of who makes tokens may be ahead of ours, or behind it. */
#define LIMIT_TOKEN_LEEWAY_MS 30000

/* Keys in the file of keys for tokens: the one in use, and some before and after it. */
#define LIMIT_TOKEN_KEYS 8

/* Bytes of that file. */
#define LIMIT_TOKEN_KEY_FILE_BYTES 65536

/* Failed logins after which a session is ended, and an account is not tried for a while. */
#define LIMIT_LOGIN_FAILURES 10

/* Milliseconds of that while. */
#define LIMIT_LOGIN_WINDOW_MS 60000

/* Names that an account may have had besides its first. */
#define LIMIT_ACCOUNT_NAMES 8

/* Certificates that log in to an account. */
#define LIMIT_ACCOUNT_CERTS 10

/* Accounts with ranks in a channel that are kept. */
#define LIMIT_CHANNEL_ACCESS 200

/* Channels that an account may register. */
#define LIMIT_REGISTERED_CHANNELS 50

/* A code that was sent by e-mail is good for so long; an account that was not verified by then is
 * given up. */
#define LIMIT_MAIL_CODE_MS (24 * 60 * 60 * 1000)

/* Letters with codes that are sent in a minute, whoever has asked for them. */
#define LIMIT_MAILS_A_MINUTE 30

/* Those of them that may be for new accounts: the rest is kept for accounts that are there. */
#define LIMIT_REGISTER_MAILS_A_MINUTE 20

/* Letters in a minute that tell an address that it is an account's no more: no confirmed address is
 * changed without one, and letters with codes leave room for them. */
#define LIMIT_CHANGE_MAILS_A_MINUTE 30

/* So long there is no other letter of the same kind to the same address, and no stranger has one
 * sent for the same account. */
#define LIMIT_MAIL_AGAIN_MS (10 * 60 * 1000)

/* Letters of which it is remembered whom they went to: as many as there are in that time. */
#define LIMIT_MAILS_REMEMBERED (LIMIT_MAILS_A_MINUTE * 11)

/* Networks of which it is remembered what was done from them of late: rates.accounts and
 * rates.letters. */
#define LIMIT_NETWORK_RATES 1024

/* Members that one ChanServ CLEAR puts out: each of them is told to all others. */
#define LIMIT_CLEARED_MEMBERS 200

/* Messages of a channel or conversation that a limit of their number may be about: those that are
 * over it are found by counting. */
#define LIMIT_KEEP_MESSAGES 1000000

/* Invite links of one channel. */
#define LIMIT_CHANNEL_LINKS 20

/* Invite links that one account has made, in all channels; operators of the server make more. */
#define LIMIT_ACCOUNT_LINKS 50

/* Invite links that operators of the server are shown, the newest, of those of all channels. */
#define LIMIT_LISTED_LINKS 100

/* Invite links that one line takes back: each is a row to remove. */
#define LIMIT_REVOKED_LINKS 1000

/* Invite links of all channels. */
#define LIMIT_INVITE_LINKS 10000

/* App passwords of one account. */
#define LIMIT_APP_PASSWORDS 20

/* So long after an export of an account there is no other of it (HistServ EXPORT), but for
 * operators of the server. */
#define LIMIT_EXPORT_MS (10 * 60 * 1000)

/* Milliseconds after which a channel that nobody has registered is given up, if nobody has come
 * since a restart: a week. */
#define LIMIT_CHANNEL_SLEEP_MS INT64_C(604800000)

/* Bytes of an e-mail address (RFC 5321 4.5.3.1.3 allows 254). */
#define LIMIT_EMAIL_BYTES 254

/* Bytes of a ban, exception or invite mask: nick!user@host at their longest. */
#define LIMIT_MASK_BYTES 111

/* Entries of each of a channel's lists that the configuration may allow (channels.list_entries). */
#define LIMIT_LIST_ENTRIES 1000

/* Changes of modes with a parameter in one MODE line (ISUPPORT MODES). */
#define LIMIT_MODE_CHANGES 12

/* Targets of one PRIVMSG or NOTICE (ISUPPORT TARGMAX). */
#define LIMIT_MESSAGE_TARGETS 4

/* Channels of one JOIN, PART, NAMES or KICK line. */
#define LIMIT_JOIN_TARGETS 32

/* Invitations that a user holds at a time; the oldest goes first. */
#define LIMIT_INVITES_PER_USER 32

/* Channels whose rows could not be read that a user who stays is in, or invited to: it leaves
 * further ones. */
#define LIMIT_LOST_PLACES 256

/* Bytes of a message of several lines, line ends included. */
#define LIMIT_MULTILINE_BYTES 4096

/* Lines of it. */
#define LIMIT_MULTILINE_LINES 32

/* Milliseconds that a client may leave a batch open. */
#define LIMIT_BATCH_OPEN_MS 60000

/* Bytes of the reference tag of a batch. */
#define LIMIT_BATCH_REFERENCE_BYTES 64

/* Nicks that a session may monitor. */
#define LIMIT_MONITOR_ENTRIES 100

/* Masks that a user may silence. */
#define LIMIT_SILENCE_ENTRIES 32

/* Users whose messages a user with mode +g accepts. */
#define LIMIT_ACCEPT_ENTRIES 50

/* Bytes of the reason given with KNOCK: fits behind two channels and a prefix. */
#define LIMIT_KNOCK_BYTES 150

/* Entries of the WHOWAS history; the oldest goes first. */
#define LIMIT_WHOWAS_ENTRIES 1024

/* Lines of the message of the day. */
#define LIMIT_MOTD_LINES 100

/* Bytes of one of them: what stands before it in a line of RPL_MOTD takes up to 105. */
#define LIMIT_MOTD_LINE_BYTES 400

/* Bytes of a message of the day. */
#define LIMIT_MOTD_BYTES 16384

/* Names and masks of one LIST: each is held against every channel. */
#define LIMIT_LIST_MASKS 8

/* Channels of which LIST, and users of which WHO and NAMES, answer before they pause for the
 * reader to keep up. */
#define LIMIT_LIST_SLICE 64

/* Bytes of a regular expression: fits in a line with the command around it. */
#define LIMIT_PATTERN_BYTES 300

/* Parentheses in parentheses in one. */
#define LIMIT_PATTERN_NESTING 20

/* Steps that a search with one takes from each place where it may begin in a text, of which a line
 * has at most 510; what needs more is not found. */
#define LIMIT_PATTERN_STEPS 2000

/* KiB of memory for the steps of a search that may have to be taken back. */
#define LIMIT_PATTERN_HEAP_KIB 256

/* Lines that are executed under the hub's lock before it is given to the next worker. */
#define LIMIT_ROUND_LINES 256

/* Sessions that the lines of one round may be for, when they go to channels: so many lines are
 * executed, and one more. They are walked in a few milliseconds. */
#define LIMIT_ROUND_REACH 262144

/* The same for the lines of one connection. */
#define LIMIT_ROUND_REACH_PER_CONN 32768

/* Bytes that a worker reads from its connections in one round. */
#define LIMIT_ROUND_INPUT_BYTES (256 * 1024)

/* The same for a worker with one client, of which there may be thousands. */
#define LIMIT_ROUND_INPUT_BYTES_SMALL (16 * 1024)

/* Sessions of a large fan-out that are written to before a worker looks for other work. */
#define LIMIT_FLUSH_SLICE 256

/* Rendered bytes waiting to be written by one worker; above it, it writes before it reads on. */
#define LIMIT_ROUND_OUTPUT_BYTES (64 * 1024 * 1024)

/* Connections that are accepted before a worker looks for other work. */
#define LIMIT_ACCEPT_BATCH 64

/* Addresses and networks whose connections are counted; those that began one of late and have none
 * left are forgotten first. */
#define LIMIT_ADMISSION_COUNTS 100000

/* Bytes of the header of a proxy: 232 with the longest address, the rest is for what it adds. */
#define LIMIT_PROXY_HEADER_BYTES 2048

/* Handshakes of TLS that a worker goes on with before it looks for other work: each takes a few
 * hundred microseconds. */
#define LIMIT_ROUND_HANDSHAKES 16

/* Worker threads: more than a machine has cores by far. */
#define LIMIT_WORKERS 256

/* Questions waiting for the helper pool (password hashes); one more is refused with "try again". */
#define LIMIT_HELPER_QUEUE 256

/* Letters waiting to be sent: two minutes' worth, with codes and of changes; one more is refused
 * with "try again". */
#define LIMIT_LETTER_QUEUE 120

/* Accounts waiting to be exported, one at a time; one more is refused with "try again". */
#define LIMIT_EXPORT_QUEUE 8

/* Messages that can be asked for at a time (ISUPPORT CHATHISTORY). */
#define LIMIT_PAGE_EVENTS 1000

/* Channels and conversations that are replayed at a time; the rest has to be asked for. */
#define LIMIT_REPLAY_TARGETS 128

/* Messages of all of them together. */
#define LIMIT_REPLAY_EVENTS 2000

/* Bytes of these, about; it ends with the page that goes beyond it. Fits, with one page more, into
 * the output queue of a session as it is by default. */
#define LIMIT_REPLAY_BYTES (256 * 1024)

/* Milliseconds for which what *playback was asked for holds for channels that are joined later. */
#define LIMIT_PLAYBACK_MS 30000

/* Bytes of the name of a device: "phone" of alice@phone. */
#define LIMIT_DEVICE_BYTES 32

/* Devices that an account remembers; the one that was there longest ago goes first. */
#define LIMIT_ACCOUNT_DEVICES 16

/* Bytes of a page of them, about; it ends with the one that goes beyond it. Fits well into the
 * output queue of a session. */
#define LIMIT_PAGE_BYTES (128 * 1024)

/* Channels and conversations of which an account, or a user without one, has a read marker; the
 * one furthest back goes first. */
#define LIMIT_READ_MARKERS 300

/* Bytes of the name by which a message is sent once (confab.chat/txn). */
#define LIMIT_TXN_BYTES 32

/* Such messages of an account that are remembered; those sent first go first. */
#define LIMIT_ACCOUNT_TXNS 100

/* The same of all accounts together: some five megabytes. */
#define LIMIT_TXNS 20000

/* Milliseconds for which they are: a day. */
#define LIMIT_TXN_MS (24 * 3600 * 1000)

/* Keys of metadata of an account, of a user without one, and of a channel. */
#define LIMIT_METADATA_KEYS 20

/* Bytes of such a key. */
#define LIMIT_METADATA_KEY_BYTES 48

/* Bytes of its value: with the key and all that stands around it, it fits in a line. */
#define LIMIT_METADATA_VALUE_BYTES 280

/* Keys that a session subscribes to. */
#define LIMIT_METADATA_SUBS 50

/* Values that come by themselves to a session that has joined a channel; where there are more, it
 * has to ask for them. */
#define LIMIT_METADATA_JOIN_VALUES 100

/* Members of the channel that are looked at for that. */
#define LIMIT_METADATA_JOIN_MEMBERS 500

/* Users of whom METADATA SYNC tells before it pauses for the reader to keep up. */
#define LIMIT_METADATA_SLICE 8

/* Messages redacted last that no page of history shows, even if the store has not done it yet. */
#define LIMIT_REDACTED_IDS 128

/* Accounts whose messages were erased last, of which the same is true. */
#define LIMIT_ERASED_ACCOUNTS 64

/* Questions to the store that wait for a reader; one more is answered with "try again". */
#define LIMIT_STORE_QUESTIONS 1024

/* Records waiting to be written to the store; more than this in a row are not kept. */
#define LIMIT_STORE_QUEUE 100000

/* Changes of rows that wait for a store that does not work, to be written when it does again. */
#define LIMIT_STORE_KEPT 1000000

/* Records in one commit: more of them would not make it cheaper. */
#define LIMIT_COMMIT_ROWS 1000

/* Milliseconds that a commit is put off while records keep coming. */
#define LIMIT_COMMIT_MS 3

/* Messages that are put into the index of words at a time: some milliseconds of work. */
#define LIMIT_INDEX_GROUP 250

/* Milliseconds that new messages wait for others to be put into the index with. Until then a search
 * reads them one by one. */
#define LIMIT_INDEX_DELAY_MS 1000

/* Milliseconds that the index may be behind while messages come without a pause; then it gets a
 * tenth of the time. */
#define LIMIT_INDEX_BEHIND_MS 60000

/* Messages that a search finds at a time. */
#define LIMIT_SEARCH_RESULTS 100

/* Milliseconds that a search may take; then whoever searches is told to narrow it down. */
#define LIMIT_SEARCH_MS 2000

/* Channels and conversations that are searched when none is named: of more, the channels; then the
 * conversations with accounts, and at last those with guests, who can begin any number of them,
 * always those in which something was said last. The others are searched when they are named. */
#define LIMIT_SEARCH_TARGETS 500

/* Names of targets, and sources of messages, whose numbers in the store are remembered. */
#define LIMIT_INTERNED 65536

/* Sources of messages that are looked at together for those without messages: a bit for each. */
#define LIMIT_SOURCES_SWEPT 8388608

/* Bytes that are held back from a session while it waits for a commit; above it, the messages it
 * waits for count as lost. */
#define LIMIT_HELD_BYTES (1024 * 1024)

/* The same for messages, and runs of bytes between them. */
#define LIMIT_HELD_ITEMS 8192

/* Milliseconds in which a session that gets no echo is told only once that messages are lost. */
#define LIMIT_LOSS_TOLD_MS 5000

/* Bytes of a configuration file. */
#define LIMIT_CONFIG_BYTES (1024 * 1024)

/* Mistakes in a configuration that are reported at a time; there may be more behind them. */
#define LIMIT_CONFIG_PROBLEMS 100

/* People with whom a user has spoken of late, and may go on speaking. */
#define LIMIT_RECENT_TARGETS 16

/* Rules of the spam filter in the configuration, and as many that are added under way. */
#define LIMIT_FILTERS 100

/* Bytes of the name of a rule. */
#define LIMIT_FILTER_NAME_BYTES 30

/* Bytes of the reason that is shown with a refusal by it. */
#define LIMIT_FILTER_REASON_BYTES 150

/* Milliseconds between two notices to operators about one rule or rate; what comes between is
 * counted. */
#define LIMIT_FLOOD_NOTICE_MS 5000

/* Masks of names that are kept back. */
#define LIMIT_RESERVED_NAMES 100

/* Addresses to listen on. */
#define LIMIT_LISTENERS 32

/* Databases that `confab restore` has moved aside and that are still there; then it refuses. */
#define LIMIT_RESTORE_ASIDE 20

/* Gateways (WEBIRC) in the configuration. */
#define LIMIT_GATEWAYS 16

/* Addresses and blocks of one of them. */
#define LIMIT_GATEWAY_ADDRESSES 16

/* Block lists in DNS in the configuration. */
#define LIMIT_DNSBL_ZONES 16

/* Answers of one of them that count, or blocks of them. */
#define LIMIT_DNSBL_REPLIES 16

/* Bytes of the reason that is shown to those whom it keeps out. */
#define LIMIT_DNSBL_REASON_BYTES 150

/* Connections that wait for block lists; one more is let in unasked. */
#define LIMIT_DNSBL_QUESTIONS 4096

/* Addresses that are looked up at a time; who comes from one more is let in unasked. */
#define LIMIT_DNSBL_LOOKUPS 512

/* Addresses about which is remembered what the lists have said. */
#define LIMIT_DNSBL_CACHE 10000

/* Certificates of TLS in the configuration. */
#define LIMIT_CERTIFICATES 16

/* Capabilities that the configuration may switch off: as many as a set has bits. */
#define LIMIT_DISABLED_CAPS 64

/* Operator blocks in the configuration. */
#define LIMIT_OPERATORS 64

/* Channels that operators of the server have closed. */
#define LIMIT_PURGES 1000

/* Bans from the server; each new connection is compared with all of them. */
#define LIMIT_SERVER_BANS 2000

/* Bytes of the reason of one, as the banned see it: fits in a line with all that stands around. */
#define LIMIT_BAN_REASON_BYTES 200

/* Classes of operators in the configuration. */
#define LIMIT_OPER_CLASSES 16

/* Bytes of a line typed at a terminal; longer than any message, which is then sent in parts. */
#define LIMIT_TERMINAL_LINE_BYTES 16384

/* Lines that the Up key brings back. */
#define LIMIT_TERMINAL_HISTORY 500

/* Bytes of a prompt: a channel's name and whose turn it is. */
#define LIMIT_TERMINAL_PROMPT_BYTES 256

/* Bytes printed that a terminal has not taken yet; the network is not read on before it does. */
#define LIMIT_TERMINAL_OUTPUT_BYTES (1024 * 1024)

/* Messages of the terminal client whose acceptance by the server it waits for; more wait their
 * turn. */
#define LIMIT_CHAT_INFLIGHT 16

/* Typed lines that wait to be sent; one more is given back. */
#define LIMIT_CHAT_OUTGOING 1000

/* Channels that the terminal client is in. */
#define LIMIT_CHAT_CHANNELS 100

/* Members of a channel that the terminal client knows by name, for completion. */
#define LIMIT_CHAT_MEMBERS 200000

/* Nicks that the terminal client shows nothing of. */
#define LIMIT_CHAT_IGNORED 100

/* Nicks that the terminal client tries before it gives up. */
#define LIMIT_CHAT_NICK_TRIES 20

static_assert(LIMIT_INPUT_LINE_BYTES == 8191 + LIMIT_LINE_BYTES, "tags and the rest");
static_assert(LIMIT_NICK_BYTES + 1 + LIMIT_USER_BYTES + 1 + LIMIT_HOST_BYTES < LIMIT_MASK_BYTES,
              "a mask can name any user");
static_assert(LIMIT_NICK_BYTES + LIMIT_USER_BYTES + LIMIT_HOST_BYTES + LIMIT_CHANNEL_BYTES +
                      LIMIT_TOPIC_BYTES / 2 <
                  LIMIT_LINE_BYTES,
              "a relayed line has room for a good part of its text");
static_assert(LIMIT_NICK_BYTES + LIMIT_USER_BYTES + LIMIT_HOST_BYTES + LIMIT_CHANNEL_BYTES + 16 +
                      LIMIT_PLAIN_MESSAGE_BYTES <=
                  LIMIT_LINE_BYTES,
              "a message from the plain door always fits in an IRC line");
static_assert(LIMIT_CHANNEL_BYTES + LIMIT_NICK_BYTES + 64 < LIMIT_TERMINAL_PROMPT_BYTES,
              "a prompt names the channel and who is waited for");
static_assert(LIMIT_ROUND_INPUT_BYTES_SMALL > LIMIT_INPUT_LINE_BYTES, "one line fits in a round");
static_assert(LIMIT_TOKEN_BYTES + LIMIT_HOST_BYTES + LIMIT_NICK_BYTES + 256 <=
                  LIMIT_SASL_BYTES / 4 * 3,
              "the longest token fits in a SASL response");

#endif
