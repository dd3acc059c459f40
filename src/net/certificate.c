/* Making certificates, with OpenSSL; see certificate.h. */
#include "net/certificate.h"

#include "base/buf.h"
#include "wire/address.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SERIAL_BYTES     16
#define DAY_S            (24L * 60 * 60)
#define NAMES_BYTES_MAX  8192
#define PATH_BYTES_MAX   8192
#define COMMON_NAME_MAX  64 /* ub-common-name (RFC 5280 A.1) */
#define KEY_MODE         0600
#define CERTIFICATE_MODE 0644
#define TEMPORARY_SUFFIX ".new"

/* --- the certificate --- */

/* Nothing that OpenSSL would take for more than a name. */
static bool
is_host_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char byte = name.ptr[i];
        if (!ascii_is_letter(byte) && !ascii_is_digit(byte) && byte != '-' && byte != '.' &&
            byte != '_' && byte != '*')
            return false;
    }
    return name.len > 0;
}

static bool
is_address(struct str name)
{
    struct address_block block;
    return str_find_byte(name, '/') == name.len && address_block_parse(name, &block);
}

bool
certificate_is_name(struct str name)
{
    return is_address(name) || is_host_name(name);
}

static int
check_names(const struct certificate_spec *spec, struct cf_err *err)
{
    for (size_t i = 0; i < spec->name_count; i++) {
        struct str name = spec->names[i];
        if (!certificate_is_name(name)) {
            return cf_err_set(err, -EINVAL, "\"%.*s\" is no host name and no address",
                              STR_ARG(name));
        }
    }
    return 0;
}

/* "DNS:irc.example.org,IP:192.0.2.1": the names, for OpenSSL to parse. */
static void
put_names(struct buf *out, const struct certificate_spec *spec)
{
    for (size_t i = 0; i < spec->name_count; i++) {
        buf_put(out, i == 0 ? STR("") : STR(","));
        buf_put(out, is_address(spec->names[i]) ? STR("IP:") : STR("DNS:"));
        buf_put(out, spec->names[i]);
    }
}

static bool
add_extension(X509 *certificate, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    if (extension == NULL)
        return false;
    bool is_added = X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return is_added;
}

static bool
set_serial(X509 *certificate)
{
    unsigned char bytes[SERIAL_BYTES];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    bytes[0] &= 0x7F; /* a positive number (RFC 5280 4.1.2.2) */
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool is_set =
        number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return is_set;
}

static bool
set_subject(X509 *certificate, struct str name)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    struct str common = str_take(name, COMMON_NAME_MAX);
    return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                      (const unsigned char *)common.ptr, (int)common.len, -1,
                                      0) == 1 &&
           X509_set_issuer_name(certificate, subject) == 1;
}

static bool
fill(X509 *certificate, EVP_PKEY *key, const struct certificate_spec *spec)
{
    struct buf names;
    buf_init(&names, NAMES_BYTES_MAX);
    put_names(&names, spec);
    /* It began yesterday: the clocks of clients are not all right. */
    bool is_filled =
        X509_set_version(certificate, 2) == 1 && set_serial(certificate) &&
        X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_S) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(certificate), (long)spec->days * DAY_S) != NULL &&
        set_subject(certificate, spec->names[0]) && X509_set_pubkey(certificate, key) == 1 &&
        !names.is_truncated &&
        add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
        add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
        add_extension(certificate, NID_subject_alt_name, buf_nul_terminated(&names)) &&
        X509_sign(certificate, key, EVP_sha256()) > 0;
    buf_deinit(&names);
    return is_filled;
}

/* --- files --- */

static void
put_path(struct buf *out, const char *path, const char *suffix)
{
    buf_init(out, PATH_BYTES_MAX);
    buf_put(out, str_from_nul(path));
    buf_put(out, str_from_nul(suffix));
}

static int
fail(struct cf_err *err, int error, const char *what, const char *path)
{
    return cf_err_set(err, -error, "cannot %s %s: %s", what, path, errno_text(error));
}

/* Writes PEM beside the path, where rename will find it. certificate: NULL, then the key. */
static int
write_beside(const char *path, const X509 *certificate, const EVP_PKEY *key, struct cf_err *err)
{
    struct buf beside;
    put_path(&beside, path, TEMPORARY_SUFFIX);
    const char *name = buf_nul_terminated(&beside);
    int result = 0;
    (void)unlink(name); /* left over; if it can't be removed, open says so */
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                  certificate == NULL ? KEY_MODE : CERTIFICATE_MODE);
    FILE *file = fd == -1 ? NULL : fdopen(fd, "w");
    if (file == NULL) {
        result = fail(err, errno, "write", name);
        if (fd != -1)
            (void)close(fd); /* nothing is in it */
    } else {
        int is_written = certificate != NULL
                             ? PEM_write_X509(file, certificate)
                             : PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
        if (is_written != 1 || fflush(file) != 0 || fsync(fd) == -1)
            result = fail(err, errno == 0 ? EIO : errno, "write", name);
        if (fclose(file) != 0 && result == 0)
            result = fail(err, errno, "write", name);
    }
    buf_deinit(&beside);
    return result;
}

static int
move_into_place(const char *path, struct cf_err *err)
{
    struct buf beside;
    put_path(&beside, path, TEMPORARY_SUFFIX);
    int result = 0;
    if (rename(buf_nul_terminated(&beside), path) == -1)
        result = fail(err, errno, "replace", path);
    buf_deinit(&beside);
    return result;
}

static void
remove_beside(const char *path)
{
    struct buf beside;
    put_path(&beside, path, TEMPORARY_SUFFIX);
    (void)unlink(buf_nul_terminated(&beside)); /* it may not have been made */
    buf_deinit(&beside);
}

static int
write_both(const struct certificate_spec *spec, const X509 *certificate, const EVP_PKEY *key,
           struct cf_err *err)
{
    int result = write_beside(spec->key_path, NULL, key, err);
    if (result == 0)
        result = write_beside(spec->certificate_path, certificate, NULL, err);
    if (result == 0)
        result = move_into_place(spec->key_path, err);
    if (result == 0)
        result = move_into_place(spec->certificate_path, err);
    if (result != 0) {
        remove_beside(spec->key_path);
        remove_beside(spec->certificate_path);
    }
    return result;
}

static int
check_absent(const char *path, struct cf_err *err)
{
    struct stat status;
    if (lstat(path, &status) == -1)
        return 0;
    return cf_err_set(err, -EEXIST, "%s is there already; give --force to replace it", path);
}

int
certificate_make(const struct certificate_spec *spec, struct cf_err *err)
{
    assert(spec->name_count > 0);
    assert(spec->days > 0);
    int result = check_names(spec, err);
    if (!spec->may_overwrite && result == 0)
        result = check_absent(spec->certificate_path, err);
    if (!spec->may_overwrite && result == 0)
        result = check_absent(spec->key_path, err);
    if (result != 0)
        return result;
    ERR_clear_error();
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    if (key == NULL || certificate == NULL || !fill(certificate, key, spec)) {
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());
        result = cf_err_set(err, -EINVAL, "cannot make a certificate: %s",
                            reason == NULL ? "unknown error" : reason);
        ERR_clear_error();
    } else {
        result = write_both(spec, certificate, key, err);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    return result;
}
