/* horizons.c - several horizons of one network: which is meant, and all of them beside each other. */
#include "horizons.h"
#include "chart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ------------------------------------------------------------------------------------------------------ */

static int32_t horizon_of(const lstmfc_forecaster *forecaster, int32_t k) {
    return lstmfc_forecaster_get_info(lstmfc_forecaster_answer(forecaster, k)).horizon;
}

int horizons_series(const evaluation *e) {
    return e->other_count && e->info.quantity && strcmp(e->info.quantity, e->others[0].info.quantity) != 0;
}

const char *tool_horizons(char out[96], const lstmfc_forecaster *forecaster) {
    int32_t count = lstmfc_forecaster_get_info(forecaster).answers, k, run;
    size_t used = 0;
    *out = 0;
    int32_t series = 1;
    while (series < count && horizon_of(forecaster, series) == horizon_of(forecaster, 0)) series++;
    for (k = 0; k < count && used < 70; k += run * series) {
        int32_t first = horizon_of(forecaster, k);
        for (run = 1; k + run * series < count; run++) if (horizon_of(forecaster, k + run * series) != first + run) break;
        if (run < 3) run = 1;
        used += (size_t)snprintf(out + used, 96 - used, run > 1 ? "%s%d..%d" : "%s%d", k ? "," : "", first, first + run - 1);
    }
    if (k < count) snprintf(out + used, 96 - used, ",...");
    return out;
}

const lstmfc_forecaster *tool_use_horizon(const options *o, const lstmfc_forecaster *forecaster, int32_t horizon, int *code) {
    int32_t count = lstmfc_forecaster_get_info(forecaster).answers, k;
    char known[96];
    for (k = 0; k < count; k++) {
        const lstmfc_forecaster *answer = lstmfc_forecaster_answer(forecaster, k);
        if (!horizon || lstmfc_forecaster_get_info(answer).horizon == horizon) return answer;
    }
    *code = tool_fail(o, TOOL_USAGE, "--use-horizon %d: the model forecasts %s bars ahead", horizon, tool_horizons(known, forecaster));
    return NULL;
}

/* ---- measuring -------------------------------------------------------------------------------------------------- */

int horizons_run(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int in_sample,
                 const lstmfc_signal_desc *signals, const lstmfc_backtest_desc *costs, evaluation *e) {
    int k, code = TOOL_OK;
    if (e->info.answers < 2) return TOOL_OK;
    e->others = (evaluation *)calloc((size_t)e->info.answers - 1, sizeof *e->others);
    if (!e->others) return tool_fail(o, TOOL_FAILURE, "out of memory");
    for (k = 1; k < e->info.answers && code == TOOL_OK; k++) {
        const lstmfc_forecaster *answer = lstmfc_forecaster_answer(forecaster, k);
        evaluation *other = &e->others[e->other_count++];
        other->info = lstmfc_forecaster_get_info(answer);
        if (e->count <= (size_t)other->info.horizon + 2) continue;      /* no outcome is known yet: a line without figures */
        code = evaluation_run(o, answer, candles, in_sample, signals, costs, other);
    }
    return code;
}

/* The figure by which people know a forecast: the share of right calls, or the RMSE; of the model, of persistence. */
static void known_figure(const evaluation *e, double *model, double *persistence) {
    int direction = e->info.target == LSTMFC_TARGET_DIRECTION;
    *model = !e->n ? lstmfc_nan() : direction ? e->direction.accuracy : e->errors.rmse;
    *persistence = !e->n ? lstmfc_nan() : direction ? e->baselines[0].accuracy : e->naive_errors.rmse;
}

static const evaluation *nth(const evaluation *e, int k) { return k ? &e->others[k - 1] : e; }

static double skill_of(const evaluation *e, int baseline) {
    return e->n && e->baselines[baseline].available ? e->baselines[baseline].comparison.skill : lstmfc_nan();
}

static double p_of(const evaluation *e) {
    return e->n && e->baselines[0].available ? e->baselines[0].comparison.p : lstmfc_nan();
}

static double coverage_of(const evaluation *e) {
    const evaluation_intervals *used = &e->intervals[e->info.intervals];
    return e->n && used->score.count > 0 ? used->score.coverage : lstmfc_nan();
}

/* ---- telling ---------------------------------------------------------------------------------------------------- */

/* What stands beside it: of a direction the share that needs no model, as in the first lines, where JSON has persistence's. */
static double yardstick(const evaluation *e, double persistence) {
    return e->n && e->info.target == LSTMFC_TARGET_DIRECTION ? e->direction.p0 : persistence;
}

static int misses(const evaluation *e) {
    const evaluation_intervals *used = &e->intervals[e->info.intervals];
    return e->n && used->score.count > 0 && evaluation_misses(e, used);
}

void horizons_describe(lstmfc_writer *w, const evaluation *e) {
    int k, i, direction = e->info.target == LSTMFC_TARGET_DIRECTION;
    char a[32], b[32], c[32], d[32], f[32], g[32];
    double model, naive;
    if (!e->other_count) return;
    tool_print(w, "by horizon    %4s %9s %11s %11s %9s %9s %9s  beats persistence, a linear model, the best; pays\n", "bars", "forecasts",
               direction ? "accuracy" : "RMSE", direction ? "needs none" : "persistence", "skill", "DM p",
               direction ? "" : " coverage       ");
    for (k = 0; k <= e->other_count; k++) {
        const evaluation *one = nth(e, k);
        known_figure(one, &model, &naive);
        tool_print(w, "              %4d %9s %11s %11s %9s %9s %9s ", one->info.horizon, tool_count(a, (int64_t)one->n),
                   tool_figure(b, direction ? "%.4f" : "%.6g", model),
                   tool_figure(c, direction ? "%.4f" : "%.6g", yardstick(one, naive)), tool_figure(d, "%+.4f", skill_of(one, 0)), tool_p(f, p_of(one)),
                   direction ? "" : tool_figure(g, "%.3f", coverage_of(one)));
        if (!direction) tool_print(w, misses(one) ? "misses " : "       ");
        for (i = 0; i < 4; i++)
            tool_print(w, "%s %s", i ? "," : "", one->n ? verdict_word(one->verdict[i]) : "not known");
        tool_print(w, horizons_series(e) ? "  %s\n" : "\n", one->info.quantity);
    }
    tool_print(w, "              skill and p against persistence");
    if (!direction) tool_print(w, "; coverage promised: %.3f", e->info.level);
    tool_print(w, "\n");
}

void horizons_json(lstmfc_writer *w, const evaluation *e) {
    int k, i;
    double model, naive;
    if (!e->other_count) return;
    lstmfc_json_begin(w, "by_horizon", '[');
    for (k = 0; k <= e->other_count; k++) {
        const evaluation *one = nth(e, k);
        known_figure(one, &model, &naive);
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_json_put_integer(w, "horizon", one->info.horizon);
        if (one->info.quantity) lstmfc_json_put_string(w, "quantity", one->info.quantity);
        lstmfc_json_put_integer(w, "count", (int64_t)one->n);
        lstmfc_json_put_number(w, e->info.target == LSTMFC_TARGET_DIRECTION ? "accuracy" : "rmse", model);
        lstmfc_json_put_number(w, "persistence", naive);
        lstmfc_json_put_number(w, "skill", skill_of(one, 0));
        lstmfc_json_put_number(w, "p", p_of(one));
        lstmfc_json_put_number(w, "coverage", coverage_of(one));
        lstmfc_json_put_number(w, "level", one->info.level);
        lstmfc_json_begin(w, "verdict", '[');
        for (i = 0; i < 4; i++) lstmfc_json_put_string(w, NULL, one->n ? verdict_word(one->verdict[i]) : "not known");
        lstmfc_json_end(w, ']');
        if (k && one->n) evaluation_json(w, "evaluation", one);
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, ']');
}

/* Skill against persistence, a linear model and the best baseline by horizon, of the first series. */
static void skill_chart(lstmfc_writer *w, const evaluation *e) {
    size_t n = (size_t)e->other_count + 1, k, m = 0;
    double *x = (double *)calloc(4 * n, sizeof *x);
    chart c = chart_start("Skill by horizon", "1 − loss of the model / loss of the baseline. Below zero the baseline is better.",
                          "bars ahead", "skill", CHART_INTEGER, CHART_NUMBER);
    if (!x) return;
    for (k = 0; k < n; k++) {
        const evaluation *one = nth(e, (int)k);
        if (e->info.quantity && strcmp(one->info.quantity, e->info.quantity)) continue;
        x[m] = one->info.horizon;
        x[n + m] = skill_of(one, 0);
        x[2 * n + m] = one->linear >= 0 ? skill_of(one, one->linear) : lstmfc_nan();
        x[3 * n + m++] = one->best >= 0 ? skill_of(one, one->best) : lstmfc_nan();
    }
    chart_add(&c, "against persistence", CHART_LINE, 1, x, x + n, NULL, m);
    chart_add(&c, NULL, CHART_DOTS, 1, x, x + n, NULL, m);
    chart_add(&c, "against a linear model", CHART_LINE, 2, x, x + 2 * n, NULL, m);
    chart_add(&c, NULL, CHART_DOTS, 2, x, x + 2 * n, NULL, m);
    chart_add(&c, "against the best baseline", CHART_DASHED, 3, x, x + 3 * n, NULL, m);
    c.level = 0;
    c.level_name = "no better";
    tool_print(w, "<div class=\"charts\" style=\"margin-top:1.2rem\">\n");
    if (m > 1) chart_figure(w, &c);
    tool_print(w, "</div>\n");
    free(x);
}

void horizons_html(lstmfc_writer *w, const evaluation *e) {
    static const char *const classes[] = {"no", "yes", "unknown"};
    int k, i, direction = e->info.target == LSTMFC_TARGET_DIRECTION;
    char a[32], b[32];
    double model, naive;
    if (!e->other_count) return;
    tool_print(w, "<h2 id=\"horizons\">By horizon</h2>\n<p>One network makes %d forecasts; what stands above and below is of the first, "
                  "%d bar%s ahead.</p><div class=\"scroll wide\"><table><tr><th>Bars ahead</th><th>Forecasts</th><th>%s</th><th>%s</th>"
                  "<th>Skill</th><th>Diebold-Mariano p</th>", e->other_count + 1, e->info.horizon, e->info.horizon == 1 ? "" : "s",
               direction ? "Accuracy" : "RMSE", direction ? "Needs no model" : "Of persistence");
    if (!direction) tool_print(w, "<th>Coverage at %.4g&nbsp;%%</th>", 100 * e->info.level);
    tool_print(w, "<th>Beats persistence</th><th>A linear model</th><th>The best baseline</th><th>Pays its costs</th></tr>");
    for (k = 0; k <= e->other_count; k++) {
        const evaluation *one = nth(e, k);
        known_figure(one, &model, &naive);
        tool_print(w, "<tr%s><td>%d", k ? "" : " class=\"us\"", one->info.horizon);
        if (horizons_series(e)) { tool_print(w, ", "); html_text(w, one->info.quantity); }
        tool_print(w, "</td><td>%s</td>", tool_count(a, (int64_t)one->n));
        tool_print(w, "<td>%s</td><td>%s</td>", tool_figure(a, direction ? "%.4f" : "%.6g", model),
                   tool_figure(b, direction ? "%.4f" : "%.6g", yardstick(one, naive)));
        tool_print(w, "<td>%s</td><td>", tool_figure(a, "%+.4f", skill_of(one, 0)));
        html_text(w, tool_p(b, p_of(one)));
        tool_print(w, "</td>");
        if (!direction)
            tool_print(w, "<td>%s%s</td>", tool_figure(a, "%.3f", coverage_of(one)),
                       misses(one) ? " misses" : "");
        for (i = 0; i < 4; i++) {
            int verdict = one->n ? one->verdict[i] : VERDICT_UNKNOWN;
            tool_print(w, "<td class=\"%s\">%s</td>", classes[verdict], verdict_word(verdict));
        }
        tool_print(w, "</tr>");
    }
    tool_print(w, "</table></div>\n<p class=\"sub\">Skill and p against persistence. Samples overlap over the horizon, which p and the "
                  "errors of coverage allow for.</p>\n");
    skill_chart(w, e);
}
