/* The path of a server's database; see database_path.h. */
#include "server/database_path.h"

#include "server/config.h"
#include "store/store_sqlite.h"

bool
database_path_put(const struct database_choice *choice, struct buf *path, FILE *err)
{
    struct config_report report;
    config_report_init(&report);
    const char *config_path = choice->config_path == NULL ? config_find() : choice->config_path;
    struct config *config =
        config_load(&(struct config_request){.path = config_path, .data_dir = choice->data_dir},
                    &report);
    if (config != NULL) {
        buf_put(path, config->data_dir);
        buf_put(path, STR("/" STORE_SQLITE_FILE));
    } else {
        for (size_t i = 0; i < report.count; i++)
            (void)fprintf(err, "%s\n", report.problems[i].text);
    }
    bool is_known = config != NULL && !path->is_truncated;
    config_free(&config);
    config_report_deinit(&report);
    return is_known;
}
