#ifndef CONFAB_HUB_MAIL_H
#define CONFAB_HUB_MAIL_H

#include "hub/account.h"
#include "hub/login.h"

/*
 * Codes that go to the e-mail address of an account: to prove that it is the owner's, and to set a
 * password that was forgotten. An account has one of each, and none does what the other is for:
 * anybody may ask for a new password, and takes nothing from an address that waits for its code.
 * A code is a secret of 100 bits, kept as its hash with the account (account_row.h), good for one
 * use, for LIMIT_MAIL_CODE_MS, and until the next letter of its kind; wrong ones count for whoever
 * gives them, never against the code. How letters are sent is outside: QUESTION_MAIL. Part of the
 * hub's state, guarded by its lock.
 */
#define MAIL_HASH_BYTES 32

enum mail_letter {
    MAIL_VERIFY, /* the code for VERIFY: the session of the call waits until it has been sent */
    MAIL_RESET,  /* the code for NickServ RESETPASS: nobody waits */
    MAIL_NEW_ADDRESS, /* the code for VERIFYEMAIL, to account->new_email: nobody waits */
    MAIL_CHANGED,     /* no code: tells a former address of the account; nobody waits */
};

/* Whether it is an address that a letter can be sent to: of ASCII, without quotes and spaces, so
 * that it can't be taken for anything else in a letter's head. Pure. */
bool mail_is_address(struct str email);

/* Makes a code for the account and has it sent to its address. letter: one with a code. purpose: of
 * MAIL_VERIFY, who goes on when it has been sent. */
void mail_send(struct call *call, struct account *account, enum mail_letter letter,
               enum login_purpose purpose);

/* A letter like the last ones went to: nobody is sent many that others have asked for. */
struct mail_recipient {
    unsigned char hash[MAIL_HASH_BYTES]; /* of the kind of letter and the address */
    int64_t sent_ms;
};

/* Whether another letter of this kind may be sent in this minute: those for new accounts, which
 * anybody asks for, leave room for others, and none keeps former addresses from being told. */
bool mail_has_room(const struct hub *hub, enum mail_letter letter);

/* Whether that address has been sent a letter of this kind a short time ago, for any account. */
bool mail_is_soon_to(const struct hub *hub, enum mail_letter letter, struct str address);

/* That letter could not be sent: another one may follow at once. */
void mail_was_not_sent(struct hub *hub, enum mail_letter letter, struct str address);

/* Tells an address that it is the account's no more: it was not its owner, perhaps, who has said
 * so. Does nothing when no letters are sent; otherwise there is room for a MAIL_CHANGED: who asks
 * for the change is refused without. */
void mail_tell_of_change(struct call *call, const struct account *account, struct str address);

/* Whether a code like that was sent so short a time ago that there is no other yet. */
bool mail_is_soon(const struct hub *hub, const struct account *account, enum mail_letter letter);

/* Whether it is the code of such a letter, which stays good: for what can still fail. */
CF_NODISCARD bool mail_is_code(const struct hub *hub, const struct account *account,
                               enum mail_letter letter, struct str code);

/* Frees what is remembered, as the hub ends. */
void mail_forget_recipients(struct hub *hub);

/* All codes are good no more, and an address that waits for one is none; the next letters wait as
 * long as they would have. The caller stores the account. */
void mail_void_codes(struct account *account);

/* The same, and the next letters wait for nothing: what they were for is done, or the account is in
 * other hands. Stores the account; does nothing when there are none. */
void mail_drop_codes(struct hub *hub, struct account *account);

#endif
