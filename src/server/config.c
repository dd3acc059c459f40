/* Loading a configuration; see config.h. Its YAML is read in config_yaml.c. */
#include "server/config.h"

#include "hub/mail.h"

#include "base/alloc.h"
#include "server/config_yaml.h"
#include "server/option_check.h"
#include "server/option_value.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WHY_BYTES_MAX          512
#define READ_BYTES             65536
#define CLOAK_SECRET_BYTES_MIN 16
#define FINGERPRINT_BYTES      64   /* SHA-256 in hexadecimal digits */
#define PATH_BYTES_MAX         8192 /* a folder and a path in it, each within the table's limits */

/* --- the struct --- */

struct str
config_keep_text(struct config *config, struct str text)
{
    char *copy = cf_alloc(text.len + 1);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    config->texts = cf_array_reserve(config->texts, &config->text_capacity, config->text_count + 1,
                                     sizeof *config->texts);
    config->texts[config->text_count++] = copy;
    return (struct str){.ptr = copy, .len = text.len};
}

void
config_put_data_path(struct buf *out, const struct config *config, struct str path)
{
    if (!str_starts_with(path, STR("/"))) {
        buf_put(out, config->data_dir);
        buf_put_byte(out, '/');
    }
    buf_put(out, path);
}

void
config_free(struct config **config_ptr)
{
    struct config *config = *config_ptr;
    *config_ptr = NULL;
    while (config != NULL) {
        struct config *previous = config->previous;
        jwt_verifier_free(&config->token_verifier);
        for (size_t i = 0; i < config->text_count; i++)
            cf_free(config->texts[i]);
        cf_free(config->texts);
        cf_free(config);
        config = previous;
    }
}

static struct config *
config_new(void)
{
    struct config *config = cf_calloc_array(1, sizeof *config);
    for (size_t i = 0; i < option_count(); i++) {
        const struct option *option = option_at(i);
        if (option->type != OPTION_SECTION && !option_is_of_item(option))
            option_set_default(option, config, config);
    }
    return config;
}

/* --- files --- */

const char *
config_find(void)
{
    static const char *const paths[] = {"confab.yaml", "/etc/confab/confab.yaml"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        if (access(paths[i], F_OK) == 0)
            return paths[i];
    }
    return NULL;
}

static bool
read_all(int fd, struct buf *bytes, struct buf *why)
{
    for (;;) {
        size_t len = buf_room(bytes) < READ_BYTES ? buf_room(bytes) : READ_BYTES;
        if (len == 0) {
            buf_printf(why, "is larger than %u bytes; make it smaller", bytes->size_max - 1);
            return false;
        }
        char *room = buf_reserve(bytes, len);
        assert(room != NULL);
        ssize_t got = read(fd, room, len);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1) {
            buf_printf(why, "can't be read: %s", errno_text(errno));
            return false;
        }
        if (got == 0)
            return true;
        buf_commit(bytes, (size_t)got);
    }
}

static const char *
advice_for_open(int error)
{
    if (error == ENOENT || error == ENOTDIR)
        return "; write the path of a file that is there";
    if (error == EACCES)
        return "; let the user that confab runs as read it";
    return "";
}

/* bytes: its maximum is one more than the file may have. status_out: what kind of file it is. */
static bool
read_file(const char *path, struct buf *bytes, struct stat *status_out, struct buf *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1) {
        buf_printf(why, "can't be opened: %s%s", errno_text(errno), advice_for_open(errno));
        return false;
    }
    bool is_read = false;
    if (fstat(fd, status_out) == -1) {
        buf_printf(why, "can't be read: %s", errno_text(errno));
    } else if (S_ISDIR(status_out->st_mode)) {
        buf_put(why, STR("is a folder; name a file in it"));
    } else {
        is_read = read_all(fd, bytes, why);
    }
    (void)close(fd); /* it was only read */
    return is_read;
}

/* --- what options mean together --- */

struct loading {
    struct config *config;
    const char *name; /* of the file, in the report */
    struct config_places places;
    struct config_report *report;
};

static struct config_place
place_of(const struct loading *loading, const char *name)
{
    const struct option *option = option_find(str_from_nul(name));
    assert(option != NULL);
    return loading->places.of[option_index(option)];
}

#define report_problem(loading, severity, option_name, ...)         \
    config_report_add((loading)->report, severity, (loading)->name, \
                      place_of(loading, option_name), __VA_ARGS__)

/* A relative path starts at the folder of the configuration. */
static void
put_motd_path(struct buf *path, const struct loading *loading)
{
    struct str name = str_from_nul(loading->name);
    size_t folder_len = name.len;
    while (folder_len > 0 && name.ptr[folder_len - 1] != '/')
        folder_len--;
    if (!str_starts_with(loading->config->motd_file, STR("/")))
        buf_put(path, str_take(name, folder_len));
    buf_put(path, loading->config->motd_file);
}

/* Lines that end in CR LF are taken, too: the file may come from elsewhere. */
static struct str
keep_without_cr(struct config *config, struct str text)
{
    struct buf lines;
    buf_init(&lines, text.len + 1);
    struct str rest = text;
    while (rest.len > 0) {
        struct str line = str_cut(&rest, '\n');
        bool has_end = rest.ptr != NULL;
        buf_put(&lines, str_ends_with(line, STR("\r")) ? str_take(line, line.len - 1) : line);
        if (has_end)
            buf_put_byte(&lines, '\n');
    }
    struct str kept = config_keep_text(config, buf_str(&lines));
    buf_deinit(&lines);
    return kept;
}

static void
read_motd_file(const struct loading *loading)
{
    struct buf path;
    struct buf bytes;
    struct buf why;
    buf_init(&path, PATH_BYTES_MAX);
    buf_init(&bytes, LIMIT_MOTD_BYTES + 1);
    buf_init(&why, WHY_BYTES_MAX);
    put_motd_path(&path, loading);
    struct stat status;
    if (read_file(buf_nul_terminated(&path), &bytes, &status, &why)) {
        struct str text = keep_without_cr(loading->config, buf_str(&bytes));
        if (check_motd(text, &why))
            loading->config->hub.motd = text;
    }
    if (why.len > 0) {
        report_problem(loading, CONFIG_ERROR, "server.motd_file", "server.motd_file: %.*s %.*s",
                       STR_ARG(buf_str(&path)), STR_ARG(buf_str(&why)));
    }
    buf_deinit(&path);
    buf_deinit(&bytes);
    buf_deinit(&why);
}

static void
check_motd_once(const struct loading *loading)
{
    if (loading->config->motd_text.len > 0 && loading->config->motd_file.len > 0) {
        report_problem(loading, CONFIG_ERROR, "server.motd_file",
                       "server.motd_file is given and server.motd, too; delete one of them");
    }
}

static void
check_sts(const struct loading *loading)
{
    const struct hub_config *hub = &loading->config->hub;
    if (hub->has_sts && hub->sts_port == 0) {
        report_problem(loading, CONFIG_ERROR, "tls.sts",
                       "tls.sts: there is no ircs:// in listen to send clients to; add one, or set "
                       "tls.sts_port");
    }
}

static void
check_fingerprint(const struct loading *loading, const char *section, struct str name,
                  struct str fingerprint)
{
    if (fingerprint.len == 0 || fingerprint.len == FINGERPRINT_BYTES)
        return;
    report_problem(loading, CONFIG_ERROR, section,
                   "%s: the fingerprint of %.*s has no %d hexadecimal digits; "
                   "\"openssl x509 -fingerprint -sha256\" shows it: leave the colons out",
                   section, STR_ARG(name), FINGERPRINT_BYTES);
}

static void
check_gateways(const struct loading *loading)
{
    const struct hub_config *hub = &loading->config->hub;
    for (size_t i = 0; i < hub->gateway_count; i++) {
        const struct hub_gateway *gateway = &hub->gateways[i];
        if (gateway->password_hash.len == 0 && gateway->fingerprint.len == 0) {
            report_problem(loading, CONFIG_ERROR, "gateways",
                           "gateways: %.*s has neither password nor fingerprint; anybody at its "
                           "addresses could take any address: give it one",
                           STR_ARG(gateway->name));
        }
        check_fingerprint(loading, "gateways", gateway->name, gateway->fingerprint);
    }
}

static void
check_cloak_secret(const struct loading *loading)
{
    struct str secret = loading->config->cloak_secret;
    if (secret.len > 0 && secret.len < CLOAK_SECRET_BYTES_MIN) {
        report_problem(loading, CONFIG_ERROR, "cloaks.secret",
                       "cloaks.secret has %zu bytes, which might be guessed; write at least %d, or "
                       "delete it",
                       secret.len, CLOAK_SECRET_BYTES_MIN);
    }
}

static void
check_operators(const struct loading *loading)
{
    const struct hub_config *hub = &loading->config->hub;
    for (size_t i = 0; i < hub->operator_count; i++) {
        const struct hub_operator *block = &hub->operators[i];
        bool is_bound = block->account.len > 0 || block->fingerprint.len > 0;
        check_fingerprint(loading, "operators", block->name, block->fingerprint);
        if (block->name.len > 0 && block->password_hash.len == 0 && !is_bound)
            report_problem(loading, CONFIG_ERROR, "operators",
                           "operators: %.*s has neither password, account nor fingerprint; anybody "
                           "could be it: give it one",
                           STR_ARG(block->name));
        if (block->is_automatic && !is_bound)
            report_problem(loading, CONFIG_ERROR, "operators",
                           "operators: %.*s is automatic, but nothing says for whom: give it an "
                           "account or a fingerprint",
                           STR_ARG(block->name));
    }
}

static void
check_oper_classes(const struct loading *loading)
{
    const struct hub_config *hub = &loading->config->hub;
    for (size_t i = 0; i < hub->operator_count; i++) {
        struct str name = hub->operators[i].class_name;
        size_t at = 0;
        while (at < hub->oper_class_count && !str_equal(hub->oper_classes[at].name, name))
            at++;
        if (name.len > 0 && at == hub->oper_class_count) {
            report_problem(loading, CONFIG_ERROR, "operators",
                           "operators: %.*s has the class \"%.*s\", which oper_classes does not "
                           "have; add it there",
                           STR_ARG(hub->operators[i].name), STR_ARG(name));
        }
    }
}

/* The system's limit is for the whole path of a socket, the data folder included. */
static void
check_socket_paths(const struct loading *loading)
{
    const struct config *config = loading->config;
    for (size_t i = 0; i < config->listen_count; i++) {
        struct str path = config->listen[i].path;
        if (path.len == 0 || path.ptr[0] == '/' ||
            config->data_dir.len + 1 + path.len <= LISTEN_PATH_BYTES_MAX)
            continue;
        report_problem(loading, CONFIG_ERROR, "listen",
                       "listen: the path %.*s in the data folder is longer than the %d bytes that "
                       "the system allows for a socket; write a short absolute path",
                       STR_ARG(path), LISTEN_PATH_BYTES_MAX);
    }
}

/* --- what is allowed, but may not be meant --- */

static bool
has_plain_door(const struct config *config)
{
    for (size_t i = 0; i < config->listen_count; i++) {
        if (config->listen[i].door == CONFIG_DOOR_PLAIN)
            return true;
    }
    return false;
}

static void
warn_of_risks(const struct loading *loading)
{
    const struct config *config = loading->config;
    if (config->net.input_rate == 0) {
        report_problem(loading, CONFIG_WARNING, "limits.input_rate",
                       "limits.input_rate: with 0, a single client can keep the server busy");
    }
    for (size_t i = 0; i < config->net.exempt_count; i++) {
        if (config->net.exempt[i].bits == 0) {
            report_problem(loading, CONFIG_WARNING, "limits.exempt",
                           "limits.exempt: a block /0 is every address; connections_per_address "
                           "has no effect");
        }
    }
    if (config->hub.password_hash.len > 0 && has_plain_door(config)) {
        report_problem(loading, CONFIG_WARNING, "server.password",
                       "server.password: guests of plain:// are not asked for it; delete that "
                       "address from listen to keep them out");
    }
}

/* Letters need a sender and a way; hub.sends_mail follows. */
static void
check_mail(const struct loading *loading)
{
    struct config *config = loading->config;
    bool has_smtp = config->mail_smtp.len > 0;
    config->hub.sends_mail = has_smtp || config->mail_sendmail.len > 0;
    if (has_smtp && !str_starts_with(config->mail_smtp, STR("smtp://")) &&
        !str_starts_with(config->mail_smtp, STR("smtps://")))
        report_problem(loading, CONFIG_ERROR, "email.smtp",
                       "email.smtp: give an address like smtps://mail.example.org");
    if (has_smtp && config->mail_sendmail.len > 0)
        report_problem(loading, CONFIG_ERROR, "email.smtp",
                       "email.smtp: give either this or email.sendmail");
    if (config->hub.sends_mail && !mail_is_address(config->mail_from))
        report_problem(loading, CONFIG_ERROR, "email.from",
                       "email.from: letters need a sender: give an address like "
                       "chat@example.org");
    if (config->hub.mail_required && !config->hub.sends_mail)
        report_problem(loading, CONFIG_ERROR, "email.required",
                       "email.required: give email.sendmail or email.smtp, too");
}

/* --- tokens --- */

/* hub.takes_tokens follows. */
static void
check_tokens(const struct loading *loading)
{
    const struct config_tokens *tokens = &loading->config->tokens;

    const struct {
        const char *option;
        struct str value;
        const char *advice;
    } needed[] = {
        {"tokens.key_file", tokens->key_file, "name the file with the issuer's keys"},
        {"tokens.issuer", tokens->issuer, "write what the claim iss of its tokens is"},
        {"tokens.audience", tokens->audience, "write what the claim aud of tokens for here is"},
    };

    loading->config->hub.takes_tokens = tokens->algorithm != JWT_OFF;
    for (size_t i = 0; i < ARRAY_LEN(needed) && tokens->algorithm != JWT_OFF; i++) {
        if (needed[i].value.len == 0)
            report_problem(loading, CONFIG_ERROR, needed[i].option,
                           "%s is empty, and tokens.algorithm is not off: %s", needed[i].option,
                           needed[i].advice);
    }
    if (tokens->algorithm == JWT_OFF && tokens->key_file.len > 0)
        report_problem(loading, CONFIG_WARNING, "tokens.key_file",
                       "tokens.key_file: has no effect, since tokens.algorithm is off");
}

static void
report_key_file(const struct loading *loading, struct buf *path, const struct buf *why)
{
    report_problem(loading, CONFIG_ERROR, "tokens.key_file", "tokens.key_file: %s %.*s",
                   buf_nul_terminated(path), STR_ARG(buf_str(why)));
}

/* Makes the verifier; or reports why it can't be made. */
static void
read_token_keys(const struct loading *loading)
{
    const struct config_tokens *tokens = &loading->config->tokens;
    struct buf path;
    struct buf bytes;
    struct buf why;
    struct stat status;
    if (tokens->algorithm == JWT_OFF || tokens->key_file.len == 0 || tokens->issuer.len == 0 ||
        tokens->audience.len == 0)
        return; /* off, or reported */
    buf_init(&path, PATH_BYTES_MAX);
    buf_init(&bytes, LIMIT_TOKEN_KEY_FILE_BYTES + 1);
    buf_init(&why, WHY_BYTES_MAX);
    config_put_data_path(&path, loading->config, tokens->key_file);
    if (read_file(buf_nul_terminated(&path), &bytes, &status, &why)) {
        loading->config->token_verifier = jwt_verifier_new(
            &(struct jwt_settings){
                .algorithm = tokens->algorithm,
                .key_material = buf_str(&bytes),
                .issuer = tokens->issuer,
                .audience = tokens->audience,
                .claim = tokens->claim,
            },
            &why);
        if (tokens->algorithm == JWT_HS256 && (status.st_mode & S_IROTH) != 0)
            report_problem(loading, CONFIG_WARNING, "tokens.key_file",
                           "tokens.key_file: everybody on this machine can read the secret, and "
                           "log in to every account with it; chmod o-r would end that");
    }
    if (loading->config->token_verifier == NULL)
        report_key_file(loading, &path, &why);
    if (bytes.len > 0)
        explicit_bzero(bytes.ptr, bytes.len);
    buf_deinit(&path);
    buf_deinit(&bytes);
    buf_deinit(&why);
}

static void
warn_of_readers(const struct loading *loading, const struct stat *status)
{
    const struct hub_config *hub = &loading->config->hub;
    bool has_hashes = hub->password_hash.len > 0 || hub->operator_count > 0;
    if (has_hashes && S_ISREG(status->st_mode) && (status->st_mode & S_IROTH) != 0) {
        config_report_add(loading->report, CONFIG_WARNING, loading->name,
                          (struct config_place){.line = 0},
                          "everybody on this machine can read the hashes of passwords in it; "
                          "chmod o-r would end that");
    }
}

/* --- putting it together --- */

/* A command that is given by its path is a program; others are looked for when they are started. */
static void
check_sendmail(const struct loading *loading)
{
    struct str rest = loading->config->mail_sendmail;
    struct str command = str_cut_word(&rest);
    struct buf path;
    struct stat status;
    if (!str_starts_with(command, STR("/")))
        return;
    buf_init(&path, PATH_BYTES_MAX);
    buf_put(&path, command);
    const char *name = buf_nul_terminated(&path);
    bool is_known = stat(name, &status) == 0;
    if (!is_known && (errno == ENOENT || errno == ENOTDIR))
        report_problem(loading, CONFIG_ERROR, "email.sendmail",
                       "email.sendmail: there is no %s; write the path of a program", name);
    else if (is_known && (!S_ISREG(status.st_mode) || (status.st_mode & 0111) == 0))
        report_problem(loading, CONFIG_ERROR, "email.sendmail",
                       "email.sendmail: %s is no program that can be run; write the path of one",
                       name);
    buf_deinit(&path);
}

/* What is wrong outside of the configuration itself. */
static void
read_named_files(const struct loading *loading)
{
    check_sendmail(loading);
    if (loading->config->motd_file.len > 0 && loading->config->motd_text.len == 0)
        read_motd_file(loading);
    read_token_keys(loading);
}

static void
set_from_outside(struct config *config, const char *option_name, const char *text,
                 const char *source, struct config_report *report)
{
    const struct option *option = option_find(str_from_nul(option_name));
    assert(option != NULL);
    struct buf why;
    buf_init(&why, WHY_BYTES_MAX);
    bool is_set = option_is_list(option)
                      ? option_append(option, str_from_nul(text), config, config, &why)
                      : option_set(option, str_from_nul(text), config, config, &why);
    if (!is_set) {
        config_report_add(report, CONFIG_ERROR, source, (struct config_place){.line = 0}, "%.*s",
                          STR_ARG(buf_str(&why)));
    }
    buf_deinit(&why);
}

/* Under systemd with StateDirectory=: the first of possibly several folders. */
static void
set_state_directory(struct config *config, struct config_report *report)
{
    const char *folders = secure_getenv("STATE_DIRECTORY");
    if (folders == NULL || folders[0] == '\0')
        return;
    struct str rest = str_from_nul(folders);
    struct str first = config_keep_text(config, str_cut(&rest, ':'));
    set_from_outside(config, "data", first.ptr, "$STATE_DIRECTORY", report);
}

static void
set_from_command_line(struct config *config, const struct config_request *request,
                      struct config_report *report)
{
    if (request->data_dir != NULL)
        set_from_outside(config, "data", request->data_dir, "--data", report);
    if (request->workers != NULL)
        set_from_outside(config, "workers", request->workers, "--workers", report);
    if (request->listen_count > 0)
        option_clear(option_find(STR("listen")), config);
    for (size_t i = 0; i < request->listen_count; i++)
        set_from_outside(config, "listen", request->listen[i], "--listen", report);
}

/* What follows from the options. */
static void
complete(struct config *config)
{
    config->net.server_name = config->hub.server_name;
    config->hub.motd = config->motd_text;
    config->hub.sts_port = config->sts_port;
    for (size_t i = config->listen_count; i > 0 && config->sts_port == 0; i--) {
        const struct config_listen *listen = &config->listen[i - 1];
        if (listen->door == CONFIG_DOOR_IRC && listen->is_tls)
            config->hub.sts_port = listen->port;
    }
    config->hub.users_max = config->net.connections_max + 1; /* the operator's console */
}

static void
finish(const struct loading *loading)
{
    complete(loading->config);
    check_motd_once(loading);
    check_cloak_secret(loading);
    check_sts(loading);
    check_mail(loading);
    check_tokens(loading);
    check_gateways(loading);
    check_socket_paths(loading);
    check_operators(loading);
    check_oper_classes(loading);
    warn_of_risks(loading);
}

static struct config *
config_or_null(struct config *config, const struct config_report *report)
{
    if (report->error_count > 0)
        config_free(&config);
    return config;
}

struct config *
config_parse(struct str bytes, const char *name, struct config_report *report)
{
    struct loading loading = {.config = config_new(), .name = name, .report = report};
    config_yaml_read(bytes, name, loading.config, &loading.places, report);
    finish(&loading);
    return config_or_null(loading.config, report);
}

static void
load_file(struct loading *loading, const char *path)
{
    struct buf bytes;
    struct buf why;
    buf_init(&bytes, LIMIT_CONFIG_BYTES + 1);
    buf_init(&why, WHY_BYTES_MAX);
    struct stat status;
    if (read_file(path, &bytes, &status, &why)) {
        config_yaml_read(buf_str(&bytes), path, loading->config, &loading->places, loading->report);
        warn_of_readers(loading, &status);
    } else {
        config_report_add(loading->report, CONFIG_ERROR, path, (struct config_place){.line = 0},
                          "%.*s", STR_ARG(buf_str(&why)));
    }
    buf_deinit(&bytes);
    buf_deinit(&why);
}

struct config *
config_load(const struct config_request *request, struct config_report *report)
{
    struct loading loading = {
        .config = config_new(),
        .name = request->path == NULL ? "defaults" : request->path,
        .report = report,
    };
    set_state_directory(loading.config, report);
    if (request->path != NULL)
        load_file(&loading, request->path);
    set_from_command_line(loading.config, request, report);
    finish(&loading);
    if (!request->is_for_data)
        read_named_files(&loading);
    return config_or_null(loading.config, report);
}

/* --- reloading --- */

static bool
stays_until_restart(const struct option *option)
{
    return option->type != OPTION_SECTION && !option_is_of_item(option) && !option->is_reloadable;
}

void
config_put_unreloadable(struct buf *out, const struct config *old, const struct config *new_one)
{
    bool is_first = true;
    for (size_t i = 0; i < option_count(); i++) {
        const struct option *option = option_at(i);
        if (!stays_until_restart(option) || option_is_equal(option, old, new_one))
            continue;
        buf_put(out, is_first ? STR_NONE : STR(", "));
        buf_put(out, option->name);
        is_first = false;
    }
}

void
config_take_over(struct config *new_one, struct config *old)
{
    assert(new_one->previous == NULL);
    for (size_t i = 0; i < option_count(); i++) {
        if (stays_until_restart(option_at(i)))
            option_copy(option_at(i), new_one, old);
    }
    new_one->net.server_name = new_one->hub.server_name;
    new_one->previous = old;
}
