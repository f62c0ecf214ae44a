/* etth1.c - a network on a table of hours, in the convention of the published tables (etth1.py compiles and drives it).

   etth1 FILE ROWS SERIES WINDOW HORIZON NORM MODEL EPOCHS RATE SEED: FILE holds ROWS x SERIES numbers, standardised by the first
   12 months (of 30 days). Each series is told to the same network by itself, WINDOW values in and HORIZON out; fitted on 12 months,
   stopped on the next 4, judged once on the 4 after them. NORM none: values as they are. last: window and target less the last value
   of the window. Prints the test MSE of the network and of repeating the
   last value, then the validation loss and epochs. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MONTH = 30 * 24, FIT = 12 * MONTH, SEEN = 16 * MONTH, ALL = 20 * MONTH };

typedef struct table {
    lstmfc_real *rows;              /* [series][rows] */
    size_t count, series, window, horizon;
    int32_t norm;
} table;

/* What is taken off the targets of the window that begins at x. */
static double base_of(const table *t, const lstmfc_real *x) {
    return t->norm == LSTMFC_NORM_LAST ? (double)x[t->window - 1] : 0;
}

/* The windows whose targets lie in the hours first .. end-1, of every series. */
static lstmfc_batch batch_of(const table *t, size_t first, size_t end) {
    lstmfc_batch batch;
    size_t windows = end - first - t->horizon + 1, s, i, k, n = 0;
    int64_t *starts = (int64_t *)malloc(windows * t->series * sizeof *starts);
    lstmfc_real *targets = (lstmfc_real *)malloc(windows * t->series * t->horizon * sizeof *targets);
    memset(&batch, 0, sizeof batch);
    if (!starts || !targets) { fputs("out of memory\n", stderr); exit(1); }
    for (s = 0; s < t->series; s++)
        for (i = 0; i < windows; i++, n++) {
            const lstmfc_real *x = t->rows + s * t->count + first - t->window + i;
            starts[n] = (int64_t)(x - t->rows);
            for (k = 0; k < t->horizon; k++)
                targets[n * t->horizon + k] = (lstmfc_real)((double)x[t->window + k] - base_of(t, x));
        }
    batch.rows = t->rows; batch.row_count = t->count * t->series; batch.row_stride = 1;
    batch.first_row = starts; batch.count = n; batch.window = t->window; batch.targets = targets;
    batch.norm = t->norm;
    return batch;
}

static int fail(const lstmfc_error *err) { fprintf(stderr, "etth1: %s\n", err->message); return 1; }

int main(int argc, char **argv) {
    lstmfc_error err = {0};
    lstmfc_model_desc model_desc = lstmfc_model_desc_default();
    lstmfc_training_desc desc = lstmfc_training_desc_default();
    lstmfc_model *model;
    lstmfc_trainer *trainer;
    lstmfc_scratch *scratch;
    lstmfc_batch fit, validation, test;
    lstmfc_real *answers;
    lstmfc_result result;
    const lstmfc_epoch *history;
    table t;
    FILE *file;
    size_t i, k;
    int32_t epochs, best;
    double ours = 0, repeated = 0, value;
    if (argc != 11 || !(file = fopen(argv[1], "r"))) { fputs("etth1: see the head of etth1.c\n", stderr); return 2; }
    t.count = (size_t)atoi(argv[2]); t.series = (size_t)atoi(argv[3]);
    t.window = (size_t)atoi(argv[4]); t.horizon = (size_t)atoi(argv[5]);
    t.norm = !strcmp(argv[6], "last") ? LSTMFC_NORM_LAST : LSTMFC_NORM_NONE;
    t.rows = (lstmfc_real *)malloc(t.count * t.series * sizeof *t.rows);
    if (!t.rows || t.count < ALL) { fputs("etth1: 20 months of 30 days are needed\n", stderr); return 1; }
    for (i = 0; i < t.count; i++)
        for (k = 0; k < t.series; k++) {
            if (fscanf(file, "%lf", &value) != 1) { fputs("etth1: a number is missing\n", stderr); return 1; }
            t.rows[k * t.count + i] = (lstmfc_real)value;
        }
    fclose(file);
    fit = batch_of(&t, t.window, FIT);
    validation = batch_of(&t, FIT, SEEN);
    test = batch_of(&t, SEEN, ALL);
    model_desc.spec = argv[7]; model_desc.inputs = 1; model_desc.window = (int32_t)t.window;
    desc.epochs = atoi(argv[8]); desc.optimizer.lr = atof(argv[9]); desc.patience = 5;
    model_desc.seed = desc.seed = atoi(argv[10]);
    if (!(model = lstmfc_model_create(&model_desc, &err))) return fail(&err);
    if (!(trainer = lstmfc_trainer_create(model, &fit, &validation, &desc, &err))) return fail(&err);
    while ((result = lstmfc_trainer_step(trainer, 0, &err)) == LSTMFC_OK) {}
    if (result != LSTMFC_DONE) return fail(&err);
    history = lstmfc_trainer_history(trainer, &epochs, &best);
    answers = (lstmfc_real *)malloc(test.count * t.horizon * sizeof *answers);
    scratch = lstmfc_scratch_create(model, 256, &err);
    if (!scratch || !answers || lstmfc_model_predict(model, scratch, &test, answers, &err)) return fail(&err);
    for (i = 0; i < test.count; i++) {
        const lstmfc_real *x = t.rows + test.first_row[i];
        for (k = 0; k < t.horizon; k++) {
            double truth = (double)x[t.window + k], said = base_of(&t, x) + (double)answers[i * t.horizon + k];
            ours += (said - truth) * (said - truth);
            repeated += ((double)x[t.window - 1] - truth) * ((double)x[t.window - 1] - truth);
        }
    }
    printf("%.6f %.6f %.6f %d %d\n", ours / (double)(test.count * t.horizon), repeated / (double)(test.count * t.horizon),
           history[best - 1].val_loss, best, epochs);
    return 0;
}
