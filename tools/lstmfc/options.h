/* options.h - flags from option tables.

   A command declares which descs it fills; the tables behind them (lstmfc_*_desc_fields) give the flags, their checks and
   their help. The same names work in a JSON file (--config); flags win. Nothing given is ever ignored: an unknown name, a
   name that belongs to another command, a flag given twice and one that has no effect beside the others are errors. */
#ifndef LSTMFC_OPTIONS_H
#define LSTMFC_OPTIONS_H

#include "../../lstmfc.h"

enum { OPTIONS_GROUPS = 12, OPTIONS_FLAGS = 160, OPTIONS_PRESETS = 48, OPTIONS_TEXTS = 160 };

typedef struct options_command {
    const char *name;               /* "train" */
    const char *purpose;            /* one line */
    const char *usage;              /* "--csv F --out M.json [flags]" */
    const char *details;            /* a paragraph or more; NULL = none */
    const char *example;            /* commands that work as they stand */
} options_command;

typedef struct options_flag {
    const lstmfc_field *field;
    void *desc;
    int group;
    int given;                      /* 1: on the command line, 2: in the config file */
    const char *preset;             /* the default that options_parse sets; NULL = the table's */
    const char *shown;              /* what --help shows as the default instead; NULL = the preset */
} options_flag;

typedef struct options {
    const options_command *command;
    options_flag flags[OPTIONS_FLAGS];
    int flag_count;
    const char *groups[OPTIONS_GROUPS];
    int group_count;
    char *texts[OPTIONS_TEXTS];     /* texts out of the config file */
    int text_count;
    const char *config;
    struct file_entry *files;       /* what files.h knows: the files of the command, */
    int file_count, file_lost;      /* and whether one could not be noted */
    char **paths;                   /* texts of files_join */
    int path_count;
    int32_t json;                   /* --json: one JSON object on stdout; every command has it */
    const char *about;              /* the file of several that failures are about, told first; NULL: none */
    const char *threshold;          /* what --threshold says that is no number, in a command with --rules; NULL: nothing */
    int32_t progress;               /* --progress, of the commands that take long: PROGRESS_... */
} options;

/* A table of the tool's own: define OPTIONS_STRUCT as the struct, then `static const lstmfc_field f[] = {TABLE(OPTIONS_FIELD)};` */
#define OPTIONS_FIELD(kind, name, preset, range, help) LSTMFC_FIELD(OPTIONS_STRUCT, kind, name, preset, range, help)

/* Starts with --json; options_progress adds --progress. */
void options_init(options *o, const options_command *command);
void options_progress(options *o);
/* Adds the fields of a desc under a heading. `only`: the names wanted, separated by blanks (NULL = all; "!a b": all but these). */
void options_add(options *o, const char *heading, void *desc, const lstmfc_field *fields, size_t count, const char *only);
/* Another default than the table's for this command. `text` must be one that the field can take. */
void options_preset(options *o, const char *name, const char *text);
/* What --help shows as the default of a field that the command fills in itself. */
void options_shown(options *o, const char *name, const char *text);
/* Fills the descs. Returns -1 to go on, otherwise the exit code: 0 after --help, 2 after a usage error (already printed). */
int  options_parse(options *o, int argc, char **argv);
int  options_given(const options *o, const char *name);
/* The same of a row of a table: a command may have a flag of the same name that means something else. */
int  options_given_field(const options *o, const lstmfc_field *field);
/* The first name given of those under a heading; NULL: none was. */
const char *options_given_of(const options *o, const char *group);
/* 2 and a message when something given has no effect beside the other options: --huber-delta without --loss huber.
   target: of a model file, of a system; NULL = what --target says, if the command has it; so options_parse asks. -1 = all
   count. */
int  options_useful(const options *o, const char *target);
/* "max_age_hours" as a flag is written, without its dashes. */
void options_flag_text(char out[64], const char *name);
/* 2 and a message when one of the blank-separated names was not given. -1 = all there. */
int  options_require(const options *o, const char *names);
void options_free(options *o);

/* The candidate nearest to `name` by edit distance, or NULL when none is near. */
const char *options_nearest(const char *name, const char *const *candidates, size_t count);
/* The flag that takes a text written for `field` (1,4 of horizon: horizons); *itself: what the field is then, "" = what it was. NULL: not of `o`. */
options_flag *options_meant(const options *o, const lstmfc_field *field, const char *text, const char **itself);

#endif
