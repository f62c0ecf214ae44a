/* expressions.c - entries and exits as expressions.

   Each is evaluated over all candles, so a rule has its history, and is asked at the close of every bar; what it wants is filled at the
   next open like any other signal. A position is a state: an entry makes it, its exit or the other side's entry ends it. A rule that is
   not known (an indicator that is not warm, a bar without a forecast) holds nothing and ends nothing. */
#include "expressions.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[EXPRESSIONS] = {"long", "short", "exit-long", "exit-short"};

int expressions_any(const expressions *x) {
    int k;
    for (k = 0; k < EXPRESSIONS; k++) if (x->text[k] && *x->text[k]) return 1;
    return 0;
}

void expressions_free(expressions *x) {
    int k;
    for (k = 0; k < EXPRESSIONS; k++) { lstmfc_features_free(x->compiled[k]); x->compiled[k] = NULL; }
}

/* The candles with the forecasts as further columns, over arrays of its own; a column of the file of the same name hides none of them. */
enum { FORECAST_COLUMNS = 4 };
static int extend(const lstmfc_candles *candles, const lstmfc_forecast *forecasts, size_t first, size_t count, lstmfc_candles *out) {
    static const char *const columns[FORECAST_COLUMNS] = {"forecast", "probability_up", "lower", "upper"};
    size_t bars = candles->count, i, c;
    double *values;
    *out = *candles;
    if (!forecasts) return 1;
    out->columns = (lstmfc_column *)calloc(candles->column_count + FORECAST_COLUMNS, sizeof *out->columns);
    values = (double *)malloc((bars + 1) * FORECAST_COLUMNS * sizeof *values);
    if (!out->columns || !values) { free(out->columns); free(values); return 0; }
    for (c = 0; c < FORECAST_COLUMNS; c++) {
        out->columns[c].name = columns[c];
        out->columns[c].values = values + c * bars;
    }
    memcpy(out->columns + FORECAST_COLUMNS, candles->columns, candles->column_count * sizeof *out->columns);
    out->column_count += FORECAST_COLUMNS;
    for (i = 0; i < FORECAST_COLUMNS * bars; i++) values[i] = lstmfc_nan();
    for (i = 0; i < count; i++) {
        const lstmfc_forecast *f = &forecasts[i];
        const double said[FORECAST_COLUMNS] = {f->value, f->probability_up, f->lower, f->upper};
        for (c = 0; c < FORECAST_COLUMNS; c++) values[c * bars + first + i] = said[c];
    }
    return 1;
}

static void drop(const lstmfc_candles *candles, lstmfc_candles *extended) {
    if (extended->columns == candles->columns) return;
    free(extended->columns[0].values);
    free(extended->columns);
}

/* held [EXPRESSIONS][bars]: 1, 0, NaN. */
static int evaluate(const options *o, expressions *x, const lstmfc_candles *candles, double *held) {
    int k;
    for (k = 0; k < EXPRESSIONS; k++) {
        lstmfc_features_desc desc = lstmfc_features_desc_default();
        lstmfc_error err = {0};
        if (!x->text[k] || !*x->text[k]) continue;
        desc.columns = candles; desc.rules = 1; desc.env = tool_env();
        desc.start_dependent = 1;                       /* the whole history is there, and no model is saved */
        x->compiled[k] = lstmfc_features_compile(x->text[k], &desc, &err);
        if (!x->compiled[k]) return tool_fail(o, TOOL_USAGE, "--%s, column %d: %s", names[k], (int)err.column, err.message);
        if (lstmfc_features_count(x->compiled[k]) != 1)
            return tool_fail(o, TOOL_USAGE, "--%s is one expression, not %d: join them by and, or", names[k], (int)lstmfc_features_count(x->compiled[k]));
        if (lstmfc_features_evaluate(x->compiled[k], candles, held + (size_t)k * candles->count, &err) != LSTMFC_OK) return tool_fail_error(o, &err);
    }
    return TOOL_OK;
}

int expressions_targets(const options *o, expressions *x, const lstmfc_candles *candles, const lstmfc_forecast *forecasts, size_t forecast_first,
                        size_t forecast_count, size_t first, size_t count, double *targets) {
    lstmfc_candles extended;
    double *held = (double *)calloc((candles->count + 1) * EXPRESSIONS, sizeof *held);
    size_t t;
    int code, k, side = 0;
    if (!held || !extend(candles, forecasts, forecast_first, forecast_count, &extended)) {
        free(held);
        return tool_fail(o, TOOL_FAILURE, "out of memory");
    }
    code = evaluate(o, x, &extended, held);
    x->bars = (int64_t)count;
    for (t = first; t < first + count && code == TOOL_OK; t++) {
        int holds[EXPRESSIONS], not_known[EXPRESSIONS];
        for (k = 0; k < EXPRESSIONS; k++) {
            double value = held[(size_t)k * candles->count + t];
            not_known[k] = x->compiled[k] && lstmfc_is_nan(value);
            holds[k] = x->compiled[k] && !not_known[k] && value != 0;
            x->held[k] += holds[k];
            x->unknown[k] += not_known[k];
        }
        for (k = EXPRESSIONS_LONG; k <= EXPRESSIONS_SHORT; k++) {       /* leave first: a bar may leave one side and enter the other */
            int exit = x->compiled[k + 2] ? holds[k + 2] : !holds[k] && !not_known[k];
            if (side == (k == EXPRESSIONS_LONG ? 1 : -1) && exit) side = 0;
        }
        if (holds[EXPRESSIONS_LONG] && holds[EXPRESSIONS_SHORT]) x->both++;
        else if (holds[EXPRESSIONS_LONG] && !(x->compiled[EXPRESSIONS_EXIT_LONG] && holds[EXPRESSIONS_EXIT_LONG])) side = 1;
        else if (holds[EXPRESSIONS_SHORT] && !(x->compiled[EXPRESSIONS_EXIT_SHORT] && holds[EXPRESSIONS_EXIT_SHORT])) side = -1;
        targets[t - first] = side;
    }
    drop(candles, &extended);
    free(held);
    return code;
}

void expressions_describe(lstmfc_writer *w, const expressions *x) {
    char a[32], b[32];
    int k;
    for (k = 0; k < EXPRESSIONS; k++) {
        if (!x->compiled[k]) continue;
        tool_print(w, "%-13s %s   (held on %s of %s bars", names[k], x->text[k], tool_count(a, x->held[k]), tool_count(b, x->bars));
        if (x->unknown[k]) tool_print(w, ", not known on %s", tool_count(a, x->unknown[k]));
        tool_print(w, ")\n");
    }
    if (x->both) tool_print(w, "both sides    asked for on %s bars: nothing was done there\n", tool_count(a, x->both));
}

void expressions_json(lstmfc_writer *w, const expressions *x) {
    int k;
    lstmfc_json_begin(w, "rules", '{');
    for (k = 0; k < EXPRESSIONS; k++) {
        char name[16];
        size_t i;
        if (!x->compiled[k]) continue;
        for (i = 0; i < strlen(names[k]) + 1; i++) name[i] = names[k][i] == '-' ? '_' : names[k][i];
        lstmfc_json_begin(w, name, '{');
        lstmfc_json_put_string(w, "expression", x->text[k]);
        lstmfc_json_put_integer(w, "held", x->held[k]);
        lstmfc_json_put_integer(w, "not_known", x->unknown[k]);
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_put_integer(w, "both_sides", x->both);
    lstmfc_json_end(w, '}');
}
