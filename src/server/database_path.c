/* The path of a server's database; see database_path.h. */
#include "server/database_path.h"

#include "store/store_sqlite.h"

struct config *
database_config(const struct database_choice *choice, FILE *err)
{
    struct config_report report;
    config_report_init(&report);
    const char *config_path = choice->config_path == NULL ? config_find() : choice->config_path;
    struct config *config = config_load(
        &(struct config_request){
            .path = config_path,
            .data_dir = choice->data_dir,
            .is_for_data = true,
        },
        &report);
    for (size_t i = 0; config == NULL && i < report.count; i++)
        (void)fprintf(err, "%s\n", report.problems[i].text);
    config_report_deinit(&report);
    return config;
}

void
database_path_put(const struct config *config, struct buf *path)
{
    buf_put(path, config->data_dir);
    buf_put(path, STR("/" STORE_SQLITE_FILE));
}

bool
database_path_find(const struct database_choice *choice, struct buf *path, FILE *err)
{
    struct config *config = database_config(choice, err);
    if (config == NULL)
        return false;
    database_path_put(config, path);
    config_free(&config);
    return !path->is_truncated;
}
