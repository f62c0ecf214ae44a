/* The library compiled once, for those who would rather link it than compile it with their program. */
#define LSTMFC_IMPLEMENTATION
#include "lstmfc.h"
