/* library.c - the one file that holds the implementation of lstmfc.h, and what the tool takes from its private part. */
#define LSTMFC_IMPLEMENTATION
#include "tool.h"

#include <string.h>

const char *options_nearest(const char *name, const char *const *candidates, size_t count)
{
    lstmfc__nearest best = {NULL, 0};
    size_t i;
    for (i = 0; i < count; i++) lstmfc__nearest_offer(&best, name, strlen(name), candidates[i]);
    return best.name;
}
