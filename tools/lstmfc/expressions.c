/* expressions.c - entries and exits as expressions.

   Each is evaluated over all candles, so a rule has its history, and is asked at the close of every bar; what it wants is filled at the
   next open like any other signal. A position is a state: an entry makes it, its exit or the other side's entry ends it. A rule that is
   not known (an indicator that is not warm, a bar without a forecast) holds nothing and ends nothing. */
#include "expressions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[EXPRESSIONS] = {"long", "short", "exit-long", "exit-short"};

static int there_is(const char *text) { return text && *text; }

int expressions_any(const char *const text[EXPRESSIONS]) {
    int k;
    for (k = 0; k < EXPRESSIONS; k++) if (there_is(text[k])) return 1;
    return 0;
}

/* The candles with the forecasts as further columns, over arrays of its own; a column of the file of the same name hides none of them. */
enum { FORECAST_COLUMNS = 4 };
static int extend(const expressions_bars *of, lstmfc_candles *out) {
    static const char *const columns[FORECAST_COLUMNS] = {"forecast", "probability_up", "lower", "upper"};
    const lstmfc_candles *candles = of->candles;
    size_t bars = candles->count, i, c;
    double *values;
    *out = *candles;
    if (!of->forecasts) return 1;
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
    for (i = 0; i < of->forecast_count; i++) {
        const lstmfc_forecast *f = &of->forecasts[i];
        const double said[FORECAST_COLUMNS] = {f->value, f->probability_up, f->lower, f->upper};
        for (c = 0; c < FORECAST_COLUMNS; c++) values[c * bars + of->forecast_first + i] = said[c];
    }
    return 1;
}

static void drop(const lstmfc_candles *candles, lstmfc_candles *extended) {
    if (extended->columns == candles->columns) return;
    free(extended->columns[0].values);
    free(extended->columns);
}

/* ---- many at once ------------------------------------------------------------------------------------------------ */

/* A text of several is one plan, in which what they have in common stands once. The more stand in one, the more memory their values take
   before they are told apart. */
enum { GROUP_MOST = 64, GROUP_LEAST = 4, GROUP_VALUES = 1 << 22 };
typedef struct failure { size_t index; int columns; lstmfc_error err; } failure;        /* index SIZE_MAX: nothing; columns: of a text that is no single one */
typedef struct saying {
    const expressions_said *list;
    size_t count, group, rows;      /* rows: that are told, of candles.count */
    lstmfc_candles candles;
    lstmfc_env env;
    failure *failures;              /* a group each */
} saying;

static lstmfc_features *compile(const saying *s, const char *text, lstmfc_error *err) {
    lstmfc_features_desc desc = lstmfc_features_desc_default();
    desc.columns = &s->candles; desc.rules = 1; desc.env = &s->env;
    desc.start_dependent = 1;                           /* the whole history is there, and no model is saved */
    return lstmfc_features_compile(text, &desc, err);
}

static int out_of_memory(lstmfc_error *err) {
    memset(err, 0, sizeof *err);
    err->code = LSTMFC_ERROR_MEMORY;
    snprintf(err->message, sizeof err->message, "out of memory");
    return 0;
}

/* Expressions from .. to-1, each of which compiles: as one text, or as two of half the length where that cannot be (a name that two give). */
static int say_range(const saying *s, size_t from, size_t to, lstmfc_error *err) {
    size_t count = to - from, length = 1, first, i, t;
    char *text;
    double *matrix;
    lstmfc_features *features;
    int good;
    for (i = from; i < to; i++) length += strlen(s->list[i].text) + 4;
    if (!(text = (char *)malloc(length))) return out_of_memory(err);
    for (*text = 0, length = 0, i = from; i < to; i++)
        length += (size_t)sprintf(text + length, count == 1 ? "%s%s" : "%s(%s)", i > from ? ", " : "", s->list[i].text);
    features = compile(s, text, err);
    free(text);
    if (count > 1 && (!features || (size_t)lstmfc_features_count(features) != count)) {
        lstmfc_features_free(features);
        return say_range(s, from, from + count / 2, err) && say_range(s, from + count / 2, to, err);
    }
    if (!features) return 0;
    matrix = (double *)malloc((count * s->candles.count + 1) * sizeof *matrix);
    good = matrix ? lstmfc_features_evaluate(features, &s->candles, matrix, err) == LSTMFC_OK : out_of_memory(err);
    for (first = 0; first < s->rows && good; first += 16)       /* in tiles, as rows become columns */
        for (i = 0; i < count; i++) for (t = first; t < first + 16 && t < s->rows; t++) {
            double value = matrix[t * count + i];
            s->list[from + i].said[t] = (unsigned char)((value < 0 || value > 0) * EXPRESSIONS_YES + !(value < 0 || value >= 0) * EXPRESSIONS_UNKNOWN);
        }
    free(matrix);
    lstmfc_features_free(features);
    return good;
}

static void say_group(void *argument, int32_t group) {
    const saying *s = (const saying *)argument;
    failure *f = &s->failures[group];
    size_t from = (size_t)group * s->group, to = s->count - from < s->group ? s->count : from + s->group, i;
    f->index = SIZE_MAX;
    for (i = from; i < to && f->index == SIZE_MAX; i++) {       /* each by itself: an error is told as of its own text */
        lstmfc_features *features = compile(s, s->list[i].text, &f->err);
        f->columns = features ? (int)lstmfc_features_count(features) : 0;
        if (f->columns != 1) f->index = i;
        lstmfc_features_free(features);
    }
    if (f->index == SIZE_MAX && !say_range(s, from, to, &f->err)) f->index = from;
}

int expressions_say(const options *o, const expressions_bars *bars, const expressions_said *list, size_t count) {
    saying s;
    lstmfc_error err = {0};
    size_t groups, i;
    int code = TOOL_OK;
    memset(&s, 0, sizeof s);
    s.list = list; s.count = count; s.rows = bars->first + bars->count;
    s.env = *tool_env();
    s.env.threads = 1;
    s.group = GROUP_VALUES / (bars->candles->count + 1);
    s.group = s.group < GROUP_LEAST ? GROUP_LEAST : s.group > GROUP_MOST ? GROUP_MOST : s.group;
    groups = (count + s.group - 1) / s.group;
    s.failures = (failure *)calloc(groups + 1, sizeof *s.failures);
    if (!s.failures || !extend(bars, &s.candles)) {
        free(s.failures);
        return tool_fail(o, TOOL_FAILURE, "out of memory");
    }
    if (lstmfc_parallel(tool_env(), (int32_t)groups, say_group, &s, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
    for (i = 0; i < groups && code == TOOL_OK; i++) {
        const failure *f = &s.failures[i];
        if (f->index == SIZE_MAX) continue;
        if (f->columns == 1) code = tool_fail_error(o, &f->err);
        else if (f->columns) code = tool_fail(o, TOOL_USAGE, "--%s is one expression, not %d: join them by and, or", names[list[f->index].flag], f->columns);
        else code = tool_fail(o, TOOL_USAGE, "--%s, column %d: %s", names[list[f->index].flag], (int)f->err.column, f->err.message);
    }
    drop(bars->candles, &s.candles);
    free(s.failures);
    return code;
}

/* ---- positions --------------------------------------------------------------------------------------------------- */

int expressions_side(int side, int asked, const int said[EXPRESSIONS]) {
    int k;
    for (k = EXPRESSIONS_LONG; k <= EXPRESSIONS_SHORT; k++) {           /* leave first: a bar may leave one side and enter the other */
        int exit = asked >> (k + 2) & 1 ? said[k + 2] == EXPRESSIONS_YES : said[k] == EXPRESSIONS_NO;
        if (side == (k == EXPRESSIONS_LONG ? 1 : -1) && exit) side = 0;
    }
    if (said[EXPRESSIONS_LONG] == EXPRESSIONS_YES && said[EXPRESSIONS_SHORT] == EXPRESSIONS_YES) return side;
    if (said[EXPRESSIONS_LONG] == EXPRESSIONS_YES && said[EXPRESSIONS_EXIT_LONG] != EXPRESSIONS_YES) return 1;
    if (said[EXPRESSIONS_SHORT] == EXPRESSIONS_YES && said[EXPRESSIONS_EXIT_SHORT] != EXPRESSIONS_YES) return -1;
    return side;
}

int expressions_targets(const options *o, expressions *x, const expressions_bars *bars, double *targets) {
    expressions_said list[EXPRESSIONS];
    size_t rows = bars->first + bars->count, count = 0, t;
    unsigned char *said = (unsigned char *)calloc(rows + 1, EXPRESSIONS), *of[EXPRESSIONS];
    int code, k, asked = 0, side = 0;
    if (!said) return tool_fail(o, TOOL_FAILURE, "out of memory");
    for (k = 0; k < EXPRESSIONS; k++) {
        of[k] = said + (size_t)k * rows;                /* of none: NO at every bar */
        x->held[k] = x->unknown[k] = 0;
        if (!there_is(x->text[k])) continue;
        list[count].flag = k;
        list[count].text = x->text[k];
        list[count++].said = of[k];
        asked |= 1 << k;
    }
    code = expressions_say(o, bars, list, count);
    x->bars = (int64_t)bars->count;
    x->both = 0;
    for (t = bars->first; t < rows && code == TOOL_OK; t++) {
        int now[EXPRESSIONS];
        for (k = 0; k < EXPRESSIONS; k++) {
            now[k] = of[k][t];
            x->held[k] += now[k] == EXPRESSIONS_YES;
            x->unknown[k] += now[k] == EXPRESSIONS_UNKNOWN;
        }
        x->both += now[EXPRESSIONS_LONG] == EXPRESSIONS_YES && now[EXPRESSIONS_SHORT] == EXPRESSIONS_YES;
        targets[t - bars->first] = side = expressions_side(side, asked, now);
    }
    free(said);
    return code;
}

void expressions_describe(lstmfc_writer *w, const expressions *x) {
    char a[32], b[32];
    int k;
    for (k = 0; k < EXPRESSIONS && x->bars; k++) {
        if (!there_is(x->text[k])) continue;
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
        if (!there_is(x->text[k])) continue;
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
