/* Tests of wire/scram.h and wire/base64.h. */
#include "wire/scram.h"

#include "unit/support/unit.h"
#include "wire/base64.h"

#include <string.h>

#define S STR_INIT

TEST(base64_takes_only_what_is_whole)
{
    static const struct {
        struct str text;
        struct str bytes;
        bool is_right;
    } rows[] = {
        {S(""), S(""), true},
        {S("Zg=="), S("f"), true},
        {S("Zm8="), S("fo"), true},
        {S("Zm9v"), S("foo"), true},
        {S("Zg="), S(""), false},
        {S("Zg"), S(""), false},
        {S("Zm9v="), S(""), false},
        {S("Z m9v"), S(""), false},
        {S("Zm9v\n"), S(""), false},
        {S("Zm-_"), S(""), false},
        {S("===="), S(""), false},
        {S("Zh=="), S(""), false},
        {S("AAECAw=="), S("\0\1\2\3"), true},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct buf bytes;
        buf_init(&bytes, 100);
        CHECK(base64_take(&bytes, rows[i].text) == rows[i].is_right);
        CHECK_STR(buf_str(&bytes), rows[i].bytes);
        if (rows[i].is_right) {
            struct buf text;
            buf_init(&text, 100);
            base64_put(&text, rows[i].bytes);
            CHECK_STR(buf_str(&text), rows[i].text);
            buf_deinit(&text);
        }
        buf_deinit(&bytes);
    }
}

TEST(base64_takes_nothing_when_there_is_no_room)
{
    struct buf bytes;
    buf_init(&bytes, 2);
    CHECK(!base64_take(&bytes, STR("Zm9v")));
    CHECK_U64(bytes.len, 0);
    buf_deinit(&bytes);
}

/* The exchange of RFC 7677 3. */
#define CLIENT_NONCE "rOprNGfwEbeRWgbNEkqO"
#define SERVER_NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"

static void
verifier_of(enum scram_hash hash, struct str password, struct scram_verifier *verifier)
{
    struct buf salt;
    buf_init(&salt, SCRAM_SALT_BYTES);
    CHECK(base64_take(&salt, STR("W22ZaJ0SNY7soEsUEjb6gQ==")));
    *verifier = (struct scram_verifier){.hash = hash, .iterations = 4096};
    scram_derive(password, (const unsigned char *)buf_str(&salt).ptr, verifier);
    buf_deinit(&salt);
}

struct exchange {
    struct scram_exchange scram;
    struct buf name;
    struct buf authzid;
    struct buf out;
};

static enum scram_result
begin(struct exchange *exchange, struct str message)
{
    *exchange = (struct exchange){.name = {.len = 0}};
    buf_init(&exchange->name, 100);
    buf_init(&exchange->authzid, 100);
    buf_init(&exchange->out, 2000);
    return scram_take_first(&exchange->scram, message, &exchange->name, &exchange->authzid);
}

static void
end(struct exchange *exchange)
{
    scram_exchange_deinit(&exchange->scram);
    buf_deinit(&exchange->name);
    buf_deinit(&exchange->authzid);
    buf_deinit(&exchange->out);
}

/* The server's nonce of the RFC is no base64: put in where ours would be. */
static void
put_first_of_rfc(struct exchange *exchange, const struct scram_verifier *verifier)
{
    static const unsigned char nonce[SCRAM_NONCE_BYTES] = {0};
    scram_put_first(&exchange->scram, verifier, nonce, &exchange->out);
    buf_deinit(&exchange->scram.server_first);
    buf_init(&exchange->scram.server_first, 1000);
    buf_put(&exchange->scram.server_first,
            STR("r=" CLIENT_NONCE SERVER_NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
    buf_clear(&exchange->out);
}

TEST(sha_256_gives_the_example_of_the_rfc)
{
    struct scram_verifier verifier;
    verifier_of(SCRAM_SHA_256, STR("pencil"), &verifier);
    struct exchange exchange;
    CHECK(begin(&exchange, STR("n,,n=user,r=" CLIENT_NONCE)) == SCRAM_OK);
    CHECK_STR(buf_str(&exchange.name), STR("user"));
    CHECK_STR(buf_str(&exchange.authzid), STR(""));
    put_first_of_rfc(&exchange, &verifier);
    CHECK(scram_take_final(&exchange.scram, &verifier,
                           STR("c=biws,r=" CLIENT_NONCE SERVER_NONCE
                               ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="),
                           &exchange.out) == SCRAM_OK);
    CHECK_STR(buf_str(&exchange.out), STR("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    end(&exchange);
}

TEST(another_password_is_wrong)
{
    struct scram_verifier verifier;
    verifier_of(SCRAM_SHA_256, STR("pencils"), &verifier);
    struct exchange exchange;
    CHECK(begin(&exchange, STR("n,,n=user,r=" CLIENT_NONCE)) == SCRAM_OK);
    put_first_of_rfc(&exchange, &verifier);
    CHECK(scram_take_final(&exchange.scram, &verifier,
                           STR("c=biws,r=" CLIENT_NONCE SERVER_NONCE
                               ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="),
                           &exchange.out) == SCRAM_WRONG);
    CHECK_STR(buf_str(&exchange.out), STR(""));
    end(&exchange);
}

TEST(final_messages_that_do_not_fit_are_malformed)
{
    static const struct str rows[] = {
        S(""),
        S("c=biws"),
        S("c=biws,r=" CLIENT_NONCE SERVER_NONCE),
        S("c=biws,r=" CLIENT_NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="),
        S("c=eSws,r=" CLIENT_NONCE SERVER_NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="),
        S("c=biws,r=" CLIENT_NONCE SERVER_NONCE ",p=????"),
        S("r=" CLIENT_NONCE SERVER_NONCE ",c=biws,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="),
    };
    struct scram_verifier verifier;
    verifier_of(SCRAM_SHA_256, STR("pencil"), &verifier);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct exchange exchange;
        CHECK(begin(&exchange, STR("n,,n=user,r=" CLIENT_NONCE)) == SCRAM_OK);
        put_first_of_rfc(&exchange, &verifier);
        CHECK(scram_take_final(&exchange.scram, &verifier, rows[i], &exchange.out) ==
              SCRAM_MALFORMED);
        end(&exchange);
    }
}

TEST(first_messages_are_taken_apart)
{
    static const struct {
        struct str message;
        struct str name;
        struct str authzid;
        enum scram_result result;
    } rows[] = {
        {S("n,,n=user,r=abc"), S("user"), S(""), SCRAM_OK},
        {S("y,,n=user,r=abc"), S("user"), S(""), SCRAM_OK},
        {S("n,a=other,n=user,r=abc"), S("user"), S("other"), SCRAM_OK},
        {S("n,,n=a=2Cb=3Dc,r=abc"), S("a,b=c"), S(""), SCRAM_OK},
        {S("n,,n=user,r=abc,x=more"), S("user"), S(""), SCRAM_OK},
        {S("p=tls-unique,,n=user,r=abc"), S(""), S(""), SCRAM_MALFORMED},
        {S("n,,n=,r=abc"), S(""), S(""), SCRAM_MALFORMED},
        {S("n,,n=a=2Db,r=abc"), S("a"), S(""), SCRAM_MALFORMED},
        {S("n,,n=user"), S(""), S(""), SCRAM_MALFORMED},
        {S("n,,n=user,r="), S(""), S(""), SCRAM_MALFORMED},
        {S("n,,n=user,r=a b"), S(""), S(""), SCRAM_MALFORMED},
        {S("n,,m=ext,n=user,r=abc"), S(""), S(""), SCRAM_MALFORMED},
        {S("n,b=x,n=user,r=abc"), S(""), S(""), SCRAM_MALFORMED},
        {S("n,"), S(""), S(""), SCRAM_MALFORMED},
        {S("n"), S(""), S(""), SCRAM_MALFORMED},
        {S(""), S(""), S(""), SCRAM_MALFORMED},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct exchange exchange;
        CHECK(begin(&exchange, rows[i].message) == rows[i].result);
        CHECK_STR(buf_str(&exchange.name), rows[i].name);
        CHECK_STR(buf_str(&exchange.authzid), rows[i].authzid);
        end(&exchange);
    }
}

TEST(the_first_answer_has_nonce_salt_and_count)
{
    struct scram_verifier verifier;
    verifier_of(SCRAM_SHA_512, STR("pencil"), &verifier);
    struct exchange exchange;
    CHECK(begin(&exchange, STR("n,,n=user,r=abc")) == SCRAM_OK);
    static const unsigned char nonce[SCRAM_NONCE_BYTES] = {0};
    scram_put_first(&exchange.scram, &verifier, nonce, &exchange.out);
    CHECK_STR(buf_str(&exchange.out),
              STR("r=abcAAAAAAAAAAAAAAAAAAAAAAAA,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
    end(&exchange);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_takes_only_what_is_whole),
        cmocka_unit_test(base64_takes_nothing_when_there_is_no_room),
        cmocka_unit_test(sha_256_gives_the_example_of_the_rfc),
        cmocka_unit_test(another_password_is_wrong),
        cmocka_unit_test(final_messages_that_do_not_fit_are_malformed),
        cmocka_unit_test(first_messages_are_taken_apart),
        cmocka_unit_test(the_first_answer_has_nonce_salt_and_count),
    };
    return cmocka_run_group_tests_name("scram", tests, NULL, NULL);
}
