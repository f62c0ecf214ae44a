/* signal_state.h - what one run of signal --follow leaves for the next: a file that is replaced whole after each bar, and beside it the bars
   that are still needed, to which each bar is added. */
#ifndef LSTMFC_TOOL_SIGNAL_STATE_H
#define LSTMFC_TOOL_SIGNAL_STATE_H

#include "live.h"

/* The bars that are needed again, F.bars: their columns, then a line for each. */
typedef struct journal {
    const char *path;
    FILE *file;                         /* NULL: there are none */
    int64_t count, bytes;               /* bars, and how long the file is with them */
} journal;
/* Exit codes, said. _add: the last bar of `bars`; begins the file anew where it is none yet. _sync: what was added is on the disk. */
int  journal_add(const options *o, journal *j, const live_bars *bars);
int  journal_sync(const options *o, journal *j);
/* Its first `count` bars, `bytes` bytes, as the state says; what follows them is cut off. TOOL_MODEL: they are not there. */
int  journal_read(const options *o, journal *j, int64_t count, int64_t bytes, live_bars *bars);
void journal_close(journal *j);
void journal_remove(journal *j);        /* nobody needs it */

/* What the file says. */
typedef struct signal_past {
    char *text;
    lstmfc_json *json;
    size_t length;
    int64_t last;                       /* the bar up to which all is told, */
    const char *line;                   /* the line of it (NULL: it was history), */
    size_t line_length;
    int told;                           /* and whether that is known to have gone out */
    int64_t bars, bytes;                /* of the journal; 0: none is kept */
    int64_t tried;                      /* when the last training for --max-age-hours ended; 0: none did */
} signal_past;
/* -1: there is no such file; TOOL_OK; else an exit code, said. asked: what it must be of. */
int  signal_state_load(const options *o, const char *path, const char *asked, signal_past *past);
int  signal_state_restore(live *l, const char *path, const signal_past *past);          /* as live_load */
void signal_past_free(signal_past *past);
/* line NULL: none yet. An exit code. */
int  signal_state_save(const options *o, const char *path, const char *asked, const live *l, int64_t last, const lstmfc_writer *line, int told,
                       int64_t tried, const journal *j);

/* The output of a run that goes on: *written 1 where the file ends with that line already. A line that was cut off is taken away. NULL: *code. */
FILE *signal_reopen(const options *o, const char *path, const signal_past *past, int *written, int *code);
/* What was written to the file is on the disk. */
void  signal_settle(FILE *out);

#endif
