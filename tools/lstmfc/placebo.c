/* lstmfc check placebo - is the skill of a training more than the same training finds where there is nothing to find?

   The features stay as they are; what they are to forecast is taken from elsewhere: the bars' returns in blocks, the blocks in another
   order. Whatever a feature knew of the next bar is gone, the returns and how they cluster are the same. The whole job, training, stopping
   and measuring on the last bars, is done on K such series, and the real skill is shown among theirs. A job that leaks, or that was tried
   until it shone, finds "skill" there as well. */
#include "evaluation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACEBO_OPTIONS(X) \
    X(INT, placebos, "20",  "1..1000", "how many permuted series are trained on") \
    X(INT, block,    "168", "2..1000000", "bars that stay together")
typedef struct placebo_options { PLACEBO_OPTIONS(LSTMFC__MEMBER) } placebo_options;
#define OPTIONS_STRUCT placebo_options
static const lstmfc_field fields[] = { PLACEBO_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "check placebo", "where the skill of a training falls among those with nothing to find", "--csv F [flags of train] [--placebos K]",
    "Trains as `train` would and measures the skill over persistence on the bars kept aside by --test; then does the same K times with the\n"
    "returns in another order, in blocks, under the same features. The share of placebos that do as well is the p of the skill. All are trained\n"
    "on features computed once, so their parts begin where the first feature does and `train` may cut a few bars elsewhere.",
    "  lstmfc synth --bars 1000 --seed 1 --out candles.csv\n"
    "  lstmfc check placebo --csv candles.csv --features \"log_return(close), rsi(14)/100\" --window 12 --model \"lstm 4 | dense 1 sigmoid\" "
    "--epochs 2 --placebos 3"
};

/* The candles under columns p0, p1, ...: the features, computed once from the true bars. */
typedef struct staged {
    lstmfc_candles candles;         /* prices are its own arrays, columns too */
    double *prices, *matrix;        /* [4][bars]; [features][bars] */
    char (*name)[16];
    char *text;                     /* "col(p0), col(p1), .." */
    size_t bars;
} staged;

static void staged_free(staged *s) {
    free(s->candles.columns); free(s->prices); free(s->matrix); free(s->name); free(s->text);
    memset(s, 0, sizeof *s);
}

static int stage(const options *o, const lstmfc_candles *candles, const char *text, int32_t profile, staged *s) {
    lstmfc_features_desc desc = lstmfc_features_desc_default();
    lstmfc_error err = {0};
    lstmfc_features *features;
    size_t n = candles->count, count, i, t;
    int64_t stable;
    double *rows;
    int code = TOOL_OK;
    memset(s, 0, sizeof *s);
    desc.columns = candles; desc.env = tool_env(); desc.profile = profile;
    features = lstmfc_features_compile(text, &desc, &err);
    if (!features) return tool_fail_error(o, &err);
    count = (size_t)lstmfc_features_count(features);
    stable = lstmfc_features_stable(features, 0);       /* a training uses no row before */
    s->bars = n;
    s->candles = *candles;
    s->prices = (double *)malloc((4 * n + 1) * sizeof *s->prices);
    s->matrix = (double *)malloc((count * n + 1) * sizeof *s->matrix);
    rows = (double *)malloc((count * n + 1) * sizeof *rows);
    s->name = (char (*)[16])calloc(count, sizeof *s->name);
    s->text = (char *)calloc(count + 1, 16);
    s->candles.columns = (lstmfc_column *)calloc(count + candles->column_count + 1, sizeof(lstmfc_column));
    if (!s->prices || !s->matrix || !rows || !s->name || !s->text || !s->candles.columns) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    else if (lstmfc_features_evaluate(features, candles, rows, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
    for (i = 0; i < count && code == TOOL_OK; i++) {
        snprintf(s->name[i], sizeof s->name[i], "p%d", (int)i);
        sprintf(s->text + strlen(s->text), "%scol(p%d)", i ? "," : "", (int)i);
        s->candles.columns[i].name = s->name[i];
        s->candles.columns[i].values = s->matrix + i * n;
        for (t = 0; t < n; t++) s->matrix[i * n + t] = (int64_t)t < stable ? lstmfc_nan() : rows[t * count + i];
    }
    s->candles.column_count = count;
    free(rows);
    lstmfc_features_free(features);
    if (code != TOOL_OK) staged_free(s);
    return code;
}

/* The returns of `candles` in blocks, the blocks in the order of the seed (0: as they are); ranges of the bars go with their returns. */
static void permute(const lstmfc_candles *candles, staged *s, size_t block, uint64_t seed, size_t *order) {
    size_t n = s->bars, blocks = (n - 1 + block - 1) / block, i, j, t, at = 1;
    double *close = s->prices + 3 * n;
    lstmfc_rng rng;
    lstmfc_rng_seed(&rng, seed);
    for (i = 0; i < blocks; i++) order[i] = i;
    for (i = blocks; seed && i > 1; i--) {
        size_t swap = order[i - 1];
        j = (size_t)lstmfc_rng_below(&rng, i);
        order[i - 1] = order[j];
        order[j] = swap;
    }
    close[0] = candles->close[0];
    for (i = 0; i < blocks; i++)
        for (j = 0; j < block && order[i] * block + j + 1 < n; j++, at++) {
            size_t from = order[i] * block + j + 1;
            close[at] = seed ? close[at - 1] * (candles->close[from] / candles->close[from - 1]) : candles->close[at];
            for (t = 0; t < 3; t++) {
                const double *price = t == 0 ? candles->open : t == 1 ? candles->high : candles->low;
                if (price) s->prices[t * n + at] = seed ? close[at] * (price[from] / candles->close[from]) : price[at];
            }
        }
    for (t = 0; t < 3; t++) {
        const double *price = t == 0 ? candles->open : t == 1 ? candles->high : candles->low;
        if (price) s->prices[t * n] = price[0];
    }
    s->candles.open = candles->open ? s->prices : NULL;
    s->candles.high = candles->high ? s->prices + n : NULL;
    s->candles.low = candles->low ? s->prices + 2 * n : NULL;
    s->candles.close = close;
}

/* One whole job: the skill over persistence and over the best baseline. */
static int skill_of(const options *o, const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc, double skill[2]) {
    lstmfc_error err = {0};
    lstmfc_forecaster *forecaster = lstmfc_forecaster_fit(candles, desc, &err);
    lstmfc_signal_desc signals = lstmfc_signal_desc_default();
    lstmfc_backtest_desc costs = lstmfc_backtest_desc_default();
    evaluation e;
    int code;
    if (!forecaster) return err.code == LSTMFC_ERROR_DIVERGED ? tool_fail(o, TOOL_DIVERGED, "%s", err.message) : tool_fail_error(o, &err);
    costs.resamples = 100;                              /* what it earns is not asked */
    code = evaluation_run(o, forecaster, candles, 0, &signals, &costs, &e);
    if (code == TOOL_OK) {
        skill[0] = e.baselines[0].comparison.skill;
        skill[1] = e.baselines[e.best].comparison.skill;
        evaluation_free(&e);
    }
    lstmfc_forecaster_free(forecaster);
    return code;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void tell(lstmfc_writer *w, const options *o, const placebo_options *own, const char *against, int index, double real, double *placebos) {
    int32_t k, as_well = 0;
    double p;
    char a[32], b[32], c[32], d[32];
    for (k = 0; k < own->placebos; k++) as_well += placebos[k] >= real;
    p = (double)(as_well + 1) / (own->placebos + 1);
    qsort(placebos, (size_t)own->placebos, sizeof *placebos, by_size);
    if (o->json) {
        lstmfc_json_begin(w, index ? "best_baseline" : "persistence", '{');
        lstmfc_json_put_number(w, "skill", real);
        lstmfc_json_begin(w, "placebos", '[');
        for (k = 0; k < own->placebos; k++) lstmfc_json_put_number(w, NULL, placebos[k]);
        lstmfc_json_end(w, ']');
        lstmfc_json_put_integer(w, "as_well", as_well);
        lstmfc_json_put_number(w, "p", p);
        lstmfc_json_end(w, '}');
        return;
    }
    tool_print(w, "skill over %-18s %s; with nothing to find between %s and %s, median %s; %d of %d do as well: p %.3f\n", against,
               tool_figure(a, "%+.4f", real), tool_figure(b, "%+.4f", placebos[0]), tool_figure(c, "%+.4f", placebos[own->placebos - 1]),
               tool_figure(d, "%+.4f", lstmfc_quantile_sorted((size_t)own->placebos, placebos, 0.5)), (int)as_well, (int)own->placebos, p);
}

static int run(const options *o, tool_input *input, const placebo_options *own, lstmfc_forecaster_desc *desc) {
    lstmfc_candles *candles;
    double *placebos = (double *)malloc((size_t)own->placebos * 2 * sizeof *placebos), real[2] = {0, 0}, skill[2];
    size_t *order = NULL;
    lstmfc_writer w;
    staged s;
    int32_t k;
    int code = TOOL_OK;
    memset(&s, 0, sizeof s);
    candles = tool_input_load(o, input, &code);
    if (candles && !(order = (size_t *)malloc((candles->count + 1) * sizeof *order))) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    if (candles && !placebos) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    if (candles && code == TOOL_OK && (candles->count < 4 * (size_t)own->block || !candles->close))
        code = tool_fail(o, TOOL_DATA, "%d bars: four blocks of %d at least are needed (--block)", (int)candles->count, (int)own->block);
    if (candles && code == TOOL_OK) code = stage(o, candles, desc->features, desc->profile, &s);
    for (k = 0; candles && k <= own->placebos && code == TOOL_OK; k++) {
        lstmfc_forecaster_desc job = *desc;
        permute(candles, &s, (size_t)own->block, (uint64_t)k, order);
        job.features = s.text;
        job.training.progress = NULL;
        code = skill_of(o, &s.candles, &job, k ? skill : real);
        if (k && code == TOOL_OK) { placebos[k - 1] = skill[0]; placebos[own->placebos + k - 1] = skill[1]; }
    }
    if (candles && code == TOOL_OK) {
        lstmfc_writer_init(&w, NULL);
        if (o->json) {
            lstmfc_json_begin(&w, NULL, '{');
            lstmfc_json_put_bool(&w, "synthetic", candles->synthetic);
            lstmfc_json_put_integer(&w, "block", own->block);
        } else {
            if (candles->synthetic) tool_print(&w, "SYNTHETIC candles: no market\n");
            tool_print(&w, "%d trainings on the same features, the returns of %d bars in blocks of %d in another order\n", (int)own->placebos,
                       (int)candles->count, (int)own->block);
        }
        tell(&w, o, own, "persistence", 0, real[0], placebos);
        tell(&w, o, own, "the best baseline", 1, real[1], placebos + own->placebos);
        if (o->json) { lstmfc_json_end(&w, '}'); tool_print(&w, "\n"); }
        code = tool_write(o, "-", &w);
        lstmfc_writer_free(&w);
    }
    staged_free(&s);
    free(order);
    free(placebos);
    lstmfc_candles_free(candles);
    return code;
}

int command_placebo(int argc, char **argv) {
    options o;
    tool_input input;
    lstmfc_forecaster_desc desc;
    placebo_options own;
    int code;
    memset(&own, 0, sizeof own);
    options_init(&o, &command);
    options_add(&o, "Placebos", &own, fields, sizeof fields / sizeof fields[0], NULL);
    tool_input_options(&o, &input);
    tool_fit_options(&o, &desc);
    options_preset(&o, "test", "0.2");
    tool_machine_options(&o);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, "csv");
    if (code == -1) code = files_check(&o);
    if (code == -1) code = run(&o, &input, &own, &desc);
    options_free(&o);
    return code;
}
