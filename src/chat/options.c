/* The command line of `confab chat`; see options.h. */
#include "chat/options.h"

#include "base/number.h"
#include "base/utf8.h"
#include "terminal/silence.h"
#include "wire/name.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_HOST    STR("127.0.0.1")
#define DEFAULT_PORT    6667
#define DEFAULT_CHANNEL STR("#lobby")

#define PASSWORD_BYTES_MAX 300

/* Not an option: the arguments of a process can be read by everybody. */
#define PASSWORD_VARIABLE "CONFAB_ACCOUNT_PASSWORD"
#define ACCOUNT_BYTES_MAX (LIMIT_NICK_BYTES + 1 + LIMIT_DEVICE_BYTES)
#define LINGER_MS_MAX     (INT64_C(366) * 24 * 3600 * 1000)

const char chat_usage[] =
    "usage: confab chat [HOST[:PORT] | /path/of/socket] [options]\n"
    "  -n, --nick NICK           what to be called; default: the account, or the login name\n"
    "  -c, --channel CHANNEL     where to talk, several times for several; default: #lobby\n"
    "  -a, --account NAME        log in to this account first; its password is asked for, or taken\n"
    "                            from the environment variable " PASSWORD_VARIABLE "\n"
    "      --account-password-file FILE\n"
    "                            the account's password is its first line\n"
    "      --password-file FILE  the server's password is its first line\n"
    "  -p, --plain               lines in, lines out, also on a terminal\n"
    "      --raw-lines           plain: lines that begin with / are said, too\n"
    "      --linger TIME         plain: go on listening so long when the input has ended (5, 2m)\n"
    "  -v, --verbose             plain: say on standard error who comes and goes\n"
    "  -h, --help                this text\n"
    "Default: 127.0.0.1:6667. When input or output is no terminal, it is plain by itself.\n";

void
chat_nick_from_login(struct buf *out, struct str login)
{
    size_t start = out->len;
    login = utf8_take(login, LIMIT_NICK_BYTES - 1);
    bool needs_letter = login.len > 0 && (ascii_is_digit(login.ptr[0]) || login.ptr[0] == '-');
    if (needs_letter)
        buf_put_byte(out, '_');
    for (size_t i = 0; i < login.len; i++) {
        char byte = login.ptr[i];
        bool is_kept = ascii_is_letter(byte) || ascii_is_digit(byte) ||
                       (unsigned char)byte >= 0x80 || byte == '-' || byte == '_';
        buf_put_byte(out, is_kept ? byte : '_');
    }
    if (name_is_nick(str_skip(buf_str(out), start)))
        return;
    out->len = u32_from_size(start);
    buf_put(out, STR("guest"));
}

static void
put_username(struct buf *out, struct str login)
{
    for (size_t i = 0; i < login.len; i++) {
        if (ascii_is_letter(login.ptr[i]) || ascii_is_digit(login.ptr[i]))
            buf_put_byte(out, login.ptr[i]);
    }
    if (out->len == 0)
        buf_put(out, STR("user"));
}

static bool
parse_port(struct str text, uint16_t *port_out)
{
    uint64_t port;
    if (!number_parse_u64(text, UINT16_MAX, &port) || port == 0)
        return false;
    *port_out = (uint16_t)port;
    return true;
}

bool
chat_target_parse(struct str text, struct connection_target *target_out)
{
    struct connection_target target = {.port = DEFAULT_PORT};
    if (text.len == 0 || str_find_byte(text, ' ') < text.len)
        return false;
    if (str_find_byte(text, '/') < text.len || text.ptr[0] == '.') {
        target.path = text;
        *target_out = target;
        return true;
    }
    struct str rest = STR_NONE; /* behind the host */
    if (text.ptr[0] == '[') {
        size_t end = str_find_byte(text, ']');
        if (end == text.len)
            return false;
        target.host = str_take(str_skip(text, 1), end - 1);
        rest = str_skip(text, end + 1);
    } else {
        size_t colon = str_find_byte(text, ':');
        struct str behind = str_skip(text, colon + 1);
        bool is_bare_ipv6 = str_find_byte(behind, ':') < behind.len;
        target.host = is_bare_ipv6 ? text : str_take(text, colon);
        rest = is_bare_ipv6 ? STR("") : str_skip(text, colon);
    }
    bool has_port = rest.len > 0;
    if (target.host.len == 0 ||
        (has_port && (rest.ptr[0] != ':' || !parse_port(str_skip(rest, 1), &target.port))))
        return false;
    *target_out = target;
    return true;
}

/* --- the options --- */

static bool
is_good_password(struct str line)
{
    return line.len > 0 && line.len <= PASSWORD_BYTES_MAX &&
           str_find_byte(line, '\0') == line.len && str_find_byte(line, '\r') == line.len &&
           str_find_byte(line, '\n') == line.len;
}

static int
read_password(struct buf *password, const char *path, struct cf_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return cf_err_set(err, -EINVAL, "cannot read %s: %s", path, errno_text(errno));
    char bytes[PASSWORD_BYTES_MAX + 1];
    ssize_t got;
    do
        got = read(fd, bytes, sizeof bytes);
    while (got == -1 && errno == EINTR);
    int failure = got == -1 ? errno : 0;
    (void)close(fd); /* it was only read */
    if (failure != 0)
        return cf_err_set(err, -EINVAL, "cannot read %s: %s", path, errno_text(failure));
    struct str text = {.ptr = bytes, .len = (size_t)got};
    struct str line = str_take(text, str_find_byte(text, '\n'));
    if (str_ends_with(line, STR("\r")))
        line.len--;
    bool is_good = is_good_password(line);
    buf_clear(password);
    if (is_good)
        buf_put(password, line);
    explicit_bzero(bytes, sizeof bytes);
    if (!is_good)
        return cf_err_set(err, -EINVAL, "%s: its first line is no password of 1 to %d bytes", path,
                          PASSWORD_BYTES_MAX);
    return 0;
}

static int
add_channel(struct chat_options *options, struct str name, struct cf_err *err)
{
    if (options->channel_count == LIMIT_CHAT_CHANNELS)
        return cf_err_set(err, -EINVAL, "no more than %d channels", LIMIT_CHAT_CHANNELS);
    struct buf *buf = &options->channel_names[options->channel_count];
    buf_init(buf, 2 * LIMIT_CHANNEL_BYTES);
    if (!name_looks_like_channel(name))
        buf_put_byte(buf, '#');
    buf_put(buf, name);
    options->channels[options->channel_count++] = buf_str(buf);
    if (buf->is_truncated || !name_is_channel(buf_str(buf)))
        return cf_err_set(err, -EINVAL,
                          "\"%.*s\" is no channel: no spaces or commas, at most %d bytes",
                          STR_ARG(name), LIMIT_CHANNEL_BYTES);
    return 0;
}

static int
set_nick(struct chat_options *options, struct str nick, struct cf_err *err)
{
    if (!name_is_nick(nick))
        return cf_err_set(err, -EINVAL,
                          "\"%.*s\" is no nick: letters, digits and -_[]{}\\|^`, no digit or - at "
                          "its start, at most %d bytes",
                          STR_ARG(nick), LIMIT_NICK_BYTES);
    buf_clear(&options->nick);
    buf_put(&options->nick, nick);
    return 0;
}

/* "alice", or "alice@phone": which of her devices it is. */
static int
set_account(struct chat_options *options, struct str text, struct cf_err *err)
{
    struct str device = text;
    struct str name = str_cut(&device, '@');
    if (!name_is_nick(name) || text.len > ACCOUNT_BYTES_MAX || !utf8_is_valid(text))
        return cf_err_set(err, -EINVAL, "\"%.*s\" is no account: NAME, or NAME@DEVICE",
                          STR_ARG(text));
    buf_clear(&options->account);
    buf_put(&options->account, text);
    return 0;
}

/* Where the account's password comes from, unless it is to be asked for. */
static int
take_account_password(struct chat_options *options, struct cf_err *err)
{
    const char *value = getenv(PASSWORD_VARIABLE);
    if (options->account.len == 0 && options->account_password.len > 0)
        return cf_err_set(err, -EINVAL, "--account-password-file is for --account NAME");
    if (options->account.len == 0 || options->account_password.len > 0 || value == NULL)
        return 0;
    if (!is_good_password(str_from_nul(value)))
        return cf_err_set(err, -EINVAL, PASSWORD_VARIABLE " is no password of 1 to %d bytes",
                          PASSWORD_BYTES_MAX);
    buf_put(&options->account_password, str_from_nul(value));
    return 0;
}

int
chat_options_ask_password(struct chat_options *options, struct cf_err *err)
{
    char bytes[PASSWORD_BYTES_MAX + 1];
    size_t len = 0;
    struct silence silence;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd == -1 || !silence_begin(fd, &silence)) {
        if (fd != -1)
            (void)close(fd); /* nothing was written */
        return cf_err_set(err, -EINVAL,
                          "there is no terminal to ask for the account's password: "
                          "--account-password-file FILE, or " PASSWORD_VARIABLE);
    }
    (void)dprintf(fd, "Password of %.*s: ", STR_ARG(buf_str(&options->account)));
    enum silence_result result = silence_read_line(fd, &silence, bytes, sizeof bytes, &len);
    silence_end(fd, &silence);
    (void)close(fd); /* likewise */
    struct str line = {.ptr = bytes, .len = len};
    bool is_good = result == SILENCE_OK && is_good_password(line);
    if (is_good)
        buf_put(&options->account_password, line);
    explicit_bzero(bytes, sizeof bytes);
    if (!is_good)
        return cf_err_set(err, -EINVAL, "that is no password of 1 to %d bytes", PASSWORD_BYTES_MAX);
    return 0;
}

static void
take_login(struct chat_options *options)
{
    char bytes[4096];
    struct passwd entry;
    struct passwd *found = NULL;
    int result = getpwuid_r(getuid(), &entry, bytes, sizeof bytes, &found);
    struct str login = result == 0 && found != NULL ? str_from_nul(entry.pw_name) : STR("");
    put_username(&options->username, login);
    struct str account = buf_str(&options->account);
    if (options->nick.len == 0 && account.len > 0)
        buf_put(&options->nick, str_take(account, str_find_byte(account, '@')));
    else if (options->nick.len == 0)
        chat_nick_from_login(&options->nick, login);
}

static int
take_option(struct chat_options *options, int option, struct cf_err *err)
{
    switch (option) {
    case 'n':
        return set_nick(options, str_from_nul(optarg), err);
    case 'c':
        return add_channel(options, str_from_nul(optarg), err);
    case 'P':
        return read_password(&options->password, optarg, err);
    case 'a':
        return set_account(options, str_from_nul(optarg), err);
    case 'A':
        return read_password(&options->account_password, optarg, err);
    case 'p':
        options->is_plain = true;
        return 0;
    case 'r':
        options->is_raw = true;
        return 0;
    case 'l':
        if (!number_parse_duration_ms(str_from_nul(optarg), LINGER_MS_MAX, &options->linger_ms))
            return cf_err_set(err, -EINVAL, "--linger %s: a time such as 5, 500ms, 2m or 1h",
                              optarg);
        return 0;
    case 'v':
        options->is_verbose = true;
        return 0;
    case 'h':
        options->wants_help = true;
        return 0;
    default: /* getopt has said what is wrong */
        return cf_err_set(err, -EINVAL, "try confab chat --help");
    }
}

int
chat_options_parse(struct chat_options *options, int argc, char **argv, struct cf_err *err)
{
    static const struct option long_options[] = {
        {"nick", required_argument, NULL, 'n'},
        {"channel", required_argument, NULL, 'c'},
        {"password-file", required_argument, NULL, 'P'},
        {"account", required_argument, NULL, 'a'},
        {"account-password-file", required_argument, NULL, 'A'},
        {"plain", no_argument, NULL, 'p'},
        {"raw-lines", no_argument, NULL, 'r'},
        {"linger", required_argument, NULL, 'l'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *options = (struct chat_options){
        .target = {.host = DEFAULT_HOST, .port = DEFAULT_PORT},
    };
    buf_init(&options->nick, LIMIT_NICK_BYTES);
    buf_init(&options->username, LIMIT_USER_BYTES - 1);
    buf_init(&options->password, PASSWORD_BYTES_MAX);
    buf_init(&options->account, ACCOUNT_BYTES_MAX);
    buf_init(&options->account_password, PASSWORD_BYTES_MAX);
    int option;
    while ((option = getopt_long(argc, argv, "n:a:c:pvh", long_options, NULL)) != -1) {
        int result = take_option(options, option, err);
        if (result != 0)
            return result;
    }
    if (optind + 1 < argc)
        return cf_err_set(err, -EINVAL, "one server at a time: \"%s\" is too much",
                          argv[optind + 1]);
    if (optind < argc && !chat_target_parse(str_from_nul(argv[optind]), &options->target))
        return cf_err_set(err, -EINVAL,
                          "\"%s\" is no server: HOST, HOST:PORT, [IPv6]:PORT or /path of a socket",
                          argv[optind]);
    int result = take_account_password(options, err);
    if (result != 0)
        return result;
    take_login(options);
    return options->channel_count > 0 ? 0 : add_channel(options, DEFAULT_CHANNEL, err);
}

static void
deinit_password(struct buf *password)
{
    if (password->len > 0)
        explicit_bzero(password->ptr, password->len);
    buf_deinit(password);
}

void
chat_options_deinit(struct chat_options *options)
{
    buf_deinit(&options->nick);
    buf_deinit(&options->username);
    deinit_password(&options->password);
    deinit_password(&options->account_password);
    buf_deinit(&options->account);
    for (size_t i = 0; i < options->channel_count; i++)
        buf_deinit(&options->channel_names[i]);
    options->channel_count = 0;
}
