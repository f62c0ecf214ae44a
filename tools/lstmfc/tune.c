/* lstmfc tune - searches the flags of train: trials judged by the validation part, the best one trained again, the test
   span read once.

   What is compared is the validation loss of the epoch whose weights a trial keeps. The best of many is better by luck,
   too: what the choice is worth is said by the test span alone, which no trial sees and which is read when nothing is
   left to choose. */
#include "tune.h"
#include "report.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#  include <sys/stat.h>
#  include <unistd.h>
#endif

#define SAMPLERS(X) X(SAMPLER_TPE, "tpe") X(SAMPLER_RANDOM, "random")
enum { SAMPLERS(LSTMFC__CONSTANT) };
#define PARTS(X) X(PART_ALL, "all") X(PART_BEGIN, "begin") X(PART_POINT, "point")
enum { PARTS(LSTMFC__CONSTANT) };
#define TUNE_OPTIONS(X) \
    X(TEXT,   space,        "",     OPTIONS_IN,     "what is searched: a JSON file, see above") \
    X(TEXT,   out,          "",     OPTIONS_FOLDER, \
      "directory of the search: journal, best.json, model.json, report.html") \
    X(INT,    trials,       "20",   "1..100000",    "how many") \
    X(INT,    jobs,         "1",    "1..256", \
      "trials at a time, each a process; with one the search is the same every time") \
    X(INT,    resume,       "0",    "0..1",         "go on with the search that is in --out") \
    X(CHOICE, sampler,      "tpe",  SAMPLERS, \
      "how points are drawn: tpe looks where trials were good, after 10 random ones") \
    X(LONG,   sampler_seed, "1",    "0..9223372036854775807", \
      "same seed, same search; --seed is that of every training") \
    X(INT,    grace,        "none", "none|1..1000000", \
      "epochs that a trial gets before it may be stopped (ASHA); none: every trial is trained to its end") \
    X(INT,    reduction,    "2",    "2..100",       "of the trials that reach a rung the best 1 in this many go on") \
    LEDGER_OPTION(X) \
    X(CHOICE, part,         "all",  PARTS, \
      "for a scheduler elsewhere (tools/optuna_study.py): begin: the folder and the journal's first line; " \
      "point: one trial") \
    X(TEXT,   point,        "",     OPTIONS_IN, \
      "of --part point: its parameters, a JSON object in a file; - is stdin") \
    X(TEXT,   checkpoint,   "",     OPTIONS_OUT, \
      "of --part point: where it pauses, and what it goes on from if it is there") \
    X(INT,    to,           "none", "none|1..1000000", "of --part point: epochs to pause at; none: to its end")
typedef struct tune_options { TUNE_OPTIONS(LSTMFC__MEMBER) } tune_options;
#define OPTIONS_STRUCT tune_options
static const lstmfc_field fields[] = { TUNE_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "tune", "search hyper-parameters", "--csv F --space S.json --trials N --out DIR [flags]",
    "The space is one JSON object whose keys are flags of train and whose values are fixed or one of\n"
    "  {\"choice\": [a, b, ...]}  {\"uniform\": [low, high]}  {\"loguniform\": [low, high]}  {\"int\": [low, high]}\n"
    "with \"if\": {\"name\": value or [values]} for those that only some trials have. A key that is no flag fills the\n"
    "places {key} of texts below it, and nothing where the trial does without it; so the network is searched:\n"
    "  {\"window\": {\"choice\": [8, 16]}, \"lr\": {\"loguniform\": [1e-4, 1e-2]},\n"
    "   \"layers\": {\"int\": [1, 2]}, \"units\": {\"int\": [4, 16]},\n"
    "   \"second\": {\"choice\": [\"| lstm {units}\"], \"if\": {\"layers\": 2}},\n"
    "   \"model\": \"lstm {units} {second} | dense 1 sigmoid\"}\n"
    "Flags of train given here hold for every trial and win over the space. Trials are compared by validation loss,\n"
    "on the same bars; none sees the test span, which is read once, for the best, trained again. With --grace\n"
    "trials pause at rungs (at grace, grace x reduction, ... epochs, --epochs the most); the worse ones are stopped.\n"
    "A trial that fails is kept with its error. Whatever ends the search, --resume goes on with it.",
    "  lstmfc synth --bars 1000 --seed 1 --out candles.csv\n"
    "  echo '{\"units\": {\"int\": [4, 8]}, \"lr\": {\"loguniform\": [1e-4, 1e-2]}, \"window\": 8, \"epochs\": 2,\n"
    "         \"features\": \"log_return(close)\", \"model\": \"lstm {units} | dense 1 sigmoid\"}' > space.json\n"
    "  lstmfc tune --csv candles.csv --space space.json --trials 3 --out search"
};

#ifndef _WIN32

/* ---- getting ready --------------------------------------------------------------------------------------------- */

/* The fixed parameters of the space, into the desc that the command line has filled. Texts with places wait. */
static int take_fixed(tune *t) {
    int i;
    for (i = 0; i < t->space.count; i++) {
        const space_parameter *p = &t->space.parameters[i];
        const options_flag *flag;
        const char *itself;
        lstmfc_error err = {0};
        if (p->kind != SPACE_FIXED || !p->field || p->condition_count || strchr(p->texts[0], '{')) continue;
        flag = options_meant(t->o, p->field, p->texts[0], &itself);
        if (!flag) continue;
        if (lstmfc_field_set(flag->desc, flag->field, p->texts[0], &err) != LSTMFC_OK
            || (*itself && lstmfc_field_set(t->base, p->field, itself, &err) != LSTMFC_OK)) return tool_fail_error(t->o, &err);
    }
    if (t->base->val < 0)
        return tool_fail(t->o, TOOL_USAGE, "val none leaves nothing to compare trials by: the choice is made on the "
                         "validation part");
    return TOOL_OK;
}

static int set_rungs(tune *t) {
    int64_t epochs = t->grace;
    t->epochs = t->base->training.epochs;
    if (!t->grace) return TOOL_OK;
    if (t->grace >= t->epochs)
        return tool_fail(t->o, TOOL_USAGE, "--grace %d is not below the %d epochs of a trial: nothing could be stopped",
                         t->grace, t->epochs);
    for (; epochs < t->epochs && t->rung_count < TUNE_RUNGS; epochs *= t->reduction)
        t->rung_epochs[t->rung_count++] = (int32_t)epochs;
    return TOOL_OK;
}

/* The greatest value of the window in the space, and the longest memory of its features: the row from which every trial
   can have its first sample. Features whose text has places are tried at 500 points, their ends among them. */
static int find_first(tune *t) {
    double x[TPE_DIMENSIONS];
    int64_t most = -1, extent;
    int point, points = 1, i;
    lstmfc_rng rng;
    lstmfc_rng_seed(&rng, 1);
    for (i = 0; i < t->space.count; i++) {
        const space_parameter *p = &t->space.parameters[i];
        int varies = p->kind == SPACE_CHOICE || p->condition_count || (p->count && strchr(p->texts[0], '{'));
        if (varies && (!strcmp(p->name, "features") || !strcmp(p->name, "profile"))) points = 500;
    }
    for (point = 0; point < points; point++) {
        tpe_random(&t->space.sampler, &rng, x);
        for (i = 0; i < t->space.count && point < 2; i++)
            if (t->space.parameters[i].kind != SPACE_CHOICE && !lstmfc_is_nan(x[i]))
                x[i] = point ? t->space.parameters[i].high : t->space.parameters[i].low;
        for (i = 0; i < t->space.count; i++) {
            const space_parameter *p = &t->space.parameters[i];
            double value;
            int k, greatest = 0;
            if (strcmp(p->name, "window")) continue;
            if (p->kind == SPACE_INT) x[i] = p->high;
            for (k = 0; k < p->count && p->kind == SPACE_CHOICE; k++) {
                double best = 0;
                lstmfc_parse_double(p->texts[k], strlen(p->texts[k]), &value);
                lstmfc_parse_double(p->texts[greatest], strlen(p->texts[greatest]), &best);
                if (value > best) greatest = k;
            }
            if (p->kind == SPACE_CHOICE) x[i] = greatest;
        }
        space_round(&t->space, x);
        extent = trial_extent(t, x);
        if (extent > most) most = extent;
    }
    t->seen = (int64_t)floor((1 - (t->base->test < 0 ? 0 : t->base->test)) * (double)t->candles->count);
    t->first = most < 0 ? 0 : most;
    if (t->first < t->seen) return TOOL_OK;
    return tool_fail(t->o, TOOL_DATA, "%lld bars before the test span are too few: the longest window and features of "
                     "the space reach back "
                                      "%lld", (long long)t->seen, (long long)t->first);
}

static int make_folder(const tune *t, const char *path) {
    struct stat status;
    if (stat(path, &status) == 0)
        return S_ISDIR(status.st_mode) ? TOOL_OK
            : tool_fail(t->o, TOOL_FAILURE, "--out: %s is there and is not a directory", path);
    if (mkdir(path, 0777) == 0) return TOOL_OK;
    return tool_fail(t->o, TOOL_FAILURE, "--out %s: the directory cannot be made: %s", path, strerror(errno));
}

/* ---- the best one ---------------------------------------------------------------------------------------------- */

static int put(const tune *t, const char *name, lstmfc_writer *w) {
    char *path = files_join(t->o, t->folder, name);
    int code = path ? tool_write(t->o, path, w) : TOOL_FAILURE;
    lstmfc_writer_free(w);
    lstmfc_writer_init(w, NULL);
    return code;
}

/* best.json: the flags of the best trial as train --config takes them. */
static int write_flags(const tune *t, char **flags) {
    lstmfc_writer w;
    int i;
    lstmfc_writer_init(&w, NULL);
    w.indent = 2;
    lstmfc_json_begin(&w, NULL, '{');
    for (i = 1; flags[i]; i++) {
        char name[64];
        const char *value = strchr(flags[i], '=') + 1;
        snprintf(name, sizeof name, "%.*s", (int)(value - flags[i]) - 3, flags[i] + 2);
        lstmfc_json_put_string(&w, name, value);
    }
    lstmfc_json_end(&w, '}');
    tool_print(&w, "\n");
    return put(t, "best.json", &w);
}

static int write_report(const tune *t, const evaluation *e, const fit_report *fit, const ledger *looks, const char *typed, int64_t created) {
    lstmfc_writer w;
    char title[200], before[60], span[32];
    report r;
    int code;
    memset(&r, 0, sizeof r);
    snprintf(before, sizeof before, "Best of %d trials", t->count);
    tool_title(title, sizeof title, before, e->info.target, e->info.horizon, tool_span(span, e->interval));
    r.title = title; r.command = typed; r.file = t->input->csv; r.csv = &t->input->report; r.evaluation = e; r.ledger = looks;
    r.synthetic = e->synthetic; r.interval = e->interval; r.fit = fit; r.created = created;
    lstmfc_writer_init(&w, NULL);
    report_write(&w, &r);
    code = put(t, "report.html", &w);
    if (code == TOOL_OK) { evaluation_forecasts_csv(&w, e); code = put(t, "forecasts.csv", &w); }
    lstmfc_writer_free(&w);
    return code;
}

/* What the test span says, as the journal keeps it: without one, that there is none. */
static int measure(tune *t, const lstmfc_forecaster *forecaster, const fit_report *fit, const char *typed,
                   int64_t created) {
    lstmfc_signal_desc signals = lstmfc_signal_desc_default();
    lstmfc_backtest_desc costs = lstmfc_backtest_desc_default();
    lstmfc_writer w;
    evaluation e;
    int code = TOOL_OK, has_test = t->base->test >= 0;
    costs.env = tool_env();
    lstmfc_writer_init(&w, NULL);
    lstmfc_json_begin(&w, NULL, '{');
    tool_fit_json(&w, "training", forecaster, fit);
    if (has_test) {
        code = evaluation_run(t->o, forecaster, t->candles, 0, &signals, &costs, &e);
        if (code == TOOL_OK) {
            ledger looks;
            const ledger_entry look = {forecaster, files_join(t->o, t->folder, "model.json"), t->candles, &e, e.backtest, t->count, NULL, 0, 0};
            evaluation_json(&w, "evaluation", &e);
            code = look.model ? ledger_look(t->o, t->kept, &look, &looks) : TOOL_FAILURE;
            if (code == TOOL_OK) {
                ledger_json(&w, &looks);
                code = write_report(t, &e, fit, &looks, typed, created);
            }
            evaluation_free(&e);
        }
    }
    lstmfc_json_end(&w, '}');
    if (code == TOOL_OK && w.failed != LSTMFC_OK) code = tool_fail(t->o, TOOL_FAILURE, "out of memory");
    if (code == TOOL_OK) code = journal_test(t, w.text, w.length);
    if (code == TOOL_OK) {
        t->tested = 1;
        if ((t->report = (char *)calloc(w.length + 1, 1)) != NULL) memcpy(t->report, w.text, w.length);
        else code = tool_fail(t->o, TOOL_FAILURE, "out of memory");
    }
    lstmfc_writer_free(&w);
    return code;
}

static int train_best(tune *t, const char *typed) {
    static options o;
    lstmfc_forecaster_desc desc;
    lstmfc_forecaster *forecaster = NULL;
    fit_report fit;
    fit_job job = {"training the best", NULL, NULL, "", NULL, NULL};
    char **flags = trial_flags(t, t->trials[t->chosen].x), *path = files_join(t->o, t->folder, "model.json");
    char *checkpoint = files_join(t->o, t->folder, "model.json.checkpoint");
    FILE *file = checkpoint ? fopen(checkpoint, "rb") : NULL;
    int code = flags && path && checkpoint ? trial_desc(flags, &o, &desc)
        : tool_fail(t->o, TOOL_FAILURE, "out of memory");
    if (file) fclose(file);
    job.checkpoint = job.keep = checkpoint;
    job.resume = file ? checkpoint : NULL;
    if (code == -1) code = write_flags(t, flags);
    if (code == TOOL_OK) {
        desc.env = desc.training.env = tool_env();
        desc.created = tool_created(t->base->created, options_given(t->o, "created"));
        forecaster = tool_fit(t->o, t->candles, &desc, &job, &fit, &code);
    }
    if (forecaster) code = tool_save_model(t->o, forecaster, path);
    if (forecaster && code == TOOL_OK) code = measure(t, forecaster, &fit, typed, desc.created);
    if (code == TOOL_OK) remove(checkpoint);
    lstmfc_forecaster_free(forecaster);
    trial_flags_free(flags);
    options_free(&o);
    return code;
}

/* ---- telling --------------------------------------------------------------------------------------------------- */

static void importance_json(lstmfc_writer *w, const tune *t, const double *importance) {
    int i;
    lstmfc_json_begin(w, "importance", '{');
    for (i = 0; i < t->space.count; i++)
        if (space_varies(&t->space.parameters[i]))
            lstmfc_json_put_number(w, t->space.parameters[i].name, importance[i]);
    lstmfc_json_end(w, '}');
}

/* tune.json, and what --json prints: counts, importance, the choice, every trial, and what the test span said. */
static void summary_json(lstmfc_writer *w, const tune *t, const double *importance) {
    int i;
    lstmfc_json_begin(w, NULL, '{');
    lstmfc_json_put_string(w, "out", t->folder);
    lstmfc_json_put_string(w, "sampler", t->with_tpe ? "tpe" : "random");
    lstmfc_json_begin(w, "trials", '{');
    lstmfc_json_put_integer(w, "begun", t->count);
    for (i = TRIAL_DONE; i <= TRIAL_STOPPED; i++) lstmfc_json_put_integer(w, trial_state_name(i), search_count(t, i));
    lstmfc_json_end(w, '}');
    lstmfc_json_begin(w, "best", '{');
    lstmfc_json_put_integer(w, "trial", t->chosen + 1);
    lstmfc_json_put_number(w, "validation_loss", t->trials[t->chosen].value);
    space_json(w, "params", &t->space, t->trials[t->chosen].x);
    lstmfc_json_end(w, '}');
    importance_json(w, t, importance);
    lstmfc_json_begin(w, "list", '[');
    for (i = 0; i < t->count; i++) {
        const trial *r = &t->trials[i];
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_json_put_integer(w, "trial", i + 1);
        lstmfc_json_put_string(w, "state", trial_state_name(r->state));
        lstmfc_json_put_integer(w, "epochs", r->epochs);
        lstmfc_json_put_number(w, "value", r->value);
        space_json(w, "params", &t->space, r->x);
        if (r->error) lstmfc_json_put_string(w, "error", r->error);
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, ']');
    if (t->report) lstmfc_json_put_raw(w, "report", t->report, strlen(t->report));
    lstmfc_json_end(w, '}');
    tool_print(w, "\n");
}

static void describe_importance(lstmfc_writer *w, const tune *t, const double *importance) {
    int i;
    if (search_count(t, TRIAL_DONE) + search_count(t, TRIAL_STOPPED) < TPE_LEAST) {
        tool_print(w, "importance    not known from fewer than %d trials\n", (int)TPE_LEAST);
        return;
    }
    tool_print(w, "importance    how far the best quarter lies from all trials (divergence of densities, sum 1)\n");
    for (i = 0; i < t->space.count; i++)
        if (space_varies(&t->space.parameters[i]) && lstmfc_is_finite(importance[i]))
            tool_print(w, "              %5.3f  %s\n", importance[i], t->space.parameters[i].name);
}

/* A number of the journal's report; NaN when it is not there. */
static double figure(const lstmfc_json *json, const char *first, const char *second, const char *third) {
    double value = lstmfc_nan();
    lstmfc_json_node node = lstmfc_json_get(json, lstmfc_json_get(json, 0, first), second);
    lstmfc_json_number(json, third ? lstmfc_json_get(json, node, third) : node, &value);
    return value;
}

static void describe_test(lstmfc_writer *w, const tune *t) {
    lstmfc_json *json = t->report ? lstmfc_json_parse(t->report, strlen(t->report), NULL, NULL) : NULL;
    char text[32];
    if (t->base->test < 0) {
        tool_print(w, "test span     none was kept: nothing says what the best of %d is worth\n", t->count);
    } else if (json) {
        tool_print(w, "retrained     validation loss %s",
                   tool_defined(text, "%.6f", figure(json, "training", "val_loss", NULL)));
        tool_print(w, "; test span, read once: %s forecasts, in %s/report.html\n",
                   tool_figure(text, "%.0f", figure(json, "evaluation", "count", NULL)), t->folder);
        if (lstmfc_is_finite(figure(json, "ledger", "looks", NULL))) {
            double looks = figure(json, "ledger", "looks", NULL);
            tool_print(w, "ledger        this test span was looked at %.0f time%s, by the best of %.0f trials", looks, looks > 1 ? "s" : "", figure(json, "ledger", "trials", NULL));
            if (lstmfc_is_finite(figure(json, "ledger", "deflated_sharpe_probability", NULL)))
                tool_print(w, ": P(true Sharpe ratio above that of the best of %.0f without skill) %.3f", figure(json, "ledger", "tries", NULL),
                           figure(json, "ledger", "deflated_sharpe_probability", NULL));
            tool_print(w, "\n");
        }
    }
    lstmfc_json_free(json);
}

static int tell(const tune *t) {
    double importance[TPE_DIMENSIONS];
    tpe_observation *observations = (tpe_observation *)calloc((size_t)t->count, sizeof *observations);
    const trial *best = &t->trials[t->chosen];
    lstmfc_writer w;
    int code, i, k;
    if (observations) search_observations(t, observations);
    if (!observations || !tpe_importance(&t->space.sampler, t->count, observations, importance)) {
        free(observations);
        return tool_fail(t->o, TOOL_FAILURE, "out of memory");
    }
    free(observations);
    lstmfc_writer_init(&w, NULL);
    w.indent = 2;
    summary_json(&w, t, importance);
    code = put(t, "tune.json", &w);
    if (t->o->json) {
        summary_json(&w, t, importance);
    } else {
        tool_print(&w, "trials        %d: %d done, %d stopped, %d failed\n", t->count, search_count(t, TRIAL_DONE),
                   search_count(t, TRIAL_STOPPED), search_count(t, TRIAL_FAILED));
        for (i = 0, k = 0; i < t->count && k < 3; i++)
            if (t->trials[i].error) {
                tool_print(&w, "              trial %d failed: %.200s\n", i + 1, t->trials[i].error);
                k++;
            }
        tool_print(&w, "best          trial %d, validation loss %.6f in epoch %d of %d, the best of %d by luck too: ",
                   t->chosen + 1,
                   best->value, best->best_epoch, best->epochs, t->count);
        search_words(t, t->chosen, &w);
        tool_print(&w, "\n");
        describe_importance(&w, t, importance);
        describe_test(&w, t);
        tool_print(&w, "saved         %s/model.json; its flags %s/best.json (train --config)\n", t->folder, t->folder);
    }
    if (code == TOOL_OK) code = tool_write(t->o, "-", &w);
    lstmfc_writer_free(&w);
    return code;
}

/* ---- for a scheduler elsewhere --------------------------------------------------------------------------------- */

/* One trial of somebody else's search: goes on from its checkpoint, pauses or ends, and says what it came to in one
   line of JSON. */
static int run_point(tune *t, const tune_options *own) {
    lstmfc_error err = {0};
    double x[TPE_DIMENSIONS];
    size_t length = 0;
    char *text = tool_read(own->point, &length, NULL, &err);
    lstmfc_json *json = text ? lstmfc_json_parse(text, length, NULL, &err) : NULL;
    trial_report last;
    trial_job job;
    lstmfc_writer w;
    const char *checkpoint = own->checkpoint ? own->checkpoint : "";
    FILE *file = *checkpoint ? fopen(checkpoint, "rb") : NULL;
    int code = TOOL_OK;
    if (file) fclose(file);
    job.checkpoint = checkpoint; job.loads = file != NULL; job.to = own->to > 0 ? own->to : 0; job.pipe = -1;
    memset(&last, 0, sizeof last);
    if (!json) code = tool_fail(t->o, TOOL_USAGE, "--point %s: %s", own->point, err.message);
    else if (!space_read(&t->space, json, 0, x))
        code = tool_fail(t->o, TOOL_USAGE, "--point %s: no point of --space %s", own->point, own->space);
    else if (job.to && !*checkpoint) code = tool_fail(t->o, TOOL_USAGE, "--to needs a --checkpoint to pause at");
    lstmfc_json_free(json);
    lstmfc_file_release(text, length, NULL);
    if (code == TOOL_OK) code = trial_train(t, x, &job, &last);
    if (code != TOOL_OK) return code;
    lstmfc_writer_init(&w, NULL);
    lstmfc_json_begin(&w, NULL, '{');
    lstmfc_json_put_string(&w, "state", last.kind == REPORT_DONE ? "done" : "paused");
    lstmfc_json_put_integer(&w, "epochs", last.epoch);
    lstmfc_json_put_integer(&w, "best_epoch", last.best_epoch);
    lstmfc_json_put_number(&w, "value", last.value);
    if (lstmfc_is_finite(last.accuracy)) lstmfc_json_put_number(&w, "val_accuracy", last.accuracy);
    lstmfc_json_put_integer(&w, "val_samples", last.samples);
    lstmfc_json_end(&w, '}');
    tool_print(&w, "\n");
    code = tool_write(t->o, "-", &w);
    lstmfc_writer_free(&w);
    return code;
}

/* ---- the job --------------------------------------------------------------------------------------------------- */

static int search(tune *t, const char *typed) {
    int code = TOOL_OK, begun = t->count;
    /* a run that was broken off after the choice may have shown the test span */
    if (t->chosen >= 0 && t->wanted > begun)
        return tool_fail(t->o, TOOL_USAGE, "--trials %d: this search has ended after %d and its test span has been "
                         "read: whoever searches on would choose knowing it. Another --out begins anew", t->wanted,
                         begun);
    progress_begin(&t->bar, t->o->progress, "tuning", "trials", begun, t->wanted, 0);
    if (t->chosen < 0) code = search_run(t);
    if (code == TOOL_OK && t->chosen < 0) {
        t->chosen = search_best(t);
        if (t->chosen < 0)
            return tool_fail(t->o, TOOL_FAILURE, "all %d trials failed; the first: %s", t->count,
                             t->trials[0].error ? t->trials[0].error : "out of memory");
        code = journal_choice(t);
    }
    if (code == TOOL_OK && !t->tested) code = train_best(t, typed);
    return code == TOOL_OK ? tell(t) : code;
}

static int run_search(tune *t, const tune_options *own, const char *typed) {
    char path[512];
    int code = make_folder(t, t->folder);
    snprintf(path, sizeof path, "%s/trials", t->folder);
    if (code == TOOL_OK) code = make_folder(t, path);
    if (code == TOOL_OK) code = journal_open(t, own->resume);
    return code != TOOL_OK || own->part == PART_BEGIN ? code : search(t, typed);
}

static int run(options *o, tool_input *input, const tune_options *own, lstmfc_forecaster_desc *base,
               const char *typed) {
    static tune t;
    int code = TOOL_OK, i;
    t.o = o; t.input = input; t.base = base; t.folder = own->out ? own->out : ""; t.jobs = own->jobs;
    t.wanted = own->trials;
    t.with_tpe = own->sampler == SAMPLER_TPE; t.seed = own->sampler_seed; t.grace = own->grace > 0 ? own->grace : 0;
    t.reduction = own->reduction; t.chosen = t.journal = -1;
    code = space_load(o, own->space, o, t.grace > 0, &t.space);
    if (code == TOOL_OK) code = take_fixed(&t);
    if (code == TOOL_OK) code = set_rungs(&t);
    if (code == TOOL_OK && strlen(t.folder) > 400) code = tool_fail(o, TOOL_USAGE, "--out: the name is too long");
    if (code == TOOL_OK) t.candles = tool_input_load(o, input, &code);
    if (code == TOOL_OK && !(t.trials = (trial *)calloc((size_t)t.wanted, sizeof *t.trials))) code = tool_fail(o,
            TOOL_FAILURE, "out of memory");
    if (code == TOOL_OK) code = find_first(&t);
    if (code == TOOL_OK && own->part != PART_POINT) {
        const char *model = files_join(o, t.folder, "model.json");
        if (model) t.kept = ledger_path(o, own->ledger, model);
        else code = TOOL_FAILURE;
    }
    if (code == TOOL_OK && own->part == PART_POINT) code = run_point(&t, own);
    else if (code == TOOL_OK) code = run_search(&t, own, typed);
    for (i = 0; i < t.count; i++) free(t.trials[i].error);
    if (t.journal >= 0) close(t.journal);
    free(t.trials);
    free(t.report);
    space_free(&t.space);
    lstmfc_candles_free(t.candles);
    return code;
}
#else
static int run(options *o, tool_input *input, const tune_options *own, lstmfc_forecaster_desc *base,
               const char *typed) {
    (void)input; (void)own; (void)base; (void)typed;
    return tool_fail(o, TOOL_FAILURE, "tune needs processes as POSIX has them (fork): not on Windows");
}
#endif

int command_tune(int argc, char **argv) {
    static options o;
    tool_input input;
    lstmfc_forecaster_desc base;
    tune_options own;
    char *typed = NULL;
    int code;
    memset(&own, 0, sizeof own);
    options_init(&o, &command);
    options_add(&o, "Search", &own, fields, sizeof fields / sizeof fields[0], NULL);
    tool_input_options(&o, &input);
    tool_fit_options(&o, &base);
    options_progress(&o);
    options_preset(&o, "test", "0.2");
    options_shown(&o, "created", "SOURCE_DATE_EPOCH, else wall clock");
    tool_machine_options(&o);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, own.part == PART_POINT ? "csv space point" : "csv space out");
    if (code == -1) code = tool_check_created(&o, options_given(&o, "created"));
    if (code == -1) code = files_check(&o);
    if (code == -1 && !(typed = report_command(argc, argv))) code = tool_fail(&o, TOOL_FAILURE, "out of memory");
    if (code == -1) code = run(&o, &input, &own, &base, typed);
    free(typed);
    options_free(&o);
    return code;
}
