#ifndef CONFAB_EXPORT_FILE_H
#define CONFAB_EXPORT_FILE_H

#include "base/attr.h"
#include "store/export.h"

/*
 * An export (store/export.h) as a new file that nobody else may read: whole and on disk, or not
 * there. path: NUL-terminated. 0 or the code in err. Blocks; any thread.
 */
CF_NODISCARD int export_file_write(const struct export_request *request, const char *path,
                                   struct export_counts *counts, struct cf_err *err);

#endif
