#ifndef CONFAB_NUMERIC_H
#define CONFAB_NUMERIC_H

#include "base/attr.h"
#include "base/str.h"

#include <stdint.h>

/*
 * The numeric replies, and the text that ends each. Rows: name, code, text. An empty text: the
 * caller gives the last parameter. Spec: modern.ircdocs "Numerics" unless said otherwise.
 * Every text of a refusal says what to do next.
 */
#define NUMERICS(X)                                                                               \
    X(RPL_WELCOME, 1, "")                                                                         \
    X(RPL_YOURHOST, 2, "")                                                                        \
    X(RPL_CREATED, 3, "")                                                                         \
    X(RPL_MYINFO, 4, "")                                                                          \
    X(RPL_ISUPPORT, 5, "are supported by this server")                                            \
    X(RPL_MAP, 6, "")                                                                             \
    X(RPL_MAPEND, 7, "End of MAP")                                                                \
    X(RPL_SNOMASK, 8, "Server notice mask")                                                       \
    X(RPL_STATSCOMMANDS, 212, "")                                                                 \
    X(RPL_STATSKLINE, 216, "")                                                                    \
    X(RPL_ENDOFSTATS, 219, "End of STATS")                                                        \
    X(RPL_UMODEIS, 221, "")                                                                       \
    X(RPL_STATSDLINE, 225, "")                                                                    \
    X(RPL_STATSFILTER, 229, "")                                                                   \
    X(RPL_STATSUPTIME, 242, "")                                                                   \
    X(RPL_STATSOLINE, 243, "")                                                                    \
    X(RPL_STATSDEBUG, 249, "")                                                                    \
    X(RPL_LUSERCLIENT, 251, "")                                                                   \
    X(RPL_LUSEROP, 252, "operators online")                                                       \
    X(RPL_LUSERUNKNOWN, 253, "connections not yet registered")                                    \
    X(RPL_LUSERCHANNELS, 254, "channels formed")                                                  \
    X(RPL_LUSERME, 255, "")                                                                       \
    X(RPL_ADMINME, 256, "Administrative information")                                             \
    X(RPL_ADMINLOC1, 257, "")                                                                     \
    X(RPL_ADMINLOC2, 258, "")                                                                     \
    X(RPL_ADMINEMAIL, 259, "")                                                                    \
    X(RPL_TRYAGAIN, 263, "")                                                                      \
    X(RPL_LOCALUSERS, 265, "")                                                                    \
    X(RPL_GLOBALUSERS, 266, "")                                                                   \
    X(RPL_SILELIST, 271, "")                                                                      \
    X(RPL_ENDOFSILELIST, 272, "End of SILENCE list")                                              \
    X(RPL_ACCEPTLIST, 281, "")                                                                    \
    X(RPL_ENDOFACCEPT, 282, "End of ACCEPT list")                                                 \
    X(RPL_AWAY, 301, "")                                                                          \
    X(RPL_USERHOST, 302, "")                                                                      \
    X(RPL_ISON, 303, "")                                                                          \
    X(RPL_UNAWAY, 305, "You are no longer marked as being away")                                  \
    X(RPL_NOWAWAY, 306, "You have been marked as being away")                                     \
    X(RPL_WHOISUSER, 311, "")                                                                     \
    X(RPL_WHOISSERVER, 312, "")                                                                   \
    X(RPL_WHOISCERTFP, 276, "")                                                                   \
    X(RPL_WHOISOPERATOR, 313, "is a server operator")                                             \
    X(RPL_WHOWASUSER, 314, "")                                                                    \
    X(RPL_ENDOFWHO, 315, "End of WHO list")                                                       \
    X(RPL_WHOISIDLE, 317, "seconds idle, signon time")                                            \
    X(RPL_ENDOFWHOIS, 318, "End of WHOIS list")                                                   \
    X(RPL_WHOISCHANNELS, 319, "")                                                                 \
    X(RPL_WHOISSPECIAL, 320, "")                                                                  \
    X(RPL_LISTSTART, 321, "Users  Name")                                                          \
    X(RPL_LIST, 322, "")                                                                          \
    X(RPL_LISTEND, 323, "End of LIST")                                                            \
    X(RPL_CHANNELMODEIS, 324, "")                                                                 \
    X(RPL_CREATIONTIME, 329, "")                                                                  \
    X(RPL_WHOISACCOUNT, 330, "is logged in as")                                                   \
    X(RPL_NOTOPIC, 331, "No topic is set")                                                        \
    X(RPL_TOPIC, 332, "")                                                                         \
    X(RPL_TOPICWHOTIME, 333, "")                                                                  \
    X(RPL_WHOISBOT, 335, "")                                                                      \
    X(RPL_INVITELIST, 336, "")                                                                    \
    X(RPL_ENDOFINVITELIST, 337, "End of INVITE list")                                             \
    X(RPL_WHOISACTUALLY, 338, "is actually using this address")                                   \
    X(RPL_USERIP, 340, "")                                                                        \
    X(RPL_INVITING, 341, "")                                                                      \
    X(RPL_INVEXLIST, 346, "")                                                                     \
    X(RPL_ENDOFINVEXLIST, 347, "End of channel invite exception list")                            \
    X(RPL_EXCEPTLIST, 348, "")                                                                    \
    X(RPL_ENDOFEXCEPTLIST, 349, "End of channel ban exception list")                              \
    X(RPL_VERSION, 351, "")                                                                       \
    X(RPL_WHOREPLY, 352, "")                                                                      \
    X(RPL_NAMREPLY, 353, "")                                                                      \
    X(RPL_WHOSPCRPL, 354, "")                                                                     \
    X(RPL_LINKS, 364, "")                                                                         \
    X(RPL_ENDOFLINKS, 365, "End of LINKS list")                                                   \
    X(RPL_ENDOFNAMES, 366, "End of NAMES list")                                                   \
    X(RPL_BANLIST, 367, "")                                                                       \
    X(RPL_ENDOFBANLIST, 368, "End of channel ban list")                                           \
    X(RPL_ENDOFWHOWAS, 369, "End of WHOWAS")                                                      \
    X(RPL_INFO, 371, "")                                                                          \
    X(RPL_MOTD, 372, "")                                                                          \
    X(RPL_ENDOFINFO, 374, "End of INFO list")                                                     \
    X(RPL_MOTDSTART, 375, "")                                                                     \
    X(RPL_ENDOFMOTD, 376, "End of MOTD command")                                                  \
    X(RPL_WHOISHOST, 378, "")                                                                     \
    X(RPL_WHOISMODES, 379, "")                                                                    \
    X(RPL_YOUREOPER, 381, "You are now a server operator")                                        \
    X(RPL_REHASHING, 382, "Rehashing")                                                            \
    X(RPL_TIME, 391, "")                                                                          \
    X(RPL_VISIBLEHOST, 396, "is now your visible host")                                           \
    X(ERR_UNKNOWNERROR, 400, "")                                                                  \
    X(ERR_NOSUCHNICK, 401, "No such nick or channel: check its spelling")                         \
    X(ERR_NOSUCHSERVER, 402, "No such server: this is the only one")                              \
    X(ERR_NOSUCHCHANNEL, 403, "No such channel: check its spelling")                              \
    X(ERR_CANNOTSENDTOCHAN, 404, "")                                                              \
    X(ERR_TOOMANYCHANNELS, 405, "You are in too many channels: PART one first")                   \
    X(ERR_WASNOSUCHNICK, 406, "There was no such nick of late: check its spelling")               \
    X(ERR_TOOMANYTARGETS, 407, "Too many targets: send it to fewer at a time")                    \
    X(ERR_NOORIGIN, 409, "No origin given: PING needs a token")                                   \
    X(ERR_INVALIDCAPCMD, 410, "Invalid CAP subcommand: LS, LIST, REQ and END are there")          \
    X(ERR_NORECIPIENT, 411, "")                                                                   \
    X(ERR_NOTEXTTOSEND, 412, "No text to send: write it behind the target")                       \
    X(ERR_INPUTTOOLONG, 417, "")                                                                  \
    X(ERR_UNKNOWNCOMMAND, 421, "Unknown command: HELP lists those there are")                     \
    X(ERR_NOMOTD, 422, "There is no message of the day")                                          \
    X(ERR_NOADMININFO, 423, "No administrative information is given")                             \
    X(ERR_NONICKNAMEGIVEN, 431, "No nickname given: NICK <nick>")                                 \
    X(ERR_ERRONEUSNICKNAME, 432, "")                                                              \
    X(ERR_NICKNAMEINUSE, 433, "")                                                                 \
    X(ERR_BANNICKCHANGE, 435, "You are banned there and keep your nick: PART it first")           \
    X(ERR_UNAVAILRESOURCE, 437, "")                                                               \
    X(ERR_USERNOTINCHANNEL, 441, "They aren't on that channel: NAMES lists who is")               \
    X(ERR_NOTONCHANNEL, 442, "You're not on that channel: JOIN it first")                         \
    X(ERR_USERONCHANNEL, 443, "is already on channel: there is nothing to do")                    \
    X(ERR_SUMMONDISABLED, 445, "SUMMON has been disabled: use INVITE")                            \
    X(ERR_USERSDISABLED, 446, "USERS has been disabled: WHO lists users")                         \
    X(ERR_NONICKCHANGE, 447, "You keep your nick while you are there (+N): PART it first")        \
    X(ERR_NOTREGISTERED, 451, "You have not registered: send NICK and USER first")                \
    X(ERR_ACCEPTFULL, 456, "Your accept list is full: remove a nick with ACCEPT -<nick>")         \
    X(ERR_ACCEPTEXIST, 457, "is already on your accept list")                                     \
    X(ERR_ACCEPTNOT, 458, "is not on your accept list")                                           \
    X(ERR_NEEDMOREPARAMS, 461, "")                                                                \
    X(ERR_ALREADYREGISTERED, 462, "You are already registered: connect anew to change that")      \
    X(ERR_PASSWDMISMATCH, 464, "Password incorrect: check it and try again")                      \
    X(ERR_YOUREBANNEDCREEP, 465, "")                                                              \
    X(ERR_INVALIDUSERNAME, 468, "Your user name is not valid: use letters and digits")            \
    X(ERR_LINKCHANNEL, 470, "Cannot join channel, you are brought to another (+f)")               \
    X(ERR_CHANNELISFULL, 471, "Cannot join channel (+l): it is full, try again later")            \
    X(ERR_UNKNOWNMODE, 472, "is an unknown mode: HELP MODES lists those there are")               \
    X(ERR_INVITEONLYCHAN, 473, "Cannot join channel (+i): ask a member for an invitation")        \
    X(ERR_BANNEDFROMCHAN, 474, "Cannot join channel (+b): you are banned, ask an operator of it") \
    X(ERR_BADCHANNELKEY, 475, "Cannot join channel (+k): give its key with JOIN <channel> <key>") \
    X(ERR_BADCHANMASK, 476, "Bad channel name")                                                   \
    X(ERR_NEEDREGGEDNICK, 477, "Cannot join channel (+R): log in to an account first")            \
    X(ERR_BANLISTFULL, 478, "The list is full: remove an entry first")                            \
    X(ERR_BADCHANNAME, 479, "")                                                                   \
    X(ERR_THROTTLE, 480, "")                                                                      \
    X(ERR_NOPRIVILEGES, 481, "Permission denied: you are not a server operator")                  \
    X(ERR_CHANOPRIVSNEEDED, 482, "")                                                              \
    X(ERR_CANTKILLSERVER, 483, "You can't kill a server: DIE stops this one")                     \
    X(ERR_SECUREONLYCHAN, 489, "Cannot join channel (+z): connect over TLS first")                \
    X(ERR_ALLMUSTSSL, 490, "")                                                                    \
    X(ERR_UMODEUNKNOWNFLAG, 501, "Unknown user mode: HELP UMODES lists those there are")          \
    X(ERR_USERSDONTMATCH, 502, "Can't change or see the modes of others: give your nick")         \
    X(ERR_NOINVITE, 518, "")                                                                      \
    X(ERR_OPERONLY, 520, "Cannot join channel (+O): it is for operators of the server")           \
    X(ERR_SILELISTFULL, 511, "Your silence list is full: remove a mask with SILENCE -<mask>")     \
    X(ERR_HELPNOTFOUND, 524, "No help on this: HELP lists what there is")                         \
    X(ERR_CANTSENDTOUSER, 531, "")                                                                \
    X(RPL_WHOISSECURE, 671, "is using a secure connection")                                       \
    X(ERR_NOPRIVS, 723, "Your class of operators does not have this privilege")                   \
    X(RPL_MONONLINE, 730, "")                                                                     \
    X(RPL_MONOFFLINE, 731, "")                                                                    \
    X(RPL_MONLIST, 732, "")                                                                       \
    X(RPL_ENDOFMONLIST, 733, "End of MONITOR list")                                               \
    X(ERR_MONLISTFULL, 734, "Your monitor list is full: remove a nick first")                     \
    X(ERR_INVALIDMODEPARAM, 696, "")                                                              \
    X(RPL_ENDOFPROPLIST, 960, "End of mode list")                                                 \
    X(RPL_PROPLIST, 961, "")                                                                      \
    X(RPL_ENDOFLISTPROPLIST, 962, "End of list")                                                  \
    X(RPL_LISTPROPLIST, 963, "")                                                                  \
    X(RPL_CHMODELIST, 964, "")                                                                    \
    X(RPL_UMODELIST, 965, "")                                                                     \
    X(RPL_YOURLANGUAGESARE, 687, "Language preferences have been set")                            \
    X(ERR_TOOMANYLANGUAGES, 981, "You specified too many languages")                              \
    X(ERR_NOLANGUAGE, 982, "")                                                                    \
    X(RPL_HELPSTART, 704, "")                                                                     \
    X(RPL_HELPTXT, 705, "")                                                                       \
    X(RPL_ENDOFHELP, 706, "")                                                                     \
    X(RPL_KNOCK, 710, "")                                                                         \
    X(RPL_KNOCKDLVR, 711, "Your KNOCK has been delivered")                                        \
    X(ERR_TOOMANYKNOCK, 712, "Too many KNOCKs: wait a minute and try again")                      \
    X(ERR_CHANOPEN, 713, "The channel is open: JOIN it")                                          \
    X(ERR_KNOCKONCHAN, 714, "You are already on that channel")                                    \
    X(ERR_TARGUMODEG, 716, "has mode +g and takes no messages from you: wait for their ACCEPT")   \
    X(RPL_TARGNOTIFY, 717, "has been told that you messaged them")                                \
    X(RPL_UMODEGMSG, 718, "")                                                                     \
    X(RPL_WHOISKEYVALUE, 760, "")                                                                 \
    X(RPL_KEYVALUE, 761, "")                                                                      \
    X(RPL_METADATAEND, 762, "End of metadata")                                                    \
    X(RPL_KEYNOTSET, 766, "The key is not set")                                                   \
    X(RPL_METADATASUBOK, 770, "")                                                                 \
    X(RPL_METADATAUNSUBOK, 771, "")                                                               \
    X(RPL_METADATASUBS, 772, "")                                                                  \
    X(RPL_METADATASYNCLATER, 774, "")                                                             \
    X(RPL_LOGGEDIN, 900, "")                                                                      \
    X(RPL_LOGGEDOUT, 901, "")                                                                     \
    X(RPL_SASLSUCCESS, 903, "SASL authentication successful")                                     \
    X(ERR_SASLFAIL, 904, "")                                                                      \
    X(ERR_SASLTOOLONG, 905, "SASL message too long: send it in chunks of 400 bytes")              \
    X(ERR_SASLABORTED, 906, "SASL authentication aborted")                                        \
    X(RPL_SASLMECHS, 908, "are available SASL mechanisms")

enum numeric {

#define X(name, code, text) name = (code),
    NUMERICS(X)
#undef X
};

/* The text that ends the numeric, empty when the caller gives it. Pure, any thread. */
struct str numeric_text(enum numeric numeric);

#endif
