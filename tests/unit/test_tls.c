/* Tests of net/tls.h and net/certificate.h, against a client of OpenSSL's own in memory. */
#include "net/tls.h"

#include "base/alloc.h"
#include "net/certificate.h"
#include "unit/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct str localhost[] = {STR_INIT("localhost")};

/* --- certificates in a folder of their own --- */

struct folder {
    char path[64];
};

static void
folder_make(struct folder *folder)
{
    memcpy(folder->path, "/tmp/confab-tls-XXXXXX", sizeof "/tmp/confab-tls-XXXXXX");
    CHECK(mkdtemp(folder->path) != NULL);
    CHECK(chdir(folder->path) == 0);
}

static void
folder_remove(struct folder *folder)
{
    static const char *const names[] = {"a.pem", "a.key", "b.pem", "b.key"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        (void)unlink(names[i]); /* not every test makes all of them */
    CHECK(chdir("/") == 0);
    CHECK(rmdir(folder->path) == 0);
}

static int
make(const char *certificate, const char *key, bool may_overwrite)
{
    struct cf_err err;
    return certificate_make(
        &(struct certificate_spec){
            .certificate_path = certificate,
            .key_path = key,
            .names = localhost,
            .name_count = 1,
            .days = 1,
            .may_overwrite = may_overwrite,
        },
        &err);
}

static int
load(struct tls_server *server, const char *certificate, const char *key, struct cf_err *err)
{
    const struct tls_files files = {
        .certificate = str_from_nul(certificate),
        .key = str_from_nul(key),
    };
    return tls_server_load(server, &files, 1, err);
}

TEST(certificate_is_made_once_with_a_secret_key)
{
    struct folder folder;
    folder_make(&folder);
    CHECK_I64(make("a.pem", "a.key", false), 0);
    struct stat status;
    CHECK(stat("a.key", &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    ino_t before = status.st_ino;
    CHECK_I64(make("a.pem", "a.key", false), -EEXIST);
    CHECK(stat("a.key", &status) == 0);
    CHECK(status.st_ino == before);
    CHECK_I64(make("a.pem", "b.key", false), -EEXIST);
    CHECK(stat("b.key", &status) == -1);
    CHECK_I64(make("a.pem", "a.key", true), 0);
    CHECK(stat("a.key", &status) == 0);
    CHECK(status.st_ino != before);
    CHECK(make("none/a.pem", "none/a.key", false) == -ENOENT);
    folder_remove(&folder);
}

TEST(names_that_are_none_are_refused)
{
    static const struct {
        struct str name;
        bool is_name;
    } rows[] = {
        {STR_INIT("irc.example.org"), true},
        {STR_INIT("*.example.org"), true},
        {STR_INIT("192.0.2.1"), true},
        {STR_INIT("2001:db8::1"), true},
        {STR_INIT(""), false},
        {STR_INIT("a b"), false},
        {STR_INIT("a,DNS:b"), false},
        {STR_INIT("192.0.2.0/24"), false},
        {STR_INIT("a:b"), false},
        {STR_INIT("a\nb"), false},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        CHECK(certificate_is_name(rows[i].name) == rows[i].is_name);
}

TEST(what_can_not_be_loaded_leaves_the_old_in_use)
{
    struct folder folder;
    folder_make(&folder);
    CHECK_I64(make("a.pem", "a.key", false), 0);
    CHECK_I64(make("b.pem", "b.key", false), 0);
    struct tls_server *server = tls_server_new();
    CHECK_U64(tls_server_summary(server).count, 0);
    struct tls_bench *bench = tls_bench_new();
    CHECK(tls_new(server, bench) == NULL);
    struct cf_err err;
    CHECK_I64(load(server, "a.pem", "a.key", &err), 0);
    struct tls_summary before = tls_server_summary(server);
    CHECK_U64(before.count, 1);
    CHECK(!before.has_expired);
    CHECK_U64(strlen(before.fingerprint), TLS_FINGERPRINT_BYTES);
    static const char *const wrong[][2] = {{"none.pem", "a.key"},
                                           {"a.pem", "none.key"},
                                           {"a.pem", "b.key"},
                                           {"a.key", "a.key"}};
    for (size_t i = 0; unit_row(i, ARRAY_LEN(wrong)); i++) {
        CHECK(load(server, wrong[i][0], wrong[i][1], &err) != 0);
        CHECK(str_find(str_from_nul(err.text), STR("can't be used: ")) < strlen(err.text));
        CHECK(strcmp(tls_server_summary(server).fingerprint, before.fingerprint) == 0);
    }
    CHECK_I64(load(server, "b.pem", "b.key", &err), 0);
    CHECK(strcmp(tls_server_summary(server).fingerprint, before.fingerprint) != 0);
    tls_bench_free(&bench);
    tls_server_free(&server);
    folder_remove(&folder);
}

/* --- connections --- */

struct stage {
    struct folder folder;
    struct tls_server *server;
    struct tls_bench *bench;
    struct tls *tls;
    SSL_CTX *context;
    SSL *client;
    bool is_shaken;
};

static void
stage_open(struct stage *stage)
{
    folder_make(&stage->folder);
    CHECK_I64(make("a.pem", "a.key", false), 0);
    stage->server = tls_server_new();
    struct cf_err err;
    CHECK_I64(load(stage->server, "a.pem", "a.key", &err), 0);
    stage->bench = tls_bench_new();
    stage->tls = tls_new(stage->server, stage->bench);
    CHECK(stage->tls != NULL);
    stage->context = SSL_CTX_new(TLS_client_method());
    stage->client = SSL_new(stage->context);
    SSL_set_bio(stage->client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(stage->client);
    stage->is_shaken = false;
}

static void
stage_close(struct stage *stage)
{
    SSL_free(stage->client);
    SSL_CTX_free(stage->context);
    tls_free(&stage->tls);
    CHECK(stage->tls == NULL);
    tls_bench_free(&stage->bench);
    tls_server_free(&stage->server);
    folder_remove(&stage->folder);
}

/* What the server has to say goes to the client. */
static void
carry_output(struct stage *stage)
{
    tls_keep_output(stage->tls);
    struct str output = tls_output(stage->tls);
    if (output.len > 0)
        CHECK(BIO_write(SSL_get_rbio(stage->client), output.ptr, (int)output.len) ==
              (int)output.len);
    tls_output_sent(stage->tls, output.len);
    CHECK_U64(tls_output(stage->tls).len, 0);
}

/* At most `size` bytes of what the client has sent; false when there are none. */
static bool
carry_input(struct stage *stage, int size)
{
    char bytes[TLS_SEALED_BYTES];
    CHECK(size <= (int)sizeof bytes);
    int got = BIO_read(SSL_get_wbio(stage->client), bytes, size);
    if (got <= 0)
        return false;
    tls_feed(stage->tls, (struct str){.ptr = bytes, .len = (size_t)got});
    if (!stage->is_shaken) {
        enum tls_result result = tls_shake(stage->tls);
        CHECK(result == TLS_DONE || result == TLS_MORE);
        stage->is_shaken = result == TLS_DONE;
    }
    tls_keep_input(stage->tls);
    return true;
}

static void
shake(struct stage *stage, int piece)
{
    for (int i = 0; i < 10 && !stage->is_shaken; i++) {
        (void)SSL_do_handshake(stage->client); /* it wants more each time */
        while (carry_input(stage, piece))
            carry_output(stage);
    }
    CHECK(stage->is_shaken);
}

TEST(bytes_come_through_in_any_pieces)
{
    static const int pieces[] = {1, 7, 1000, TLS_SEALED_BYTES};
    static const size_t sizes[] = {1, 2, 510, TLS_RECORD_BYTES};
    static char sent[TLS_RECORD_BYTES];
    static char heard[TLS_RECORD_BYTES];
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (char)(i * 7);
    for (size_t i = 0; unit_row(i, ARRAY_LEN(pieces)); i++) {
        struct stage stage;
        stage_open(&stage);
        shake(&stage, pieces[i]);
        for (size_t j = 0; j < ARRAY_LEN(sizes); j++) {
            CHECK(SSL_write(stage.client, sent, (int)sizes[j]) == (int)sizes[j]);
            size_t got = 0;
            while (carry_input(&stage, pieces[i])) {
                size_t part;
                while (got < sizes[j] &&
                       tls_read(stage.tls, heard + got, sizeof heard - got, &part) == TLS_DONE)
                    got += part;
            }
            CHECK_U64(got, sizes[j]);
            CHECK(memcmp(sent, heard, got) == 0);
            CHECK(!tls_has_input(stage.tls));
            CHECK(tls_write(stage.tls, (struct str){.ptr = sent, .len = sizes[j]}) == TLS_DONE);
            carry_output(&stage);
            CHECK(SSL_read(stage.client, heard, sizeof heard) == (int)sizes[j]);
            CHECK(memcmp(sent, heard, sizes[j]) == 0);
        }
        char fingerprint[TLS_FINGERPRINT_BYTES + 1];
        CHECK(!tls_fingerprint(stage.tls, fingerprint));
        stage_close(&stage);
    }
}

TEST(little_room_leaves_the_rest_for_later)
{
    struct stage stage;
    stage_open(&stage);
    shake(&stage, 1000);
    CHECK(SSL_write(stage.client, "hello", 5) == 5);
    CHECK(SSL_write(stage.client, "world", 5) == 5);
    CHECK(carry_input(&stage, 1000));
    char heard[3];
    size_t part;
    CHECK(tls_read(stage.tls, heard, sizeof heard, &part) == TLS_DONE);
    CHECK_U64(part, 3);
    CHECK(tls_has_input(stage.tls));
    size_t rest = 0;
    while (tls_has_input(stage.tls)) {
        CHECK(tls_read(stage.tls, heard, sizeof heard, &part) == TLS_DONE);
        rest += part;
    }
    CHECK_U64(rest, 7);
    CHECK(tls_read(stage.tls, heard, sizeof heard, &part) == TLS_MORE);
    stage_close(&stage);
}

TEST(ends_are_told_both_ways)
{
    struct stage stage;
    stage_open(&stage);
    shake(&stage, 1000);
    CHECK(SSL_shutdown(stage.client) == 0); /* ours has not come yet */
    CHECK(carry_input(&stage, 1000));
    char heard[16];
    size_t part;
    CHECK(tls_read(stage.tls, heard, sizeof heard, &part) == TLS_ENDED);
    tls_feed(stage.tls, STR("what comes after the end"));
    tls_keep_input(stage.tls);
    CHECK(!tls_has_input(stage.tls));
    CHECK(tls_write(stage.tls, STR("still heard")) == TLS_DONE);
    tls_say_end(stage.tls);
    carry_output(&stage);
    CHECK(SSL_read(stage.client, heard, sizeof heard) == 11);
    CHECK(SSL_read(stage.client, heard, sizeof heard) == 0);
    CHECK((SSL_get_shutdown(stage.client) & SSL_RECEIVED_SHUTDOWN) != 0);
    stage_close(&stage);
}

TEST(garbage_fails_with_an_alert)
{
    struct stage stage;
    stage_open(&stage);
    tls_feed(stage.tls, STR("GET / HTTP/1.1\r\n\r\n"));
    CHECK(tls_shake(stage.tls) == TLS_FAILED);
    tls_keep_input(stage.tls);
    CHECK(strlen(tls_failure(stage.tls)) > 4);
    CHECK(!tls_has_input(stage.tls));
    CHECK(tls_shake(stage.tls) == TLS_FAILED); /* for good */
    CHECK(tls_write(stage.tls, STR("x")) == TLS_FAILED);
    carry_output(&stage);
    stage_close(&stage);
}

TEST(first_bytes_of_tls_are_known)
{
    static const struct {
        struct str bytes;
        bool may_be;
    } rows[] = {
        {STR_INIT(""), true},
        {STR_INIT("\x16"), true},
        {STR_INIT("\x16\x03"), true},
        {STR_INIT("\x16\x02"), false},
        {STR_INIT("\x16\x03\x01\x02"), true},
        {STR_INIT("N"), false},
        {STR_INIT("NICK a"), false},
        {STR_INIT("\x80\x03"), false},
    };

    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++)
        CHECK(tls_may_be_hello(rows[i].bytes) == rows[i].may_be);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificate_is_made_once_with_a_secret_key),
        cmocka_unit_test(names_that_are_none_are_refused),
        cmocka_unit_test(what_can_not_be_loaded_leaves_the_old_in_use),
        cmocka_unit_test(bytes_come_through_in_any_pieces),
        cmocka_unit_test(little_room_leaves_the_rest_for_later),
        cmocka_unit_test(ends_are_told_both_ways),
        cmocka_unit_test(garbage_fails_with_an_alert),
        cmocka_unit_test(first_bytes_of_tls_are_known),
    };
    return cmocka_run_group_tests_name("tls", tests, NULL, NULL);
}
