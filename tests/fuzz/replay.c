/*
 * Replays a corpus: calls the fuzz target for each file that is given, and for each file of each
 * folder. So what the fuzzers have found stays tested with every compiler.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
#include "fuzz.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUT_BYTES_MAX (1024 * 1024)

static bool
replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        (void)fprintf(stderr, "%s can't be read\n", path);
        return false;
    }
    char *bytes = cf_alloc(INPUT_BYTES_MAX);
    size_t size = fread(bytes, 1, INPUT_BYTES_MAX, file);
    (void)fclose(file); /* only read from */
    /* An allocation of the very size, so that reading past the end is seen. */
    char *exact = cf_alloc(size);
    for (size_t i = 0; i < size; i++)
        exact[i] = bytes[i];
    cf_free(bytes);
    (void)LLVMFuzzerTestOneInput((const uint8_t *)exact, size); /* always 0 */
    cf_free(exact);
    return true;
}

static int
is_no_dot(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static size_t
replay_folder(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_no_dot, alphasort);
    size_t replayed = 0;
    for (int i = 0; i < count; i++) {
        struct buf name;
        buf_init(&name, 4096);
        buf_printf(&name, "%s/%s", path, entries[i]->d_name);
        replayed += replay_file(buf_nul_terminated(&name)) ? 1 : 0;
        buf_deinit(&name);
        free(entries[i]); /* made by scandir */
    }
    if (count >= 0)
        free(entries);
    return replayed;
}

int
main(int argc, char **argv)
{
    size_t replayed = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (folder == NULL) {
            replayed += replay_file(argv[i]) ? 1 : 0;
            continue;
        }
        (void)closedir(folder); /* it was only a question */
        replayed += replay_folder(argv[i]);
    }
    (void)printf("%zu inputs replayed\n", replayed);
    return replayed > 0 ? 0 : 1;
}
