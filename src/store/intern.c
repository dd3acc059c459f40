/* Numbers of texts; see intern.h. */
#include "store/intern.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <assert.h>
#include <string.h>

struct intern_node {
    struct map_node by_text;
    int64_t number;
    int64_t home;
    size_t text_len;
    size_t shown_len;
    char bytes[];
};

bool
intern_find(const struct intern *intern, struct str text, struct interned *interned_out)
{
    struct map_node *found = map_find(&intern->texts, text);
    if (found == NULL)
        return false;
    const struct intern_node *node = CONTAINER_OF(found, struct intern_node, by_text);
    *interned_out = (struct interned){
        .number = node->number,
        .home = node->home,
        .shown = {.ptr = node->bytes + node->text_len, .len = node->shown_len},
    };
    return true;
}

static void
drop_node(struct intern *intern, struct map_node *node)
{
    map_remove(&intern->texts, node);
    cf_free(CONTAINER_OF(node, struct intern_node, by_text));
}

void
intern_put(struct intern *intern, struct str text, const struct interned *interned)
{
    struct str shown = interned->shown;
    if (map_count(&intern->texts) >= LIMIT_INTERNED)
        intern_clear(intern);
    struct intern_node *node = cf_alloc(sizeof *node + text.len + shown.len);
    *node = (struct intern_node){
        .number = interned->number,
        .home = interned->home,
        .text_len = text.len,
        .shown_len = shown.len,
    };
    if (text.len > 0)
        memcpy(node->bytes, text.ptr, text.len);
    if (shown.len > 0)
        memcpy(node->bytes + text.len, shown.ptr, shown.len);
    map_insert(&intern->texts, &node->by_text, (struct str){.ptr = node->bytes, .len = text.len});
}

void
intern_drop(struct intern *intern, struct str text)
{
    struct map_node *node = map_find(&intern->texts, text);
    if (node != NULL)
        drop_node(intern, node);
}

void
intern_clear(struct intern *intern)
{
    struct map_node *node;
    while ((node = map_first(&intern->texts)) != NULL)
        drop_node(intern, node);
}
