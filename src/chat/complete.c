/* Completion of commands, channels and nicks; see model.h. */
#include "base/alloc.h"
#include "chat/state.h"
#include "wire/clean_text.h"

#include <assert.h>
#include <stdlib.h>

/* Candidates of one word; the rest is left out. */
#define CANDIDATES_MAX 200

/* What is completed. */
struct word {
    struct str text;
    struct folded folded; /* of text; for names */
    bool is_first;        /* of the line */
};

static bool
begins_with(struct str name, const struct word *word)
{
    struct folded folded;
    return name_fold(name, &folded) &&
           str_starts_with(folded_str(&folded), folded_str(&word->folded));
}

static void
put(struct buf *out, struct str name, const char *ending)
{
    clean_text_put(out, name);
    buf_printf(out, "%s\n", ending);
}

static void
complete_command(const struct word *word, struct buf *out)
{
    struct str typed = str_skip(word->text, 1);
    struct str name;
    for (size_t i = 0; chat_command_name(i, &name); i++) {
        if (name.len >= typed.len && str_equal_ascii_nocase(str_take(name, typed.len), typed))
            buf_printf(out, "/%.*s \n", STR_ARG(name));
    }
}

static void
complete_channel(const struct chat_model *model, const struct word *word, struct buf *out)
{
    list_for_each(node, &model->channels) {
        const struct chat_channel *channel = CONTAINER_OF(node, struct chat_channel, in_model);
        if (begins_with(buf_str(&channel->name), word))
            put(out, buf_str(&channel->name), " ");
    }
}

/* Who spoke last comes first; of those who have not spoken, who came first. */
struct nick_candidate {
    struct str nick;
    bool is_here;
    uint64_t spoken;
    size_t order;
};

static int
compare_nicks(const void *left, const void *right)
{
    const struct nick_candidate *a = left;
    const struct nick_candidate *b = right;
    if (a->is_here != b->is_here)
        return a->is_here ? -1 : 1;
    if (a->spoken != b->spoken)
        return a->spoken > b->spoken ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

struct nick_list {
    struct nick_candidate *items;
    size_t count;
    size_t capacity;
};

static void
collect(const struct chat_model *model, const struct chat_channel *channel, bool is_here,
        const struct word *word, struct nick_list *list)
{
    for (struct map_node *node = map_first(&channel->members); node != NULL;
         node = map_next(node)) {
        const struct chat_member *member = CONTAINER_OF(node, struct chat_member, node);
        bool is_known = false;
        if (!str_starts_with(member->key, folded_str(&word->folded)) ||
            name_equal(member->nick, buf_str(&model->nick)))
            continue;
        for (size_t i = 0; i < list->count && !is_known; i++)
            is_known = str_equal(list->items[i].nick, member->nick);
        if (is_known || list->count >= CANDIDATES_MAX)
            continue;
        list->items =
            cf_array_reserve(list->items, &list->capacity, list->count + 1, sizeof *list->items);
        list->items[list->count] = (struct nick_candidate){
            .nick = member->nick,
            .is_here = is_here,
            .spoken = member->spoken,
            .order = list->count,
        };
        list->count++;
    }
}

static void
complete_nick(const struct chat_model *model, const struct word *word, struct buf *out)
{
    struct nick_list list = {.items = NULL};
    struct str target = buf_str(&model->target);
    const struct chat_channel *here = chat_channel_find(model, target);
    if (here != NULL)
        collect(model, here, true, word, &list);
    list_for_each(node, &model->channels) {
        const struct chat_channel *channel = CONTAINER_OF(node, struct chat_channel, in_model);
        if (channel != here)
            collect(model, channel, false, word, &list);
    }
    if (list.count > 0)
        qsort(list.items, list.count, sizeof *list.items, compare_nicks);
    const char *ending = word->is_first ? ": " : " ";
    bool is_query = here == NULL && target.len > 0 && begins_with(target, word);
    if (is_query)
        put(out, target, ending);
    for (size_t i = 0; i < list.count; i++) {
        if (!is_query || !name_equal(list.items[i].nick, target))
            put(out, list.items[i].nick, ending);
    }
    cf_free(list.items);
}

size_t
chat_model_complete(const struct chat_model *model, struct str text, struct buf *candidates)
{
    size_t start = text.len;
    while (start > 0 && text.ptr[start - 1] != ' ')
        start--;
    struct word word = {.text = str_skip(text, start), .is_first = start == 0};
    bool is_command = word.is_first && str_starts_with(word.text, STR("/"));
    if (is_command)
        complete_command(&word, candidates);
    else if (word.text.len == 0 || !name_fold(word.text, &word.folded))
        return start;
    else if (name_looks_like_channel(word.text))
        complete_channel(model, &word, candidates);
    else
        complete_nick(model, &word, candidates);
    return start;
}
