/* scales.c - has the scaler heard of the future? A scaler, or limits of winsorising, taken from more than the fit rows tell a network the
   range of bars that it is to be judged on: the most common leak of all, and one that no forecast gives away. So both are computed once
   more from the fit rows and held against the model's file; what is not theirs, but that of more rows, is named with the bar they reach
   to. What is neither is a note alone: a training that goes on from a model keeps that model's. */
#include "members.h"
#include "rules.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

typedef struct scales {
    const lstmfc_candles *candles;  /* from the first bar of the training on */
    lstmfc_forecaster_info info;
    size_t columns, first, end, seen;       /* rows first .. end-1 were fitted on, those from `seen` on are the test's */
    double winsor;
    double *matrix, *rows, *kept;   /* [count][columns]; the same, held; [count] */
} scales;

typedef struct scale { double center, scale, lower, upper; } scale;

/* The factor of --winsor, out of the model's options; 0: off. */
static double winsor_of(const char *said) {
    lstmfc_json *json = said ? lstmfc_json_parse(said, strlen(said), NULL, NULL) : NULL;
    char text[40] = "";
    double value = 0;
    if (json && lstmfc_json_string(json, lstmfc_json_get(json, 0, "winsor"), text, sizeof text, NULL)) value = strtod(text, NULL);
    lstmfc_json_free(json);
    return value;
}

/* Median -+ winsor 1.4826 MAD of column j over rows from .. to-1, without limits where the MAD is 0. */
static void limits_of(const scales *s, size_t j, size_t from, size_t to, scale *out) {
    size_t t, n = 0;
    double median, reach;
    for (t = from; t < to; t++) if (lstmfc_is_finite(s->matrix[t * s->columns + j])) s->kept[n++] = s->matrix[t * s->columns + j];
    lstmfc_sort(n, s->kept);
    median = n ? lstmfc_quantile_sorted(n, s->kept, 0.5) : 0;
    for (t = 0; t < n; t++) s->kept[t] = s->kept[t] > median ? s->kept[t] - median : median - s->kept[t];
    lstmfc_sort(n, s->kept);
    reach = s->winsor * 1.4826 * (n ? lstmfc_quantile_sorted(n, s->kept, 0.5) : 0);
    if (!(reach > 16 * DBL_EPSILON * s->winsor * (median < 0 ? -median : median))) reach = DBL_MAX;
    out->lower = reach < DBL_MAX ? median - reach : -DBL_MAX;
    out->upper = reach < DBL_MAX ? median + reach : DBL_MAX;
}

/* What the fit would be on rows from .. to-1, all columns, the values held to the limits that the file has. */
static lstmfc_result fit_on(const scales *s, size_t from, size_t to, scale *out, lstmfc_error *err) {
    size_t j, t, n = s->columns;
    double *center = (double *)malloc((2 * n + 1) * sizeof *center);
    const double *limits = s->info.limits;
    lstmfc_result result = center ? LSTMFC_OK : LSTMFC_ERROR_MEMORY;
    for (j = 0; j < n; j++) if (limits) limits_of(s, j, from, to, &out[j]);
    for (t = from; t < to; t++)
        for (j = 0; j < n; j++) {
            double x = s->matrix[t * n + j];
            s->rows[t * n + j] = !limits || lstmfc_is_nan(x) ? x : x < limits[j] ? limits[j] : x > limits[n + j] ? limits[n + j] : x;
        }
    if (!result) result = lstmfc_scaler_fit(s->info.scaler, s->rows + from * n, to - from, n, n, center, center + n, tool_env(), err);
    for (j = 0; !result && j < n; j++) { out[j].center = center[j]; out[j].scale = center[n + j]; }
    free(center);
    return result;
}

static double size_of(double x) { return x < 0 ? -x : x; }

/* The same but for the order of a sum: 2^-30 of the larger, or of the scale that stands beside a center. */
static int same(double a, double b, double beside) {
    double most = size_of(a) > size_of(b) ? size_of(a) : size_of(b);
    return size_of(a - b) <= (most > beside ? most : beside) / 1073741824.0;
}
static int same_scale(const scale *a, const scale *b) { return same(a->center, b->center, b->scale) && same(a->scale, b->scale, 0); }
static int same_limits(const scale *a, const scale *b) {
    double beside = b->upper < DBL_MAX ? b->upper - b->lower : 0;
    return same(a->lower, b->lower, beside) && same(a->upper, b->upper, beside);
}

/* One column: nothing where it is the fit rows' own. more[k]: of the rows that end before bar ends[k]; NULL: there are none. *notes is
   added to where it is of no rows known; 1: it is a leak. */
static int tell(lstmfc_writer *w, const options *o, const scales *s, size_t j, const char *what, int (*equal)(const scale *, const scale *),
                const scale *file, const scale *own, scale *const more[4], const size_t ends[4], int *notes) {
    const char *name = lstmfc_features_name(s->info.features, (int32_t)j);
    int limits = equal == same_limits, k = 0;
    double a = limits ? file->lower : file->center, b = limits ? file->upper : file->scale;
    double c = limits ? own->lower : own->center, d = limits ? own->upper : own->scale;
    char until[32], fit[32];
    if (equal(file, own)) return 0;
    while (k < 4 && !(more[k] && equal(file, &more[k][j]))) k++;
    *notes += k == 4;
    if (o->json) {
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_json_put_string(w, "name", name);
        lstmfc_json_put_string(w, "what", what);
        lstmfc_json_put_number(w, limits ? "lower" : "center", a);
        lstmfc_json_put_number(w, limits ? "upper" : "scale", b);
        lstmfc_json_put_number(w, limits ? "lower_of_fit_rows" : "center_of_fit_rows", c);
        lstmfc_json_put_number(w, limits ? "upper_of_fit_rows" : "scale_of_fit_rows", d);
        if (k < 4) { lstmfc_format_time(until, s->candles->time[ends[k] - 1]); lstmfc_json_put_string(w, "of_rows_up_to", until); }
        lstmfc_json_put_bool(w, "leak", k < 4);
        lstmfc_json_end(w, '}');
        return k < 4;
    }
    tool_print(w, limits ? "  %s of %s: %.6g to %.6g, " : "  %s of %s: center %.6g, scale %.6g, ", what, name, a, b);
    if (k == 4) tool_print(w, "and not %.6g and %.6g as of the fit rows; a training that went on from another model keeps that model's\n", c, d);
    else tool_print(w, "that of the rows up to %s: IT HAS SEEN BARS THAT JUDGE IT; of the fit rows, up to %s, it is %.6g and %.6g\n",
                    tool_time(until, s->candles->time[ends[k] - 1], s->info.interval),
                    tool_time(fit, s->candles->time[s->end - 1], s->info.interval), c, d);
    return k < 4;
}

static lstmfc_result compare(const options *o, const scales *s, lstmfc_writer *w, int *named, int *notes, lstmfc_error *err) {
    const size_t starts[4] = {s->first, 0, s->first, 0}, ends[4] = {s->seen, s->seen, s->candles->count, s->candles->count};
    scale *all = (scale *)calloc(6 * s->columns + 1, sizeof *all), *file = all + s->columns, *more[4];
    lstmfc_result result = all ? fit_on(s, s->first, s->end, all, err) : LSTMFC_ERROR_MEMORY;
    size_t j, k;
    for (k = 0; k < 4 && !result; k++) {
        more[k] = all + (2 + k) * s->columns;
        if (ends[k] <= s->end || fit_on(s, starts[k], ends[k], more[k], NULL)) more[k] = NULL;      /* log of a value below 0, say */
    }
    for (j = 0; j < s->columns && !result; j++) {
        file[j].center = s->info.scaling[j]; file[j].scale = s->info.scaling[s->columns + j];
        if (s->info.limits) { file[j].lower = s->info.limits[j]; file[j].upper = s->info.limits[s->columns + j]; }
        *named += tell(w, o, s, j, "scaler", same_scale, &file[j], &all[j], more, ends, notes);
        if (s->info.limits) *named += tell(w, o, s, j, "limits of winsorising", same_limits, &file[j], &all[j], more, ends, notes);
    }
    free(all);
    return result;
}

int scales_check(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, const evaluation *whose, lstmfc_writer *w,
                 int *named) {
    lstmfc_error err = {0};
    lstmfc_candles *part = NULL;
    lstmfc_result result = LSTMFC_OK;
    scales s;
    size_t from = 0, n;
    int code = TOOL_OK, before = *named, notes = 0;
    char a[32];
    memset(&s, 0, sizeof s);
    s.info = lstmfc_forecaster_get_info(forecaster);
    if (o->json) lstmfc_json_begin(w, "scaler", '[');
    while (from < candles->count && candles->time[from] < s.info.from) from++;
    if (whose->origin.candles != LSTMFC_CANDLES_MATCHING || s.info.pool_count || !s.info.scaling) {
        if (!o->json) tool_print(w, "Scaler: not compared%s\n", s.info.pool_count ? ", it is that of several symbols" : ": these are not the candles it was fitted on");
    } else if (!(part = lstmfc_candles_slice(candles, from, candles->count - from, &err))) code = tool_fail_error(o, &err);
    else {
        n = part->count;
        s.candles = part;
        s.columns = (size_t)lstmfc_features_count(s.info.features);
        s.winsor = winsor_of(s.info.options);
        s.first = (size_t)s.info.stable;
        while (s.end < n && part->time[s.end] <= s.info.fit_to) s.end++;
        while (s.seen < n && part->time[s.seen] <= s.info.seen_to) s.seen++;
        s.end -= s.end < (size_t)rules_longest(forecaster) ? s.end : (size_t)rules_longest(forecaster);
        s.matrix = (double *)calloc(2 * n * s.columns + n + 1, sizeof *s.matrix);
        s.rows = s.matrix + n * s.columns;
        s.kept = s.rows + n * s.columns;
        if (!s.matrix) result = LSTMFC_ERROR_MEMORY;
        if (!result) result = lstmfc_features_evaluate(s.info.features, part, s.matrix, &err);
        if (!result && s.end > s.first + 1) result = compare(o, &s, w, named, &notes, &err);
        if (result) code = err.code ? tool_fail_error(o, &err) : tool_fail(o, TOOL_FAILURE, "out of memory");
        else if (!o->json && *named == before && !notes)
            tool_print(w, "Scaler%s: of rows up to %s, the fit rows, alone\n", s.info.limits ? " and limits of winsorising" : "",
                       tool_time(a, part->time[s.end - 1], s.info.interval));
    }
    if (o->json) lstmfc_json_end(w, ']');
    free(s.matrix);
    lstmfc_candles_free(part);
    return code;
}
