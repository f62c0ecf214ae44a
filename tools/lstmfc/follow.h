/* follow.h - candles that come in on stdin, a line at a time: which line is a bar, and when is it closed? Shared by the commands with
   --follow. */
#ifndef LSTMFC_TOOL_FOLLOW_H
#define LSTMFC_TOOL_FOLLOW_H

#include "tool.h"

/* What became of the lines. */
typedef struct follow_count { int64_t lines, bars, known, late, repeated, broken; } follow_count;

/* What a command wants of them. Its functions return an exit code, and have said why when it is not TOOL_OK: that ends it. */
typedef struct follow_ask {
    int strict;                         /* the first line that is late, repeated or broken ends it: TOOL_DATA; else it is named, left out */
    int by_bars;                        /* a bar is closed when it comes; else by a later bar, --now or the clock */
    int64_t interval;                   /* of the bars; 0: the commonest step so far */
    const int64_t *known;               /* NULL, or a time: bars that open no later are counted as known, and not handed on; then there may be
                                           no line at all */
    int (*begin)(void *user, const lstmfc_candles *first);      /* before the first bar: its columns; may be NULL */
    int (*bar)(void *user, const lstmfc_candles *bar);          /* a bar is closed for good: it alone, in columns that stay where they are */
    int descriptor;                     /* -1, or something else to wait for: */
    int (*ready)(void *user);           /* it can be read, or has ended; between two bars. May change `descriptor` */
    void *user;
} follow_ask;

/* 2 and a message where a flag asks for what takes the whole series; -1 = all is well. */
int  follow_check(const options *o, const tool_input *input);
/* Reads stdin to its end. An exit code; *count is right all the way. A last bar that is not closed is dropped and named. */
int  follow_run(const options *o, const tool_input *input, follow_ask *ask, follow_count *count);
/* The clock: --now, or for --clock bars (by_bars) when the bar that opens at `time` closed, or that of the machine. */
int64_t follow_now(const options *o, const tool_input *input, const follow_ask *ask, int64_t time);

/* The output, flushed after every text. "-": stdout. NULL, *code: it cannot be written, said. */
FILE *follow_open(const options *o, const char *path, int append, int *code);
int   follow_write(const options *o, FILE *out, const char *path, const lstmfc_writer *text);
int   follow_close(const options *o, FILE *out, const char *path);
/* A reader that has gone is an output that cannot be written, exit 1 with a message, and no signal. */
void  follow_hold_pipe(void);
/* The counts as members of a JSON object. */
void  follow_json(lstmfc_writer *w, const follow_count *count);

#endif
