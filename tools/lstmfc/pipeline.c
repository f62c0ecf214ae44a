/* lstmfc pipeline - a whole system in one command: candles in; model, metadata, forecasts, trades and report out. */
#include "keep.h"
#include "protocol.h"
#include "record.h"
#include "report.h"
#include "symbols.h"
#include "companions.h"
#include "days.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#ifdef _WIN32
#  include <direct.h>
#else
#  include <unistd.h>
#endif

#define SYSTEMS(X) X(SYSTEM_A, "a") X(SYSTEM_B, "b") X(SYSTEM_C, "c") X(SYSTEM_D, "d") X(SYSTEM_E, "e")
enum { SYSTEMS(LSTMFC__CONSTANT) };
#define PIPELINE_OPTIONS(X) \
    X(CHOICE, system, "a", SYSTEMS,     "which system: see above") \
    X(TEXT,   out,    "",  OPTIONS_FOLDER, "directory for model.json, metadata.json, forecasts.csv, trades.csv, report.html") \
    X(INT,    seeds,  "5", "1..100",    "networks that differ in their seed alone; the report shows all and follows the one of median skill") \
    X(INT,    seed_protocol, "0", "0..1", "system c: beside the run, the order of work behind its published figures; not a forecast") \
    X(CHOICE, variant, "own", VARIANTS, \
      "another network: system a has gru; d basic (without attention and norms), advanced (its own), gru, ensemble (all three)") \
    X(INT,    fine_tune, "0", "0..1", "system a: also fine-tuned on its newest bars, all frozen but the last dense layers, both measured") \
    X(INT,    ensemble, "0", "0..1", "system a: also the mean with an MLP on the last row, written to ensemble.json") \
    X(TEXT,   with,   "",  OPTIONS_IN, "system a: a CSV time,probability of another program as one more member of the ensemble") \
    X(TEXT,   sentiment, "none", "", "system d: none, column:NAME (scores in a column of the file) or proxy (made of price and volume: no new " \
                                     "information); the same model without is trained beside it") \
    X(INT,    forecast_days, "0", "0..60", "system d: one network for the volatility of the next 1 to so many days; forecast.json has them all") \
    X(INT,    importance, "0", "0..1", "what each feature is worth on the bars that judge, shuffled in blocks") \
    X(INT,    repeats, "5", "2..1000", "shuffles of each feature") \
    X(TEXT,   resume, "",  OPTIONS_IN, "go on from this checkpoint (same candles, same flags); with --seeds, from FILE.SEED of each") \
    LEDGER_OPTION(X) \
    RULES_OPTION(X, "auto") \
    KEEP_AGE_OPTION(X) \
    KEEP_OPTION(X) \
    X(INT,    hours,  "0", "0..100000000", "the last so many hours of the candles alone; 0: all")
typedef struct pipeline_options { PIPELINE_OPTIONS(LSTMFC__MEMBER) } pipeline_options;
#define OPTIONS_STRUCT pipeline_options
static const lstmfc_field fields[] = { PIPELINE_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "pipeline", "a whole system in one command: clean, train, evaluate, backtest, report", "--csv F --system a --out DIR [flags]",
    "Each system is a target, features, a network and its training; flags change the training. The last fifth of the bars is\n"
    "never looked at in training and judges the result, with costs where the target names a side.\n"
    "  a  is the next close higher? 30 features over 24 bars, two LSTM layers and norms (134,337 parameters)\n"
    "  b  the next price from 20 log returns of the close, one small LSTM, fed back up to a week ahead:\n"
    "     forecast.json is the record of predict --record --steps 168, with what its intervals were worth\n"
    "  c  the next price from the columns of the file (@c: daily bars of bitcoin_dataset.csv), two LSTM layers\n"
    "  d  volatility of the next day (5 bars of a day, 24 of less) from 15 indicators, three LSTM layers and attention, Huber;\n"
    "     with --forecast-days N of the next 1, 2, .. N days, each with its interval, in forecast.json\n"
    "  e  the next price from 14 scale-free features over 60 bars, three LSTM layers, robust scaling, Huber; trades by the clauses of\n"
    "     `signal` and writes signals.csv",
    "  lstmfc synth --bars 1500 --seed 1 --out candles.csv\n"
    "  lstmfc pipeline --csv candles.csv --system a --epochs 1 --seeds 1 --out run"
};

/* A system: what is forecast from what by which network, and its defaults of flags. horizon 0: a day, five bars of a day. */
typedef struct system_row {
    int32_t target, horizon, window;
    const char *features, *model;
    struct { const char *flag, *text; } presets[10];
} system_row;
static const system_row systems[] = {
    {LSTMFC_TARGET_DIRECTION, 1, 24, "@a",
     "lstm 128 l2=1e-4 | batchnorm | dropout 0.3 | lstm 64 l2=1e-4 | batchnorm | dropout 0.25 | dense 32 relu l2=1e-4 | batchnorm "
     "| dropout 0.2 | dense 16 relu l2=1e-4 | dropout 0.1 | dense 1 sigmoid",
     {{"epochs", "150"}, {"patience", "20"}, {"plateau", "10"}}},
    {LSTMFC_TARGET_PRICE, 1, 20, "log_return(close)", "lstm 32 | dense 1", {{"epochs", "100"}, {"patience", "10"}}},
    {LSTMFC_TARGET_PRICE, 1, 24, "@c",
     "variational_dropout 0.3 | lstm 64 forget_bias=2 | dropout 0.3 | lstm 64 forget_bias=2 | dense 1",
     {{"epochs", "200"}, {"patience", "20"}, {"plateau", "5"}, {"max_fill", "1000"}, {"init", "torch"}}},
    {LSTMFC_TARGET_VOLATILITY, 0, 24, "@d",
     "lstm 128 | batchnorm | dropout 0.2 | lstm 64 | batchnorm | dropout 0.2 | lstm 32 | batchnorm | dropout 0.3 | attention 32 | "
     "dense 1",
     {{"epochs", "100"}, {"patience", "15"}, {"plateau", "5"}, {"loss", "huber"}, {"importance", "1"}}},
    {LSTMFC_TARGET_PRICE, 1, 60, "@e",
     "batchnorm | lstm 256 l2=1e-4 recurrent_dropout=0.2 | dropout 0.3 | batchnorm | lstm 128 l2=1e-4 recurrent_dropout=0.2 | "
     "dropout 0.3 | batchnorm | lstm 64 l2=1e-4 recurrent_dropout=0.1 | dropout 0.2 | batchnorm | dense 64 swish l2=1e-4 | "
     "dropout 0.2 | dense 32 swish l2=1e-4 | dense 1",
     {{"epochs", "100"}, {"patience", "15"}, {"plateau", "5"}, {"loss", "huber"}, {"lr", "5e-4"}, {"clip_norm", "none"},
      {"clip_value", "0.5"}, {"scaler", "robust"}, {"winsor", "8"}}}
};

/* The presets of a system are there before the flags are read, so the system is looked for first. Returns its number, 0 (a)
   where no flag names one. */
static int system_asked(int argc, char **argv) {
    static const char *const names[] = {SYSTEMS(LSTMFC__NAME)};
    int i, k, found = 0;
    for (i = 1; i < argc; i++) {
        const char *value = strncmp(argv[i], "--system=", 9) == 0 ? argv[i] + 9
                          : strcmp(argv[i], "--system") == 0 && i + 1 < argc ? argv[i + 1] : "";
        for (k = 0; k < (int)(sizeof names / sizeof names[0]); k++) if (strcmp(value, names[k]) == 0) found = k;
    }
    return found;
}

typedef struct job {
    options *o;
    tool_input *input;
    pipeline_options *own;
    lstmfc_forecaster_desc *desc;
    lstmfc_signal_desc *signals;
    lstmfc_backtest_desc *costs;
    const char *typed;
    lstmfc_candles *candles;
    keep_model present;                 /* what model.json held, where --max-age-hours asks */
    record_coverage fed;                /* of system b */
    char *checkpoint;                   /* DIR/model.json.checkpoint; of several seeds each has one, .SEED at its end */
    int made;                           /* the directory was made by this run */
    protocol protocol;                  /* of --seed-protocol */
    companions companions;              /* of --fine-tune, --ensemble, --variant ensemble */
    sentiment sentiment;                /* of --sentiment */
    days days;                          /* of --forecast-days */
    const char *kept;                   /* the file of the ledger; NULL: none */
    ledger looks;
} job;

typedef struct attempt {                /* one seed */
    lstmfc_forecaster *forecaster;
    evaluation evaluation;
    rules_result rules;
    fit_report fit;
    char *checkpoint, *resume;          /* its own; resume NULL: from the start */
} attempt;

static int make_directory(const options *o, const char *path, int *made) {
#ifdef S_ISDIR
    struct stat status;
    if (stat(path, &status) == 0)
        return S_ISDIR(status.st_mode) ? TOOL_OK : tool_fail(o, TOOL_FAILURE, "--out %s is there and is not a directory", path);
#endif
#ifdef _WIN32
    *made = _mkdir(path) == 0;
#else
    *made = mkdir(path, 0777) == 0;
#endif
    if (*made) return TOOL_OK;
    return tool_fail(o, TOOL_FAILURE, "--out %s: the directory cannot be made: %s", path, strerror(errno));
}

/* Puts the text into DIR/name and empties the writer. */
static int put(const job *j, const char *name, lstmfc_writer *w) {
    char *path = files_join(j->o, j->own->out, name);
    int code = path ? tool_write(j->o, path, w) : TOOL_FAILURE;
    lstmfc_writer_free(w);
    lstmfc_writer_init(w, NULL);
    return code;
}

/* ---- metadata -------------------------------------------------------------------------------------------------- */

static void layers_json(lstmfc_writer *w, const char *spec) {
    lstmfc_json_begin(w, "layers", '[');
    while (*spec) {
        char layer[200];
        size_t length = strcspn(spec, "|"), end = length;
        while (end && spec[end - 1] == ' ') end--;
        snprintf(layer, sizeof layer, "%.*s", (int)(end < sizeof layer ? end : sizeof layer - 1), spec);
        lstmfc_json_put_string(w, NULL, layer);
        spec += length + (spec[length] == '|');
        while (*spec == ' ') spec++;
    }
    lstmfc_json_end(w, ']');
}

/* Of the accuracies, AUCs or skills over persistence of all seeds: smallest, median (the mean of the middle two), largest. */
typedef struct spread { double low, median, high; } spread;
enum { SPREAD_ACCURACY, SPREAD_AUC, SPREAD_SKILL };

static spread spread_of(const attempt *attempts, int count, int what) {
    double values[100];
    spread s;
    int i;
    for (i = 0; i < count; i++) {
        const evaluation *e = &attempts[i].evaluation;
        values[i] = what == SPREAD_SKILL ? e->baselines[0].comparison.skill
                  : what == SPREAD_AUC ? e->direction.auc : e->direction.accuracy;
    }
    lstmfc_sort((size_t)count, values);
    s.low = values[0];
    s.median = (values[(count - 1) / 2] + values[count / 2]) / 2;
    s.high = values[count - 1];
    return s;
}

static void spread_json(lstmfc_writer *w, const char *key, spread s) {
    lstmfc_json_begin(w, key, '{');
    lstmfc_json_put_number(w, "low", s.low);
    lstmfc_json_put_number(w, "median", s.median);
    lstmfc_json_put_number(w, "high", s.high);
    lstmfc_json_end(w, '}');
}

static void seeds_json(lstmfc_writer *w, const attempt *attempts, int count) {
    lstmfc_json_put_integer(w, "seeds", count);
    if (count < 2) return;
    spread_json(w, "skill_of_seeds", spread_of(attempts, count, SPREAD_SKILL));
    if (attempts[0].evaluation.info.target != LSTMFC_TARGET_DIRECTION) return;
    spread_json(w, "accuracy_of_seeds", spread_of(attempts, count, SPREAD_ACCURACY));
    spread_json(w, "auc_of_seeds", spread_of(attempts, count, SPREAD_AUC));
}

static void seeds_line(lstmfc_writer *w, const attempt *attempts, int count) {
    spread accuracy = spread_of(attempts, count, SPREAD_ACCURACY), auc = spread_of(attempts, count, SPREAD_AUC);
    char a[32], b[32], c[32];
    if (count == 1) {
        tool_print(w, "seeds         1: luck of the random weights is not measured; --seeds 5 trains five and prints median and range\n");
        return;
    }
    if (attempts[0].evaluation.info.target != LSTMFC_TARGET_DIRECTION) {
        spread skill = spread_of(attempts, count, SPREAD_SKILL);
        tool_print(w, "seeds         %d: skill over persistence median %s (%s to %s); the rest is of the seed of median skill\n", count,
                   tool_figure(a, "%+.4f", skill.median), tool_figure(b, "%+.4f", skill.low), tool_figure(c, "%+.4f", skill.high));
        return;
    }
    tool_print(w, "seeds         %d: accuracy median %.2f %% (%.2f to %.2f), AUC median %s (%s to %s); the rest is of the seed of "
                  "median skill\n", count, 100 * accuracy.median, 100 * accuracy.low, 100 * accuracy.high,
               tool_defined(a, "%.4f", auc.median), tool_figure(b, "%.4f", auc.low), tool_figure(c, "%.4f", auc.high));
}

static void metadata(lstmfc_writer *w, const job *j, const attempt *attempts, int count, int chosen) {
    const attempt *a = &attempts[chosen];
    const evaluation *e = &a->evaluation;
    const lstmfc_forecaster_info *info = &e->info;
    int64_t trainable, parameters = lstmfc_model_parameters(info->model, &trainable);
    int direction = info->target == LSTMFC_TARGET_DIRECTION;
    char name[32];
    int32_t i;
    w->indent = 2;
    lstmfc_json_begin(w, NULL, '{');
    snprintf(name, sizeof name, "lstmfc system %c", "abcde"[j->own->system]);
    lstmfc_json_put_string(w, "model_name", name);
    lstmfc_json_begin(w, "architecture", '{');
    lstmfc_json_begin(w, "input_shape", '[');
    lstmfc_json_put_integer(w, NULL, info->window);
    lstmfc_json_put_integer(w, NULL, lstmfc_features_count(info->features));
    lstmfc_json_end(w, ']');
    layers_json(w, info->model_spec);
    lstmfc_json_put_integer(w, "total_parameters", parameters);
    lstmfc_json_put_integer(w, "trainable_parameters", trainable);
    lstmfc_json_put_integer(w, "sequence_length", info->window);
    lstmfc_json_end(w, '}');
    lstmfc_json_begin(w, "performance_metrics", '{');
    if (direction) {
        lstmfc_json_put_number(w, "test_accuracy", e->direction.accuracy);
        lstmfc_json_put_number(w, "test_auc_roc", e->direction.auc);
        lstmfc_json_put_number(w, "test_log_loss", e->direction.log_loss);
        lstmfc_json_put_number(w, "accuracy_without_a_model", e->direction.p0);
        lstmfc_json_put_number(w, "binomial_p", e->direction.p_one_sided);
    } else {
        lstmfc_json_put_number(w, "test_rmse", e->errors.rmse);
        lstmfc_json_put_number(w, "test_mae", e->errors.mae);
        lstmfc_json_put_number(w, "test_r2", e->errors.r2);
        lstmfc_json_put_number(w, "rmse_of_persistence", e->naive_errors.rmse);
        lstmfc_json_put_number(w, "theil_u2", e->theil_u2);
    }
    lstmfc_json_put_number(w, "skill_over_persistence", e->baselines[0].comparison.skill);
    lstmfc_json_put_number(w, "diebold_mariano_p", e->baselines[0].comparison.p);
    if (direction && info->best_epoch > 0 && info->best_epoch <= info->epochs) {
        const lstmfc_epoch *best = &info->history[info->best_epoch - 1];
        lstmfc_json_put_number(w, "train_accuracy", best->accuracy);
        lstmfc_json_put_number(w, "train_test_gap", best->accuracy - e->direction.accuracy);
        lstmfc_json_put_number(w, "validation_accuracy", best->val_accuracy);
    }
    if (e->backtest) {
        const lstmfc_metrics *m = &e->backtest->metrics;
        lstmfc_json_put_number(w, "total_return", m->total_return);
        lstmfc_json_put_number(w, "annual_volatility", m->volatility);
        lstmfc_json_put_number(w, "sharpe_ratio", m->sharpe);
        lstmfc_json_put_number(w, "max_drawdown", m->max_drawdown);
        lstmfc_json_put_number(w, "win_rate", m->win_rate);
        lstmfc_json_put_number(w, "buy_and_hold_return", e->backtest->hold_metrics.total_return);
    }
    lstmfc_json_end(w, '}');
    lstmfc_json_begin(w, "features", '[');
    for (i = 0; i < lstmfc_features_count(info->features); i++)
        lstmfc_json_put_string(w, NULL, lstmfc_features_name(info->features, i));
    lstmfc_json_end(w, ']');
    seeds_json(w, attempts, count);
    tool_fit_json(w, "training", a->forecaster, NULL);
    evaluation_json(w, "evaluation", e);
    protocol_json(w, "seed_protocol", &j->protocol);
    companions_json(w, &j->companions);
    sentiment_json(w, "sentiment", &j->sentiment, e);
    days_json(w, "next_days", &j->days, e);
    ledger_json(w, &j->looks);
    if (a->rules.clauses > 1) rules_json(w, "signals", &a->rules);
    tool_input_json(w, "csv", &j->input->report);
    tool_blanks_json(w, "blanks_by_column", j->candles);
    lstmfc_json_put_string(w, "command", j->typed);
    lstmfc_json_put_string(w, "library", LSTMFC_VERSION_TEXT);
    lstmfc_json_end(w, '}');
    tool_print(w, "\n");
}

/* ---- the job --------------------------------------------------------------------------------------------------- */

/* The attempt whose skill over persistence is the median (the lower one of two). */
static int median_attempt(const attempt *attempts, int count) {
    int i, k;
    for (i = 0; i < count; i++) {
        int below = 0;
        double skill = attempts[i].evaluation.baselines[0].comparison.skill;
        for (k = 0; k < count; k++) {
            double other = attempts[k].evaluation.baselines[0].comparison.skill;
            below += other < skill || (!(other > skill) && k < i);
        }
        if (below == (count - 1) / 2) return i;
    }
    return 0;
}

/* Decided by clauses, so that a funnel tells something. */
static int clauses(const attempt *a) { return a->rules.clauses > 1; }

static int write_all(const job *j, const attempt *attempts, int count, int chosen) {
    const attempt *a = &attempts[chosen];
    report_seed seeds[100];
    lstmfc_writer w;
    report r;
    spread accuracy, auc;
    char title[120], span[32], name[16], *path = files_join(j->o, j->own->out, "model.json");
    int code = !path ? TOOL_FAILURE : j->present.fresh ? TOOL_OK : j->own->keep ? keep_save(j->o, a->forecaster, path, j->own->keep)
             : tool_save_model(j->o, a->forecaster, path), i;
    lstmfc_writer_init(&w, NULL);
    if (code == TOOL_OK) { metadata(&w, j, attempts, count, chosen); code = put(j, "metadata.json", &w); }
    if (code == TOOL_OK) { w.indent = 0; evaluation_forecasts_csv(&w, &a->evaluation); code = put(j, "forecasts.csv", &w); }
    if (code == TOOL_OK && a->evaluation.backtest) { evaluation_trades_csv(&w, a->evaluation.backtest, NULL); code = put(j, "trades.csv",
        &w); }
    for (i = 0; i < COMPANIONS && code == TOOL_OK; i++) {
        const companion *c = &j->companions.list[i];
        if (c->forecaster && c->file && (path = files_join(j->o, j->own->out, c->file)) != NULL)
            code = tool_save_model(j->o, c->forecaster, path);
    }
    if (code == TOOL_OK && clauses(a)) { rules_csv(&w, &a->rules, a->evaluation.all); code = put(j, "signals.csv", &w); }
    if (code == TOOL_OK) {
        memset(&r, 0, sizeof r);
        memset(seeds, 0, sizeof seeds);
        for (i = 0; i < count; i++) {
            const evaluation *e = &attempts[i].evaluation;
            seeds[i].seed = e->info.seed;
            seeds[i].epochs = e->info.epochs;
            seeds[i].best_epoch = e->info.best_epoch;
            seeds[i].accuracy = e->direction.accuracy;
            seeds[i].auc = e->direction.auc;
            seeds[i].skill = e->baselines[0].comparison.skill;
            seeds[i].p = e->baselines[0].comparison.p;
            seeds[i].net_return = e->backtest ? e->backtest->metrics.total_return : lstmfc_nan();
            seeds[i].chosen = i == chosen;
        }
        snprintf(name, sizeof name, "System %c", "ABCDE"[j->own->system]);
        tool_title(title, sizeof title, name, a->evaluation.info.target, a->evaluation.info.horizon,
                   tool_span(span, a->evaluation.interval));
        if (j->days.count)
            snprintf(title, sizeof title, "%s: volatility of the next %d day%s", name, j->days.count, j->days.count == 1 ? "" : "s");
        r.days = &j->days;
        r.ledger = &j->looks;
        r.title = title; r.command = j->typed; r.file = j->input->csv; r.csv = &j->input->report;
        r.rules = clauses(a) ? &a->rules : NULL;
        r.companions = &j->companions;
        r.sentiment = &j->sentiment;
        r.protocol = &j->protocol;
        r.evaluation = &a->evaluation; r.synthetic = a->evaluation.synthetic; r.interval = a->evaluation.interval;
        accuracy = spread_of(attempts, count, SPREAD_ACCURACY); auc = spread_of(attempts, count, SPREAD_AUC);
        r.accuracy[0] = accuracy.low; r.accuracy[1] = accuracy.median; r.accuracy[2] = accuracy.high;
        r.auc[0] = auc.low; r.auc[1] = auc.median; r.auc[2] = auc.high;
        r.fit = j->present.fresh ? NULL : &a->fit; r.seeds = seeds; r.seed_count = count; r.created = j->desc->created;
        report_write(&w, &r);
        code = put(j, "report.html", &w);
    }
    if (code == TOOL_OK && j->own->system == SYSTEM_B) {
        w.indent = 2;
        code = record_write(j->o, &w, a->forecaster, j->candles, record_week(a->evaluation.info.interval), path, NULL, a->evaluation.fed);
        tool_print(&w, "\n");
        if (code == TOOL_OK) code = put(j, "forecast.json", &w);
    }
    if (code == TOOL_OK && j->days.count) {
        w.indent = 2;
        days_json(&w, NULL, &j->days, &a->evaluation);
        tool_print(&w, "\n");
        code = put(j, "forecast.json", &w);
    }
    lstmfc_writer_free(&w);
    return code;
}

/* Persistence is the easy one: who beats it alone is told so in the next line. */
static void best_line(lstmfc_writer *w, const evaluation *e) {
    const evaluation_baseline *best = e->best >= 0 && e->best < e->baseline_count ? &e->baselines[e->best] : NULL;
    char skill[32], p[32];
    if (!best || !best->available) return;
    tool_print(w, "Beats the best baseline:  %s   (%s: skill %s, Diebold-Mariano p %s)\n", verdict_word(e->verdict[2]),
               best->name, tool_figure(skill, "%+.4f", best->comparison.skill), tool_p(p, best->comparison.p));
}

static int announce(const job *j, const attempt *attempts, int count, int chosen) {
    const attempt *a = &attempts[chosen];
    const evaluation *e = &a->evaluation;
    lstmfc_writer w;
    int code;
    lstmfc_writer_init(&w, NULL);
    if (j->o->json) {
        char name[2] = {0, 0};
        name[0] = "abcde"[j->own->system];
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_string(&w, "out", j->own->out);
        lstmfc_json_put_string(&w, "system", name);
        if (j->own->max_age_hours > 0) {
            lstmfc_json_put_bool(&w, "trained", !j->present.fresh);
            lstmfc_json_put_string(&w, "because", j->present.why);
        }
        seeds_json(&w, attempts, count);
        tool_fit_json(&w, "training", a->forecaster, &a->fit);
        evaluation_json(&w, "evaluation", e);
        protocol_json(&w, "seed_protocol", &j->protocol);
        companions_json(&w, &j->companions);
        sentiment_json(&w, "sentiment", &j->sentiment, e);
        days_json(&w, "next_days", &j->days, e);
        ledger_json(&w, &j->looks);
        if (clauses(a)) rules_json(&w, "signals", &a->rules);
        tool_input_json(&w, "csv", &j->input->report);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
    } else {
        char rate[32], p[32];
        if (j->own->max_age_hours > 0)
            tool_print(&w, "model         %s%s%s\n", j->present.fresh ? "reused, nothing was trained: "
                       : "trained anew: ", j->present.fresh ? "" : keep_before(&j->present), j->present.why);
        tool_fit_describe(&w, a->forecaster, NULL);
        seeds_line(&w, attempts, count);
        tool_print(&w, "\n");
        evaluation_describe(&w, e);
        ledger_describe(&w, &j->looks);
        protocol_describe(&w, &j->protocol);
        companions_describe(&w, e, &j->companions);
        sentiment_describe(&w, &j->sentiment, e);
        days_describe(&w, &j->days, e);
        tool_print(&w, "\n");
        if (clauses(a)) rules_describe(&w, &a->rules);
        if (e->info.target == LSTMFC_TARGET_DIRECTION)
            tool_print(&w, "Beats the more frequent side:  %s   (%.2f %% right; %.2f %% needs no model; binomial p %s)\n",
                   evaluation_beats_luck(e) ? "yes" : "no ",
                   100 * e->direction.accuracy, 100 * e->direction.p0, tool_p(p, e->direction.p_one_sided));
        tool_print(&w, "Beats persistence:  %s   (skill %s, Diebold-Mariano p %s)\n", e->verdict[0] == VERDICT_YES ? "yes"
                   : "no ", tool_figure(rate, "%+.4f", e->baselines[0].comparison.skill),
                   tool_p(p, e->baselines[0].comparison.p));
        best_line(&w, e);
        if (e->synthetic) tool_print(&w, "                    on SYNTHETIC candles: no market\n");
        if (a->fit.seconds > 0)
            tool_print(&w, "Rate:               %s sequences/s\n",
                       tool_count(rate, (int64_t)((double)a->fit.sequences / a->fit.seconds + 0.5)));
        tool_print(&w, "Report:             %s/report.html\n", j->own->out);
    }
    code = tool_write(j->o, "-", &w);
    lstmfc_writer_free(&w);
    return code;
}

/* All that will be written, before the first bar is read: the files of the folder, and a checkpoint for each seed. */
static int prepare(job *j, attempt *attempts) {
    static const char *const names[] = {"model.json", "metadata.json", "forecasts.csv", "trades.csv", "report.html", "signals.csv", "forecast.json",
                                        "ensemble.json", "fine_tuned.json"};
    const char *resume = j->own->resume;
    int i, count = j->own->seeds, found = 0, code;
    if (!*j->own->out) return files_check(j->o);        /* which says so */
    code = make_directory(j->o, j->own->out, &j->made);
    if (code != TOOL_OK) return code;
    for (i = 0; i < (int)(sizeof names / sizeof names[0]); i++) {
        char *path = files_join(j->o, j->own->out, names[i]);
        if (!path) return TOOL_FAILURE;
        files_add(j->o, "out", FILE_WRITTEN, path);
        if (!i) j->kept = ledger_path(j->o, j->own->ledger, path);
    }
    if (!(j->checkpoint = files_join(j->o, j->own->out, "model.json.checkpoint"))) return TOOL_FAILURE;
    for (i = 0; i < count; i++) {
        char seed[48] = "";
        FILE *file;
        if (count > 1) snprintf(seed, sizeof seed, ".%lld", (long long)(j->desc->training.seed + i));
        if (!(attempts[i].checkpoint = files_join(j->o, j->checkpoint, seed))) return TOOL_FAILURE;
        files_add(j->o, "out", FILE_SAVED_LATER, attempts[i].checkpoint);
        if (!resume || !*resume) continue;
        if (!(attempts[i].resume = files_join(j->o, resume, seed))) return TOOL_FAILURE;
        file = count > 1 ? fopen(attempts[i].resume, "rb") : NULL;
        found += file != NULL;
        if (file) fclose(file);
        if (count > 1 && !file) attempts[i].resume = NULL;
        else files_add(j->o, "resume", FILE_READ, attempts[i].resume);
    }
    if (resume && *resume && count > 1 && !found)
        return tool_fail(j->o, TOOL_MODEL, "--resume %s with --seeds %d goes on from %s.SEED, one for each seed: none is there",
                         resume, count, resume);
    return files_check(j->o);
}

/* Trains and measures one seed after the other. The checkpoint of a seed that is done stays until everything is written:
   whatever ends the run in between, its training is not lost. */
static int train_all(job *j, attempt *attempts, int *done) {
    int count = j->own->seeds, code = TOOL_OK;
    int64_t first_seed = j->desc->training.seed;
    while (*done < count && code == TOOL_OK) {
        attempt *a = &attempts[*done];
        char label[48] = "training";
        fit_job fit = {0};
        if (count > 1) snprintf(label, sizeof label, "seed %d of %d", *done + 1, count);
        fit.label = label;
        fit.checkpoint = fit.keep = a->checkpoint;      /* also of a finished training: what follows may fail */
        fit.resume = a->resume;
        fit.advice = j->checkpoint;
        j->desc->training.seed = first_seed + *done;
        if (j->present.fresh) a->forecaster = j->present.old;
        else a->forecaster = tool_fit(j->o, j->candles, j->desc, &fit, &a->fit, &code);
        if (!a->forecaster) return code;
        if (j->present.fresh) j->present.old = NULL;        /* it is the attempt's now */
        (*done)++;
        code = evaluation_run(j->o, a->forecaster, j->candles, 0, j->signals, j->costs, &a->evaluation);
        if (code == TOOL_OK)
            code = rules_evaluate(j->o, (rules_asked){j->own->rules, j->own->clauses}, j->signals, j->costs, a->forecaster, rules_longest(a->forecaster), j->candles,
                                  &a->evaluation, &a->rules);
    }
    return code;
}

/* How many bars a fit of this takes (as lstmfc_fit_create asks it; found by halving: no part shrinks when bars come to it). */
static int64_t bars_needed(const lstmfc_forecaster_desc *desc, int64_t stable, int32_t furthest) {
    int64_t low = 0, high = (int64_t)1 << 40;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2, seen = (int64_t)((1 - desc->test) * (double)middle);
        lstmfc_spans spans;
        int enough = lstmfc_spans_make(seen, stable, desc->window, furthest, desc->val > 0 ? desc->val : 0, 0,
                                       desc->target != LSTMFC_TARGET_DIRECTION, &spans, NULL) == LSTMFC_OK
            && spans.fit_end - spans.fit_first >= LSTMFC_FIT_LEAST;
        if (enough) high = middle; else low = middle;
    }
    return high;
}

/* --hours: the candles that open in the last so many hours, or an error with the number that works. */
static int cut_hours(job *j) {
    const int64_t hour = 3600000;
    lstmfc_error err = {0};
    lstmfc_features_desc columns = lstmfc_features_desc_default();
    lstmfc_candles *all = j->candles;
    lstmfc_features *features;
    size_t n = all->count, first = n;
    int64_t end = n ? all->time[n - 1] + all->interval : 0, from = end - j->own->hours * hour, needed;
    char span[32];
    if (!j->own->hours) return TOOL_OK;
    while (first && all->time[first - 1] >= from) first--;
    columns.columns = all;
    columns.start_dependent = 1;
    if (!(features = lstmfc_features_compile(j->desc->features, &columns, &err))) return tool_fail_error(j->o, &err);
    needed = bars_needed(j->desc, lstmfc_features_stable(features, 0),
                         j->days.count ? j->days.count * j->days.bars : j->desc->horizon);
    tool_span(span, all->interval);
    if ((int64_t)(n - first) < needed) {
        int code;
        if ((int64_t)n < needed)
            code = tool_fail(j->o, TOOL_DATA, "--hours %d: the file has %lld bars of %s, and %lld are needed: %d for a window, %lld for the "
                             "features, and parts to fit, to validate and to test", j->own->hours, (long long)n, span, (long long)needed,
                             j->desc->window, (long long)lstmfc_features_stable(features, 0));
        else code = tool_fail(j->o, TOOL_DATA, "--hours %d is %lld bars of %s, too few: --hours %lld has the %lld that are needed (%d for a "
                              "window, %lld for the features, and parts to fit, to validate and to test)", j->own->hours,
                              (long long)(n - first), span, (long long)((end - all->time[n - (size_t)needed] + hour - 1) / hour),
                              (long long)needed, j->desc->window, (long long)lstmfc_features_stable(features, 0));
        lstmfc_features_free(features);
        return code;
    }
    lstmfc_features_free(features);
    j->candles = lstmfc_candles_slice(all, first, n - first, &err);
    if (!j->candles) { j->candles = all; return tool_fail_error(j->o, &err); }
    tool_input_note(j->input, "of them the last %d hours: %lld bars", j->own->hours, (long long)(n - first));
    lstmfc_candles_free(all);
    return TOOL_OK;
}

/* --max-age-hours: what model.json holds, and the options of an old one for the training that follows. */
static int reuse(job *j) {
    const lstmfc_forecaster_desc want = *j->desc;
    lstmfc_features_desc columns = lstmfc_features_desc_default();
    lstmfc_forecaster_info info;
    lstmfc_features *features;
    char *path = files_join(j->o, j->own->out, "model.json");
    int code = path ? TOOL_OK : TOOL_FAILURE, same;
    if (code != TOOL_OK || !(j->own->max_age_hours > 0)) return code;
    code = keep_look(j->o, path, j->own->max_age_hours, j->input->desc.now, &j->present);
    if (code != -1) return code;
    if (!j->present.old) return TOOL_OK;
    info = lstmfc_forecaster_get_info(j->present.old);
    columns.columns = j->candles;
    columns.start_dependent = 1;
    features = lstmfc_features_compile(want.features, &columns, NULL);
    same = features && !info.member_count && info.target == want.target && info.horizon == want.horizon
        && info.answers == (j->days.count ? j->days.count : 1) && info.window == want.window
        && !strcmp(info.feature_spec, lstmfc_features_spec(features));
    lstmfc_features_free(features);
    if (!same)
        return tool_fail(j->o, TOOL_MODEL, "%s is no model of system %c on such candles: move it away, or give another --out", path,
                         "abcde"[j->own->system]);
    code = keep_candles(j->o, &j->present, path, j->candles, options_given(j->o, "symbol") ? j->desc->symbol : NULL, "--out");
    if (code == TOOL_OK && j->present.fresh) code = keep_options(j->o, &j->present, path, j->candles, j->desc);
    return code != TOOL_OK || j->present.fresh ? code : keep_inherit(j->o, &j->present, j->desc);
}

/* What is wanted beside the network of median skill. */
static companions_job wanted(const job *j) {
    companions_job c;
    memset(&c, 0, sizeof c);
    c.o = j->o; c.system = "abcde"[j->own->system];
    c.variant = j->own->variant; c.fine_tune = j->own->fine_tune; c.ensemble = j->own->ensemble; c.with = j->own->with;
    c.desc = j->desc; c.candles = j->candles; c.signals = j->signals; c.costs = j->costs;
    c.checkpoint = j->checkpoint; c.advice = j->checkpoint;
    return c;
}

static int beside(job *j, attempt *a) {
    companions_job c = wanted(j);
    lstmfc_forecaster_desc desc = *j->desc;
    desc.training.seed = a->evaluation.info.seed;
    c.desc = &desc;
    c.single = a->forecaster;
    c.measured = &a->evaluation;
    return companions_run(&c, &j->companions);
}

/* Every seed has been measured, and whatever was trained beside the chosen one: looks at one span, the chosen one's told. */
static int look(job *j, const attempt *attempts, int count, int chosen) {
    int i, k, code = TOOL_OK, beside = j->sentiment.features && j->sentiment.without;
    char *path = files_join(j->o, j->own->out, "model.json");
    for (i = 0; i < COMPANIONS; i++) beside += j->companions.list[i].forecaster != NULL;
    for (k = 0; k < count && path && code == TOOL_OK; k++) {
        const attempt *a;
        ledger_entry entry = {0};
        i = k + 1 == count ? chosen : k < chosen ? k : k + 1;      /* last */
        a = &attempts[i];
        entry.forecaster = a->forecaster; entry.model = path; entry.candles = j->candles;
        entry.evaluation = &a->evaluation; entry.backtest = a->evaluation.backtest;
        entry.trials = i == chosen ? beside : 0;
        code = ledger_look(j->o, j->kept, &entry, &j->looks);
    }
    return path ? code : TOOL_FAILURE;
}

static int work(job *j, attempt *attempts) {
    const system_row *row = &systems[j->own->system];
    int code = TOOL_OK, count = j->own->seeds, done = 0, chosen, i;
    j->candles = tool_input_load(j->o, j->input, &code);
    if (!j->candles) return code;
    code = sentiment_prepare(j->o, j->own->sentiment, row->features, j->candles, &j->sentiment);
    j->desc->features = j->sentiment.features ? j->sentiment.features : row->features;
    j->desc->model = companions_network(j->o, "abcde"[j->own->system], j->own->variant, row->model);
    if (!j->desc->model) { lstmfc_candles_free(j->candles); return TOOL_USAGE; }
    j->desc->target = row->target;
    j->desc->horizon = row->horizon ? row->horizon : j->candles->interval >= 86400000 ? 5 : 24;
    j->desc->window = row->window;
    if (code == TOOL_OK) code = days_prepare(j->o, j->own->forecast_days, j->candles, j->desc, &j->days);
    j->desc->env = j->desc->training.env = tool_env();
    j->desc->created = tool_created(j->desc->created, options_given(j->o, "created"));
    if (options_given_of(j->o, "Backtest") && tool_target_trades(row->target) && (!j->candles->open || !j->candles->high || !j->candles->low)) {
        char flag[64];
        options_flag_text(flag, options_given_of(j->o, "Backtest"));
        fprintf(stderr, "note: --%s has no effect on %s: without columns of open, high and low nothing is traded\n", flag, j->input->csv);
    }
    if (code == TOOL_OK) code = cut_hours(j);
    if (code == TOOL_OK) code = reuse(j);
    if (code == TOOL_OK) code = train_all(j, attempts, &done);
    if (code == TOOL_OK && j->own->seed_protocol) code = protocol_run(j->o, j->candles, j->desc, &j->protocol);
    chosen = code == TOOL_OK ? median_attempt(attempts, count) : 0;
    if (code == TOOL_OK) code = beside(j, &attempts[chosen]);
    if (code == TOOL_OK) {
        attempts[chosen].evaluation.fed = &j->fed;
        if (j->own->system == SYSTEM_B) code = record_cover(j->o, attempts[chosen].forecaster, j->candles, &j->fed);
        else attempts[chosen].evaluation.fed = NULL;
    }
    if (code == TOOL_OK) code = days_run(j->o, attempts[chosen].forecaster, j->candles, j->input->report.gaps > 0, &j->days);
    if (code == TOOL_OK) {
        evaluation *e = &attempts[chosen].evaluation;
        if (j->own->importance) code = evaluation_importance(j->o, attempts[chosen].forecaster, j->candles, j->own->repeats, e);
        if (code == TOOL_OK) code = evaluation_correlations(j->o, attempts[chosen].forecaster, j->candles, e);
        if (code == TOOL_OK && j->sentiment.features && !j->present.fresh)
            code = sentiment_without(j->o, j->candles, j->desc, row->features, j->signals, j->costs, e, &j->sentiment);
        if (code == TOOL_OK) code = look(j, attempts, count, chosen);
        if (code == TOOL_OK) code = write_all(j, attempts, count, chosen);
        if (code == TOOL_OK) code = announce(j, attempts, count, chosen);
    }
    companions_free(&j->companions);
    if (code != TOOL_OK) keep_fallback(&j->present, "model.json");
    lstmfc_forecaster_free(j->present.old);
    sentiment_free(&j->sentiment);
    if (code == TOOL_OK) for (i = 0; i < done && !j->present.fresh; i++) remove(attempts[i].checkpoint);
    else if (done && code != TOOL_INTERRUPTED && !j->present.fresh)
        fprintf(stderr, "note: what was trained is kept: the same command with --resume %s goes on from there\n",
                j->checkpoint);
    while (done--) {
        evaluation_free(&attempts[done].evaluation);
        rules_free(&attempts[done].rules);
        lstmfc_forecaster_free(attempts[done].forecaster);
    }
    lstmfc_candles_free(j->candles);
    return code;
}

static int run(job *j) {
    attempt *attempts = (attempt *)calloc((size_t)j->own->seeds, sizeof *attempts);
    int code = attempts ? prepare(j, attempts) : tool_fail(j->o, TOOL_FAILURE, "out of memory");
    if (code == -1) code = work(j, attempts);
#ifndef _WIN32
    if (code != TOOL_OK && j->made) rmdir(j->own->out);     /* if nothing came to lie in it */
#endif
    free(attempts);
    return code;
}

int pipeline_desc(int system, const lstmfc_candles *candles, lstmfc_forecaster_desc *desc) {
    const system_row *row = &systems[system - 'a'];
    size_t count, i, k;
    int table;
    *desc = lstmfc_forecaster_desc_default();
    desc->features = row->features;
    desc->model = row->model;
    desc->target = row->target;
    desc->horizon = row->horizon ? row->horizon : candles->interval >= 86400000 ? 5 : 24;
    desc->window = row->window;
    for (table = 0; table < 3; table++) {
        const lstmfc_field *list = table == 0 ? lstmfc_forecaster_desc_fields(&count) : table == 1 ? lstmfc_training_desc_fields(&count)
                                 : lstmfc_optimizer_desc_fields(&count);
        void *values = table == 0 ? (void *)desc : table == 1 ? (void *)&desc->training : (void *)&desc->training.optimizer;
        for (i = 0; i < sizeof row->presets / sizeof row->presets[0] && row->presets[i].flag; i++)
            for (k = 0; k < count; k++)
                if (!strcmp(list[k].name, row->presets[i].flag)
                    && lstmfc_field_set(values, &list[k], row->presets[i].text, NULL) != LSTMFC_OK) return TOOL_FAILURE;
    }
    return TOOL_OK;
}

int command_pipeline(int argc, char **argv) {
    static options o;
    tool_input input;
    pipeline_options own;
    lstmfc_forecaster_desc desc;
    lstmfc_signal_desc signals;
    lstmfc_backtest_desc costs;
    const lstmfc_field *table;
    const system_row *row = &systems[system_asked(argc, argv)];
    size_t count, i;
    char *typed;
    job j;
    int code = symbols_each(argc, argv, command_pipeline);
    if (code != -1) return code;
    memset(&own, 0, sizeof own);
    memset(&desc, 0, sizeof desc);
    options_init(&o, &command);
    options_add(&o, "System", &own, fields, sizeof fields / sizeof fields[0], NULL);
    tool_input_options(&o, &input);
    table = lstmfc_forecaster_desc_fields(&count);
    options_add(&o, "Forecaster", &desc, table, count, "scaler winsor val test gaps cut symbol created");
    table = lstmfc_training_desc_fields(&count);
    options_add(&o, "Training", &desc.training, table, count, "!threads");
    table = lstmfc_optimizer_desc_fields(&count);
    options_add(&o, "Optimiser", &desc.training.optimizer, table, count, NULL);
    tool_trading_options(&o, &signals, &costs, "!seed resize weights");
    options_progress(&o);
    options_preset(&o, "test", "0.2");
    options_shown(&o, "created", "SOURCE_DATE_EPOCH, else wall clock");
    for (i = 0; i < sizeof row->presets / sizeof row->presets[0] && row->presets[i].flag; i++)
        options_preset(&o, row->presets[i].flag, row->presets[i].text);
    options_shown(&o, "system", "");                    /* one must be named */
    tool_machine_options(&o);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, "csv system out");
    if (code == -1) code = tool_check_created(&o, options_given(&o, "created"));
    if (code == -1 && row != &systems[own.system])
        code = tool_fail(&o, TOOL_USAGE, "name the system by the flag --system: it brings the defaults of other flags");
    if (code == -1) code = options_useful(&o, tool_target_name(row->target));
    if (code == -1 && own.max_age_hours > 0 && own.seeds > 1 && options_given(&o, "seeds"))
        code = tool_fail(&o, TOOL_USAGE, "--max-age-hours keeps and reuses one model, not %d seeds", own.seeds);
    if (own.max_age_hours > 0) own.seeds = 1;
    if (code == -1) code = rules_check(&o, (rules_asked){own.rules, own.clauses}, row->target, own.system == SYSTEM_E, desc.val > 0);
    if (code == -1 && own.system != SYSTEM_D && strcmp(own.sentiment, "none"))
        code = tool_fail(&o, TOOL_USAGE, "--sentiment is of system d");
    if (code == -1 && own.forecast_days && own.system != SYSTEM_D)
        code = tool_fail(&o, TOOL_USAGE, "--forecast-days is of system d; system b has a forecast of each hour of a week in any case");
    if (code == -1 && own.forecast_days > 1 && own.variant == VARIANT_ENSEMBLE)
        code = tool_fail(&o, TOOL_USAGE, "--forecast-days %d: an ensemble has one horizon; --variant own, basic, advanced or gru has several",
                         own.forecast_days);
    if (code == -1 && own.seed_protocol && own.system != SYSTEM_C)
        code = tool_fail(&o, TOOL_USAGE, "--seed-protocol is of system c: it shows what its published figures are made of");
    memset(&j, 0, sizeof j);
    j.o = &o; j.own = &own;
    if (code == -1) { companions_job c = wanted(&j); code = companions_check(&c); }
    if (code == -1 && desc.test < 0) code = tool_fail(&o, TOOL_USAGE, "--test none leaves no bars to measure the system on");
    typed = report_command(argc, argv);
    if (code == -1 && !typed) code = tool_fail(&o, TOOL_FAILURE, "out of memory");
    j.o = &o; j.input = &input; j.own = &own; j.desc = &desc; j.signals = &signals; j.costs = &costs; j.typed = typed;
    if (code == -1) code = run(&j);
    free(typed);
    options_free(&o);
    return code;
}
