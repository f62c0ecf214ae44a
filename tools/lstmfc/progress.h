/* progress.h - a bar with rate and time left on a terminal, a few plain lines elsewhere, JSON lines on request. */
#ifndef LSTMFC_TOOL_PROGRESS_H
#define LSTMFC_TOOL_PROGRESS_H

#include <stdint.h>

#define PROGRESSES(X) \
    X(PROGRESS_AUTO, "auto") X(PROGRESS_BAR, "bar") X(PROGRESS_LINES, "lines") X(PROGRESS_JSONL, "jsonl") X(PROGRESS_NONE, "none")
enum { PROGRESSES(LSTMFC__CONSTANT) };

typedef struct progress {
    int mode;
    const char *task, *unit;        /* "training", "sequences" */
    int64_t total, done, first;     /* first: where this run started */
    double start, last_shown, spacing;
    double window_time[16]; int64_t window_done[16]; int window_count;  /* recent marks: the rate is of the last seconds */
    int shown_bar;                  /* a bar stands on the current line */
    char held[320];                 /* the last event that was not shown */
    int at_most;                    /* the total is an upper bound (early stopping) */
} progress;

/* mode PROGRESS_AUTO looks whether stderr is a terminal. done0: where a resumed run starts. */
void progress_begin(progress *p, int mode, const char *task, const char *unit, int64_t done0, int64_t total, int at_most);
/* note: a short text beside the bar, such as "epoch 3/50"; may be NULL. Shows at most a few times per second. */
void progress_update(progress *p, int64_t done, const char *note);
/* A line worth keeping (an epoch's figures). text for people, json (one object without braces) for --progress jsonl. */
void progress_event(progress *p, const char *text, const char *json, int important);
void progress_end(progress *p);
double progress_rate(const progress *p);        /* units per second since the start */

#endif
