/* library.c - the one file that holds the implementation of lstmfc.h, and what the tool takes from its private part. */
#define LSTMFC_IMPLEMENTATION
#include "tool.h"

#include <string.h>

const char *tool_target(const char *path) {
    static char target[LSTMFC__PATH_SIZE];
    return strlen(path) < sizeof target && lstmfc__os_target(path, target) == 0 ? target : NULL;
}

char *tool_read(const char *path, size_t *length, const char *starts, lstmfc_error *err) {
    return lstmfc__os_file_read(path, length, starts ? starts : LSTMFC__JSON_STARTS, NULL, err);
}

const char *options_nearest(const char *name, const char *const *candidates, size_t count) {
    lstmfc__nearest best = {NULL, 0};
    size_t i;
    for (i = 0; i < count; i++) lstmfc__nearest_offer(&best, name, strlen(name), candidates[i]);
    return best.name;
}
