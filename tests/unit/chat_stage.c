/* The world around the client's model; see chat_stage.h. */
#include "unit/chat_stage.h"

#include <assert.h>

#define NOW_MS INT64_C(1800000000000)

#define CHANNELS_MAX 8

void
chat_stage_open(struct chat_stage *stage, struct str channels)
{
    chat_stage_open_account(stage, channels, STR(""), STR(""));
}

void
chat_stage_open_account(struct chat_stage *stage, struct str channels, struct str account,
                        struct str password)
{
    struct str names[CHANNELS_MAX];
    size_t count = 0;
    while (channels.len > 0) {
        assert(count < CHANNELS_MAX);
        names[count++] = str_cut_word(&channels);
    }
    chat_output_init(&stage->out);
    stage->model = chat_model_new(&(struct chat_setup){
        .nick = STR("alice"),
        .username = STR("al"),
        .password = STR(""),
        .account = account,
        .account_password = password,
        .channels = names,
        .channel_count = count,
    });
    chat_model_set_time(stage->model, NOW_MS, 0);
}

void
chat_stage_close(struct chat_stage *stage)
{
    chat_model_free(&stage->model);
    chat_output_deinit(&stage->out);
}

void
chat_stage_hear(struct chat_stage *stage, struct str lines)
{
    chat_output_clear(&stage->out);
    while (lines.ptr != NULL)
        chat_model_receive(stage->model, str_cut(&lines, '\n'), &stage->out);
}

void
chat_stage_type(struct chat_stage *stage, struct str lines)
{
    chat_output_clear(&stage->out);
    while (lines.ptr != NULL)
        chat_model_type(stage->model, str_cut(&lines, '\n'), false, &stage->out);
}

void
chat_stage_register(struct chat_stage *stage, struct str caps)
{
    chat_output_clear(&stage->out);
    chat_model_connected(stage->model, &stage->out);
    struct buf line;
    buf_init(&line, 1024);
    buf_printf(&line, ":s CAP * LS :%.*s", STR_ARG(caps));
    chat_stage_hear(stage, buf_str(&line));
    buf_clear(&line);
    buf_printf(&line, ":s CAP * ACK :%.*s", STR_ARG(caps));
    chat_stage_hear(stage, buf_str(&line));
    buf_deinit(&line);
    chat_stage_hear(stage, STR(":s 001 alice :Welcome\n"
                               ":s 005 alice CHANMODES=beI,k,lH,Cimnst PREFIX=(qaohv)~&@%+ "
                               "confab.chat/FLOOR=H :are supported by this server\n"
                               ":s 422 alice :There is no message of the day"));
}

void
chat_stage_join(struct chat_stage *stage, struct str channel)
{
    struct buf lines;
    buf_init(&lines, 1024);
    buf_printf(&lines,
               ":alice!~al@host JOIN %.*s\n:s 353 alice = %.*s :@bob alice\n"
               ":s 366 alice %.*s :End of NAMES list",
               STR_ARG(channel), STR_ARG(channel), STR_ARG(channel));
    chat_stage_hear(stage, buf_str(&lines));
    buf_deinit(&lines);
}

struct str
chat_stage_shown(const struct chat_stage *stage)
{
    return buf_str(&stage->out.texts);
}

struct str
chat_stage_sent(const struct chat_stage *stage)
{
    return buf_str(&stage->out.wire);
}

struct str
chat_stage_returned(const struct chat_stage *stage)
{
    return buf_str(&stage->out.returned);
}

struct str
chat_stage_prompt(struct chat_stage *stage)
{
    chat_output_clear(&stage->out);
    chat_model_put_prompt(stage->model, &stage->out.texts);
    return buf_str(&stage->out.texts);
}

struct str
chat_stage_complete(struct chat_stage *stage, struct str text)
{
    chat_output_clear(&stage->out);
    buf_printf(&stage->out.texts,
               "%zu:", chat_model_complete(stage->model, text, &stage->out.returned));
    buf_put(&stage->out.texts, buf_str(&stage->out.returned));
    return buf_str(&stage->out.texts);
}
