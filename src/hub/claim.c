/* Accounts that are operators: CLAIM; see claim.h. */
#include "hub/claim.h"

#include "base/secret.h"
#include "hub/account.h"
#include "hub/account_row.h"
#include "hub/command.h"
#include "hub/post.h"
#include "hub/rate.h"
#include "hub/reply.h"
#include "hub/server_notice.h"
#include "hub/user.h"

size_t
claim_count(const struct hub *hub)
{
    size_t count = 0;
    for (struct map_node *node = map_first(&hub->accounts); node != NULL; node = map_next(node))
        count += CONTAINER_OF(node, struct account, by_key)->is_operator ? 1 : 0;
    return count;
}

bool
claim_is_made(const struct hub *hub)
{
    return hub->config->operator_count > 0 || claim_count(hub) > 0;
}

void
claim_offer(struct hub *hub, struct str secret)
{
    str_replace(&hub->claim_secret, secret);
}

void
claim_withdraw(struct hub *hub)
{
    str_free(&hub->claim_secret);
}

void
claim_follow(struct call *call)
{
    struct user *user = call->user;
    if (user == NULL)
        return;
    const struct account *account = account_find(call->hub, user->account);
    bool is_one = account != NULL && account->is_operator;
    if (user->office != NULL && user->office->origin == OFFICE_OF_ACCOUNT && !is_one)
        operator_revoke(call->hub, user);
    else if (user->office == NULL && is_one)
        operator_grant_account(call, account->name);
    operator_follow(call);
}

static void
refuse_claim(struct call *call, const struct refusal *refusal)
{
    note(call->hub, call->session, "claim refused", {"nick", call->user->nick},
         {"addr", call->session->address}, {"reason", refusal->code});
    refuse(call, refusal);
}

/* CLAIM <secret>; or CLAIM, to be an operator again after DEOPER. */
void
cmd_claim(struct call *call)
{
    struct hub *hub = call->hub;
    struct str secret = call_param(call, 0);
    struct account *account = account_find(hub, call->user->account);
    if (!rate_allows(call, RATE_OPERS, "You try to become an operator too often", STR_NONE))
        return;
    if (account == NULL) {
        refuse_claim(call,
                     &(struct refusal){
                         .code = STR("ACCOUNT_REQUIRED"),
                         .text = STR(
                             "The server is claimed for an account: log in first, or get one with "
                             "/msg NickServ REGISTER <password>"),
                     });
        return;
    }
    if (account->is_operator) {
        bool was_operator = call->user->office != NULL;
        claim_follow(call);
        if (was_operator)
            reply_notice_format(call, "You are an operator already: there is nothing to claim");
        return;
    }
    if (hub->claim_secret.len == 0) {
        refuse_claim(call, &(struct refusal){
                               .code = STR("NOTHING_TO_CLAIM"),
                               .text = STR(
                                   "This server has an operator already: OPER is for those in its "
                                   "configuration"),
                           });
        return;
    }
    if (!secret_equal(secret, hub->claim_secret)) {
        refuse_claim(call,
                     &(struct refusal){
                         .code = STR("INVALID_SECRET"),
                         .text = STR(
                             "That is not the secret that the server printed when it was started"),
                     });
        return;
    }
    claim_withdraw(hub);
    account->is_operator = true;
    (void)account_row_keep(hub, account); /* what waits: confirm.h */
    server_notify(hub, SERVER_NOTICE_OPERATORS, "Claim: %.*s has claimed this server",
                  STR_ARG(call->user->prefix));
    claim_follow(call);
}
