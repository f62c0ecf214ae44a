/* protocol.c - system C's published figures come from an order of work that no forecast can follow. It is done here step by step so that
   its numbers can be set beside the honest ones:

     - the rows, features included, are sorted by their date as text: 1/10/2014, 1/11/2013, 1/11/2014, ...; a window holds days of
       several years, and the rows after it are days that lie between those it was taught
     - the answer is the price itself two rows ahead in that order
     - the last fifth of the samples is the test part, and the loss on it says when to stop
     - the weights are those of the last epoch, not of the best

   Network, features, window and training are those of the run beside it. */
#include "protocol.h"

#include <stdlib.h>
#include <string.h>

#define AHEAD 2
#define LABEL "NOT A FORECAST"

typedef struct table {              /* rows in the order of their texts */
    size_t rows, columns, samples, train;
    lstmfc_real *x, *y, *answers;   /* [rows][columns] scaled; [samples] scaled labels; [samples] */
    double *price;                  /* [rows] */
    double center, scale;           /* of the labels */
} table;

typedef struct dated_row { char text[40]; size_t row; } dated_row;

static int by_text(const void *a, const void *b) {
    const dated_row *x = (const dated_row *)a, *y = (const dated_row *)b;
    int order = strcmp(x->text, y->text);
    return order ? order : (x->row > y->row) - (x->row < y->row);
}

/* M/D/YYYY H:MM, as the file writes it. */
static void date_text(char out[40], int64_t time) {
    char iso[32];
    lstmfc_format_time(iso, time);
    snprintf(out, 40, "%d/%d/%.4s %d:%.2s", atoi(iso + 5), atoi(iso + 8), iso, atoi(iso + 11), iso + 14);
}

static void table_free(table *t) {
    free(t->x);
    free(t->y);
    free(t->answers);
    free(t->price);
}

/* Rows with every feature, sorted by text, features and labels as z-scores of the first part; *code on failure. */
static int table_make(const options *o, const lstmfc_candles *candles, const lstmfc_features *features, size_t window, table *t) {
    size_t n = candles->count, f = (size_t)lstmfc_features_count(features), i, k, rows = 0;
    double *all = (double *)malloc((2 * n * f + 2 * f + 2) * sizeof(double)), *sorted = all + n * f, *center = sorted + n * f;
    dated_row *dates = (dated_row *)malloc((n + 1) * sizeof *dates);
    lstmfc_error err = {0};
    int code = TOOL_OK;
    memset(t, 0, sizeof *t);
    t->columns = f;
    t->x = (lstmfc_real *)malloc((n * f + 1) * sizeof(lstmfc_real));
    t->y = (lstmfc_real *)malloc((n + 1) * sizeof(lstmfc_real));
    t->answers = (lstmfc_real *)malloc((n + 1) * sizeof(lstmfc_real));
    t->price = (double *)malloc((n + 1) * sizeof(double));
    if (!all || !dates || !t->x || !t->y || !t->answers || !t->price) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    else if (lstmfc_features_evaluate(features, candles, all, &err)) code = tool_fail_error(o, &err);
    for (i = 0; code == TOOL_OK && i < n; i++) {
        for (k = 0; k < f && lstmfc_is_finite(all[i * f + k]); k++) {}
        if (k < f) continue;
        date_text(dates[rows].text, candles->time[i]);
        dates[rows++].row = i;
    }
    if (code == TOOL_OK && rows < 2 * (window + AHEAD) + 20)
        code = tool_fail(o, TOOL_DATA, "--seed-protocol: %lld rows have every feature, too few for windows of %lld", (long long)rows,
                         (long long)window);
    if (code == TOOL_OK) {
        size_t head = rows * 4 / 5, labels;
        qsort(dates, rows, sizeof *dates, by_text);
        for (i = 0; i < rows; i++) {
            memcpy(sorted + i * f, all + dates[i].row * f, f * sizeof(double));
            t->price[i] = candles->close[dates[i].row];
        }
        t->rows = rows;
        t->samples = rows - (window - 1) - AHEAD;
        t->train = t->samples * 4 / 5;
        labels = t->train;
        if (lstmfc_scaler_fit(LSTMFC_SCALER_STANDARD, sorted, head, f, f, center, center + f, NULL, &err)
            || lstmfc_scaler_fit(LSTMFC_SCALER_STANDARD, t->price + window - 1 + AHEAD, labels, 1, 1, &t->center, &t->scale, NULL, &err))
            code = tool_fail_error(o, &err);
        for (i = 0; code == TOOL_OK && i < rows * f; i++)
            t->x[i] = (lstmfc_real)lstmfc_scale(LSTMFC_SCALER_STANDARD, sorted[i], center[i % f], center[f + i % f]);
        for (i = 0; code == TOOL_OK && i < t->samples; i++)
            t->y[i] = (lstmfc_real)((t->price[i + window - 1 + AHEAD] - t->center) / t->scale);
    }
    free(dates);
    free(all);
    return code;
}

/* Trains a fresh network and leaves its answers to the test samples in t->answers; returns the epochs run, 0 on an error. */
static int32_t train(const table *t, const lstmfc_forecaster_desc *desc, const lstmfc_training_desc *training, lstmfc_error *err) {
    lstmfc_model_desc network = lstmfc_model_desc_default();
    lstmfc_batch part[2];
    lstmfc_model *model;
    lstmfc_trainer *trainer = NULL;
    lstmfc_scratch *scratch = NULL;
    int32_t epochs = 0, k;
    network.spec = desc->model;
    network.inputs = (int32_t)t->columns;
    network.window = desc->window;
    network.init = desc->init;
    network.seed = training->seed;
    memset(part, 0, sizeof part);
    for (k = 0; k < 2; k++) {
        size_t first = k ? t->train : 0;
        part[k].rows = t->x + first * t->columns;
        part[k].row_count = t->rows - first;
        part[k].row_stride = t->columns;
        part[k].count = k ? t->samples - t->train : t->train;
        part[k].window = (size_t)desc->window;
        part[k].targets = t->y + first;
    }
    model = lstmfc_model_create(&network, err);
    if (model) trainer = lstmfc_trainer_create(model, &part[0], &part[1], training, err);
    if (trainer) {
        lstmfc_result result = LSTMFC_OK;
        while (result == LSTMFC_OK) result = lstmfc_trainer_step(trainer, 0, err);
        if (result == LSTMFC_DONE) scratch = lstmfc_scratch_create(model, 64, err);
        if (scratch && !lstmfc_model_predict(model, scratch, &part[1], t->answers, err)) lstmfc_trainer_history(trainer, &epochs, NULL);
    }
    lstmfc_scratch_free(scratch);
    lstmfc_trainer_free(trainer);
    lstmfc_model_free(model);
    return epochs;
}

int protocol_run(const options *o, const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc, protocol *out) {
    lstmfc_features_desc how = {0};
    lstmfc_training_desc training = desc->training;
    lstmfc_features *features;
    lstmfc_error err = {0};
    table t;
    size_t i, test;
    int code;
    memset(&t, 0, sizeof t);
    how.columns = candles;
    how.profile = desc->profile;
    features = lstmfc_features_compile(desc->features, &how, &err);
    code = features ? table_make(o, candles, features, (size_t)desc->window, &t) : tool_fail_error(o, &err);
    training.progress = NULL;
    if (code == TOOL_OK && (out->epochs = train(&t, desc, &training, &err)) == 0) code = tool_fail_error(o, &err);
    training.epochs = out->epochs;
    training.patience = LSTMFC_NONE;                    /* the same run again, to its last weights */
    if (code == TOOL_OK && train(&t, desc, &training, &err) == 0) code = tool_fail_error(o, &err);
    test = t.samples - t.train;
    if (code == TOOL_OK) {
        double *forecast = (double *)malloc((test + 1) * sizeof(double));
        const double *origin = t.price + t.train + desc->window - 1;
        if (!forecast) code = tool_fail(o, TOOL_FAILURE, "out of memory");
        for (i = 0; forecast && i < test; i++) forecast[i] = t.center + t.scale * (double)t.answers[i];
        if (forecast) {
            lstmfc_errors_of(test, origin + AHEAD, forecast, &out->errors);
            lstmfc_errors_of(test, origin + AHEAD, origin, &out->persistence);
            out->made = 1;
            out->rows = (int64_t)t.rows;
            out->train_samples = (int64_t)t.train;
            out->test_samples = (int64_t)test;
        }
        free(forecast);
    }
    table_free(&t);
    lstmfc_features_free(features);
    return code;
}

void protocol_describe(lstmfc_writer *w, const protocol *p) {
    char a[32], b[32], c[32];
    if (!p->made) return;
    tool_print(w, "seed protocol " LABEL ": rows in the order of their dates as text, the price two rows on, stopped by the test part (%d\n"
                  "              epochs), last weights. RMSE %s, MAE %s, R2 %s on %lld rows; repeating the row's price ", (int)p->epochs,
               tool_figure(a, "%.2f", p->errors.rmse), tool_figure(b, "%.2f", p->errors.mae), tool_figure(c, "%.4f", p->errors.r2),
               (long long)p->test_samples);
    tool_print(w, "%s, %s, %s\n", tool_figure(a, "%.2f", p->persistence.rmse), tool_figure(b, "%.2f", p->persistence.mae),
               tool_figure(c, "%.4f", p->persistence.r2));
}

void protocol_html(lstmfc_writer *w, const protocol *p) {
    char a[32], b[32], c[32];
    if (!p->made) return;
    tool_print(w, "<p><b>Seed protocol, " LABEL ":</b> rows in the order of their dates as text, the price two rows on, stopped by "
                  "the test part (%d epochs), last weights. RMSE %s, MAE %s, R2 %s on %lld rows; repeating the row's price ", (int)p->epochs,
               tool_figure(a, "%.2f", p->errors.rmse), tool_figure(b, "%.2f", p->errors.mae), tool_figure(c, "%.4f", p->errors.r2),
               (long long)p->test_samples);
    tool_print(w, "%s, %s, %s.</p>\n", tool_figure(a, "%.2f", p->persistence.rmse), tool_figure(b, "%.2f", p->persistence.mae),
               tool_figure(c, "%.4f", p->persistence.r2));
}

static void errors_json(lstmfc_writer *w, const char *key, const lstmfc_errors *e) {
    lstmfc_json_begin(w, key, '{');
    lstmfc_json_put_number(w, "mse", e->mse);
    lstmfc_json_put_number(w, "rmse", e->rmse);
    lstmfc_json_put_number(w, "mae", e->mae);
    lstmfc_json_put_number(w, "r2", e->r2);
    lstmfc_json_end(w, '}');
}

void protocol_json(lstmfc_writer *w, const char *key, const protocol *p) {
    if (!p->made) return;
    lstmfc_json_begin(w, key, '{');
    lstmfc_json_put_string(w, "label", LABEL);
    lstmfc_json_put_integer(w, "rows", p->rows);
    lstmfc_json_put_integer(w, "train_samples", p->train_samples);
    lstmfc_json_put_integer(w, "test_samples", p->test_samples);
    lstmfc_json_put_integer(w, "epochs", p->epochs);
    errors_json(w, "errors", &p->errors);
    errors_json(w, "persistence_errors", &p->persistence);
    lstmfc_json_end(w, '}');
}
