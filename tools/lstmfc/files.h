/* files.h - which files a command reads and writes: known, told apart and tried before any work.

   A table of options says it in the place of a range: X(TEXT, csv, "", OPTIONS_IN, "...") is read, OPTIONS_OUT is
   written, OPTIONS_KEPT is added to ("none": no file), OPTIONS_FOLDER is the folder in which a command writes files of its own. What follows from a flag (a
   checkpoint, the files of a folder) is added by the command. One call, files_check, then looks at all of them: two names
   of one file are found by what the names mean, not by how they are spelled, also where the file is not there yet, and a
   place that cannot be written is found before the first bar is read. */
#ifndef LSTMFC_TOOL_FILES_H
#define LSTMFC_TOOL_FILES_H

#include "options.h"

#define OPTIONS_IN     "file to read"
#define OPTIONS_OUT    "file to write"
#define OPTIONS_FOLDER "folder to write"
#define OPTIONS_KEPT   "file to add to"

typedef enum file_role {
    FILE_READ,
    FILE_WRITTEN,
    FILE_KEPT,                  /* added to; where it cannot be, a warning will say so */
    FILE_SAVED_LATER            /* a checkpoint: may lie over the one of --resume, and is missed only when it is needed */
} file_role;

typedef struct file_entry {
    char *flag, *path;          /* "--csv"; as given */
    file_role role;
    int standard;               /* stdin, stdout or stderr of the program, led to a file */
    int known;                  /* place, number and rest say which file it is */
    uint64_t place, number;     /* device and inode of the file, or of its folder where it is not there yet */
    char *rest;                 /* its name in that folder; NULL = it is there */
} file_entry;

/* A file that follows from a flag. 0 = out of memory, which files_check will say. */
int  files_add(options *o, const char *flag, file_role role, const char *path);
/* "folder/name", kept until options_free; NULL and a message: out of memory. */
char *files_join(options *o, const char *folder, const char *name);
/* Looks at the files of all flags and those that were added. -1 to go on, else an exit code, and why is said. */
int  files_check(options *o);
/* TOOL_OK when files_check has found that `path` may be written; else it is looked at now. */
int  files_known(const options *o, const char *path);
/* Whether the file of `flag` ("resume") is `path`, one of those that were added. After files_check. */
int  files_same(const options *o, const char *flag, const char *path);
void files_free(options *o);

/* Before anything else in main: where stdin, stdout or stderr is closed, the next file to be opened would take its number,
   and what is printed would go into it. They are made to fail instead. */
void files_hold_standard(void);

#endif
