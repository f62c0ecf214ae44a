/* lstmfc indicators - feature values as CSV. */
#include "tool.h"

#include <stdlib.h>
#include <string.h>

#define INDICATORS_OPTIONS(X) \
    X(TEXT, features, "",  "", "feature text or preset: rsi(14), macd(12,26,9).hist, @a") \
    X(TEXT, out,      "-", "", "where the CSV goes; - is stdout")
typedef struct indicators_options { INDICATORS_OPTIONS(LSTMFC__MEMBER) } indicators_options;
#define OPTIONS_STRUCT indicators_options
static const lstmfc_field fields[] = { INDICATORS_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "indicators", "compute features and indicators, CSV in, CSV out", "--csv F --features TEXT [--out O]",
    "Writes `time,<names>`, one row per bar. Numbers have 17 significant digits; a cell is empty where a value is not valid yet.",
    "  lstmfc synth --bars 500 --seed 1 --out candles.csv\n"
    "  lstmfc indicators --csv candles.csv --features \"rsi(14), macd(12,26,9).hist, vol = realized_vol(24)\" --out "
    "indicators.csv"
};

/* A name that holds a comma or a quote is quoted, as CSV asks. */
static void put_name(lstmfc_writer *w, const char *name)
{
    if (!strpbrk(name, ",\"\n")) { lstmfc_write_text(w, name, strlen(name)); return; }
    lstmfc_write_text(w, "\"", 1);
    for (; *name; name++) {
        if (*name == '"') lstmfc_write_text(w, "\"", 1);
        lstmfc_write_text(w, name, 1);
    }
    lstmfc_write_text(w, "\"", 1);
}

static int run(const options *o, tool_input *input, const indicators_options *own)
{
    int code = TOOL_OK;
    lstmfc_error err = {0};
    lstmfc_features_desc desc;
    lstmfc_features *plan = NULL;
    lstmfc_candles *candles = tool_input_load(o, input, &code);
    double *matrix = NULL;
    lstmfc_writer w;
    size_t t, count = 0;
    int32_t j;
    char text[32];

    if (!candles) return code;
    lstmfc_writer_init(&w, NULL);
    memset(&desc, 0, sizeof desc);
    desc.columns = candles;
    desc.start_dependent = 1;                           /* looking at obv is harmless; only a saved model must not hold it */
    desc.env = tool_env();
    plan = lstmfc_features_compile(own->features, &desc, &err);
    if (plan) {
        count = (size_t)lstmfc_features_count(plan);
        if (candles->count <= SIZE_MAX / sizeof(double) / count) matrix = (double *)malloc(candles->count * count * sizeof(double));
        if (!matrix) code = tool_fail(o, TOOL_FAILURE, "out of memory: %lu values", (unsigned long)(candles->count * count));
        else if (lstmfc_features_evaluate(plan, candles, matrix, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
    } else {
        code = tool_fail_error(o, &err);
    }
    if (code == TOOL_OK) {
        tool_print(&w, "time");
        for (j = 0; j < (int32_t)count; j++) { tool_print(&w, ","); put_name(&w, lstmfc_features_name(plan, j)); }
        tool_print(&w, "\n");
        for (t = 0; t < candles->count; t++) {
            const double *row = matrix + t * count;
            lstmfc_write_text(&w, text, lstmfc_format_time(text, candles->time[t]));
            for (j = 0; j < (int32_t)count; j++) {
                lstmfc_write_text(&w, ",", 1);
                if (lstmfc_is_finite(row[j])) lstmfc_write_text(&w, text, lstmfc_format_digits(text, row[j], 17));
            }
            lstmfc_write_text(&w, "\n", 1);
        }
        code = tool_write(o, own->out, &w);
    }
    if (code == TOOL_OK && o->json) {
        lstmfc_writer_free(&w);
        lstmfc_writer_init(&w, NULL);
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_string(&w, "out", own->out);
        lstmfc_json_put_integer(&w, "bars", (int64_t)candles->count);
        lstmfc_json_put_integer(&w, "lookback", lstmfc_features_lookback(plan));
        lstmfc_json_begin(&w, "names", '[');
        for (j = 0; j < (int32_t)count; j++) lstmfc_json_put_string(&w, NULL, lstmfc_features_name(plan, j));
        lstmfc_json_end(&w, ']');
        tool_input_json(&w, "csv", &input->report);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
        code = tool_write(o, "-", &w);
    }
    lstmfc_writer_free(&w);
    free(matrix);
    lstmfc_features_free(plan);
    lstmfc_candles_free(candles);
    return code;
}

int command_indicators(int argc, char **argv)
{
    options o;
    tool_input input;
    indicators_options own = {NULL, NULL};
    int code;
    options_init(&o, &command);
    tool_input_options(&o, &input);
    options_add(&o, "Features", &own, fields, sizeof fields / sizeof fields[0], NULL);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, "csv features");
    if (code == -1) code = tool_json_needs_out(&o, own.out);
    if (code == -1) code = run(&o, &input, &own);
    options_free(&o);
    return code;
}
