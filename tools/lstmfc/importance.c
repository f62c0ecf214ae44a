/* importance.c - what would the model lose without a feature?

   Permutation importance (Breiman, Machine Learning 45, 2001), out of sample: the values of a feature are given to other bars, and
   what the loss of the verdict rises by is what the feature was worth to this model. Two features that say the same share it. Bars
   change places in whole blocks, so that a shuffled series still follows itself as the true one does: scattered singly, its values
   would make windows no market has. Columns of one indicator (macd.line, macd.signal) and lags of one series move together.

   The error is of two parts: the shuffles differ (deviation of the repetitions / sqrt R), and the measured bars are a sample (block
   bootstrap of the loss added per bar). */
#include "evaluation.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- groups: what belongs together ------------------------------------------------------------------------------- */

/* Where the bracket opened at `open` closes; the end of the text if it does not. */
static const char *closes(const char *open) {
    int depth = 0;
    for (; *open; open++) {
        depth += (*open == '(') - (*open == ')');
        if (!depth) return open;
    }
    return open;
}

/* The text of feature `index` in a canonical list "a = x, y, ..", without its name: [*length]. */
static const char *definition(const char *list, int32_t index, size_t *length) {
    const char *start = list, *equals;
    int depth = 0;
    for (; *list && (index || depth || *list != ','); list++) {
        depth += (*list == '(') - (*list == ')');
        if (*list == ',' && !depth) { index--; start = list + 1; }
    }
    while (*start == ' ') start++;
    equals = (const char *)memchr(start, '=', (size_t)(list - start));
    if (equals) for (start = equals + 1; *start == ' '; start++) continue;
    *length = (size_t)(list - start);
    return start;
}

/* What a feature belongs to: of "macd(12,26,9).line/close" macd(12,26,9), of "lag(x,3)" x, of hour_sin hour; else itself. */
static void key_of(char *out, size_t size, const char *text, size_t length) {
    size_t i, k;
    while (length > 4 && strncmp(text, "lag(", 4) == 0 && closes(text + 3) == text + length - 1) {
        int depth = 0;
        text += 4;
        length -= 5;
        for (i = length; i && (depth || text[i - 1] != ','); i--) depth += (text[i - 1] == ')') - (text[i - 1] == '(');
        if (i) length = i - 1;                          /* "lag(x)" has no number */
    }
    for (i = 0; i < length; i++) {
        const char *end;
        if (text[i] != '(') continue;
        end = closes(text + i);
        if (end + 1 >= text + length || end[1] != '.' || !isalpha((unsigned char)end[2])) continue;
        for (k = i; k && (isalnum((unsigned char)text[k - 1]) || text[k - 1] == '_'); k--) continue;
        length = (size_t)(end + 1 - text) - k;
        text += k;
        break;
    }
    if (length > 4 && (!memcmp(text + length - 4, "_sin", 4) || !memcmp(text + length - 4, "_cos", 4))) length -= 4;
    snprintf(out, size, "%.*s", (int)length, text);
}

/* group [columns]: its group of each column; groups named. Returns how many, -1 without memory. */
static int32_t group_columns(const lstmfc_features *features, int32_t *group, importance_group *groups) {
    int32_t columns = lstmfc_features_count(features), count = 0, i, k;
    char (*keys)[300] = (char (*)[300])calloc((size_t)columns + 1, sizeof *keys);
    if (!keys) return -1;
    for (i = 0; i < columns; i++) {
        size_t length;
        char key[300];
        const char *text = definition(lstmfc_features_spec(features), i, &length), *name = lstmfc_features_name(features, i);
        key_of(key, sizeof key, text, length);
        for (k = 0; k < count && strcmp(keys[k], key) != 0; k++) continue;
        if (k == count) {
            snprintf(keys[count], sizeof keys[count], "%s", key);
            snprintf(groups[count++].name, sizeof groups[k].name, "%.*s", tool_cut(name, strlen(name), 60), name);
        } else snprintf(groups[k].name, sizeof groups[k].name, "%.*s", tool_cut(key, strlen(key), 60), key);
        groups[k].columns++;
        group[i] = k;
    }
    free(keys);
    return count;
}

/* ---- importance ------------------------------------------------------------------------------------------------- */

/* from [count]: which row takes which one's place. Rows in a circle, cut at a random place into blocks, the blocks in random order. */
static void shuffle_blocks(lstmfc_rng *rng, size_t count, size_t block, size_t *order, size_t *from) {
    size_t blocks = (count + block - 1) / block, start = (size_t)lstmfc_rng_below(rng, count), i, k, at = 0;
    for (i = 0; i < blocks; i++) order[i] = i;
    for (i = blocks; i > 1; i--) {
        size_t other = (size_t)lstmfc_rng_below(rng, i), kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
    for (i = 0; i < blocks; i++)
        for (k = order[i] * block; k < (order[i] + 1) * block && k < count; k++) from[at++] = (start + k) % count;
    /* where the circle was cut is row `start`: block 0 begins there, and the places begin there too */
    for (i = 0; i < count; i++) order[(start + i) % count] = from[i];
    memcpy(from, order, count * sizeof *from);
}

typedef struct shuffling {
    const lstmfc_forecaster *forecaster;
    const lstmfc_candles *candles;
    const evaluation *e;
    size_t columns, low, rows, block;   /* rows low .. low+rows-1 are what the measured forecasts see */
    double *matrix, *shuffled;          /* [candles][columns] */
    size_t *order, *from;               /* [rows] */
    double *added;                      /* [n] loss added, summed over the repetitions */
    double *means;                      /* [repeats] */
    lstmfc_forecast *made;              /* [e->count] */
    int32_t *group;                     /* [columns] */
} shuffling;

static double loss_of(const evaluation *e, const lstmfc_forecast *f, size_t i) {
    int returns = e->info.target == LSTMFC_TARGET_PRICE || e->info.target == LSTMFC_TARGET_RETURN;
    return verdict_loss(e->info.target, returns ? f->log_return : f->value, returns ? e->outcomes[i].log_return : e->outcomes[i].value);
}

/* One repetition for one group: the mean loss added. */
static lstmfc_result repeat(shuffling *s, int32_t group, lstmfc_rng *rng, double *mean, lstmfc_error *err) {
    const evaluation *e = s->e;
    lstmfc_result result;
    size_t i, n = 0, t, c;
    shuffle_blocks(rng, s->rows, s->block, s->order, s->from);
    for (t = 0; t < s->rows; t++)
        for (c = 0; c < s->columns; c++)
            s->shuffled[(s->low + t) * s->columns + c] = s->matrix[(s->low + (s->group[c] == group ? s->from[t] : t)) * s->columns + c];
    result = lstmfc_forecaster_predict_features(s->forecaster, s->candles, s->shuffled, e->first, e->count, s->made, err);
    for (i = 0, *mean = 0; !result && i < e->count; i++) {
        double added;
        if (e->outcomes[i].reason != LSTMFC_OUTCOME_KNOWN || !lstmfc_is_finite(e->all[i].value)) continue;
        added = loss_of(e, &s->made[i], i) - e->loss[n];
        if (!lstmfc_is_finite(added)) added = 0;        /* a row that is no number came into a window: nothing is known there */
        s->added[n++] += added;
        *mean += added / (double)e->n;
    }
    return result;
}

static lstmfc_result measure(shuffling *s, importance *out, int32_t g, lstmfc_rng *rng, lstmfc_error *err) {
    importance_group *group = &out->groups[g];
    lstmfc_moments moments = {0, 0, 0};
    lstmfc_bootstrap sample;
    lstmfc_result result = LSTMFC_OK;
    double block = evaluation_block(s->e);
    int32_t r;
    size_t i;
    memset(s->added, 0, s->e->n * sizeof *s->added);
    for (r = 0; !result && r < out->repeats; r++) {
        result = repeat(s, g, rng, &s->means[r], err);
        lstmfc_moments_add(&moments, s->means[r]);
    }
    for (i = 0; i < s->e->n; i++) s->added[i] /= out->repeats;
    if (!result) result = lstmfc_bootstrap_mean(s->e->n, s->added, block, 300, 0.95, 0, tool_env(), &sample, err);
    if (result) return result;
    group->added = moments.mean;
    group->error = lstmfc_sqrt(lstmfc_moments_variance(&moments, 1) / out->repeats + sample.se * sample.se);
    return result;
}

static int by_worth(const void *a, const void *b) {
    double x = ((const importance_group *)a)->added, y = ((const importance_group *)b)->added;
    return x < y ? 1 : x > y ? -1 : strcmp(((const importance_group *)a)->name, ((const importance_group *)b)->name);
}

int evaluation_importance(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int32_t repeats,
                          evaluation *e) {
    lstmfc_error err = {0};
    lstmfc_result result = LSTMFC_ERROR_MEMORY;
    importance *out = &e->importance;
    shuffling s;
    lstmfc_rng rng;
    size_t window = (size_t)e->info.window, i;
    int32_t g;
    if (e->info.member_count)
        return tool_fail(o, TOOL_USAGE, "--importance is about the features of one model: ask the members of the ensemble");
    memset(&s, 0, sizeof s);
    s.forecaster = forecaster; s.candles = candles; s.e = e;
    s.columns = (size_t)lstmfc_features_count(e->info.features);
    s.low = e->first + 1 > window ? e->first + 1 - window : 0;
    s.rows = e->first + e->count - s.low;
    s.block = (size_t)evaluation_block(e);
    if (s.block < window) s.block = window;
    if (s.block > s.rows / 6) s.block = s.rows / 6 ? s.rows / 6 : 1;
    out->groups = (importance_group *)calloc(s.columns + 1, sizeof *out->groups);
    s.matrix = (double *)calloc(candles->count * s.columns + 1, sizeof(double));
    s.shuffled = (double *)calloc(candles->count * s.columns + 1, sizeof(double));
    s.order = (size_t *)calloc(s.rows + 1, sizeof(size_t));
    s.from = (size_t *)calloc(s.rows + 1, sizeof(size_t));
    s.added = (double *)calloc(e->n, sizeof(double));
    s.means = (double *)calloc((size_t)repeats, sizeof(double));
    s.made = (lstmfc_forecast *)calloc(e->count, sizeof *s.made);
    s.group = (int32_t *)calloc(s.columns + 1, sizeof(int32_t));
    if (out->groups && s.matrix && s.shuffled && s.order && s.from && s.added && s.means && s.made && s.group
        && (out->count = group_columns(e->info.features, s.group, out->groups)) >= 0)
        result = lstmfc_features_evaluate(e->info.features, candles, s.matrix, &err);
    else snprintf(err.message, sizeof err.message, "out of memory"), err.code = LSTMFC_ERROR_MEMORY;
    if (!result) memcpy(s.shuffled, s.matrix, candles->count * s.columns * sizeof(double));
    out->repeats = repeats;
    out->block = s.block;
    for (i = 0, out->loss = 0; i < e->n; i++) out->loss += e->loss[i] / (double)e->n;
    lstmfc_rng_seed(&rng, (uint64_t)e->info.seed);
    for (g = 0; !result && g < out->count; g++) result = measure(&s, out, g, &rng, &err);
    if (!result) qsort(out->groups, (size_t)out->count, sizeof *out->groups, by_worth);
    free(s.matrix); free(s.shuffled); free(s.order); free(s.from); free(s.added); free(s.means); free(s.made); free(s.group);
    return result ? tool_fail_error(o, &err) : TOOL_OK;
}

void evaluation_importance_describe(lstmfc_writer *w, const evaluation *e) {
    const importance *x = &e->importance;
    int32_t i;
    if (!x->groups) return;
    tool_print(w, "importance    %s added when a feature is shuffled (blocks of %d bars, %d times); of the model's %.6g\n", e->loss_name,
               (int)x->block, (int)x->repeats, x->loss);
    for (i = 0; i < x->count; i++) {
        const importance_group *g = &x->groups[i];
        tool_print(w, "              %-26s %+12.6g  +- %.3g (95 %%)%s", g->name, g->added, 1.96 * g->error,
                   g->added > 1.96 * g->error ? "" : g->added < -1.96 * g->error ? "  better without it" : "  nothing");
        if (g->columns > 1) tool_print(w, "  %d columns", (int)g->columns);
        tool_print(w, "\n");
    }
}

void evaluation_importance_json(lstmfc_writer *w, const evaluation *e) {
    const importance *x = &e->importance;
    int32_t i;
    if (!x->groups) return;
    lstmfc_json_begin(w, "importance", '{');
    lstmfc_json_put_string(w, "loss", e->loss_name);
    lstmfc_json_put_number(w, "of_the_model", x->loss);
    lstmfc_json_put_integer(w, "repeats", x->repeats);
    lstmfc_json_put_integer(w, "block", (int64_t)x->block);
    lstmfc_json_begin(w, "features", '[');
    for (i = 0; i < x->count; i++) {
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_json_put_string(w, "name", x->groups[i].name);
        lstmfc_json_put_integer(w, "columns", x->groups[i].columns);
        lstmfc_json_put_number(w, "added", x->groups[i].added);
        lstmfc_json_put_number(w, "error", x->groups[i].error);
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, ']');
    lstmfc_json_end(w, '}');
}

/* ---- correlations ----------------------------------------------------------------------------------------------- */

typedef struct strength { int32_t column; double size; } strength;

static int by_size(const void *a, const void *b) {
    double x = ((const strength *)a)->size, y = ((const strength *)b)->size;
    return x < y ? 1 : x > y ? -1 : 0;
}
static int by_column(const void *a, const void *b) { return ((const strength *)a)->column - ((const strength *)b)->column; }

/* Pearson; NaN where one of them does not vary. */
static double pearson(size_t n, const double *a, const double *b) {
    lstmfc_errors both;
    lstmfc_errors_of(n, a, b, &both);
    return both.correlation;
}

/* What is set against the features: what the loss sees, so a price as its return. */
static double label_of(const evaluation *e, const lstmfc_outcome *outcome) {
    int returns = e->info.target == LSTMFC_TARGET_PRICE;
    return outcome->reason == LSTMFC_OUTCOME_KNOWN ? returns ? outcome->log_return : outcome->value : lstmfc_nan();
}

/* series [columns + 1][rows] of the fit rows that are whole. */
static lstmfc_result whole_rows(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, const evaluation *e, size_t first,
                                size_t end, size_t columns, double *series, size_t *rows, lstmfc_error *err) {
    double *matrix = (double *)calloc(candles->count * columns + 1, sizeof *matrix);
    lstmfc_outcome *outcomes = (lstmfc_outcome *)calloc(end - first, sizeof *outcomes);
    lstmfc_result result = LSTMFC_ERROR_MEMORY;
    size_t t, c;
    if (matrix && outcomes) result = lstmfc_features_evaluate(e->info.features, candles, matrix, err);
    if (!result) result = lstmfc_forecaster_outcomes(forecaster, candles, first, end - first, outcomes, err);
    for (t = first, *rows = 0; !result && t < end; t++) {
        const double *row = matrix + t * columns;
        double label = label_of(e, &outcomes[t - first]);
        for (c = 0; c < columns && lstmfc_is_finite(row[c]); c++) continue;
        if (c < columns || !lstmfc_is_finite(label)) continue;
        for (c = 0; c < columns; c++) series[c * (end - first) + *rows] = row[c];
        series[columns * (end - first) + (*rows)++] = label;
    }
    free(matrix);
    free(outcomes);
    return result;
}

int evaluation_correlations(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, evaluation *e) {
    correlations *out = &e->correlations;
    lstmfc_error err = {0};
    lstmfc_result result = LSTMFC_ERROR_MEMORY;
    size_t columns = (size_t)lstmfc_features_count(e->info.features), first = 0, end, h = (size_t)e->info.horizon, step, i, k;
    double *series;
    strength *chosen;
    if (e->info.member_count) return TOOL_OK;           /* each member has features of its own */
    while (first < candles->count && candles->time[first] < e->info.from) first++;
    for (end = first; end < candles->count && candles->time[end] <= e->info.fit_to; end++) continue;
    first += (size_t)e->info.stable;
    end = end > h ? end - h : 0;                        /* fit_to is the time of the last label */
    if (candles->time[0] > e->info.from || end < first + 3) {
        snprintf(out->missing, sizeof out->missing, "these candles do not hold the bars the model was fitted on");
        return TOOL_OK;
    }
    step = end - first;
    series = (double *)calloc((columns + 1) * step, sizeof *series);
    chosen = (strength *)calloc(columns + 1, sizeof *chosen);
    if (series && chosen) result = whole_rows(forecaster, candles, e, first, end, columns, series, &out->rows, &err);
    for (i = 0; !result && i <= columns; i++) {
        double r = i < columns ? pearson(out->rows, series + i * step, series + columns * step) : 2;
        chosen[i].column = (int32_t)i;
        chosen[i].size = r < 0 ? -r : r > 0 ? r : 0;
    }
    if (!result) {
        qsort(chosen, columns + 1, sizeof *chosen, by_size);
        out->count = (int32_t)(columns + 1 > CORRELATIONS_MOST ? CORRELATIONS_MOST : columns + 1);
        out->left_out = (int32_t)columns + 1 - out->count;
        qsort(chosen, (size_t)out->count, sizeof *chosen, by_column);
        out->matrix = (double *)calloc((size_t)out->count * (size_t)out->count, sizeof(double));
        out->names = (char (*)[64])calloc((size_t)out->count, sizeof *out->names);
        if (!out->matrix || !out->names) result = LSTMFC_ERROR_MEMORY;
    }
    for (i = 0; !result && i < (size_t)out->count; i++) {
        const char *name = i + 1 < (size_t)out->count ? lstmfc_features_name(e->info.features, chosen[i].column) : "target";
        snprintf(out->names[i], sizeof out->names[i], "%.*s", tool_cut(name, strlen(name), 60), name);
        for (k = 0; k <= i; k++)
            out->matrix[i * (size_t)out->count + k] = out->matrix[k * (size_t)out->count + i] =
                pearson(out->rows, series + (size_t)chosen[i].column * step, series + (size_t)chosen[k].column * step);
    }
    free(series);
    free(chosen);
    if (result == LSTMFC_ERROR_MEMORY && !err.code) return tool_fail(o, TOOL_FAILURE, "out of memory");
    return result ? tool_fail_error(o, &err) : TOOL_OK;
}

void evaluation_correlations_json(lstmfc_writer *w, const evaluation *e) {
    const correlations *x = &e->correlations;
    int32_t i;
    if (!x->matrix) return;
    lstmfc_json_begin(w, "correlations", '{');
    lstmfc_json_put_integer(w, "fit_rows", (int64_t)x->rows);
    lstmfc_json_put_integer(w, "features_left_out", x->left_out);
    lstmfc_json_begin(w, "names", '[');
    for (i = 0; i < x->count; i++) lstmfc_json_put_string(w, NULL, x->names[i]);
    lstmfc_json_end(w, ']');
    lstmfc_json_begin(w, "matrix", '[');
    for (i = 0; i < x->count; i++) {
        int32_t k;
        lstmfc_json_begin(w, NULL, '[');
        for (k = 0; k < x->count; k++) lstmfc_json_put_number(w, NULL, x->matrix[i * x->count + k]);
        lstmfc_json_end(w, ']');
    }
    lstmfc_json_end(w, ']');
    lstmfc_json_end(w, '}');
}

void evaluation_insight_free(evaluation *e) {
    free(e->residuals.values);
    free(e->importance.groups);
    free(e->correlations.matrix);
    free(e->correlations.names);
}
