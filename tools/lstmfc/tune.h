/* tune.h - a search over trainings: its state, its journal, its processes. What tune.c, search.c, trial.c and journal.c
   share.

   The journal, DIR/journal.jsonl, is the search: one JSON object a line, written and synced before the search goes on,
   so that whatever ends the program (kill -9, a power cut) costs at most the epochs since the last rung of the trials
   that ran. Events:

     {"event":"search", ...}                what is searched: space, flags, candles; --resume must bring the same
     {"event":"start","trial":1,"params":{...}}
     {"event":"rung","trial":1,"rung":0,"epochs":4,"best_epoch":3,"value":0.69,"seconds":1.5}     paused at a checkpoint
     {"event":"go","trial":1,"rung":1}                                                            on to this rung
     {"event":"end","trial":1,"state":"done", ...}                  done; failed, with "error"; stopped at its rung
     {"event":"choice","trial":1,"value":0.68,"trials":40}
     {"event":"test","report":{...}}                                the test span has been read: the search is over */
#ifndef LSTMFC_TOOL_TUNE_H
#define LSTMFC_TOOL_TUNE_H

#include "fit.h"
#include "space.h"

enum { TUNE_RUNGS = 24 };
enum { TRIAL_RUNNING, TRIAL_PAUSED, TRIAL_DONE, TRIAL_FAILED, TRIAL_STOPPED };

typedef struct trial {
    double x[TPE_DIMENSIONS];       /* the point of the space */
    int state;
    int rung;                       /* how many rungs it has reached; at rungs[0 .. rung-1] it had these values */
    double rungs[TUNE_RUNGS];
    int32_t epochs, best_epoch;
    double value;                   /* validation loss of the epoch whose weights it keeps; NaN: not known yet */
    double accuracy;                /* the same epoch's share of right calls on validation; NaN unless direction */
    double seconds;
    int64_t samples;                /* of the validation part */
    char *error;
    int lost;                       /* it was running when the program ended: to be run again from its last rung */
    int64_t process;                /* while it runs: pid and the reading end of its pipe */
    int pipe, told;                 /* told: its last REPORT_... */
    double since;
} trial;

typedef struct tune {
    options *o;
    tool_input *input;
    lstmfc_candles *candles;
    lstmfc_forecaster_desc *base;   /* what the command line and the fixed parameters say */
    space space;
    trial *trials;                  /* [wanted]; the first `count` have begun */
    int count, wanted, jobs;
    int with_tpe;
    int64_t seed;                   /* of the sampler */
    int32_t grace, reduction, epochs;       /* grace 0: no rungs */
    int rung_count;
    int32_t rung_epochs[TUNE_RUNGS];
    int64_t seen, first;            /* rows before the test span; row of the first sample of every trial */
    const char *folder;
    const char *kept;               /* the file of the ledger; NULL: none */
    int journal;                    /* file descriptor */
    int chosen, tested;             /* by the journal: which trial (-1: none yet), whether the test span was read */
    char *report;                   /* the JSON of the test event */
    double started;
    progress bar;
    int shown_lines;
    double last_shown;
} tune;

/* What a trial tells through its pipe, once an epoch and at its end. */
enum { REPORT_EPOCH, REPORT_PAUSED, REPORT_DONE };
typedef struct trial_report {
    int32_t kind, epoch, best_epoch, unused;
    int64_t samples;
    double loss, val_loss, value, accuracy;
} trial_report;

/* ---- journal.c ---- */
/* Opens DIR/journal.jsonl, locks it, and reads what is in it (--resume) or writes its first line. TOOL_OK, else said.
   */
int  journal_open(tune *t, int resume);
int  journal_start(tune *t, int number);
int  journal_rung(tune *t, int number);
int  journal_go(tune *t, int number);
int  journal_end(tune *t, int number);
int  journal_choice(tune *t);
int  journal_test(tune *t, const char *report, size_t length);
const char *trial_state_name(int state);

/* ---- trial.c ---- */
/* The flags of this point as train takes them: NULL-ended, argv[0] is "trial"; NULL: out of memory. Free with
   trial_flags_free. */
char **trial_flags(const tune *t, const double *x);
void trial_flags_free(char **flags);
/* Fills desc from them. `o` lives as long as the desc's texts. -1 = good, else an exit code, and why is said on stderr.
   */
int  trial_desc(char **flags, options *o, lstmfc_forecaster_desc *desc);
/* The row of the first sample that a trial can have without looking at the rows before it; -1: its features do not
   compile. */
int64_t trial_extent(const tune *t, const double *x);
/* Trains the point and reports every epoch through the pipe; *last gets the last report. Returns an exit code, why is
   said. */
typedef struct trial_job {
    const char *checkpoint;         /* where it pauses, */
    int loads;                      /* and whether it goes on from there */
    int32_t to;                     /* epochs to pause at; 0: to the end */
    int pipe;                       /* -1: none */
} trial_job;
int  trial_train(const tune *t, const double *x, const trial_job *job, trial_report *last);
/* DIR/trials/0007<end>; `out` of 512 bytes. */
const char *trial_path(const tune *t, int number, const char *end, char *out);

/* ---- search.c ---- */
/* Runs trials until as many as wanted have ended. TOOL_OK, else said (TOOL_INTERRUPTED after Ctrl-C). */
int  search_run(tune *t);
/* The done trial of the smallest value, by number; -1: none. */
int  search_best(const tune *t);
/* How many trials are in this state. */
int  search_count(const tune *t, int state);
/* What the sampler is told of the trials: observations [count]. */
void search_observations(const tune *t, tpe_observation *observations);
/* "window 16, lr 0.001": the searched parameters of a trial. */
void search_words(const tune *t, int number, lstmfc_writer *w);

#endif
