/* Tests of net/conn.h, on one end of a pair of sockets. */
#include "net/conn.h"

#include "unit/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SCRATCH_BYTES   32768
#define READ_BYTES_MAX  16384 /* of one call of conn_read */
#define QUEUE_BYTES     65536
#define LAST_WORD_BYTES 1024

static const struct door door = {.name = "test", .line_bytes_max = 1000};

static const struct net_settings settings = {
    .input_burst = 5,
    .input_rate = 10,
    .input_queue_bytes = QUEUE_BYTES,
    .output_queue_bytes = QUEUE_BYTES,
};

struct stage {
    struct conn *conn;
    int peer; /* the other end */
    struct chunk_pool pool;
    struct stream stream;
};

static char scratch[SCRATCH_BYTES];

static void
stage_open(struct stage *stage)
{
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    int size = 4096; /* the kernel makes it a few times that */
    CHECK(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0);
    struct address address = {.family = ADDRESS_UNIX};
    stage->conn = conn_new(ends[0], &door, &address, &settings, 0);
    stage->peer = ends[1];
    stage->pool = (struct chunk_pool){.bytes = 0};
    stream_init(&stage->stream, &stage->pool);
}

static void
stage_close(struct stage *stage)
{
    spans_deinit(&stage->conn->recipient.spans);
    stream_deinit(&stage->stream);
    CHECK_U64(stage->pool.bytes, 0);
    conn_free(&stage->conn);
    CHECK(stage->conn == NULL);
    if (stage->peer != -1)
        CHECK(close(stage->peer) == 0);
}

static void
hang_up(struct stage *stage)
{
    CHECK(close(stage->peer) == 0);
    stage->peer = -1;
}

static void
peer_sends(struct stage *stage, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = write(stage->peer, bytes.ptr, bytes.len);
        CHECK(sent > 0);
        bytes = str_skip(bytes, (size_t)sent);
    }
    stage->conn->is_readable = true; /* as the poller would say */
}

/* Takes all that is there for the peer now. */
static void
peer_reads(struct stage *stage, struct buf *all)
{
    static char bytes[4096];
    ssize_t got;
    while ((got = read(stage->peer, bytes, sizeof bytes)) > 0)
        buf_put(all, (struct str){.ptr = bytes, .len = (size_t)got});
}

static size_t
read_some(struct stage *stage)
{
    return conn_read(stage->conn, scratch, sizeof scratch);
}

static void
queue(struct stage *stage, struct str bytes)
{
    struct rendered rendered = stream_put(&stage->stream, bytes);
    spans_add(&stage->conn->recipient.spans, &rendered);
}

/* Lines of 100 bytes that are numbered from `first` on. */
static void
put_lines(struct buf *out, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%098zu\r\n", first + i);
}

/* --- input --- */

TEST(what_is_used_at_once_is_never_kept)
{
    struct stage stage;
    stage_open(&stage);
    CHECK_U64(read_some(&stage), 0);
    CHECK_U64(stage.conn->round_input.len, 0);
    peer_sends(&stage, STR("PING a\r\n"));
    CHECK_U64(read_some(&stage), 8);
    CHECK(stage.conn->is_round_from_scratch);
    CHECK_STR(stage.conn->round_input, STR("PING a\r\n"));
    stage.conn->round_used = 8;
    conn_keep_rest(stage.conn);
    CHECK(stage.conn->input.ptr == NULL);
    stage_close(&stage);
}

TEST(rest_of_the_input_is_kept_and_added_to)
{
    struct stage stage;
    stage_open(&stage);
    peer_sends(&stage, STR("PING a\r\nPI"));
    CHECK_U64(read_some(&stage), 10);
    stage.conn->round_used = 8;
    conn_keep_rest(stage.conn);
    CHECK_STR(buf_str(&stage.conn->input), STR("PI"));
    peer_sends(&stage, STR("NG b\r\nPING c\r\n"));
    CHECK_U64(read_some(&stage), 14);
    CHECK(!stage.conn->is_round_from_scratch);
    CHECK_STR(stage.conn->round_input, STR("PING b\r\nPING c\r\n"));
    stage.conn->round_used = 8;
    conn_keep_rest(stage.conn);
    CHECK_STR(buf_str(&stage.conn->input), STR("PING c\r\n"));
    CHECK_U64(read_some(&stage), 0);
    CHECK_STR(stage.conn->round_input, STR("PING c\r\n"));
    stage.conn->round_used = 8;
    conn_keep_rest(stage.conn);
    CHECK(stage.conn->input.ptr == NULL); /* idle: owns no buffer */
    stage_close(&stage);
}

TEST(input_that_nobody_takes_is_read_up_to_its_limit_and_not_lost)
{
    struct stage stage;
    stage_open(&stage);
    struct buf sent;
    buf_init(&sent, 1 << 20);
    put_lines(&sent, 0, 1500);
    struct str rest = buf_str(&sent);
    while (!conn_is_input_full(stage.conn)) {
        peer_sends(&stage, str_take(rest, 5000));
        rest = str_skip(rest, 5000);
        (void)read_some(&stage);
        conn_keep_rest(stage.conn);
    }
    size_t kept = stage.conn->input.len;
    CHECK(kept > QUEUE_BYTES);
    CHECK(kept <= QUEUE_BYTES + READ_BYTES_MAX);
    peer_sends(&stage, str_take(rest, 100));
    CHECK_U64(read_some(&stage), 0); /* stays with the kernel */
    CHECK_STR(stage.conn->round_input, str_take(buf_str(&sent), kept));
    stage.conn->round_used = kept;
    conn_keep_rest(stage.conn);
    CHECK_U64(read_some(&stage), 100);
    CHECK_STR(stage.conn->round_input, str_take(rest, 100));
    buf_deinit(&sent);
    stage_close(&stage);
}

TEST(end_of_input_is_seen_behind_the_last_bytes)
{
    struct stage stage;
    stage_open(&stage);
    peer_sends(&stage, STR("QUIT\r\n"));
    CHECK(shutdown(stage.peer, SHUT_WR) == 0);
    stage.conn->is_ending = true;
    CHECK_U64(read_some(&stage), 6);
    CHECK(stage.conn->is_readable);
    CHECK(!stage.conn->has_ended);
    stage.conn->round_used = 6;
    conn_keep_rest(stage.conn);
    CHECK_U64(read_some(&stage), 0);
    CHECK(stage.conn->has_ended);
    CHECK(!stage.conn->is_broken);
    stage_close(&stage);
}

TEST(discarded_input_is_read_until_the_peer_hangs_up)
{
    struct stage stage;
    stage_open(&stage);
    peer_sends(&stage, STR("more\r\nand more\r\n"));
    hang_up(&stage);
    stage.conn->is_ending = true;
    conn_discard_input(stage.conn);
    CHECK(stage.conn->has_ended);
    stage_close(&stage);
}

/* --- the input rate --- */

struct rate {
    uint32_t rate;
    uint32_t burst;
    size_t at_once;   /* lines that are taken at one moment */
    size_t in_second; /* and in the second after that */
};

static size_t
take_lines(struct conn *conn, const struct net_settings *rated, int64_t now_ms)
{
    size_t lines = 0;
    while (lines < 100000 && conn_may_take_line(conn, rated, now_ms)) {
        conn_pay_line(conn, rated, now_ms);
        lines++;
    }
    return lines;
}

TEST(a_line_that_is_put_back_costs_nothing)
{
    struct stage stage;
    stage_open(&stage);
    struct net_settings rated = settings;
    rated.input_rate = 1;
    rated.input_burst = 5;
    CHECK_U64(take_lines(stage.conn, &rated, 1000000), 5);
    conn_refund_line(stage.conn, &rated);
    conn_refund_line(stage.conn, &rated);
    CHECK_U64(take_lines(stage.conn, &rated, 1000000), 2);
    stage_close(&stage);
}

TEST(lines_are_taken_in_a_burst_and_then_at_the_rate)
{
    static const struct rate rows[] = {
        {.rate = 10, .burst = 5, .at_once = 5, .in_second = 10},
        {.rate = 10, .burst = 1, .at_once = 1, .in_second = 10},
        {.rate = 1, .burst = 30, .at_once = 30, .in_second = 1},
        {.rate = 3, .burst = 2, .at_once = 2, .in_second = 3},
        {.rate = 600, .burst = 10, .at_once = 10, .in_second = 600},
        {.rate = 1000, .burst = 10000, .at_once = 10000, .in_second = 1000},
    };
    for (size_t i = 0; unit_row(i, ARRAY_LEN(rows)); i++) {
        struct stage stage;
        stage_open(&stage);
        struct net_settings rated = settings;
        rated.input_rate = rows[i].rate;
        rated.input_burst = rows[i].burst;
        int64_t start_ms = 1000000;
        CHECK_U64(take_lines(stage.conn, &rated, start_ms), rows[i].at_once);
        CHECK(stage.conn->resume_ms > start_ms);
        /* Again whenever the connection says that it may, as the worker's timer does. */
        size_t lines = 0;
        int64_t now_ms = stage.conn->resume_ms;
        while (now_ms <= start_ms + 1000) {
            size_t taken = take_lines(stage.conn, &rated, now_ms);
            CHECK(taken > 0); /* resume_ms is not too early */
            lines += taken;
            now_ms = stage.conn->resume_ms;
        }
        CHECK(lines >= rows[i].in_second - 1);
        CHECK(lines <= rows[i].in_second + 1);
        stage_close(&stage);
    }
}

TEST(silence_gives_the_whole_burst_back_and_no_more)
{
    struct stage stage;
    stage_open(&stage);
    CHECK_U64(take_lines(stage.conn, &settings, 1000), 5);
    CHECK_U64(take_lines(stage.conn, &settings, 1000 + 3600000), 5);
    stage_close(&stage);
}

TEST(operators_and_rate_0_are_not_limited)
{
    struct stage stage;
    stage_open(&stage);
    struct net_settings unlimited = settings;
    unlimited.input_rate = 0;
    CHECK_U64(take_lines(stage.conn, &unlimited, 1000), 100000);
    stage.conn->is_exempt = true;
    CHECK_U64(take_lines(stage.conn, &settings, 1000), 100000);
    stage_close(&stage);
}

/* --- output --- */

TEST(output_goes_out_in_one_piece_and_nothing_is_kept)
{
    struct stage stage;
    stage_open(&stage);
    CHECK(!conn_has_output(stage.conn));
    queue(&stage, STR("one\r\n"));
    (void)stream_put(&stage.stream, STR("not for it\r\n"));
    queue(&stage, STR("two\r\n"));
    CHECK(conn_has_output(stage.conn));
    conn_flush(stage.conn);
    CHECK(!conn_has_output(stage.conn));
    CHECK(stage.conn->backlog.ptr == NULL);
    struct buf got;
    buf_init(&got, 1000);
    peer_reads(&stage, &got);
    CHECK_STR(buf_str(&got), STR("one\r\ntwo\r\n"));
    buf_deinit(&got);
    stage_close(&stage);
}

TEST(output_goes_out_with_a_volley)
{
    static const ssize_t results[] = {10, 4, 0, -EAGAIN, -ENOBUFS, -EPIPE};
    for (size_t i = 0; unit_row(i, ARRAY_LEN(results)); i++) {
        struct stage stage;
        stage_open(&stage);
        struct shot shot;
        CHECK(!conn_aim(stage.conn, &shot)); /* there is nothing */
        queue(&stage, STR("one\r\n"));
        (void)stream_put(&stage.stream, STR("not for it\r\n"));
        queue(&stage, STR("two\r\n"));
        CHECK(conn_aim(stage.conn, &shot));
        CHECK_U64(shot.piece_count, 2);
        CHECK_U64(shot.pieces[1].iov_len, 5);
        shot.result = results[i];
        conn_take_shot(stage.conn, &shot);
        CHECK_U64(stage.conn->recipient.spans.count, 0);
        CHECK(stage.conn->is_starved == (results[i] == -ENOBUFS));
        CHECK(stage.conn->is_broken == (results[i] == -EPIPE));
        size_t sent = results[i] < 0 ? 0 : (size_t)results[i];
        if (!stage.conn->is_broken)
            CHECK_STR(buf_str(&stage.conn->backlog), str_skip(STR("one\r\ntwo\r\n"), sent));
        queue(&stage, STR("three\r\n"));
        CHECK(conn_aim(stage.conn, &shot) == (sent == 10)); /* nothing overtakes a backlog */
        conn_flush(stage.conn);
        stage_close(&stage);
    }
}

/* The peer reads all that the connection has for it. */
static void
read_all(struct stage *stage, struct buf *got)
{
    while (conn_has_output(stage->conn)) {
        peer_reads(stage, got);
        conn_flush_backlog(stage->conn);
    }
    peer_reads(stage, got);
}

/* Queues and flushes lines in twenties; the peer reads after every `interval` of these. */
static void
check_reader(size_t interval)
{
    struct stage stage;
    stage_open(&stage);
    struct buf sent;
    struct buf got;
    buf_init(&sent, 1 << 20);
    buf_init(&got, 1 << 20);
    for (size_t i = 0; i < 60; i++) {
        size_t before = sent.len;
        put_lines(&sent, i * 20, 20);
        queue(&stage, str_skip(buf_str(&sent), before));
        conn_flush(stage.conn);
        if (i % interval == 0)
            read_all(&stage, &got);
    }
    CHECK(stage.conn->detach_reason == NULL);
    read_all(&stage, &got);
    CHECK_STR(buf_str(&got), buf_str(&sent));
    CHECK(stage.conn->backlog.ptr == NULL);
    buf_deinit(&sent);
    buf_deinit(&got);
    stage_close(&stage);
}

TEST(slow_readers_get_everything_in_order)
{
    for (size_t i = 0; unit_row(i, 20); i++)
        check_reader(i + 1);
}

/* Lines by turns long and short: a short one could slip in where a long one did not fit. */
static void
put_uneven_line(struct buf *out, size_t number)
{
    buf_printf(out, "%0*zu\r\n", number % 2 == 0 ? 2998 : 48, number);
}

TEST(reader_that_is_too_slow_is_told_so_behind_a_gapless_beginning)
{
    struct stage stage;
    stage_open(&stage);
    struct buf lines;
    buf_init(&lines, 1 << 20);
    for (size_t i = 0; i < 100; i++) {
        size_t before = lines.len;
        put_uneven_line(&lines, i);
        queue(&stage, str_skip(buf_str(&lines), before));
        (void)stream_put(&stage.stream, STR("-")); /* a span for each line */
        if (i % 5 == 4)
            conn_flush(stage.conn);
    }
    CHECK(stage.conn->detach_reason != NULL);
    CHECK(stage.conn->backlog.len <= QUEUE_BYTES);
    CHECK(stage.conn->backlog.len > QUEUE_BYTES - 3000);
    /* The hub has closed the session: its last words still fit. */
    stage.conn->is_closing = true;
    queue(&stage, STR("ERROR :too slow\r\n"));
    conn_flush(stage.conn);
    struct buf got;
    buf_init(&got, 1 << 20);
    read_all(&stage, &got);
    struct str last_words = STR("\r\nERROR :too slow\r\n");
    CHECK(str_ends_with(buf_str(&got), last_words));
    size_t len = got.len - last_words.len + 2;
    CHECK(len > QUEUE_BYTES - 3000);
    CHECK_STR(str_take(buf_str(&got), len), str_take(buf_str(&lines), len));
    buf_deinit(&got);
    buf_deinit(&lines);
    stage_close(&stage);
}

TEST(last_words_are_bounded_as_well)
{
    struct stage stage;
    stage_open(&stage);
    stage.conn->is_closing = true;
    struct buf lines;
    buf_init(&lines, 1 << 20);
    put_lines(&lines, 0, 2000);
    queue(&stage, buf_str(&lines));
    conn_flush(stage.conn);
    CHECK(stage.conn->backlog.len <= QUEUE_BYTES + LAST_WORD_BYTES);
    buf_deinit(&lines);
    stage_close(&stage);
}

TEST(write_to_a_peer_that_is_gone_breaks_the_connection_and_nothing_else)
{
    struct stage stage;
    stage_open(&stage);
    hang_up(&stage);
    queue(&stage, STR("one\r\n"));
    conn_flush(stage.conn);
    CHECK(stage.conn->is_broken);
    CHECK(!conn_has_output(stage.conn));
    queue(&stage, STR("two\r\n"));
    conn_flush(stage.conn);
    CHECK(!conn_has_output(stage.conn));
    stage_close(&stage);
}

TEST(finish_tells_the_peer_that_no_more_will_come)
{
    struct stage stage;
    stage_open(&stage);
    queue(&stage, STR("bye\r\n"));
    conn_flush(stage.conn);
    conn_finish_writing(stage.conn);
    CHECK(stage.conn->is_lingering);
    CHECK(!stage.conn->is_broken);
    char bytes[16];
    CHECK(read(stage.peer, bytes, sizeof bytes) == 5);
    CHECK(read(stage.peer, bytes, sizeof bytes) == 0);
    stage_close(&stage);
}

TEST(free_closes_the_socket)
{
    struct stage stage;
    stage_open(&stage);
    int fd = stage.conn->fd;
    stage_close(&stage);
    CHECK(fcntl(fd, F_GETFD) == -1 && errno == EBADF);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_used_at_once_is_never_kept),
        cmocka_unit_test(rest_of_the_input_is_kept_and_added_to),
        cmocka_unit_test(input_that_nobody_takes_is_read_up_to_its_limit_and_not_lost),
        cmocka_unit_test(end_of_input_is_seen_behind_the_last_bytes),
        cmocka_unit_test(discarded_input_is_read_until_the_peer_hangs_up),
        cmocka_unit_test(a_line_that_is_put_back_costs_nothing),
        cmocka_unit_test(lines_are_taken_in_a_burst_and_then_at_the_rate),
        cmocka_unit_test(silence_gives_the_whole_burst_back_and_no_more),
        cmocka_unit_test(operators_and_rate_0_are_not_limited),
        cmocka_unit_test(output_goes_out_in_one_piece_and_nothing_is_kept),
        cmocka_unit_test(output_goes_out_with_a_volley),
        cmocka_unit_test(slow_readers_get_everything_in_order),
        cmocka_unit_test(reader_that_is_too_slow_is_told_so_behind_a_gapless_beginning),
        cmocka_unit_test(last_words_are_bounded_as_well),
        cmocka_unit_test(write_to_a_peer_that_is_gone_breaks_the_connection_and_nothing_else),
        cmocka_unit_test(finish_tells_the_peer_that_no_more_will_come),
        cmocka_unit_test(free_closes_the_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
