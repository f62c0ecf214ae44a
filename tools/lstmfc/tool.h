/* tool.h - what every file of the command line shares. Include it first: it asks for POSIX before any system header. */
#ifndef LSTMFC_TOOL_H
#define LSTMFC_TOOL_H

#if !defined(_WIN32) && !defined(_POSIX_C_SOURCE)
#  define _POSIX_C_SOURCE 200809L
#endif

#include "../../lstmfc.h"

#include <stdio.h>

#include "files.h"
#include "options.h"
#include "progress.h"

/* Exit codes of every command. */
enum {
    TOOL_OK = 0,
    TOOL_FAILURE = 1,           /* anything else; an output that cannot be written */
    TOOL_USAGE = 2,             /* flags, feature or layer text, a command that there is not */
    TOOL_DATA = 3,              /* the CSV is absent, unreadable or too short */
    TOOL_MODEL = 4,             /* the model file is absent or refused */
    TOOL_DIVERGED = 5,
    TOOL_INTERRUPTED = 130
};

/* Every command: a name, and what it is for. Its file, of the same name, defines int command_NAME(int argc, char **argv), which returns an
   exit code; argv[0] is the command's name. */
#define TOOL_COMMANDS(X) \
    X(train,      "fit a forecaster on candles and save it") \
    X(predict,    "the newest forecast of a saved model") \
    X(update,     "teach a saved model the bars that came since, one step each") \
    X(evaluate,   "measure a saved model on bars it has not seen, against baselines") \
    X(signal,     "the newest signal of a saved model: long, short or flat, and why") \
    X(backtest,   "trade a model, rules or a file of signals, with costs; one symbol or several") \
    X(ensemble,   "several models asked as one") \
    X(pipeline,   "a whole system in one command: clean, train, evaluate, backtest, report") \
    X(indicators, "compute features and indicators, CSV in, CSV out") \
    X(features,   "list the feature language, or examine a feature text on a file") \
    X(check,      "what a CSV file holds and what is wrong with it") \
    X(inspect,    "what is in a model file") \
    X(infer,      "raw rows through the network: no features, no scaling") \
    X(export,     "a model as C for devices") \
    X(synth,      "make synthetic candles") \
    X(tune,       "search hyper-parameters")
#define TOOL_COMMAND(name, purpose) int command_##name(int argc, char **argv);
TOOL_COMMANDS(TOOL_COMMAND)
/* And those of two words, `check leak`. */
#define TOOL_CHECKS(X) \
    X(leak,       "name the features of a model that know what happens next") \
    X(lookahead,  "name what depends on bars that come later") \
    X(warmup,     "how many bars a value needs to be that of a longer history") \
    X(placebo,    "where the skill of a training falls among those with nothing to find")
TOOL_CHECKS(TOOL_COMMAND)
#undef TOOL_COMMAND

/* ---- forms.c: the flags of every command for man and shells ----------------------------------------------------- */

/* "man", "bash", "zsh", "fish": the whole text, or that of one command (--help=man), on stdout. 0: there is no such form. */
int forms_print(const char *form);
int forms_command(const options *o, const char *form);

/* ---- say.c: failing -------------------------------------------------------------------------------------------- */

/* Prints "lstmfc <command>: <message>" on stderr, with --json also {"error": ...} on stdout; returns the exit code. */
int tool_fail(const options *o, int code, const char *format, ...);
/* The same for a library error; the exit code follows from err->code, except that an error met while reading a model file
   (tool_fail_model) is always TOOL_MODEL; that message names the file. */
int tool_fail_as(const options *o, int code, const lstmfc_error *err);        /* with an exit code of its own */
int tool_fail_error(const options *o, const lstmfc_error *err);
int tool_fail_model(const options *o, const char *path, const lstmfc_error *err);
/* What the file that stands where another was expected begins like: '{' JSON, ',' rows of a CSV, 0 neither. */
int tool_begins_like(const char *path);
/* The {"error": ...} object of --json alone, on stdout. */
void tool_json_error(int code, const char *name, int32_t line, int32_t column, const char *message);

/* Text that a file may have had a hand in (a symbol, a column's name, a cell) on its way to a terminal: control characters, which could
   move its cursor or rename its window, and bytes that are no UTF-8 come out as '?'; line feeds and tabs stay. */
void tool_show(FILE *to, const char *text, size_t length);
/* How many of `length` bytes to show where there is room for `most`: no character of UTF-8 is cut in two. For "%.*s". */
int  tool_cut(const char *text, size_t length, size_t most);

/* ---- say.c: text ------------------------------------------------------------------------------------------------ */

/* Appends printf-formatted text; the locale is never set, so numbers have a point. Errors stick in the writer. */
void tool_print(lstmfc_writer *writer, const char *format, ...);
/* files.c. Writes the text to `path` ("-" = stdout; else one that files_check knows), all or nothing; an exit code, and why is said. */
int tool_write(const options *o, const char *path, const lstmfc_writer *writer);
/* The forecaster as a model file, read back before it replaces what is there; the same codes. */
int tool_save_model(const options *o, const lstmfc_forecaster *forecaster, const char *path);
/* A whole file, as lstmfc_file_read; one whose first byte that is no blank is none of `starts` (NULL: those of JSON) is not
   read to its end, which /dev/zero has not. Its reader will refuse it. */
char *tool_read(const char *path, size_t *length, const char *starts, lstmfc_error *err);
/* The file that `path` means, symbolic links followed; NULL: it cannot be told. Good until the next call. */
const char *tool_target(const char *path);
/* talib, ta or tradingview */
const char *tool_profile_name(int32_t profile);
/* Two things cannot both go to stdout: with --json, `out` must not be "-". 2 and a message, or -1. */
int tool_json_needs_out(const options *o, const char *out);
/* The same for a command whose own words go to stdout beside up to three optional files (NULL = not asked for): at most one of
   them may be "-", and not with --json. *words gets where the words go then: stderr, else stdout. */
int tool_share_stdout(const options *o, const char *a, const char *b, const char *c, const char *d,
                      FILE **words);
/* files.c. Prints the text there; TOOL_FAILURE when stdout cannot be written. */
int tool_say(const options *o, FILE *to, const lstmfc_writer *writer);
/* One double by a printf format; "-" when it is no number (no trades, no spread: nothing to show), "infinite" in words. */
const char *tool_figure(char out[32], const char *format, double value);
/* The same inside a sentence: "not defined" when it is no number. */
const char *tool_defined(char out[32], const char *format, double value);
/* A p value: "0.0123", "< 0.0001" and "> 0.9999" where four digits would say 0 or 1, "-" when it is not defined. */
const char *tool_p(char out[32], double p);
/* Thousands separated by commas; `out` of 32 bytes. */
const char *tool_count(char out[32], int64_t value);
/* A line "<prefix><count> <text>", none for a count of 0. "{one|many}" in the text stands for the words of one and of many. */
void tool_counted(lstmfc_writer *w, const char *prefix, int64_t n, const char *text);
/* "1 h", "15 min", "1 d", "3 d 4 h" from milliseconds. */
const char *tool_span(char out[32], int64_t milliseconds);
/* YYYY-MM-DD HH:MM UTC, without the time of day where it is midnight and the bars are days. */
const char *tool_time(char out[32], int64_t time, int64_t interval);

/* ---- shared options -------------------------------------------------------------------------------------------- */

/* Adds --csv and the reader's flags. `now` starts as the wall clock. */
typedef struct tool_input {
    const char *csv, *resample, *only;
    int32_t keep_thin;
    int one_of_several;         /* 1: bars that are as long as --resample says stay, where those of others are joined */
    int whole;                  /* 1: every bar of the file is closed, whatever the clock says */
    lstmfc_csv_desc desc;
    lstmfc_csv_report report;
} tool_input;
void tool_input_options(options *o, tool_input *input);
/* Before the load, of a model's any_prices: its candles are read as those it was fitted on, unless --prices says how. */
void tool_input_follow(const options *o, tool_input *input, int any_prices);
/* Loads the candles, or says why not and sets *exit_code (TOOL_DATA or TOOL_USAGE). */
lstmfc_candles *tool_input_load(const options *o, tool_input *input, int *exit_code);
/* What a check looks at: candles, and a model's file or (NULL) a text of features, which is compiled for them. A TOOL_... code, and why is said. */
typedef struct tool_subject {
    lstmfc_forecaster *forecaster;  /* NULL: there is no model */
    lstmfc_features *features;      /* of the text; NULL: there is none */
    lstmfc_candles *candles;
} tool_subject;
int  tool_subject_open(const options *o, tool_input *input, const char *model, const char *features, tool_subject *subject);
void tool_subject_free(tool_subject *subject);
/* resample.c. The bars of --resample made of these, which are given back; NULL: *code, and why is said. */
lstmfc_candles *tool_resample(const options *o, tool_input *input, lstmfc_candles *candles, int *code);
/* Adds a sentence to what the reader says about the file. */
void tool_input_note(tool_input *input, const char *format, ...);
/* What the reader did to the file, in plain sentences, one per line, each starting with `prefix`. */
void tool_input_describe(lstmfc_writer *writer, const lstmfc_csv_report *report, const char *prefix);
/* {column: cells that were blank in the file, before rows were filled and dropped}, of the columns that had any. */
void tool_blanks_json(lstmfc_writer *w, const char *key, const lstmfc_candles *candles);
void tool_input_json(lstmfc_writer *writer, const char *key, const lstmfc_csv_report *report);

/* UTC milliseconds: --created if given, else SOURCE_DATE_EPOCH, else the wall clock. */
int64_t tool_created(int64_t given, int is_given);
/* TOOL_USAGE and a message when tool_created would have to read a SOURCE_DATE_EPOCH that is no time; -1 = go on. */
int     tool_check_created(const options *o, int is_given);
int64_t tool_wall_clock(void);          /* UTC milliseconds */
double  tool_seconds(void);             /* monotonic, for rates */

/* Adds --simd and --threads, which go into the env. */
void tool_machine_options(options *o);
/* An env whose warnings go to stderr as "note: ...". Says so, once, when another instruction set runs than was asked for. */
const lstmfc_env *tool_env(void);
const char *tool_simd(void);            /* the instruction set that runs: "avx2" */
int32_t tool_threads(void);             /* 1 and more */
const char *tool_build(void);           /* lstmfc_build_info with it */

/* 1 after Ctrl-C, once tool_catch_interrupt has been called. A second Ctrl-C ends the program at once. */
void tool_catch_interrupt(void);
int  tool_interrupted(void);
void tool_watch_parent(int64_t process);  /* from now on the same once this, our parent, has gone */
void tool_release_interrupt(void);      /* Ctrl-C ends the program again */

#endif
