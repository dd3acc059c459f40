/* Credentials; see credentials.h. */
#include "wire/credentials.h"

#include "wire/verifier_text.h"

#include <assert.h>
#include <string.h>

bool
credentials_make(const char *password, const struct credentials_salts *salts,
                 struct credentials *credentials_out)
{
    assert(password[0] != '\0');
    struct credentials made = {
        .sha_256 = {.hash = SCRAM_SHA_256, .iterations = SCRAM_ITERATIONS},
        .sha_512 = {.hash = SCRAM_SHA_512, .iterations = SCRAM_ITERATIONS},
    };
    if (!password_hash(password, strlen(password), made.password_hash))
        return false;
    scram_derive(str_from_nul(password), salts->sha_256, &made.sha_256);
    scram_derive(str_from_nul(password), salts->sha_512, &made.sha_512);
    *credentials_out = made;
    return true;
}

bool
credentials_match(const char *check, const char *password)
{
    struct str text = str_from_nul(check);
    if (verifier_text_is_one(text))
        return verifier_text_matches(text, str_from_nul(password));
    return password_matches(check, password, strlen(password));
}
