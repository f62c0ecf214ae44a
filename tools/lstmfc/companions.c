/* companions.c - what a pipeline trains beside its network. Each is measured as the network is, on the same bars, and shown beside it;
   which of them is best there chooses nothing. */
#include "companions.h"
#include "chart.h"

#include <stdlib.h>
#include <string.h>

static const char *const variant_names[] = {VARIANTS(LSTMFC__NAME)};

/* Networks by system and variant. A variant "ensemble" has the system's own network, and the others go with it. */
static const struct { int system, variant; const char *model; } variants[] = {
    {'a', VARIANT_GRU,
     "gru 128 l2=1e-4 | batchnorm | dropout 0.3 | gru 64 l2=1e-4 | batchnorm | dropout 0.25 | dense 32 relu l2=1e-4 | batchnorm "
     "| dropout 0.2 | dense 16 relu l2=1e-4 | dropout 0.1 | dense 1 sigmoid"},
    {'d', VARIANT_BASIC, "lstm 128 | dropout 0.2 | lstm 64 | dropout 0.2 | lstm 32 | dropout 0.3 | dense 1"},
    {'d', VARIANT_ADVANCED, NULL},
    {'d', VARIANT_ENSEMBLE, NULL},
    {'d', VARIANT_GRU, "bigru 32 | dropout 0.2 | attention 16 | dense 1"}
};

/* What goes with a network into an ensemble. window 0: that of the system. */
static const struct { int system, place; const char *name, *model; int32_t window; } partners[] = {
    {'a', COMPANION_MLP, "MLP on the last row", "dense 64 relu | dropout 0.3 | dense 32 relu | dropout 0.2 | dense 1 sigmoid", 1},
    {'d', COMPANION_MLP, "basic: without attention and norms", "lstm 128 | dropout 0.2 | lstm 64 | dropout 0.2 | lstm 32 | dropout 0.3 | dense 1", 0},
    {'d', COMPANION_OTHER, "GRU from both ends, attention", "bigru 32 | dropout 0.2 | attention 16 | dense 1", 0}
};

const char *companions_network(const options *o, int system, int variant, const char *own) {
    char list[120] = "";
    size_t i;
    if (variant == VARIANT_OWN) return own;
    for (i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        if (variants[i].system != system) continue;
        if (variants[i].variant == variant) return variants[i].model ? variants[i].model : own;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list ? ", " : "", variant_names[variants[i].variant]);
    }
    tool_fail(o, TOOL_USAGE, "--variant %s: system %c has no such network; %s%s", variant_names[variant], system,
              *list ? "it has " : "it has its own alone", list);
    return NULL;
}

int companions_check(const companions_job *job) {
    if (job->fine_tune && job->system != 'a')
        return tool_fail(job->o, TOOL_USAGE, "--fine-tune is of system a: it freezes all but its last dense layers");
    if ((job->ensemble || (job->with && *job->with)) && job->system != 'a')
        return tool_fail(job->o, TOOL_USAGE, "--ensemble and --with are of system a; system d has --variant ensemble");
    return -1;
}

static int wants_ensemble(const companions_job *job) {
    return job->ensemble || (job->with && *job->with) || job->variant == VARIANT_ENSEMBLE;
}

/* Trains one and measures it, candles: what it is fitted on. */
static int train(const companions_job *job, const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc, const char *label,
                 companion *c) {
    fit_job fit = {0};
    fit_report report;
    int code;
    fit.label = label;
    fit.checkpoint = job->checkpoint;
    fit.advice = job->advice;
    c->forecaster = tool_fit(job->o, candles, desc, &fit, &report, &code);
    return c->forecaster ? TOOL_OK : code;
}

/* On the bars that judge the single network, and against it where both are measured on all of them. */
static int measure(const companions_job *job, companion *c) {
    const evaluation *one = job->measured;
    evaluation *e = &c->evaluation;
    int code = evaluation_run(job->o, c->forecaster, job->candles, 0, job->signals, job->costs, e);
    c->single.skill = c->single.p = lstmfc_nan();
    if (code == TOOL_OK && e->n == one->n && !memcmp(e->time, one->time, e->n * sizeof *e->time))
        lstmfc_compare(e->n, e->loss, one->loss, e->info.horizon, &c->single);
    return code;
}

/* The newest two fifths of the seen bars, and nothing after them: all layers frozen but `dense 16` and `dense 1`, fresh moments, 1e-5,
   10 epochs. What it may be judged on is what the network itself is. */
static int fine_tune(const companions_job *job, companion *c) {
    lstmfc_error err = {0};
    lstmfc_forecaster_desc desc = *job->desc;
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(job->single);
    lstmfc_candles *part;
    size_t seen = 0, newest;
    int code;
    while (seen < job->candles->count && job->candles->time[seen] <= info.seen_to) seen++;
    newest = (size_t)(0.4 * (double)seen) + (size_t)info.first_forecast;
    if (newest > seen) newest = seen;
    part = lstmfc_candles_slice(job->candles, seen - newest, newest, &err);
    if (!part) return tool_fail_error(job->o, &err);
    desc.from = job->single;
    desc.freeze = "all but dense 16, dense 1";
    desc.test = LSTMFC_NONE;
    desc.training.epochs = 10;
    desc.training.optimizer.lr = 1e-5;
    desc.training.patience = LSTMFC_NONE;
    desc.training.plateau = LSTMFC_NONE;
    code = train(job, part, &desc, "fine-tuning", c);
    lstmfc_candles_free(part);
    return code == TOOL_OK ? measure(job, c) : code;
}

static int ensemble(const companions_job *job, companions *all) {
    lstmfc_forecaster *members[COMPANIONS + 1];
    members_measure measured;
    companion *c = &all->list[COMPANION_ENSEMBLE];
    const char *with = job->with && *job->with ? job->with : NULL;
    size_t i;
    int count = 0, code = TOOL_OK;
    members[count++] = job->single;
    for (i = 0; i < sizeof partners / sizeof partners[0] && code == TOOL_OK; i++) {
        companion *other = &all->list[partners[i].place];
        lstmfc_forecaster_desc desc = *job->desc;
        if (partners[i].system != job->system) continue;
        desc.model = partners[i].model;
        if (partners[i].window) desc.window = partners[i].window;
        other->key = partners[i].place == COMPANION_MLP ? "partner" : "other_partner";
        other->name = partners[i].name;
        code = train(job, job->candles, &desc, partners[i].name, other);
        if (code == TOOL_OK) code = measure(job, other);
        if (code == TOOL_OK) members[count++] = other->forecaster;
    }
    if (code == TOOL_OK && with) code = members_join(job->o, with, -1, job->candles, &all->with);
    if (code != TOOL_OK) return code;
    c->key = "ensemble";
    c->name = job->system == 'd' ? "ensemble, their median" : "ensemble, their mean";
    c->file = "ensemble.json";
    c->forecaster = members_make(job->o, members, count, with, all->with.sum, job->system == 'd' ? LSTMFC_HOW_MEDIAN : LSTMFC_HOW_MEAN,
                                 job->desc->created, job->candles, &measured, &code);
    if (c->forecaster) code = measure(job, c);
    members_part(&all->with);
    return code;
}

int companions_run(const companions_job *job, companions *out) {
    companion *tuned = &out->list[COMPANION_TUNED];
    int code = TOOL_OK;
    memset(out, 0, sizeof *out);
    tuned->key = "fine_tuned";
    tuned->name = "fine-tuned";
    tuned->file = "fine_tuned.json";
    if (job->fine_tune) code = fine_tune(job, tuned);
    if (code == TOOL_OK && wants_ensemble(job)) code = ensemble(job, out);
    return code;
}

void companions_free(companions *c) {
    int i;
    for (i = 0; i < COMPANIONS; i++) {
        evaluation_free(&c->list[i].evaluation);
        lstmfc_forecaster_free(c->list[i].forecaster);
    }
    members_part(&c->with);
}

/* ---- telling --------------------------------------------------------------------------------------------------- */

/* Accuracy and AUC, or what other targets are measured by. */
static void line(lstmfc_writer *w, const evaluation *e, const char *name, const lstmfc_comparison *single) {
    char a[32], b[32], p[32], auc[32];
    double loss = e->baselines[0].comparison.loss_model;
    tool_print(w, "              %-36s %12.6g %9s %9s", name, loss, tool_figure(a, "%+.4f", e->baselines[0].comparison.skill),
               single ? tool_figure(b, "%+.4f", single->skill) : "-");
    tool_print(w, " %9s", single ? tool_p(p, single->p) : "-");
    if (e->info.target == LSTMFC_TARGET_DIRECTION)
        tool_print(w, "  %.2f %%  %s", 100 * e->direction.accuracy, tool_figure(auc, "%.4f", e->direction.auc));
    tool_print(w, "\n");
}

void companions_describe(lstmfc_writer *w, const evaluation *single, const companions *c) {
    char reason[300];
    int i, k, any = 0;
    for (i = 0; i < COMPANIONS; i++) any |= c->list[i].forecaster != NULL;
    if (!any) return;
    tool_print(w, "\nside by side  %-36s %12s %9s %9s %9s%s\n", "", single->loss_name, "skill", "on single", "DM p",
               single->info.target == LSTMFC_TARGET_DIRECTION ? "  accuracy  AUC" : "");
    line(w, single, "the single network", NULL);
    for (i = 0; i < COMPANIONS; i++) if (c->list[i].forecaster) line(w, &c->list[i].evaluation, c->list[i].name, &c->list[i].single);
    for (i = 0; i < COMPANIONS; i++) {
        const evaluation *e = &c->list[i].evaluation;
        if (!c->list[i].file || !c->list[i].forecaster) continue;
        tool_print(w, "verdict of    %s\n", c->list[i].name);
        for (k = 0; k < 4; k++) {
            evaluation_verdict_reason(e, k, reason, sizeof reason);
            tool_print(w, "  %-24s %-9s  %s\n", verdict_name(k), verdict_word(e->verdict[k]), reason);
        }
    }
}

void companions_json(lstmfc_writer *w, const companions *c) {
    int i;
    for (i = 0; i < COMPANIONS; i++) {
        const companion *one = &c->list[i];
        if (!one->forecaster) continue;
        lstmfc_json_begin(w, one->key, '{');
        lstmfc_json_put_string(w, "name", one->name);
        if (one->file) lstmfc_json_put_string(w, "file", one->file);
        lstmfc_json_put_number(w, "skill_over_single", one->single.skill);
        lstmfc_json_put_number(w, "p_over_single", one->single.p);
        tool_fit_json(w, "training", one->forecaster, NULL);
        evaluation_json(w, "evaluation", &one->evaluation);
        lstmfc_json_end(w, '}');
    }
}

static void row(lstmfc_writer *w, const evaluation *e, const char *name, const lstmfc_comparison *single) {
    char a[32], b[32], p[32];
    int k;
    tool_print(w, "<tr%s><td class=\"text\">%s</td>", single ? "" : " class=\"us\"", name);
    if (e->info.target == LSTMFC_TARGET_DIRECTION)
        tool_print(w, "<td>%.2f %%</td><td>%s</td>", 100 * e->direction.accuracy, tool_figure(a, "%.4f", e->direction.auc));
    tool_print(w, "<td>%.6g</td><td>%s</td><td>%s</td><td>", e->baselines[0].comparison.loss_model,
               tool_figure(a, "%+.4f", e->baselines[0].comparison.skill), single ? tool_figure(b, "%+.4f", single->skill) : "-");
    html_text(w, single ? tool_p(p, single->p) : "-");
    tool_print(w, "</td>");
    if (e->backtest) tool_print(w, "<td>%s</td>", tool_figure(a, "%+.2f %%", 100 * e->backtest->metrics.total_return));
    for (k = 0; k < 4; k++) tool_print(w, "<td>%s</td>", verdict_word(e->verdict[k]));
    tool_print(w, "</tr>");
}

void companions_html(lstmfc_writer *w, const evaluation *single, const companions *c) {
    int i, any = 0;
    for (i = 0; i < COMPANIONS; i++) any |= c->list[i].forecaster != NULL;
    if (!any) return;
    tool_print(w, "<h2>Beside the single network</h2>\n<p>All measured on the same bars; the best of them here was not chosen by anything, "
                  "and need not be the best on the next bars. Everything else in this report is of the single network, marked here.</p>\n"
                  "<div class=\"scroll\"><table><tr><th class=\"text\"></th>%s<th>%s</th><th>Skill over persistence</th>"
                  "<th>Skill over the single one</th><th>p</th>%s",
               single->info.target == LSTMFC_TARGET_DIRECTION ? "<th>Accuracy</th><th>AUC</th>" : "", single->loss_name,
               single->backtest ? "<th>Net return</th>" : "");
    for (i = 0; i < 4; i++) tool_print(w, "<th>%s</th>", verdict_name(i));
    tool_print(w, "</tr>");
    row(w, single, "The single network", NULL);
    for (i = 0; i < COMPANIONS; i++) if (c->list[i].forecaster) row(w, &c->list[i].evaluation, c->list[i].name, &c->list[i].single);
    tool_print(w, "</table></div>\n");
    if (c->list[COMPANION_ENSEMBLE].forecaster) evaluation_members_html(w, &c->list[COMPANION_ENSEMBLE].evaluation);
}
