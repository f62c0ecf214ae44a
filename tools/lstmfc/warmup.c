/* lstmfc check warmup - how many bars must there be before a value is the one that a longer history gives?

   An average that feeds on itself remembers the bar it began at. The last bar is computed from the whole file, then from the last 50, 100,
   200, ... bars, and the difference is shown; what a chart elsewhere shows from fewer bars differs by as much. */
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WARMUP_OPTIONS(X) \
    X(TEXT, model,    "", OPTIONS_IN, "the model file whose features are looked at, and its forecast") \
    X(TEXT, features, "", "", "a feature text or preset, instead of a model's") \
    X(REAL, eps,      "1e-6", ">0..1", "the relative difference that counts as none")
typedef struct warmup_options { WARMUP_OPTIONS(LSTMFC__MEMBER) } warmup_options;
#define OPTIONS_STRUCT warmup_options
static const lstmfc_field fields[] = { WARMUP_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "check warmup", "how many bars a value needs to be that of a longer history", "--csv F (--model M | --features T) [flags]",
    "The last bar computed from the whole file and from its last 50, 100, 200, ... bars: the relative difference of each value, and the\n"
    "fewest bars from which on all differ by less than --eps.",
    "  lstmfc synth --bars 2000 --seed 1 --out candles.csv\n"
    "  lstmfc check warmup --csv candles.csv --features \"sma(20), rsi(14), ema(200), atr(14)\""
};

enum { WARMUP_LENGTHS = 16 };

/* The features of the last bar, then the forecast of a model: [count], NaN where there is none. */
static int last_bar(const options *o, const lstmfc_features *features, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, double *out) {
    size_t count = (size_t)lstmfc_features_count(features), n = candles->count;
    double *matrix = (double *)malloc((count * n + 1) * sizeof *matrix);
    lstmfc_forecast said;
    lstmfc_error err = {0};
    int code = TOOL_OK;
    if (!matrix) return tool_fail(o, TOOL_FAILURE, "out of memory");
    if (lstmfc_features_evaluate(features, candles, matrix, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
    else memcpy(out, matrix + (n - 1) * count, count * sizeof *out);
    free(matrix);
    if (code == TOOL_OK && forecaster) {
        if (lstmfc_forecaster_predict_all(forecaster, candles, n - 1, 1, &said, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
        else out[count] = said.value;
    }
    return code;
}

static double difference(double a, double b) {
    double d = a > b ? a - b : b - a, size = (a < 0 ? -a : a) > (b < 0 ? -b : b) ? (a < 0 ? -a : a) : (b < 0 ? -b : b);
    return lstmfc_is_nan(a) || lstmfc_is_nan(b) ? lstmfc_nan() : size > 0 ? d / size : 0;
}

static int run(const options *o, tool_input *input, const warmup_options *own) {
    lstmfc_error err = {0};
    tool_subject subject;
    const lstmfc_features *features;
    const lstmfc_candles *candles;
    double *whole = NULL, *part = NULL, *table = NULL;
    size_t length[WARMUP_LENGTHS], lengths = 0, columns = 0, i, k, bars;
    lstmfc_writer w;
    char a[32];
    int code = tool_subject_open(o, input, own->model, own->features, &subject);
    if (code != TOOL_OK) return code;
    candles = subject.candles;
    features = subject.forecaster ? lstmfc_forecaster_get_info(subject.forecaster).features : subject.features;
    if (!features) code = tool_fail(o, TOOL_USAGE, "an ensemble has no features of its own: look at its members");
    if (code == TOOL_OK && candles->count < 100) code = tool_fail(o, TOOL_DATA, "%d bars: at least 100 are needed", (int)candles->count);
    if (code == TOOL_OK) {
        columns = (size_t)lstmfc_features_count(features) + (subject.forecaster != NULL);
        for (bars = 50; bars < candles->count && lengths < WARMUP_LENGTHS; bars *= 2) length[lengths++] = bars;
        whole = (double *)malloc((columns + 1) * sizeof *whole);
        part = (double *)malloc((columns + 1) * sizeof *part);
        table = (double *)malloc((columns * lengths + 1) * sizeof *table);
        code = whole && part && table ? last_bar(o, features, subject.forecaster, candles, whole) : tool_fail(o, TOOL_FAILURE, "out of memory");
    }
    for (k = 0; k < lengths && code == TOOL_OK; k++) {
        lstmfc_candles *slice = lstmfc_candles_slice(candles, candles->count - length[k], length[k], &err);
        code = slice ? last_bar(o, features, subject.forecaster, slice, part) : tool_fail_error(o, &err);
        for (i = 0; i < columns && code == TOOL_OK; i++) table[i * lengths + k] = difference(whole[i], part[i]);
        lstmfc_candles_free(slice);
    }
    lstmfc_writer_init(&w, NULL);
    if (code == TOOL_OK) {
        if (o->json) {
            lstmfc_json_begin(&w, NULL, '{');
            lstmfc_json_put_integer(&w, "bars", (int64_t)candles->count);
            lstmfc_json_put_number(&w, "eps", own->eps);
            lstmfc_json_begin(&w, "values", '[');
        } else {
            tool_print(&w, "The last of %s bars, relative difference when computed from the last\n%12s", tool_count(a, (int64_t)candles->count), "");
            for (k = 0; k < lengths; k++) tool_print(&w, "%10d", (int)length[k]);
            tool_print(&w, "  enough\n");
        }
        for (i = 0; i < columns; i++) {
            const char *name = i < (size_t)lstmfc_features_count(features) ? lstmfc_features_name(features, (int32_t)i) : "forecast";
            size_t enough = lengths;
            while (enough > 0 && table[i * lengths + enough - 1] <= own->eps) enough--;
            if (o->json) {
                lstmfc_json_begin(&w, NULL, '{');
                lstmfc_json_put_string(&w, "name", name);
                lstmfc_json_begin(&w, "differences", '{');
                for (k = 0; k < lengths; k++) { snprintf(a, sizeof a, "%d", (int)length[k]); lstmfc_json_put_number(&w, a, table[i * lengths + k]); }
                lstmfc_json_end(&w, '}');
                if (enough < lengths) lstmfc_json_put_integer(&w, "enough", (int64_t)length[enough]);
                lstmfc_json_end(&w, '}');
            } else {
                tool_print(&w, "  %s\n%12s", name, "");
                for (k = 0; k < lengths; k++) {
                    double d = table[i * lengths + k];
                    if (lstmfc_is_nan(d)) tool_print(&w, "%10s", "none");
                    else tool_print(&w, d > 0 ? "%10.1e" : "%10.0f", d);
                }
                if (enough < lengths) tool_print(&w, "%8s\n", tool_count(a, (int64_t)length[enough]));
                else tool_print(&w, "  %s\n", "all of them and more");
            }
        }
        if (o->json) { lstmfc_json_end(&w, ']'); lstmfc_json_end(&w, '}'); tool_print(&w, "\n"); }
        code = tool_write(o, "-", &w);
    }
    lstmfc_writer_free(&w);
    free(whole); free(part); free(table);
    tool_subject_free(&subject);
    return code;
}

int command_warmup(int argc, char **argv) {
    options o;
    tool_input input;
    warmup_options own;
    int code;
    memset(&own, 0, sizeof own);
    options_init(&o, &command);
    options_add(&o, "Files", &own, fields, sizeof fields / sizeof fields[0], NULL);
    tool_input_options(&o, &input);
    tool_machine_options(&o);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, "csv");
    if (code == -1 && !own.model == !own.features) code = tool_fail(&o, TOOL_USAGE, "exactly one of --model and --features is needed");
    if (code == -1) code = files_check(&o);
    if (code == -1) code = run(&o, &input, &own);
    options_free(&o);
    return code;
}
